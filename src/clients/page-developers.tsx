import { type Route, route } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { PortalPage } from "../ui/portal-page.tsx";
import { commandOf, EXAMPLES } from "./examples.ts";

const SECTIONS = ["keys", "single", "batch", "follow", "webhooks", "hotline"] as const;

/** How a program reports here: keys, batches, webhooks, with requests that can be copied. */
export const developersPage: Route = route({
  role: "portal",
  method: "GET",
  path: "/developers",
  access: "public",
  handle: async ({ node, request }) => ({
    page: <DevelopersPage base={node.config.portal_url ?? `${request.protocol}://${request.host}`} />,
  }),
});

function DevelopersPage({ base }: { readonly base: string }) {
  const { t } = useTools();
  return (
    <PortalPage title={t("developers.title")} leave={false}>
      <p class="lead">{t("developers.lead")}</p>
      <p>
        <a href="/api/v1/openapi.json">{t("developers.openapi")}</a>
      </p>
      {SECTIONS.map((section) => (
        <section key={section}>
          <h2>{t(`developers.${section}`)}</h2>
          <p>{t(`developers.${section}.lead`)}</p>
          {EXAMPLES[section].map((example) => (
            <figure class="example" key={example.name}>
              <figcaption>{t(`developers.example.${example.name}`)}</figcaption>
              <pre dir="ltr" tabindex={0}>
                <code>{commandOf(example, base)}</code>
              </pre>
            </figure>
          ))}
          {section === "webhooks" && (
            <figure class="example">
              <figcaption>{t("developers.webhooks.check")}</figcaption>
              <pre dir="ltr" tabindex={0}>
                <code>{SIGNATURE}</code>
              </pre>
            </figure>
          )}
        </section>
      ))}
      <h2>{t("developers.errors")}</h2>
      <p>{t("developers.errors.lead")}</p>
    </PortalPage>
  );
}

/** How a receiver checks a delivery. @source Standard Webhooks 1.0 */
const SIGNATURE = `key      = base64-decode(secret without "whsec_")
signed   = webhook-id + "." + webhook-timestamp + "." + body
expected = "v1," + base64(HMAC-SHA256(key, signed))`;
