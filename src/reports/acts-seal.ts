import { sql } from "../kernel/database.ts";
import type { Job } from "../kernel/slice.ts";
import { sealMessage, sealTold, toldIn } from "./told.ts";

const AT_ONCE = 500;

/** Seals words that were kept plainly by a version before this one. No act: nothing is said or known that was not before. */
export const sealOlder: Job = {
  name: "report-seal",
  everySeconds: 86_400,
  run: async (node) => {
    for (;;) {
      const { rows } = await sql<{ id: string; description: string; facts: unknown }>`
        select id, description, facts from report where description is not null order by id limit ${sql.lit(AT_ONCE)}`.execute(
        node.db,
      );
      for (const row of rows)
        await sql`update report set told = ${sealTold(node, row.id, toldIn(node, { ...row, told: null }))}, description = null, facts = null
          where id = ${row.id} and description is not null`.execute(node.db);
      const { rows: messages } = await sql<{ id: string; report_id: string; body: string }>`
        select id, report_id, body from report_message where body is not null order by id limit ${sql.lit(AT_ONCE)}`.execute(
        node.db,
      );
      for (const { id, report_id, body } of messages)
        await sql`update report_message set sealed = ${sealMessage(node, report_id, id, body)}, body = null where id = ${id} and body is not null`.execute(
          node.db,
        );
      if (rows.length < AT_ONCE && messages.length < AT_ONCE) return;
    }
  },
};
