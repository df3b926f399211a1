import { useTools } from "../kernel/tools.ts";
import { TextField } from "./text-field.tsx";

/** Asks a signed-in officer to prove that it is still they, on the form of the sensitive act itself, so that nothing typed is lost. */
export function StepUp({ name = "_proof", error }: { readonly name?: string; readonly error?: string | undefined }) {
  const { t } = useTools();
  return (
    <div class="step-up">
      <TextField
        name={name}
        type="password"
        short
        autocomplete="one-time-code"
        label={t("ui.step-up")}
        hint={t("ui.step-up.hint")}
        error={error}
      />
    </div>
  );
}
