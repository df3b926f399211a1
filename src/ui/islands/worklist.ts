// Moves through a worklist by keys: j and k from row to row, x ticks. Enter opens, as the row's link has the focus.

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox])");

for (const list of document.querySelectorAll<HTMLElement>("[data-worklist]")) {
  // Asked each time, as rows may have come meanwhile.
  const all = () => [...list.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  const hereIn = (rows: readonly HTMLTableRowElement[]) =>
    rows.findIndex((row) => row.contains(document.activeElement));
  const acts = JSON.parse(list.dataset["actKeys"] ?? "{}") as Record<string, string>;
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = all();
    const here = hereIn(rows);
    const link = (index: number) => rows[index]?.querySelector<HTMLAnchorElement>("[data-row]");
    const act = acts[event.key];
    if (event.key === "j") link(Math.min(here + 1, rows.length - 1))?.focus();
    else if (event.key === "k") link(Math.max(here - 1, 0))?.focus();
    else if (event.key === "x") rows[here]?.querySelector<HTMLInputElement>("[data-tick]")?.click();
    else if (act !== undefined) {
      const to = link(here)?.href;
      if (to !== undefined) location.assign(`${to}/${act}`);
    }
  });

  // Shift and a click tick everything in between, as lists do elsewhere.
  let last: Element | undefined;
  list.addEventListener("click", (event) => {
    const tick = event.target;
    if (!(tick instanceof HTMLInputElement) || !tick.matches("[data-tick]")) return;
    const ticks = [...list.querySelectorAll<HTMLInputElement>("[data-tick]")];
    const [from, to] = [ticks.findIndex((each) => each === last), ticks.indexOf(tick)];
    if (event.shiftKey && from >= 0)
      for (const each of ticks.slice(Math.min(from, to), Math.max(from, to))) each.checked = tick.checked;
    last = tick;
  });
}
