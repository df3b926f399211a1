const R = 15;
const MIDDLE = 18;

/** A ring that fills as time is used, from the top, clockwise in every language. The words beside it say the same. */
export function Dial({
  part,
  late = false,
  size = 36,
}: {
  readonly part: number;
  readonly late?: boolean;
  readonly size?: number;
}) {
  return (
    <svg
      class={late ? "dial late" : "dial"}
      width={size}
      height={size}
      viewBox="0 0 36 36"
      aria-hidden="true"
      focusable="false"
    >
      <circle cx={MIDDLE} cy={MIDDLE} r={R} fill="none" class="dial-whole" stroke-width="3" />
      {part >= 1 ? (
        <circle cx={MIDDLE} cy={MIDDLE} r={R} fill="none" class="dial-used" stroke-width="5" />
      ) : (
        part > 0.004 && <path d={arc(part)} fill="none" class="dial-used" stroke-width="5" />
      )}
      <path d="M18 10v8l5 3" fill="none" class="dial-hand" stroke-width="1.5" />
    </svg>
  );
}

function arc(part: number): string {
  const angle = 2 * Math.PI * part;
  const x = (MIDDLE + R * Math.sin(angle)).toFixed(2);
  const y = (MIDDLE - R * Math.cos(angle)).toFixed(2);
  return `M${MIDDLE} ${MIDDLE - R}A${R} ${R} 0 ${part > 0.5 ? 1 : 0} 1 ${x} ${y}`;
}
