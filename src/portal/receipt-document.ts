import { createHash } from "node:crypto";
import { isWhole } from "../kernel/i18n.ts";
import { asJson, type JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Tools } from "../kernel/tools.ts";
import { Download } from "../kernel/view.ts";
import { type OwnReport, ownReport } from "../reports/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { publishedSeal, signersOf } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { momentOf } from "../ui/when.tsx";
import { RECEIPT } from "./address.ts";

/** That a report was received, when, by whom, and the digest of what it says. */
const TEMPLATE = `
#par(data.body.says)
#v(6pt)
#said(data.body.rows)
#v(8pt)
#for note in data.body.notes { par(text(9.5pt, fill: grey, note)) }
`;

/** The digest in groups of eight, so that the line can be broken and read out. */
const grouped = (hex: string): string => hex.replaceAll(/(.{8})(?=.)/g, "$1 ");

/**
 * The receipt of a report: a signed document that proves that it was filed, in the reader's language where that is whole, else in English:
 * nobody signs words that no native reader has seen. It holds no code and nothing of
 * what was told but its digest, so that it can be shown to a bank.
 */
export async function receiptOf(node: Node, report: string, { locale: own, zone, now }: Tools): Promise<Download> {
  const locale = isWhole(own) ? own : "en";
  const t = node.translations.translate(locale);
  const found = (await readView(ownReport, readerOf(node, { kind: "reporter", report }, locale), {})) as OwnReport;
  const at = found.received_at;
  const digest = createHash("sha256").update(found.description).digest("hex");
  const facts = {
    says: t("portal.receipt.says"),
    rows: [
      [t("portal.follow.received"), momentOf(at, { locale, zone, now }, "long")],
      [t("portal.receipt.moment"), at.toString({ smallestUnit: "second" }), "mono"],
      [t("portal.receipt.files"), String(found.files.length)],
      [t("portal.receipt.digest"), grouped(digest), "mono"],
    ],
    notes: [t("portal.receipt.note.digest")],
  };
  const head = {
    language: locale,
    authority: `${node.name} (${node.code})`,
    title: t("portal.receipt.heading"),
    number: found.reference,
    date: momentOf(at, { locale, zone, now }, "day"),
  };
  const pdf = letter(
    { head, seal: publishedSeal(node), at },
    { template: TEMPLATE, facts: asJson(facts) as JsonObject },
    t,
  );
  return new Download(await signPdf(pdf, signersOf(node), now), { type: "application/pdf", filename: RECEIPT });
}
