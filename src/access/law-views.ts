import { z } from "zod";
import { view } from "../kernel/view.ts";
import { lawsKept } from "./law-kept.ts";

/** The powers of the country's law with who authorises them, and every policy by which the node decides. */
export const powerList = view({
  name: "power.list",
  path: "/powers",
  input: z.object({}),
  async read({ node, now, db }) {
    const { pack, policy, signedBy } = node.services.country;
    const today = now.toZonedDateTimeISO(pack.calendar.zone).toPlainDate().toString();
    return {
      pack: {
        code: pack.code,
        name: pack.name,
        version: pack.version,
        validFrom: pack.validFrom,
        signedBy: signedBy ?? null,
        digest: policy.pack,
      },
      kept: await lawsKept(db),
      questions: pack.questions,
      offences: pack.offences,
      oversight: pack.oversight ?? null,
      powers: pack.powers.map((power) => ({
        ...power,
        policy: `${pack.code}.power.${power.power}`,
        inForce: power.from <= today && today <= (power.until ?? "9999-12-31"),
      })),
      clocks: pack.clocks.map((clock) => ({
        ...clock,
        inForce: clock.from <= today && today <= (clock.until ?? "9999-12-31"),
      })),
      policies: [...policy.notes.values()].map(({ text: _, ...note }) => note).sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  },
});

/** One policy as it is written: what a journal entry's decision names. */
export const policyView = view({
  name: "policy.view",
  path: "/policies/:id",
  input: z.object({ id: z.string().max(200) }),
  read: async ({ node }, { id }) => node.services.country.policy.notes.get(id),
});
