// Does the work that a copy of a report or a try of a code costs, in short turns, so that the page stays quick to the hand.
import { Sha256 } from "./sha256.ts";

/** Milliseconds of one turn, and of the pause after it. */
const TURN_MS = 12;
const PAUSE_MS = 4;

for (const field of document.querySelectorAll<HTMLInputElement>("input[data-work]")) {
  const challenge = field.dataset["work"] ?? "";
  const digits = Number(field.dataset["bits"] ?? "16") / 4;
  const wanted = "0".repeat(digits);
  const encoder = new TextEncoder();
  let n = 0;
  const turn = (): void => {
    const end = performance.now() + TURN_MS;
    while (performance.now() < end) {
      const found = (n += 1).toString(36);
      const sha = new Sha256();
      sha.update(encoder.encode(`${challenge}:${found}`));
      if (sha.digest().startsWith(wanted)) {
        field.value = found;
        if ("submit" in field.dataset) field.form?.submit();
        return;
      }
    }
    setTimeout(turn, PAUSE_MS);
  };
  turn();
}
