import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { answersTo } from "./answers.ts";
import { type Countries, openCountries } from "./countries.ts";
import { confirmCorrespondent, proposeCorrespondent } from "../src/correspondents/acts.ts";
import { readerOf } from "../src/kernel/reader.ts";
import { askedFor, type MeasureCode, measureOf, type Particular } from "../src/law/slice.ts";
import { authorise, draftRequest, submit } from "../src/requests/acts-draft.ts";
import { send } from "../src/requests/acts-sender.ts";
import { confirmEndpoint, proposeEndpoint } from "../src/hi1/acts.ts";
import { HI1_PATH } from "../src/hi1/gateway.ts";
import { sendDue } from "../src/hi1/messages-sending.ts";
import { openProvider, type Provider, type Sending } from "../src/hi1/provider.fixture.ts";
import { verdict } from "../src/hi1/said.fixture.ts";
import { ETSI, schemaVerdict } from "../src/hi1/schemas.fixture.ts";
import { keyFingerprint } from "../src/hi1/signature.ts";
import { dispatchesOf, type DispatchShown } from "../src/hi1/views.ts";

const US = { CountryCode: "XA", UniqueIdentifier: "XA" };

/** Aruna, and two providers that speak the standard. */
export interface Hi1World {
  /** Id of the correspondent that is Cassia. */
  readonly xp: string;
  /** Id of Cassia's endpoint; empty where it is not bound. */
  readonly endpoint: string;
  readonly at: Countries;
  /** A case to draft in. */
  readonly file: string;
  /** Where Aruna takes messages of the standard. */
  readonly ours: string;
  /** Correspondent XP. */
  readonly cassia: Provider;
  /** Known to nobody yet. */
  readonly quince: Provider;
  /** Enters a correspondent without a node, by two people; gives its id. */
  readonly correspond: (code: string, name: string, kind?: string) => Promise<string>;
  /** Binds a provider as that correspondent's endpoint, by two people; gives the endpoint's id. */
  readonly bind: (correspondent: string, provider: Provider) => Promise<string>;
  /** Drafted, decided and sent; gives its id. */
  readonly sentOut: (code: MeasureCode) => Promise<string>;
  /** Writes and delivers what waits. */
  readonly run: () => Promise<void>;
  readonly stateOf: (id: string) => Promise<string>;
  /** Messages about a request, the newest first. */
  readonly messages: (id: string) => Promise<DispatchShown[]>;
  /** Has Cassia say something; gives what the answer says. */
  readonly says: (actions: readonly object[], more?: Sending) => Promise<[number, string] | "done">;
  readonly close: () => Promise<void>;
}

/** Opens it. Cassia is entered as XP, and bound only where `bound`. */
export async function openHi1World({ bound = true }: { readonly bound?: boolean } = {}): Promise<Hi1World> {
  const at = await openCountries({ codes: ["XA"], lines: true });
  const file = await at.openCase();
  const ours = `${at.node("XA").config.gateway_url}${HI1_PATH}`;
  const authority = createPublicKey(at.node("XA").services.keys.signing)
    .export({ type: "spki", format: "pem" })
    .toString();
  const judge = existsSync(ETSI) ? schemaVerdict() : () => null;
  const cassia = await openProvider({ name: "CASSIA-LD", authority, us: US, judge });
  const quince = await openProvider({ name: "QUINCE-LD", authority, us: US, judge });
  const correspond: Hi1World["correspond"] = async (code, name, kind = "provider") => {
    const address = `desk@${code.toLowerCase()}.example`;
    const id = await at.does("XA", "administrator", proposeCorrespondent, {
      input: { code, name, kind, address, languages: ["fr"] },
    });
    await at.does("XA", "central-authority", confirmCorrespondent, { id, input: { address, channel: "By telephone" } });
    return id;
  };
  const bind: Hi1World["bind"] = async (correspondent, { url, names, pem }) => {
    const input = { url, country: names.CountryCode, identifier: names.UniqueIdentifier, public_key: pem };
    const id = await at.does("XA", "administrator", proposeEndpoint, { id: correspondent, input });
    const heard = { fingerprint: keyFingerprint(createPublicKey(pem)), channel: "By telephone" };
    await at.does("XA", "central-authority", confirmEndpoint, { id, input: heard });
    return id;
  };
  const xp = await correspond("XP", "Cassia Mail");
  return {
    at,
    file,
    ours,
    cassia,
    quince,
    xp,
    endpoint: bound ? await bind(xp, cassia) : "",
    correspond,
    bind,
    sentOut: async (code) => {
      const id = await at.does("XA", "investigator", draftRequest, { id: file, input: whole(code) });
      await at.does("XA", "investigator", submit, { id });
      const reasons = "Necessary, narrow and in proportion to the loss.";
      await at.does("XA", "judge", authorise, { id, input: { reasons, until: "2026-12-24" } });
      await at.does("XA", "investigator", send, { id });
      return id;
    },
    run: () => sendDue(at.node("XA")),
    stateOf: async (id) => (await at.sees("XA", "investigator", id)).state,
    messages: async (id) => dispatchesOf(readerOf(at.node("XA"), await at.officer("XA", "investigator")), id),
    says: async (actions, more) => verdict(await cassia.send(ours, actions, more)),
    close: async () => {
      await cassia.close();
      await quince.close();
      await at.close();
    },
  };
}

const TEXT = "Between the two accounts named here, from the third to the eleventh of November, as the file shows.";
const said = (name: Particular): string => {
  const { control, options } = askedFor(name);
  if (name === "from") return "2026-11-25";
  if (name === "sentence") return "5";
  if (control === "date") return "2026-12-24";
  return options?.[0] ?? (name === "follows" ? "" : TEXT.slice(0, askedFor(name).max));
};
/** A request of that measure with everything that it needs. */
function whole(code: MeasureCode) {
  const { particulars, categories, names } = measureOf(code);
  const line = {
    category: categories?.[0] ?? "subscriber",
    description: "Records of the mailbox",
    identifiers: ["sunrise@cassia.example"],
  };
  return {
    measure: code,
    to: "XP",
    offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
    facts:
      "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
    necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
    proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
    data: names === "nothing" ? [] : [line],
    custodian: "Cassia Mail, response desk",
    urgency: "urgent",
    particulars: Object.fromEntries(particulars.map((name) => [name, said(name)]).filter(([, text]) => text !== "")),
    safeguards: {
      offence: "fraud",
      privilege: "none",
      answers: answersTo(code),
    },
  };
}
