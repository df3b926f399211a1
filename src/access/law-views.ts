import { z } from "zod";
import { view } from "../kernel/view.ts";

/** The powers of the country's law with who authorises them, and every policy by which the node decides. */
export const powerList = view({
  name: "power.list",
  path: "/powers",
  input: z.object({}),
  async read({ node, now }) {
    const { pack, policy } = node.services.country;
    const today = now.toZonedDateTimeISO(pack.calendar.zone).toPlainDate().toString();
    return {
      pack: { code: pack.code, name: pack.name, digest: policy.pack },
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
