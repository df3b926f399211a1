import type { Readable } from "node:stream";
import { Refusal } from "../kernel/errors.ts";
import { page, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { useTools } from "../kernel/tools.ts";
import { Download } from "../kernel/view.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { FileField } from "../ui/file-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { carryToPeer } from "./acts.ts";
import { bringCourier } from "./courier.ts";
import { type Brought, courierFile, type Owed } from "./messages-courier.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";
import { peer } from "./peer.ts";
import { peersWithOwn } from "./views.ts";

/** Where an officer hands in what a courier brought. */
export const courierPage = page({ path: "/peers/courier", view: peersWithOwn, render: () => <CourierPage /> });

/** Largest file that the page takes, in bytes: more goes by the command. */
const FORM_BYTES_MAX = 8 * 1024 ** 3;

interface Came {
  readonly peer: TrustedPeer & { readonly name?: string };
  readonly brought: Brought;
}

function CourierPage({ came, wrong }: { readonly came?: Came; readonly wrong?: string }) {
  const { t } = useTools();
  return (
    <DeskPage
      title={t("exchange.courier")}
      lead={t("exchange.courier.lead")}
      trail={[{ label: t("exchange.peers"), href: "/peers" }]}
      wrong={wrong !== undefined}
    >
      {wrong !== undefined && (
        <Notice tone="late" live title={t("exchange.courier.wrong")}>
          {wrong}
        </Notice>
      )}
      {came && <Result came={came} />}
      <form method="post" action="/peers/courier" enctype="multipart/form-data">
        <FileField name="file" label={t("exchange.courier.file")} hint={t("exchange.courier.file.hint")} />
        <button type="submit">{t("exchange.courier.take")}</button>
      </form>
    </DeskPage>
  );
}

function Result({ came: { peer: from, brought } }: { readonly came: Came }) {
  const { t } = useTools();
  const { envelopes, fresh, files, receipts, owed, problem } = brought;
  return (
    <Notice tone={problem ? "late" : "good"} live title={t("exchange.courier.taken", { code: from.code })}>
      <Facts
        rows={[
          [t("exchange.courier.messages"), t("exchange.courier.messages.value", { envelopes, fresh })],
          [t("exchange.courier.files"), files],
          [t("exchange.courier.receipts"), receipts],
          problem && [
            t("exchange.courier.problem"),
            problem.expected === undefined
              ? t("exchange.courier.problem.value", {
                  seq: problem.seq,
                  reason: t(`exchange.problem.${problem.type}.title`),
                })
              : t("exchange.courier.problem.gap", { seq: problem.seq, expected: problem.expected }),
          ],
        ]}
      />
      {owed && (
        <p>
          <a class="button" href={`/peers/${from.id}/courier?from=${owed.from}&to=${owed.to}`} download>
            {t("exchange.courier.back")}
          </a>
        </p>
      )}
    </Notice>
  );
}

/** The plain form's way, in one piece: what is read is applied as it comes, so a break loses nothing and it may be sent again. */
const takeRoute = route({
  role: "desk",
  method: "POST",
  path: "/peers/courier",
  access: "signed-in",
  handle: async ({ node, actor, request, tools }: RouteCall): Promise<RouteAnswer> => {
    if (actor.kind !== "officer" || !request.isMultipart()) throw new Refusal("unsupported", "upload-no-file");
    const part = await request.file({ limits: { fileSize: FORM_BYTES_MAX, files: 1 } }).catch(() => undefined);
    if (!part || part.filename === "") {
      part?.file.resume();
      return { page: <CourierPage wrong={tools.t("refusal.upload-no-file")} />, status: 422 };
    }
    try {
      return { page: <CourierPage came={await bringCourier(node, actor, part.file as Readable)} /> };
    } catch (error) {
      part.file.resume();
      if (!(error instanceof Refusal) || error.code === "not-found") throw error;
      return { page: <CourierPage wrong={tools.t(`refusal.${error.key}`, error.values)} />, status: 422 };
    }
  },
});

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** What goes to a peer by hand: all that waits for it, and the receipts asked for. Only that peer can open it. */
const fileRoute = route({
  role: "desk",
  method: "GET",
  path: "/peers/:id/courier",
  access: "signed-in",
  handle: async ({ node, params, query, tools }: RouteCall): Promise<RouteAnswer> => {
    const { id = "" } = params;
    const row = isUuid(id)
      ? await node.db.selectFrom("peer").selectAll().where("id", "=", id).executeTakeFirst()
      : undefined;
    const found = row && tools.decide("peer.read", peer, row).allowed ? await findPeer(node.db, row.code) : undefined;
    if (!row || !found) throw new Refusal("not-found", "not-found");
    const decision = tools.decide(carryToPeer.name, peer, row);
    if (!decision.allowed)
      throw new Refusal("not-allowed", decision.reason ?? "not-permitted", {
        policies: decision.policies,
        values: { act: carryToPeer.name },
      });
    const [from, to] = [numberIn(query["from"]), numberIn(query["to"])];
    const owed: Owed | undefined = from === undefined || to === undefined ? undefined : { from, to };
    const { courier } = (await lastCourier(node, row.code)) ?? { courier: null };
    const body = await courierFile(node, found, { carrier: courier ?? tools.t("exchange.courier.unnamed"), owed });
    const day = tools.now.toZonedDateTimeISO(tools.zone).toPlainDate().toString();
    return new Download(body, {
      type: "application/octet-stream",
      filename: `${node.code}-${row.code}-${day}.courier.age`,
    });
  },
});

const lastCourier = (node: RouteCall["node"], code: string) =>
  node.db
    .selectFrom("outbox")
    .select("courier")
    .where("peer", "=", code)
    .where("courier", "is not", null)
    .orderBy("courier_at", "desc")
    .limit(1)
    .executeTakeFirst();

export const courierRoutes = [takeRoute, fileRoute] as const;
