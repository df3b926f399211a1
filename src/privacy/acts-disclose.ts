import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { reportSubject } from "../reports/slice.ts";

/** The holder of the code takes away everything that is held about them: an act, so that it is known that they have it. @source CETS 108 Art. 9 */
export const disclose = actsOn(reportSubject)("disclose", {
  audience: "internal",
  basis: ["CETS 108 Art. 9"],
  input: z.strictObject({}),
  apply: async () => ({}),
});
