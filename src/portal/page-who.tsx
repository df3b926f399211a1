import { typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { Checkbox, Radios } from "../ui/choice-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { type Showing, useWrong } from "./showing.tsx";

/** Contact, or anonymous; and what the reporter agrees to, nothing of it ticked beforehand. */
export function Who({ answers: { who }, errors, values }: Showing) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  const was = (name: "choice" | "name" | "email" | "phone") => (values ? typed(values, name) : who?.[name]);
  const isTicked = (name: "share" | "handover") => (values ? typed(values, name) === "true" : (who?.[name] ?? false));
  return (
    <>
      <Radios
        name="choice"
        heading
        label={t("portal.who.title")}
        hint={t("portal.who.hint")}
        error={wrong("choice")}
        value={was("choice")}
        options={[
          { value: "anonymous", label: t("portal.who.anonymous"), detail: t("portal.who.anonymous.detail") },
          { value: "contact", label: t("portal.who.contact") },
        ]}
      />
      <TextField
        name="name"
        required={false}
        label={t("portal.who.name")}
        autocomplete="name"
        value={was("name")}
        error={wrong("name")}
      />
      <TextField
        name="phone"
        type="tel"
        required={false}
        label={t("portal.who.phone")}
        autocomplete="tel"
        value={was("phone")}
        error={wrong("phone")}
      />
      <TextField
        name="email"
        type="email"
        required={false}
        label={t("portal.who.email")}
        autocomplete="email"
        value={was("email")}
        error={wrong("email")}
      />
      <fieldset>
        <legend>{t("portal.consent.title")}</legend>
        <p class="hint">{t("portal.consent.hint")}</p>
        <div class="ticks">
          <Checkbox name="share" label={t("portal.consent.share")} checked={isTicked("share")} />
          <Checkbox name="handover" label={t("portal.consent.handover")} checked={isTicked("handover")} />
        </div>
      </fieldset>
    </>
  );
}
