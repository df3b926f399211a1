// Asks, while a draft is written, what is still missing, who holds the data and what was refused before. The page says the same without it.

interface Line {
  readonly text: string;
  readonly href?: string;
}

const help = document.querySelector<HTMLElement>("[data-draft-help]");
const form = document.querySelector<HTMLInputElement>("main form [name=measure]")?.form;
const WAIT_MS = 700;
let waiting: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

const lineOf = ({ text, href }: Line): HTMLLIElement => {
  const line = document.createElement("li");
  const words = document.createElement(href === undefined ? "span" : "a");
  // The words run in their own direction, the list in that of the page.
  words.dir = "auto";
  words.textContent = text;
  if (words instanceof HTMLAnchorElement && href !== undefined) words.href = href;
  line.append(words);
  return line;
};

async function ask(address: string, of: HTMLFormElement): Promise<void> {
  asked += 1;
  const mine = asked;
  const fields = [...new FormData(of)].filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields) }).catch(() => undefined);
  if (!answer?.ok || mine !== asked) return;
  const found = (await answer.json()) as Readonly<Record<string, readonly Line[]>>;
  for (const [name, lines] of Object.entries(found)) {
    help?.querySelector(`[data-help="${name}"]`)?.replaceChildren(...lines.map(lineOf));
    const none = help?.querySelector<HTMLElement>(`[data-help-none="${name}"]`);
    if (none) none.hidden = lines.length > 0;
  }
}

form?.addEventListener("input", () => {
  const address = help?.dataset["draftHelp"];
  if (address === undefined) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => void ask(address, form), WAIT_MS);
});
