import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { Download, type Reader, view } from "../kernel/view.ts";
import { MEASURE_CODES, type MeasureCode } from "./measures.ts";
import type { Declaration, Instrument, Party, Treaties } from "./treaties.ts";
import { countryName, titleOf } from "./treaties-words.ts";

/** A Party with its name in the reader's language. */
export type NamedParty = Party & { readonly country: string; readonly bound: boolean };
/** An instrument as its pages show it; `parties` is `null` where it needs none. */
export interface ShownInstrument extends Omit<Instrument, "title" | "parties"> {
  readonly title: string;
  readonly parties: readonly NamedParty[] | null;
  /** How many are bound by it today, of all that the table knows. */
  readonly bound: number;
}
interface Wanted {
  readonly country?: string | undefined;
  readonly measure?: MeasureCode | undefined;
}

const filter = z.object({
  /** Code of a country, or part of its name. */
  country: z.string().trim().max(80).optional(),
  measure: z.enum(MEASURE_CODES).optional(),
});

const plain = (text: string): string => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

const today = ({ node, now }: Reader): string =>
  now.toZonedDateTimeISO(node.services.country.pack.calendar.zone).toPlainDate().toString();
const isBound = ({ inForce, until }: Party, on: string): boolean =>
  inForce !== undefined && inForce <= on && on <= (until ?? "9999-12-31");

function shown(reader: Reader, instrument: Instrument, { country = "", measure }: Wanted): ShownInstrument {
  const { treaties } = reader.node.services;
  const on = today(reader);
  const named =
    instrument.parties === "any"
      ? null
      : instrument.parties.map((party) => ({
          ...party,
          country: countryName(treaties, party.code, reader.locale),
          bound: isBound(party, on),
        }));
  const fits = (party: NamedParty) =>
    country === "" || party.code === country.toUpperCase() || plain(party.country).includes(plain(country));
  const about = ({ measures }: Declaration) => !measure || !measures || measures.includes(measure);
  const collator = new Intl.Collator(reader.locale);
  return {
    ...instrument,
    title: titleOf(instrument, reader.locale),
    bound: named?.filter((each) => each.bound).length ?? 0,
    parties:
      named
        ?.filter(fits)
        .map((party) => ({ ...party, declarations: party.declarations.filter(about) }))
        .sort((a, b) => collator.compare(a.country, b.country)) ?? null,
  };
}

const fitting = (reader: Reader, { country, measure }: Wanted): readonly ShownInstrument[] =>
  reader.node.services.treaties
    .filter(({ measures }) => !measure || measures.some((each) => each.measure === measure))
    .map((instrument) => shown(reader, instrument, { country, measure }))
    .filter(({ parties }) => !country || parties === null || parties.length > 0);

/** The instruments that this node knows: those that a country is party to, those that know a measure. */
export const treatyList = view({
  name: "treaty.list",
  path: "/treaties",
  input: filter,
  read: async (reader, wanted) => ({ items: fitting(reader, wanted), ...wanted }),
});

/** One instrument with its measures, its parties, and what they have reserved and declared. */
export const treatyView = view({
  name: "treaty.read",
  path: "/treaties/:id",
  input: filter.extend({ id: z.string().max(40) }),
  read: async (reader, { id, ...wanted }) => {
    const found = reader.node.services.treaties.find(({ code }) => code === id);
    return found && shown(reader, found, wanted);
  },
});

const COLUMNS = [
  "instrument",
  "cite",
  "party",
  "country",
  "signed",
  "deposited",
  "in_force",
  "until",
  "provision",
  "kind",
  "effect",
  "measures",
  "detail",
  "source",
  "date",
  "checked",
] as const;
type Line = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** A line for each Party, and one more for each thing that it has reserved or declared. */
const linesOf = ({ code, cite, parties }: ShownInstrument): Line[] =>
  (parties ?? []).flatMap((party) => {
    const { signed = "", deposited = "", inForce = "", until = "" } = party;
    const same = { instrument: code, cite, party: party.code, country: party.country };
    const seenOf = ({ source, date, checked }: Party | Declaration) => ({
      source,
      date,
      checked: checked ? "yes" : "no",
    });
    return [
      {
        ...same,
        signed,
        deposited,
        in_force: inForce,
        until,
        provision: "",
        kind: "",
        effect: "",
        measures: "",
        detail: "",
        ...seenOf(party),
      },
      ...party.declarations.map((each) => ({
        ...same,
        signed: "",
        deposited: "",
        in_force: "",
        until: each.until ?? "",
        provision: each.provision,
        kind: each.kind,
        effect: each.effect,
        measures: each.measures?.join(" ") ?? "",
        detail: each.languages?.join(" ") ?? each.channel ?? "",
        ...seenOf(each),
      })),
    ];
  });

/** The tables of treaties as a file: `parties.csv`, one line a Party and one a declaration; `treaties.json`, whole. */
export const treatyFile = view({
  name: "treaty.export",
  path: "/treaties/files/:file",
  input: filter.extend({ file: z.enum(["parties.csv", "treaties.json"]) }),
  read: async (reader, { file, ...wanted }) => {
    const found = fitting(reader, wanted);
    return file === "parties.csv"
      ? csvFile(file, COLUMNS, found.flatMap(linesOf))
      : new Download(
          Buffer.from(`${JSON.stringify({ node: reader.node.code, at: reader.now, items: found }, null, 2)}\n`),
          {
            type: "application/json",
            filename: file,
          },
        );
  },
});

/** Countries that some table knows, by name: for choices. */
export function countriesOf(treaties: Treaties, locale: string): { readonly code: string; readonly name: string }[] {
  const codes = new Set(treaties.flatMap(({ parties }) => (parties === "any" ? [] : parties.map(({ code }) => code))));
  const collator = new Intl.Collator(locale);
  return [...codes]
    .map((code) => ({ code, name: countryName(treaties, code, locale) }))
    .sort((a, b) => collator.compare(a.name, b.name));
}
