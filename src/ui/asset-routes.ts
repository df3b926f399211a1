import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../kernel/errors.ts";
import { type Route, type RouteCall, route } from "../kernel/page.ts";
import { type Asset, assets } from "./assets.ts";

const YEAR_SECONDS = 31_536_000;

/** Style sheets, fonts and islands, for the portal and the desk. */
export const assetRoutes: readonly Route[] = (["portal", "desk"] as const).map((role) =>
  route({ role, method: "GET", path: "/assets/:file", access: "public", handle: sendAsset }),
);

async function sendAsset({ request, reply }: RouteCall): Promise<undefined> {
  const asset = assets.find(request.url.split("?")[0] ?? "");
  if (!asset) throw new Refusal("not-found", "no-such-address");
  void send(asset, request, reply);
}

/** In the smallest form that the caller reads; its address changes with its content, so it may be kept for good. */
function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const [encoding, bytes] =
    asset.br && /\bbr\b/.test(accepted)
      ? (["br", asset.br] as const)
      : asset.gzip && /\bgzip\b/.test(accepted)
        ? (["gzip", asset.gzip] as const)
        : ([undefined, asset.bytes] as const);
  if (asset.policy) reply.header("content-security-policy", asset.policy);
  if (encoding) reply.header("content-encoding", encoding);
  return reply
    .headers({ "cache-control": `public, max-age=${YEAR_SECONDS}, immutable`, vary: "accept-encoding" })
    .type(asset.type)
    .send(bytes);
}
