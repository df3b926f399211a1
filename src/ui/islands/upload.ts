// Files are hashed on this device and sent one after the other, go on after a pause, a broken line or a closed page, and are sent by one tab only.
import type { Digests, Hashed } from "./hashing.ts";
import { type Arrived, begin, end, known, pause, Refused, send } from "./tus.ts";

type Texts = Readonly<Record<string, string>>;
/** Over so many milliseconds the speed is taken. */
const SPEED_MS = 6_000;
const SHOW_MS = 200;
const BEGIN_AGAIN_MS = 3_000;
const keyOf = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");

const language = document.documentElement.lang || "en";
const isolated = (text: string): string => `\u2068${text}\u2069`;
const fill = (text: string, values: Readonly<Record<string, string>> = {}): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? isolated(values[name] ?? "") : whole));

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
function size(bytes: number, per = ""): string {
  const step = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const options = { style: "unit", unit: `${UNITS[step]}${per}`, maximumFractionDigits: step < 2 ? 0 : 1 } as const;
  return new Intl.NumberFormat(language, options).format(bytes / 1_000 ** step);
}
function duration(seconds: number): string {
  const [unit, of] =
    seconds < 90 ? (["second", 1] as const) : seconds < 5_400 ? (["minute", 60] as const) : (["hour", 3_600] as const);
  const options = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: unit === "hour" ? 1 : 0 } as const;
  return new Intl.NumberFormat(language, options).format(Math.max(seconds / of, 1));
}
const percent = (part: number): string =>
  new Intl.NumberFormat(language, { style: "percent" }).format(Math.floor(part * 100) / 100);

/** How fast something goes, out of where it was in the last seconds. */
class Pace {
  #seen: { at: number; bytes: number }[] = [];
  /** Bytes a second; 0 where it cannot be said yet. */
  at(bytes: number): number {
    const now = performance.now();
    if (bytes < (this.#seen.at(-1)?.bytes ?? 0)) this.#seen = [];
    this.#seen.push({ at: now, bytes });
    this.#seen = this.#seen.filter(({ at }) => now - at < SPEED_MS);
    const [first] = this.#seen;
    return first && now - first.at > 300 ? ((bytes - first.bytes) * 1_000) / (now - first.at) : 0;
  }
}

/** One of the two steps of a row: its bar, and what is said of it. */
class Step {
  readonly #box: HTMLElement;
  readonly #texts: Texts;
  readonly #name: "hashing" | "sending";
  readonly #total: number;
  #pace = new Pace();
  #shown = 0;

  constructor(row: HTMLElement, name: "hashing" | "sending", { texts, total }: { texts: Texts; total: number }) {
    const box = row.querySelector<HTMLElement>(`[data-step=${name}]`);
    if (!box) throw new Error("a row has two steps");
    this.#box = box;
    this.#texts = texts;
    this.#name = name;
    this.#total = total;
  }
  /** Begins anew after a pause: what was before tells nothing about the speed. */
  rest(): void {
    this.#pace = new Pace();
  }
  show(done: number): void {
    const speed = this.#pace.at(done);
    const isWhole = done >= this.#total;
    if (!isWhole && performance.now() - this.#shown < SHOW_MS) return;
    this.#shown = performance.now();
    const key = isWhole ? `${this.#name}-done` : speed > 0 ? this.#name : `${this.#name}-begins`;
    const left = speed > 0 ? duration((this.#total - done) / speed) : "";
    const part = percent(this.#total === 0 ? 1 : done / this.#total);
    this.say(fill(this.#texts[key] ?? "", { part, speed: size(speed, "-per-second"), left }), done);
  }
  say(words: string, done?: number): void {
    this.#box.hidden = false;
    const [said, bar] = [this.#box.querySelector("[data-words]"), this.#box.querySelector("progress")];
    if (said) said.textContent = words;
    if (!bar || done === undefined) return;
    bar.max = Math.max(this.#total, 1);
    bar.value = this.#total === 0 ? 1 : done;
  }
}

interface Page {
  readonly to: string;
  readonly next: string;
  readonly texts: Texts;
  readonly rows: HTMLElement;
  readonly template: HTMLTemplateElement;
  readonly live: HTMLElement;
}

const noted = (id: string): string => `comity.upload.${id}`;
interface Note extends Partial<Digests> {
  readonly modified?: number;
}
function noteOf(id: string): Note {
  try {
    return JSON.parse(localStorage.getItem(noted(id)) ?? "{}") as Note;
  } catch {
    return {};
  }
}
function note(id: string, more: Note): void {
  try {
    localStorage.setItem(noted(id), JSON.stringify({ ...noteOf(id), ...more }));
  } catch {
    // A browser that keeps nothing: the digests are compared now, and only not told again later.
  }
}

/** Where the next step asks about this upload, with what this device computed. */
function described({ next }: Page, id: string): string {
  const address = new URL(next, window.location.href);
  address.searchParams.set("upload", id);
  const { sha256, sha1, md5 } = noteOf(id);
  for (const [name, value] of Object.entries({ sha256, sha1, md5 })) if (value) address.searchParams.set(name, value);
  return `${address.pathname}${address.search}`;
}

/** One file in the queue. */
class Entry {
  readonly file: File;
  readonly row: HTMLElement;
  readonly #page: Page;
  readonly #hashing: Step;
  readonly #sending: Step;
  #id: string | undefined;
  #stop = new AbortController();
  #goOn: PromiseWithResolvers<void> | undefined;
  #worker: Worker | undefined;
  #isForgotten = false;
  /** Makes a second try of the call that begins it the same call. */
  #key = keyOf();

  constructor(page: Page, file: File, row: HTMLElement, id?: string) {
    this.#page = page;
    this.file = file;
    this.row = row;
    this.#id = id;
    const more = { texts: page.texts, total: file.size };
    this.#hashing = new Step(row, "hashing", more);
    this.#sending = new Step(row, "sending", more);
    this.#sending.say(page.texts["waiting"] ?? "", 0);
    row.querySelector<HTMLElement>("[data-choose]")?.remove();
    this.#button("pause", () => this.#pause());
    this.#button("go-on", () => this.#resume());
    this.#button("forget", () => void this.forget());
    this.#show("pause");
  }

  #button(name: string, act: () => void): void {
    const button = this.row.querySelector<HTMLButtonElement>(`[data-act=${name}]`);
    button?.addEventListener("click", (event) => {
      event.preventDefault();
      act();
    });
  }
  #show(...names: readonly string[]): void {
    for (const button of this.row.querySelectorAll<HTMLElement>("[data-act]"))
      button.hidden = button.dataset["act"] !== "forget" && !names.includes(button.dataset["act"] ?? "");
  }
  #pause(): void {
    this.#goOn ??= Promise.withResolvers<void>();
    this.#stop.abort();
    this.#worker?.postMessage("pause");
    this.#sending.say(this.#page.texts["paused"] ?? "");
    this.#show("go-on");
    this.row.querySelector<HTMLElement>("[data-act=go-on]")?.focus();
  }
  #resume(): void {
    this.#stop = new AbortController();
    this.#hashing.rest();
    this.#sending.rest();
    this.#worker?.postMessage("go");
    this.#goOn?.resolve();
    this.#goOn = undefined;
    this.#show("pause");
    this.row.querySelector<HTMLElement>("[data-act=pause]")?.focus();
  }
  /** Ends it here and on the server. */
  async forget(): Promise<void> {
    this.#isForgotten = true;
    this.#stop.abort();
    this.#goOn?.resolve();
    this.#worker?.terminate();
    if (this.#id !== undefined && !(await end(this.#page.to, this.#id).catch(() => false))) return this.fail("failed");
    if (this.#id !== undefined) localStorage.removeItem(noted(this.#id));
    this.row.remove();
    announce(this.#page, "forgotten", this.file.name);
  }
  fail(key: string, words?: string): void {
    this.#worker?.terminate();
    const error = this.row.querySelector<HTMLElement>("[data-error]");
    if (error) {
      error.textContent = words ?? this.#page.texts[key] ?? "";
      error.hidden = false;
    }
    this.row.classList.add("late");
    this.#show();
  }
  otherTab(): void {
    this.#sending.say(this.#page.texts["other-tab"] ?? "");
  }

  #waits(ms: number): void {
    this.#sending.rest();
    this.#sending.say(fill(this.#page.texts["line"] ?? "", { time: duration(ms / 1_000) }));
  }

  /** Digests of the file; `undefined` where this browser cannot compute them. */
  #digests(): Promise<Digests | undefined> {
    return new Promise((resolve) => {
      const worker = new Worker(new URL("./hashing.ts", import.meta.url), { type: "module" });
      this.#worker = worker;
      const done = (digests?: Digests) => {
        worker.terminate();
        if (!digests) this.#hashing.say(this.#page.texts["hashing-not"] ?? "");
        resolve(digests);
      };
      worker.addEventListener("message", ({ data }: MessageEvent<Hashed>) => {
        if ("failed" in data) return done();
        this.#hashing.show(data.done);
        if (data.digests) done(data.digests);
      });
      worker.addEventListener("error", () => done());
      worker.postMessage(this.file);
    });
  }

  /** The upload of this file that was begun before, or a new one. */
  async #begin(): Promise<string> {
    const { to } = this.#page;
    const { name, size: bytes, lastModified } = this.file;
    const begun = (await known(to)).find(
      (each) =>
        each.name === name &&
        each.bytes === bytes &&
        each.sha256 === null &&
        (noteOf(each.id).modified ?? lastModified) === lastModified,
    );
    const id = begun?.id ?? (await begin(to, this.file, this.#key));
    note(id, { modified: lastModified });
    this.row.dataset["id"] = id;
    return id;
  }

  async #send(): Promise<Arrived | undefined> {
    for (;;) {
      await this.#goOn?.promise;
      if (this.#isForgotten) return undefined;
      try {
        this.#id ??= await this.#begin();
        const arrived = await send(this.#page.to, this.#id, this.file, {
          signal: this.#stop.signal,
          onSent: (bytes) => this.#sending.show(bytes),
          onWait: (ms) => this.#waits(ms),
          onHashed: (bytes) =>
            this.#sending.say(
              fill(this.#page.texts["server-hashing"] ?? "", { part: percent(bytes / Math.max(this.file.size, 1)) }),
              this.file.size,
            ),
        });
        if (arrived) return arrived;
        // It had expired, or was ended elsewhere: from the beginning.
        this.#id = undefined;
        this.#key = keyOf();
      } catch (error) {
        if (this.#stop.signal.aborted) continue;
        if (error instanceof Refused) throw error;
        this.#waits(BEGIN_AGAIN_MS);
        await pause(BEGIN_AGAIN_MS, this.#stop.signal);
      }
    }
  }

  /** Hashes and sends. Resolves with the upload's id, or with nothing where it did not come to that. */
  async run(): Promise<string | undefined> {
    await this.#goOn?.promise;
    if (this.#isForgotten) return undefined;
    try {
      const [digests, arrived] = await Promise.all([this.#digests(), this.#send()]);
      if (!arrived) return undefined;
      this.#show();
      const isSame =
        !digests ||
        (["sha256", "sha1", "md5"] as const).every((name) => (arrived[name] ?? digests[name]) === digests[name]);
      if (!isSame) {
        this.fail("differs");
        return undefined;
      }
      if (digests) note(arrived.id, digests);
      this.#sending.say(this.#page.texts[digests ? "agreed" : "received"] ?? "", this.file.size);
      showDescribe(this.#page, this.row, arrived.id);
      announce(this.#page, "arrived", this.file.name);
      return arrived.id;
    } catch (error) {
      this.fail("failed", error instanceof Refused && error.message ? error.message : undefined);
      return undefined;
    }
  }
}

function announce({ live, texts }: Page, key: string, name: string): void {
  live.textContent = fill(texts[key] ?? "", { name });
}
function showDescribe(page: Page, row: HTMLElement, id: string): void {
  const link = row.querySelector<HTMLAnchorElement>("[data-describe]");
  if (!link) return;
  link.href = described(page, id);
  link.hidden = false;
}

/** Of all tabs of this browser one works on a file; another waits until that one stops. */
async function alone<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
  const { name, size: bytes, lastModified } = entry.file;
  const lock = `comity-upload ${name} ${bytes} ${lastModified}`;
  // Only pages with a safe address have locks; the server keeps two calls apart in any case.
  if (!("locks" in navigator)) return work();
  const first = await navigator.locks.request(lock, { ifAvailable: true }, async (held) =>
    held ? { result: await work() } : undefined,
  );
  if (first) return first.result;
  entry.otherTab();
  return navigator.locks.request(lock, work);
}

/** One after the other. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

function rowFor(page: Page, file: File): HTMLElement {
  const row = page.template.content.firstElementChild?.cloneNode(true) as HTMLElement;
  for (const name of row.querySelectorAll("[data-file]")) name.textContent = file.name;
  const told = row.querySelector("[data-size]");
  if (told) told.textContent = size(file.size);
  page.rows.append(row);
  return row;
}

const matches = (row: HTMLElement, file: File): boolean =>
  row.dataset["name"] === file.name && row.dataset["bytes"] === `${file.size}` && !("busy" in row.dataset);

async function add(page: Page, files: readonly File[], to?: HTMLElement): Promise<void> {
  const section = page.rows.closest<HTMLElement>("[data-uploads]");
  if (section) section.hidden = false;
  const entries = files.map((file) => {
    const begun = to ?? [...page.rows.querySelectorAll<HTMLElement>("li[data-id]")].find((row) => matches(row, file));
    const row = begun ?? rowFor(page, file);
    row.dataset["busy"] = "";
    return new Entry(page, file, row, to?.dataset["id"]);
  });
  const ids = await Promise.all(entries.map((entry) => alone(entry, () => inTurn(() => entry.run()))));
  const [only] = ids;
  // One file and nothing beside it: the next step is plain.
  if (ids.length === 1 && only !== undefined && page.rows.children.length === 1)
    window.location.assign(described(page, only));
}

/** What was there when the page came: unfinished ones can go on once their file is chosen again. */
function rowsBefore(page: Page): void {
  const chooser = document.createElement("input");
  chooser.type = "file";
  const rows = [...page.rows.querySelectorAll<HTMLElement>("li[data-id]")];
  const ids = new Set(rows.map((row) => noted(row.dataset["id"] ?? "")));
  for (const key of Object.keys(localStorage))
    if (key.startsWith(noted("")) && !ids.has(key)) localStorage.removeItem(key);
  for (const row of rows) {
    const id = row.dataset["id"] ?? "";
    if ("whole" in row.dataset) showDescribe(page, row, id);
    const button = row.querySelector<HTMLButtonElement>("[data-choose]");
    if (!button || "whole" in row.dataset) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      chooser.value = "";
      chooser.onchange = () => {
        const [file] = chooser.files ?? [];
        if (!file) return;
        const error = row.querySelector<HTMLElement>("[data-error]");
        const isIt = file.name === row.dataset["name"] && `${file.size}` === row.dataset["bytes"];
        if (error) {
          error.hidden = isIt;
          error.textContent = isIt ? "" : (row.dataset["other"] ?? "");
        }
        if (!isIt) return;
        void add(page, [file], row);
      };
      chooser.click();
    });
  }
}

function start(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  const rows = document.querySelector<HTMLElement>("[data-rows]");
  const template = document.querySelector<HTMLTemplateElement>("template[data-row]");
  const live = document.querySelector<HTMLElement>("[data-live]");
  if (!input || !rows || !template || !live) return;
  const { upload: to = "", next = "", texts = "{}" } = form.dataset;
  const page: Page = { to, next, rows, template, live, texts: JSON.parse(texts) as Texts };
  input.multiple = true;
  for (const hint of form.querySelectorAll<HTMLElement>("[data-several]")) hint.hidden = false;
  rowsBefore(page);
  form.addEventListener("submit", (event) => {
    const files = [...(input.files ?? [])].filter((file) => file.size > 0);
    if (files.length === 0) return;
    event.preventDefault();
    input.value = "";
    void add(page, files);
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    void add(
      page,
      [...(event.dataTransfer?.files ?? [])].filter((file) => file.size > 0),
    );
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-upload]")) start(form);
