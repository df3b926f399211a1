// Moves through a worklist by keys: j and k from row to row, x ticks. Enter opens, as the row's link has the focus.

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox])");

for (const list of document.querySelectorAll<HTMLElement>("[data-worklist]")) {
  const rows = [...list.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (index: number) => rows[index]?.querySelector<HTMLElement>("[data-row]")?.focus();
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") go(Math.min(here() + 1, rows.length - 1));
    else if (event.key === "k") go(Math.max(here() - 1, 0));
    else if (event.key === "x") rows[here()]?.querySelector<HTMLInputElement>("[data-tick]")?.click();
  });

  // Shift and a click tick everything in between, as lists do elsewhere.
  const ticks = [...list.querySelectorAll<HTMLInputElement>("[data-tick]")];
  let last = -1;
  ticks.forEach((tick, index) =>
    tick.addEventListener("click", (event) => {
      if (event.shiftKey && last >= 0)
        for (const each of ticks.slice(Math.min(last, index), Math.max(last, index))) each.checked = tick.checked;
      last = index;
    }),
  );
}
