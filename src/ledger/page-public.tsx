import { route } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { PortalPage } from "../ui/portal-page.tsx";
import { Standing } from "./page.tsx";
import { ledgerFacts, type LedgerFacts } from "./views.ts";

/** What the ledger is, how it stands, and how anybody checks it: on the portal, for whoever asks. */
export const publicLedgerRoute = route({
  role: "portal",
  method: "GET",
  path: "/ledger",
  access: "public",
  handle: async ({ node }) => {
    const { config } = node;
    const portal = config.portal_url ?? `http://${config.host}:${config.portal_port}`;
    return { page: <PublicLedger facts={await ledgerFacts(node)} portal={portal.replace(/\/+$/, "")} /> };
  },
});

function PublicLedger({ facts, portal }: { readonly facts: LedgerFacts; readonly portal: string }) {
  const { t } = useTools();
  const commands = `curl ${portal}/ledger/checkpoint
curl ${portal}/ledger/tile/0/000${facts.checkpoint && facts.checkpoint.size < 256 ? `.p/${facts.checkpoint.size}` : ""}`;
  return (
    <PortalPage title={t("ledger.public.title")} leave={false} back="/">
      <p class="lead">{t("ledger.public.lead")}</p>
      <h2>{t("ledger.now")}</h2>
      <Standing facts={facts} />
      <h2>{t("ledger.public.proves")}</h2>
      <ul>
        <li>{t("ledger.public.proves.there")}</li>
        <li>{t("ledger.public.proves.order")}</li>
        <li>{t("ledger.public.proves.witness")}</li>
        <li>{t("ledger.public.proves.secret")}</li>
      </ul>
      <h2>{t("ledger.public.check")}</h2>
      <ol>
        <li>{t("ledger.public.check.package")}</li>
        <li>
          {t("ledger.public.check.read")}
          <pre dir="ltr">{commands}</pre>
        </li>
        <li>
          {t("ledger.public.check.key")}
          <pre dir="ltr">{facts.vkey}</pre>
        </li>
        <li>{t("ledger.public.check.compare")}</li>
      </ol>
      <p>
        <a href="/ledger/checkpoint">{t("ledger.public.checkpoint")}</a>
      </p>
    </PortalPage>
  );
}
