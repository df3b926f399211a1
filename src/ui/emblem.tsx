/** The mark: two lanes and the message that crosses between them. Decoration, so nothing is read aloud. */
export function Emblem({ size = 28 }: { readonly size?: number }) {
  return (
    <svg class="emblem" width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <path d="M1 7h26M1 21h26" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M8 7l12 14" fill="none" stroke="currentColor" stroke-width="2" />
      <circle cx="8" cy="7" r="4" fill="currentColor" />
      <circle cx="20" cy="21" r="3" fill="var(--paper)" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}
