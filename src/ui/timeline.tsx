import type { ComponentChildren } from "preact";
import type { Tone } from "./tag.tsx";
import { When } from "./when.tsx";

/** One thing that happened: what, when, who. */
export interface Event {
  readonly at: Temporal.Instant;
  readonly what: ComponentChildren;
  readonly who?: ComponentChildren;
  readonly detail?: ComponentChildren;
  readonly tone?: Tone;
  readonly href?: string;
}

/** What happened, in order of time as given. */
export function Timeline({ events }: { readonly events: readonly Event[] }) {
  return (
    <ol class="timeline">
      {events.map(({ at, what, who, detail, tone = "plain", href }, index) => (
        <li key={index} class={tone}>
          <p class="timeline-when">
            <When at={at} />
          </p>
          <div>
            <p>
              <b>{href ? <a href={href}>{what}</a> : what}</b>
              {who && (
                <span class="quiet">
                  {" "}
                  · <bdi>{who}</bdi>
                </span>
              )}
            </p>
            {detail && (
              <div class="small quiet" dir="auto">
                {detail}
              </div>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
