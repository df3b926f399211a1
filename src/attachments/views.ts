import { Readable } from "node:stream";
import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Download, type Reader, view } from "../kernel/view.ts";
import { type FileKind, reportSubject } from "../reports/slice.ts";
import { unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { factsPlace, type FileFacts } from "./attachment.ts";

/** A reporter's file as its page shows it. */
export interface FileSeen {
  readonly id: string;
  readonly report: string;
  readonly reference: string;
  readonly name: string;
  readonly media: string;
  readonly kind: FileKind;
  readonly misnamed: boolean;
  readonly size: number;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly at: Temporal.Instant;
  /** `null` while it waits to be read. */
  readonly facts: FileFacts | null;
  readonly hasPreview: boolean;
}

interface Row extends Omit<FileSeen, "digest" | "facts" | "hasPreview" | "kind"> {
  readonly kind: FileKind | null;
  readonly digest: Buffer;
  readonly facts: Buffer | null;
  readonly preview: string | null;
}

const COLUMNS = sql`f.id, f.report_id as report, r.reference, f.name, f.media, f.kind, f.misnamed, f.size, f.digest, f.at, f.facts, f.preview`;
const FILES_MAX = 100;

function seen({ node }: Reader, { digest, facts, preview, kind, ...row }: Row): FileSeen {
  const place = factsPlace(row.report, row.id);
  return {
    ...row,
    kind: kind ?? "other",
    digest: digest.toString("hex"),
    facts: facts && (JSON.parse(unseal(node.services.keys.seal, facts, place).toString()) as FileFacts),
    hasPreview: preview !== null,
  };
}

/** The files of a report that the reader may see. */
export async function filesOf(reader: Reader, report: string): Promise<FileSeen[]> {
  const { rows } = await sql<Row>`select ${COLUMNS} from report_file f join report r on r.id = f.report_id
    where f.report_id = ${report} and ${reader.visible(reportSubject, { alias: "r" })} order by f.at, f.name, f.id limit ${sql.lit(FILES_MAX)}`.execute(
    reader.db,
  );
  return rows.map((row) => seen(reader, row));
}

const which = z.object({ id: z.uuid(), file: z.uuid() });

/** One file: what it is and what was read in it. */
export const fileView = view({
  name: "report.file-facts",
  path: "/reports/:id/files/:file/facts",
  subject: reportSubject,
  input: which,
  read: async (reader, { id, file }) => {
    const { rows } = await sql<Row>`select ${COLUMNS} from report_file f join report r on r.id = f.report_id
      where f.id = ${file} and r.id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    return rows[0] && seen(reader, rows[0]);
  },
});

/** The picture that was drawn anew from a file, as PNG. */
export const previewView = view({
  name: "report.preview",
  path: "/reports/:id/files/:file/preview",
  subject: reportSubject,
  input: which,
  read: async (reader, { id, file }) => {
    const { rows } = await sql<{
      preview: string | null;
    }>`select f.preview from report_file f join report r on r.id = f.report_id
      where f.id = ${file} and r.id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    const holder = rows[0]?.preview;
    const held = holder ? await heldBlob(reader.db, reader.node.services.vault, holder) : undefined;
    return (
      held &&
      new Download(Readable.from(held.read()), {
        type: "image/png",
        filename: "preview.png",
        inline: true,
        size: held.bytes,
      })
    );
  },
});
