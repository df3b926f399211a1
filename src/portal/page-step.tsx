import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Radios } from "../ui/choice-field.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { WorkField } from "../ui/work-field.tsx";
import { addressOf, DRAFT_CODE } from "./address.ts";
import { codesOf, stepBefore, type StepName, STEPS, stepsFor } from "./draft.ts";
import { Check } from "./page-check.tsx";
import { Files, Found, Whom, WordsAsked } from "./page-details.tsx";
import { Enough, Payments } from "./page-payment.tsx";
import { Who } from "./page-who.tsx";
import { Call, type Showing, StepForm, useLabel, useWrong } from "./showing.tsx";
import { TILES, WORK_BITS } from "../reports/slice.ts";

/** Pages whose heading is not the label of their one field. */
const HEADED = new Set<StepName>(["help", "payment", "payments", "enough", "found", "files", "check"]);
/** Pages that bring forms of their own. */
const WHOLE = new Set<StepName>(["payment", "payments", "files"]);

/** One page of the form: one question, one button. */
export function StepPage(showing: Showing) {
  const { t } = useTools();
  const { step, answers, errors, isLost = false } = showing;
  const steps = stepsFor(answers);
  const before = stepBefore(answers, step);
  return (
    <PortalPage
      title={t(`portal.${step}.title`)}
      page={String(STEPS.indexOf(step) + 1)}
      heading={HEADED.has(step) ? t(`portal.${step}.title`) : null}
      wrong={errors.length > 0}
      step={{ now: steps.indexOf(step) + 1, of: steps.length }}
      back={before ? addressOf(before) : "/"}
      foot={answers.code && <CodeSoFar code={answers.code} />}
    >
      {isLost && <Notice tone="waits">{t("portal.lost")}</Notice>}
      <ErrorSummary
        mistakes={errors.map(({ path, key, values }) => ({ name: path, message: t(`refusal.${key}`, values) }))}
      />
      {WHOLE.has(step) ? (
        <Question {...showing} />
      ) : (
        <StepForm step={step} buttons={<Buttons {...showing} />}>
          <Question {...showing} />
        </StepForm>
      )}
    </PortalPage>
  );
}

function Buttons({ step }: Showing) {
  const { t } = useTools();
  if (step === "enough")
    return (
      <>
        <button type="submit" name="do" value="send">
          {t("portal.enough.send")}
        </button>
        <button type="submit" name="do" value="on" class="plain">
          {t("portal.enough.on")}
        </button>
      </>
    );
  return <button type="submit">{t(step === "check" ? "portal.check.send" : "portal.next")}</button>;
}

/** Says, without standing out, that nothing is lost, and where the code for it is. */
function CodeSoFar({ code }: { readonly code: string }) {
  const { t } = useTools();
  return (
    <p class="so-far">
      {t("portal.draft.code")}{" "}
      <bdi class="code-small" translate={false}>
        {code}
      </bdi>{" "}
      <a href={DRAFT_CODE}>{t("portal.draft.what")}</a>
    </p>
  );
}

function Question(showing: Showing): ComponentChildren {
  switch (showing.step) {
    case "danger":
    case "child":
    case "money":
      return <YesNo {...showing} name={showing.step} />;
    case "help":
      return <Help {...showing} />;
    case "payment":
    case "payments":
      return <Payments {...showing} />;
    case "enough":
      return <Enough {...showing} />;
    case "what":
      return <What {...showing} />;
    case "kind":
      return <Kind {...showing} />;
    case "whom":
      return <Whom {...showing} />;
    case "words":
      return <WordsAsked {...showing} />;
    case "found":
      return <Found {...showing} />;
    case "files":
      return <Files {...showing} />;
    case "who":
      return <Who {...showing} />;
    case "check":
      return (
        <>
          <Check {...showing} />
          {showing.work && <WorkField name="work" challenge={showing.work} bits={WORK_BITS} />}
        </>
      );
  }
}

function YesNo({ name, answers, errors }: Showing & { readonly name: "danger" | "child" | "money" }) {
  const { t, has } = useTools();
  const hint = `portal.${name}.hint`;
  return (
    <Radios
      name={name}
      heading
      label={t(`portal.${name}.title`)}
      hint={has(hint) ? t(hint) : undefined}
      error={useWrong(errors)(name)}
      value={answers[name]}
      options={[
        { value: "yes", label: t("portal.yes") },
        { value: "no", label: t("portal.no") },
      ]}
    />
  );
}

/** Whom to call, before anything else is asked. */
function Help({ answers: { danger, child, money }, here: { numbers } }: Showing) {
  const { t } = useTools();
  return (
    <>
      {danger === "yes" && (
        <Notice tone="late" title={t("portal.help.danger")}>
          <p>
            <Call number={numbers.police} big />
          </p>
        </Notice>
      )}
      {child === "yes" && (
        <Notice tone="late" title={t("portal.help.child")}>
          <p>
            <Call number={numbers.child ?? numbers.police} big />
          </p>
          <p>{t("portal.help.child.images")}</p>
        </Notice>
      )}
      {money === "yes" && (
        <Notice tone="waits" title={t("portal.help.money")}>
          {t("portal.help.money.how")}
        </Notice>
      )}
      <p>{t("portal.help.then")}</p>
    </>
  );
}

function What({ answers, errors }: Showing) {
  const { t } = useTools();
  return (
    <Radios
      name="tile"
      heading
      label={t("portal.what.title")}
      hint={t("portal.what.hint")}
      error={useWrong(errors)("tile")}
      value={answers.tile}
      options={TILES.map(({ tile }) => ({ value: tile, label: t(`portal.tile.${tile}`) }))}
    />
  );
}

function Kind({ answers, errors, here }: Showing) {
  const { t } = useTools();
  const label = useLabel(here);
  return (
    <Radios
      name="category"
      heading
      label={t("portal.kind.title")}
      error={useWrong(errors)("category")}
      value={answers.category}
      options={codesOf(answers.tile).map((code) => ({ value: code, label: label(code) }))}
    />
  );
}
