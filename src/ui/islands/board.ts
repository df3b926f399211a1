// Keeps the board of the contact point fresh: asks whether it shows something else by now, and only then reads it anew.

const ASK_MS = 5_000;
/** After so long without a change it is read anew all the same: times on it pass. */
const STALE_MS = 60_000;

async function watch(board: HTMLElement): Promise<void> {
  let shown = board;
  let readAt = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    if (document.hidden || shown.contains(document.activeElement)) continue;
    try {
      const asked = await fetch("/api/v1/board/mark", { headers: { accept: "application/json" } });
      if (asked.status === 401 || asked.status === 403) return;
      const { mark } = (await asked.json()) as { mark: string };
      if (mark === shown.dataset["board"] && performance.now() - readAt < STALE_MS) continue;
      const page = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!page.ok) continue;
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
      for (const place of ["[data-board]", ".desk-title .lead", ".desk-side"]) {
        const [old, next] = [document.querySelector(place), fresh.querySelector(place)];
        if (old && next) old.replaceWith(document.importNode(next, true));
      }
      shown = document.querySelector<HTMLElement>("[data-board]") ?? shown;
      readAt = performance.now();
    } catch {
      // The line to the desk is away for the moment: what is shown stays, and it is asked again.
    }
  }
}

const board = document.querySelector<HTMLElement>("[data-board]");
if (board) void watch(board);
