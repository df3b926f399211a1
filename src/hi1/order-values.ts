import { isIP } from "node:net";
import { PROFILE } from "./dictionary.ts";

/** How a value is written, by the standard's names where it has one, else as a text of the profile. @source ETSI TS 103 120 v1.23.1 Annex C */
export function formatOf(value: string): { readonly "task:FormatOwner": string; readonly "task:FormatName": string } {
  const named = (name: string) => ({ "task:FormatOwner": "ETSI", "task:FormatName": name });
  if (isIP(value) === 4) return named("IPv4Address");
  if (isIP(value) === 6) return named("IPv6Address");
  if (/^[1-9]\d{6,14}$/.test(value)) return named("InternationalE164");
  if (/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(value)) return named("InternationalizedEmailAddress");
  return { "task:FormatOwner": PROFILE.owner, "task:FormatName": "Text" };
}
