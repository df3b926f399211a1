import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { climb } from "./acts-attention.ts";

const AT_ONCE = 500;

/**
 * The clock of what nobody opened. It stands in the report's own row: one for each report of a country would double what an intake
 * writes of clocks. Found late, it climbs late rather than never; each time that passes is one act.
 */
export const climbUnopened: Job = {
  name: "report-unopened",
  everySeconds: 60,
  run: async (node) => {
    for (;;) {
      const { rows } = await sql<{
        id: string;
      }>`select id from report where unopened_at is not null and unopened_at <= ${node.clock()} order by unopened_at limit ${sql.lit(AT_ONCE)}`.execute(
        node.db,
      );
      for (const { id } of rows)
        await perform({ node, actor: system("clock"), act: climb, id, input: {} }).catch(async (error: unknown) => {
          if (!(error instanceof Refusal)) throw error;
          // Closed meanwhile: nobody waits for it any more.
          await sql`update report set unopened_at = null where id = ${id} and state = 'closed'`.execute(node.db);
        });
      if (rows.length < AT_ONCE) return;
    }
  },
};
