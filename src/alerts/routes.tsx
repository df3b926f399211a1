import { PUBLIC } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { type Route, type RouteAnswer, type RouteCall, route } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { readerOf } from "../kernel/reader.ts";
import { htmlOf } from "../kernel/render.tsx";
import { mailOffered } from "../mail/slice.ts";
import { ask, confirm, end } from "./acts-subscription.ts";
import { isGroup } from "./alert.ts";
import { atomOf, capOf, jsonFeedOf, jsonItem, type PublicAlert } from "./feeds.ts";
import { AdviceGroupPage, AdvicePage } from "./page-advice.tsx";
import { Box, BOX_POLICY, boxInput, EmbedPage } from "./page-box.tsx";
import { AskedPage, AskPage, DonePage, LinkPage, NoMailPage } from "./page-mail.tsx";
import { AlertPage, AlertsPage } from "./page-public.tsx";
import { districtsOf, kept, localeOf, publicPage, writingOf } from "./serving.ts";
import { type Purpose, readLink } from "./subscription.ts";
import { versionsOf } from "./views.ts";
import { publicAlert, publicAlerts, publicInput } from "./views-public.ts";

const PAGE_ITEMS = 20;
const FEED_ITEMS = 50;
const BESIDE_ADVICE = 3;

const publicRoute = (method: "GET" | "POST", path: string, handle: Route["handle"], summary?: string): Route =>
  route({ role: "portal", method, path, access: "public", handle, ...(summary === undefined ? {} : { summary }) });

/** What is public is read as the public, whoever asks. */
const asPublic = ({ node, reader }: RouteCall) => readerOf(node, PUBLIC, reader.locale);

async function found(call: RouteCall): Promise<PublicAlert> {
  const alert = await publicAlert(asPublic(call), call.params["id"] ?? "");
  if (!alert) throw new Refusal("not-found", "not-found");
  return alert;
}

const list = publicRoute("GET", "/alerts", async (call) => {
  const filters = publicInput.parse(call.query);
  const { locale } = call.reader;
  const { place } = writingOf(call, locale);
  const { items, next } = await publicAlerts(asPublic(call), { ...filters, limit: PAGE_ITEMS });
  return publicPage(call, <AlertsPage {...{ items, next, filters, place }} districts={districtsOf(call, locale)} />);
});

const one = publicRoute("GET", "/alerts/:id", async (call) => {
  const alert = await found(call);
  return publicPage(call, <AlertPage alert={alert} place={writingOf(call, call.reader.locale).place} />);
});

/** What feeds are narrowed by. */
const feedOf = async (call: RouteCall) => {
  const { category, district } = publicInput.parse(call.query);
  return (await publicAlerts(asPublic(call), { category, district, show: "all", limit: FEED_ITEMS })).items;
};
const selfOf = (call: RouteCall): string => `${writingOf(call, "en").base}${call.request.url}`;

const atom = publicRoute(
  "GET",
  "/alerts.atom",
  async (call) =>
    kept(
      call,
      atomOf(await feedOf(call), writingOf(call, localeOf(call)), selfOf(call)),
      "application/atom+xml; charset=utf-8",
    ),
  "Warnings to the public as an Atom feed (RFC 4287), what changed last first; changed, cancelled and expired ones included. Query: language, category, district.",
);

const json = publicRoute(
  "GET",
  "/alerts.json",
  async (call) =>
    kept(
      call,
      JSON.stringify(jsonFeedOf(await feedOf(call), writingOf(call, localeOf(call)), selfOf(call))),
      "application/feed+json; charset=utf-8",
    ),
  "Warnings to the public as a JSON Feed 1.1; what the format has no name for is in each item's _comity. Query: language, category, district.",
);

const oneJson = publicRoute(
  "GET",
  "/alerts/:id.json",
  async (call) =>
    kept(
      call,
      JSON.stringify(jsonItem(await found(call), writingOf(call, localeOf(call)))),
      "application/json; charset=utf-8",
    ),
  "One warning as an item of the JSON feed. Query: language.",
);

const oneCap = publicRoute(
  "GET",
  "/alerts/:id.cap",
  async (call): Promise<RouteAnswer> => {
    const alert = await found(call);
    const versions = await versionsOf(asPublic(call), alert.id);
    const wanted = call.query["version"];
    const at =
      wanted === undefined ? versions.length - 1 : versions.findIndex(({ version }) => String(version) === wanted);
    const message = versions[at];
    if (!message) throw new Refusal("not-found", "not-found");
    const cap = capOf(message, versions.slice(0, at), { alert, writing: writingOf(call, localeOf(call)) });
    return kept(call, cap, "application/cap+xml; charset=utf-8");
  },
  "The last message of a warning in the Common Alerting Protocol 1.2, one info for each language, not signed. An earlier one by its number: query version.",
);

const box = publicRoute("GET", "/alerts/box", async (call) => {
  const input = boxInput.parse(call.query);
  const { items } = await publicAlerts(asPublic(call), { category: input.category, show: "now", limit: input.limit });
  const writing = writingOf(call, localeOf(call));
  return kept(call, htmlOf(<Box {...{ items, input, writing }} />, call.tools), "text/html; charset=utf-8", {
    "content-security-policy": BOX_POLICY,
  });
});

const embed = publicRoute("GET", "/alerts/embed", async (call) => {
  const input = boxInput.parse(call.query);
  const { base, name } = writingOf(call, call.reader.locale);
  const words = call.node.translations.translate(input.language ?? call.reader.locale);
  const policy = String(call.reply.getHeader("content-security-policy") ?? "");
  return publicPage(call, <EmbedPage {...{ input, base, name, words }} />, {
    "content-security-policy": `${policy}; frame-src 'self'`,
  });
});

const NO_STORE = { "cache-control": "no-store" };
const askPage = publicRoute("GET", "/alerts/mail", async (call) => ({
  page:
    call.query["asked"] !== undefined ? (
      <AskedPage />
    ) : mailOffered(call.node) ? (
      <AskPage districts={districtsOf(call, call.reader.locale)} />
    ) : (
      <NoMailPage />
    ),
}));

const takeAddress = publicRoute("POST", "/alerts/mail", async (call): Promise<RouteAnswer> => {
  const { node, body } = call;
  const form = typeof body === "object" && body !== null ? (body as FormValues) : {};
  const { email, language, categories, districts } = form;
  const listed = (value: unknown) => (value === undefined || Array.isArray(value) ? value : [value]);
  const input = { email, language, categories: listed(categories), districts: listed(districts) };
  try {
    await perform({ node, actor: PUBLIC, act: ask, input });
    return { redirect: "/alerts/mail?asked" };
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    if (refusal.key === "alert-mail-not-offered") return { page: <NoMailPage />, status: statusOf(refusal) };
    const errors = refusal.fields.map((each) =>
      each.path === "email" ? { path: "email", key: "subscription-address" } : each,
    );
    return {
      page: <AskPage districts={districtsOf(call, call.reader.locale)} values={form} errors={errors} />,
      status: statusOf(refusal),
    };
  }
});

const linkPage = (purpose: Purpose): Route =>
  publicRoute("GET", `/alerts/mail/${purpose}/:link`, async ({ node, params, request }): Promise<RouteAnswer> =>
    readLink(node, purpose, params["link"] ?? "") === undefined
      ? { page: <DonePage what="gone" />, status: 404 }
      : { page: <LinkPage purpose={purpose} action={request.url.split("?")[0] ?? ""} /> },
  );

/** Also what a mail program posts by itself: without cookie, form or question. @source RFC 8058 §3.2 */
const followLink = (purpose: Purpose): Route =>
  publicRoute("POST", `/alerts/mail/${purpose}/:link`, async ({ node, params }): Promise<RouteAnswer> => {
    const id = readLink(node, purpose, params["link"] ?? "");
    try {
      if (id === undefined) throw new Refusal("not-found", "not-found");
      await perform({ node, actor: PUBLIC, act: purpose === "confirm" ? confirm : end, id, input: {} });
      return { page: <DonePage what={purpose === "confirm" ? "confirmed" : "ended"} />, headers: NO_STORE };
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      // Whoever ends what has ended, or confirms what is confirmed, has what they want.
      if (purpose === "end" && id !== undefined && refusal.code === "not-found")
        return { page: <DonePage what="ended" /> };
      if (refusal.code === "wrong-state") return { page: <DonePage what="confirmed" /> };
      return { page: <DonePage what="gone" />, status: statusOf(refusal) };
    }
  });

const advice = publicRoute("GET", "/advice", async (call) => publicPage(call, <AdvicePage />));
const adviceGroup = publicRoute("GET", "/advice/:group", async (call) => {
  const group = call.params["group"] ?? "";
  if (!isGroup(group)) throw new Refusal("not-found", "no-such-address");
  const { items } = await publicAlerts(asPublic(call), { category: group, show: "now", limit: BESIDE_ADVICE });
  return publicPage(call, <AdviceGroupPage group={group} alerts={items} />);
});

export const alertRoutes: readonly Route[] = [
  list,
  ...[atom, json, oneCap, oneJson, one],
  ...[box, embed, askPage, takeAddress],
  ...(["confirm", "end"] as const).flatMap((purpose) => [linkPage(purpose), followLink(purpose)]),
  ...[advice, adviceGroup],
];
