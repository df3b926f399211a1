import type { ComponentChildren } from "preact";
import type { Tone } from "./tag.tsx";

/** Something the reader must know before they go on. `live` has it read aloud when the page opens (after an act). */
export function Notice({
  tone = "plain",
  title,
  live = false,
  children,
}: {
  readonly tone?: Tone;
  readonly title?: ComponentChildren;
  readonly live?: boolean;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} {...(live ? { role: "status" } : {})}>
      {title && <h2>{title}</h2>}
      {typeof children === "string" ? <p>{children}</p> : children}
    </div>
  );
}
