import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Tag } from "./tag.tsx";

/** One thing that has to be done before the whole is. */
export interface Task {
  readonly label: ComponentChildren;
  readonly hint?: ComponentChildren;
  /** Absent where it cannot be begun yet. */
  readonly href?: string;
  readonly state: "done" | "to-do" | "waits" | "not-yet";
}

/** What there is to do, and how far each is. Done is quiet; what waits for the reader stands out. */
export function TaskList({ tasks }: { readonly tasks: readonly Task[] }) {
  const { t } = useTools();
  return (
    <ul class="tasks">
      {tasks.map(({ label, hint, href, state }, index) => (
        <li key={index}>
          <div>
            {href ? <a href={href}>{label}</a> : <span class="quiet">{label}</span>}
            {hint && <p class="small quiet">{hint}</p>}
          </div>
          {state === "to-do" || state === "waits" ? (
            <Tag tone={state === "waits" ? "plain" : "waits"}>{t(`ui.task.${state}`)}</Tag>
          ) : (
            <span class="small quiet">{t(`ui.task.${state}`)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
