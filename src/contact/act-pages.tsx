import type { ActForm, ActPage } from "../kernel/page.ts";
import { trustedPeers } from "../exchange/slice.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { dutyOfficers } from "./views-shift.ts";

type Choices = readonly { readonly value: string; readonly label: string }[];

/** A form with one field whose choices are read. */
const choosing = (
  act: string,
  field: string,
  read: (form: ActForm<never>) => Promise<Choices>,
  then?: ActPage["then"],
): ActPage => ({
  act,
  prepare: read,
  render: (form, _tools, choices: never) => <ActFormPage form={form} choices={{ [field]: choices as Choices }} />,
  ...(then ? { then } : {}),
});

/** Forms of the contact point. */
export const contactActPages: readonly ActPage[] = [
  choosing(
    "shift.plan",
    "account",
    ({ reader }) => dutyOfficers(reader),
    () => "/shifts?done=plan",
  ),
  choosing("shift.hand-over", "to", async ({ reader }) =>
    (await dutyOfficers(reader)).filter(
      ({ value }) => reader.actor.kind !== "officer" || value !== reader.actor.account,
    ),
  ),
  choosing("drill.start", "to", async ({ reader }) =>
    (await trustedPeers(reader)).map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
  ),
];
