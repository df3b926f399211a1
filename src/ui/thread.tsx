import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { When } from "./when.tsx";

/** One message of a conversation. `own` is the reader's side. */
export interface Message {
  readonly from: ComponentChildren;
  readonly at: Temporal.Instant;
  readonly words: ComponentChildren;
  readonly own?: boolean;
  readonly files?: readonly { readonly name: string; readonly href: string; readonly size?: string }[];
  /** What became of it: received 14:03, not yet delivered. */
  readonly state?: ComponentChildren;
}

/** A conversation in the order it was held, and below it (as children) the form that answers. */
export function Thread({
  messages,
  children,
}: {
  readonly messages: readonly Message[];
  readonly children?: ComponentChildren;
}) {
  const { t } = useTools();
  return (
    <>
      {messages.length === 0 ? (
        <p class="quiet">{t("ui.thread.none")}</p>
      ) : (
        <ol class="thread">
          {messages.map(({ from, at, words, own = false, files = [], state }, index) => (
            <li key={index} class={own ? "own" : undefined}>
              <p class="from">
                <b>
                  <bdi>{from}</bdi>
                </b>{" "}
                · <When at={at} />
                {state && <> · {state}</>}
              </p>
              <div class="words" dir="auto">
                {words}
              </div>
              {files.length > 0 && (
                <ul class="files">
                  {files.map(({ name, href, size }) => (
                    <li key={href}>
                      <a href={href} dir="auto">
                        {name}
                      </a>
                      {size && <span class="quiet"> {size}</span>}
                    </li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ol>
      )}
      {children}
    </>
  );
}
