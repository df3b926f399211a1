import { sql } from "../kernel/database.ts";
import { messageOf, sealMessage } from "../kernel/outbox.ts";
import type { Job } from "../kernel/slice.ts";
import { sealEnvelopeText } from "./messages-incoming.ts";

const AT_ONCE = 500;

/** Seals messages that were kept plainly by a version before this one. No act: nothing is said or known that was not before. */
export const sealOlderMessages: Job = {
  name: "exchange-seal",
  everySeconds: 86_400,
  run: async (node) => {
    for (;;) {
      const { rows: sent } = await sql<{ id: string; body: unknown; files: unknown }>`
        select id, body, files from outbox where words is null and body <> '{}'::jsonb order by id limit ${sql.lit(AT_ONCE)}`.execute(
        node.db,
      );
      for (const row of sent)
        await sql`update outbox set words = ${sealMessage(node, row.id, messageOf(node, { ...row, words: null }))}, body = null, files = null
          where id = ${row.id} and words is null and body <> '{}'::jsonb`.execute(node.db);
      const { rows: came } = await sql<{ id: string; envelope: unknown }>`
        select id, envelope from inbox where words is null order by id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
      for (const { id, envelope } of came)
        await sql`update inbox set words = ${sealEnvelopeText(node, id, envelope)}, envelope = null
          where id = ${id} and words is null`.execute(node.db);
      if (sent.length < AT_ONCE && came.length < AT_ONCE) return;
    }
  },
};
