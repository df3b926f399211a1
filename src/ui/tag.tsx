import type { ComponentChildren } from "preact";

/** What a colour means. `plain` has none: most states are not news. */
export type Tone = "plain" | "late" | "waits" | "sealed" | "good";

/** A state or a rank in a word or two. The colour repeats what the words say, and is given only where it means something. */
export function Tag({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`tag ${tone}`}>{children}</span>;
}
