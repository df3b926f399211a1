// Keeps a worklist fresh while somebody works on it: what has come is put in its place and announced; focus, ticks and place stay.

const WAIT_SECONDS = 20;
const AGAIN_MS = 3_000;
const SEEN_MAX = 60;

const rowsOf = (root: ParentNode): HTMLTableRowElement[] => [
  ...root.querySelectorAll<HTMLTableRowElement>("tbody tr[data-id]"),
];
const idOf = (row: HTMLTableRowElement): string => row.dataset["id"] ?? "";

/** Puts rows that are new into the list, each after the one that it follows. */
function merge(list: HTMLElement, fresh: Document): void {
  const body = list.querySelector("tbody");
  const there = new Map(rowsOf(list).map((row) => [idOf(row), row]));
  if (!body) {
    // The list was empty: nothing in it can be lost.
    location.reload();
    return;
  }
  let before: HTMLTableRowElement | undefined;
  for (const row of rowsOf(fresh)) {
    const known = there.get(idOf(row));
    if (known) {
      before = known;
      continue;
    }
    const taken = document.importNode(row, true);
    taken.classList.add("fresh");
    if (before) before.after(taken);
    else body.prepend(taken);
    before = taken;
  }
  const filters = [...fresh.querySelectorAll(".worklist-tools .filter")];
  [...list.querySelectorAll(".worklist-tools .filter")].forEach((each, index) => {
    const next = filters[index];
    if (next && !each.contains(document.activeElement)) each.replaceWith(document.importNode(next, true));
  });
}

async function watch(list: HTMLElement, news: string): Promise<void> {
  const status = list.querySelector<HTMLElement>("[data-news-status]");
  let at = list.dataset["newsAt"] ?? "";
  let seen = rowsOf(list).map(idOf).slice(0, SEEN_MAX);
  for (;;) {
    try {
      const address = new URL(news, location.href);
      address.searchParams.set("after", at);
      address.searchParams.set("wait", String(WAIT_SECONDS));
      address.searchParams.set("seen", seen.join(","));
      const answer = await fetch(address, { headers: { accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) return;
      if (!answer.ok) throw new Error(answer.statusText);
      const told = (await answer.json()) as { at: string; items: { reference: string; priority: number }[] };
      at = told.at;
      if (told.items.length === 0) continue;
      const references = told.items.map(({ reference }) => reference);
      seen = [...references, ...seen].slice(0, SEEN_MAX);
      const page = await fetch(location.href, { headers: { accept: "text/html" } });
      if (page.ok) merge(list, new DOMParser().parseFromString(await page.text(), "text/html"));
      if (status) {
        status.hidden = false;
        status.classList.toggle(
          "late",
          told.items.some(({ priority }) => priority === 0),
        );
        status.textContent = `${status.dataset["words"] ?? ""} ${references.slice(0, 5).join(", ")}${references.length > 5 ? " …" : ""}`;
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

for (const list of document.querySelectorAll<HTMLElement>("[data-news]")) void watch(list, list.dataset["news"] ?? "");
