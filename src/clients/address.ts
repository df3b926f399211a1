import ipaddr from "ipaddr.js";

/** Public addresses that clouds answer their own machines on. */
const METADATA = new Set(["168.63.129.16"]);

/** True for an IP address of the public internet: none of this machine, of a private or local network, of a cloud's metadata, or one that wraps such a one. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").split("%")[0] ?? "";
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.process(bare);
  return parsed.range() === "unicast" && !METADATA.has(parsed.toString());
}

/** True for an address of this machine itself. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === "loopback";
}

/** Why a client cannot be told at a URL, as a message key; `undefined` where nothing is wrong with it as far as can be seen without asking a name server. */
export function urlProblem(text: string, allowsLoopback: boolean): string | undefined {
  if (!URL.canParse(text)) return "webhook-url-form";
  const url = new URL(text);
  const { hostname } = url;
  const isIp = ipaddr.isValid(hostname.replace(/^\[|\]$/g, ""));
  const isOwn = isIp ? isLoopback(hostname) : hostname === "localhost";
  if (isOwn && allowsLoopback && /^https?:$/.test(url.protocol)) return undefined;
  if (url.protocol !== "https:") return "webhook-url-https";
  if (url.username !== "" || url.password !== "" || url.hash !== "") return "webhook-url-form";
  if (isIp ? !isPublicAddress(hostname) : isLocalName(hostname)) return "webhook-url-private";
  return undefined;
}

/** Names that only a local network knows. */
const isLocalName = (name: string): boolean =>
  !name.includes(".") || /(^|\.)(localhost|local|internal|lan|home|corp|intranet|onion|home\.arpa)\.?$/i.test(name);
