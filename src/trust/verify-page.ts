import { Malformed } from "./verify-errors.ts";
import type { Report } from "./verify-package.ts";
import { type PrintedLine, printedLines } from "./verify-print.ts";
import { type Bytes, isEncrypted, reportInWords, verifyBytes } from "./verify.ts";
import {
  directionOf,
  sentence,
  type SentenceKey,
  VERIFIER_LOCALES,
  type VerifierLocale,
  verifierLocale,
} from "./verify-words.ts";

// The page that verifies offline. The same script runs twice: in the page, and in a thread of the page that does the work.

/** What the page asks of its thread. */
interface Task {
  readonly file: File;
  readonly policy: Uint8Array | null;
}

/** What the thread answers: how far it is, and in the end one of the others. */
type Answer =
  | { readonly done: number }
  | { readonly report: Report }
  | { readonly unusable: SentenceKey; readonly values: Readonly<Record<string, string>> };

const WINDOW_BYTES = 1 << 20;
const AGE_BYTES = 22;
const SAY_EVERY_MS = 100;

/** A chosen file's bytes. Small reads are served out of one long one, since a package holds many small files. */
function bytesOfFile(file: File): Bytes {
  const readAt = async (offset: number, length: number): Promise<Buffer> =>
    Buffer.from(await file.slice(offset, offset + length).arrayBuffer());
  let window: { readonly offset: number; readonly bytes: Buffer } = { offset: 0, bytes: Buffer.alloc(0) };
  return {
    sizeBytes: file.size,
    read: async (offset, length) => {
      if (length >= WINDOW_BYTES) return readAt(offset, length);
      const isInside = offset >= window.offset && offset + length <= window.offset + window.bytes.length;
      if (!isInside) window = { offset, bytes: await readAt(offset, WINDOW_BYTES) };
      return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
    },
    close: async () => {},
  };
}

async function worked({ file, policy }: Task, progress: (done: number) => void): Promise<Answer> {
  const bytes = bytesOfFile(file);
  if (isEncrypted(await bytes.read(0, Math.min(AGE_BYTES, bytes.sizeBytes))))
    return { unusable: "page.encrypted", values: { name: file.name } };
  let said = 0;
  try {
    const report = await verifyBytes(bytes, {
      ...(policy ? { policy: Buffer.from(policy) } : {}),
      progress: (done, total) => {
        if (performance.now() - said < SAY_EVERY_MS) return;
        said = performance.now();
        progress(total === 0 ? 1 : done / total);
      },
    });
    return { report };
  } catch (error) {
    if (error instanceof Malformed) return { unusable: "usage.no-policy", values: { name: "", where: error.message } };
    return { unusable: "page.failed", values: { where: error instanceof Error ? error.message : String(error) } };
  }
}

/** The thread's half: one task at a time. */
function serve(): void {
  const tell = (answer: Answer): void => globalThis.postMessage(answer);
  globalThis.addEventListener("message", (event: MessageEvent<Task>) => {
    void worked(event.data, (done) => tell({ done })).then(tell);
  });
}

/** An element of the page. */
function part<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${id}`);
  return found;
}

function made(tag: string, text: string, className = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className !== "") element.className = className;
  return element;
}

/** A report laid out: the verdict, and below each heading a list. */
function laidOut(lines: readonly PrintedLine[], isGood: boolean): readonly HTMLElement[] {
  const parts: HTMLElement[] = [];
  let list: HTMLElement | null = null;
  for (const { kind, text } of lines) {
    if (kind === "verdict") parts.push(made("p", text, isGood ? "verdict good" : "verdict bad"));
    else if (kind === "heading") {
      list = document.createElement("ul");
      parts.push(made("h2", text), list);
    } else if (kind === "detail") list?.lastElementChild?.append(made("span", text, "detail"));
    else list?.append(made("li", text, kind));
  }
  return parts;
}

/** The page's half. */
class VerifierPage {
  private locale: VerifierLocale;
  private readonly source: string;
  private worker: Worker | null = null;
  private outcome: { readonly name: string; readonly hasPolicy: boolean; readonly answer: Answer } | null = null;
  private readonly report = part("report", HTMLElement);
  private readonly file = part("file", HTMLInputElement);
  private readonly policy = part("policy", HTMLInputElement);
  private readonly working = part("working", HTMLElement);
  private readonly bar = part("bar", HTMLProgressElement);
  private readonly said = part("said", HTMLElement);

  constructor(source: string) {
    this.source = source;
    const asked = /lang=([a-z]+)/.exec(location.hash)?.[1];
    this.locale = verifierLocale(asked ?? navigator.language);
    part("form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.start(this.file.files?.[0]);
    });
    part("stop", HTMLButtonElement).addEventListener("click", () => this.stop());
    part("print", HTMLButtonElement).addEventListener("click", () => print());
    part("save", HTMLButtonElement).addEventListener("click", () => this.save());
    for (const locale of VERIFIER_LOCALES)
      part(`lang-${locale}`, HTMLButtonElement).addEventListener("click", () => this.speak(locale));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      const [dropped] = event.dataTransfer?.files ?? [];
      if (!dropped || !event.dataTransfer) return;
      this.file.files = event.dataTransfer.files;
      void this.start(dropped);
    });
    this.speak(this.locale);
    document.documentElement.dataset["ready"] = "true";
  }

  private speak(locale: VerifierLocale): void {
    this.locale = locale;
    document.documentElement.lang = locale;
    document.documentElement.dir = directionOf(locale);
    document.title = sentence(locale, "page.title");
    for (const element of document.querySelectorAll<HTMLElement>("[data-say]"))
      element.textContent = sentence(locale, element.dataset["say"] as SentenceKey);
    part("languages", HTMLElement).setAttribute("aria-label", sentence(locale, "page.language"));
    for (const each of VERIFIER_LOCALES)
      part(`lang-${each}`, HTMLButtonElement).setAttribute("aria-pressed", String(each === locale));
    this.show();
  }

  private stop(): void {
    this.worker?.terminate();
    this.worker = null;
    this.working.hidden = true;
  }

  private async start(file: File | undefined): Promise<void> {
    this.stop();
    this.outcome = null;
    this.show();
    if (!file) {
      this.said.textContent = sentence(this.locale, "page.none");
      return;
    }
    const [policyFile] = this.policy.files ?? [];
    const policy = policyFile ? new Uint8Array(await policyFile.arrayBuffer()) : null;
    const named = policyFile?.name ?? "";
    this.progress(0);
    this.working.hidden = false;
    const finish = (answer: Answer): void => {
      this.stop();
      const told = "unusable" in answer && answer.unusable === "usage.no-policy" ? named : "";
      this.outcome = {
        name: file.name,
        hasPolicy: policy !== null,
        answer: "unusable" in answer && told !== "" ? { ...answer, values: { ...answer.values, name: told } } : answer,
      };
      this.show();
      this.report.focus();
    };
    const url = URL.createObjectURL(new Blob([this.source], { type: "text/javascript" }));
    const worker = new Worker(url);
    this.worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if ("done" in data) this.progress(data.done);
      else finish(data);
    });
    worker.addEventListener("error", ({ message }) => finish({ unusable: "page.failed", values: { where: message } }));
    worker.postMessage({ file, policy } satisfies Task);
  }

  private progress(done: number): void {
    this.bar.value = done;
    this.said.textContent = sentence(this.locale, "page.working", { done: Math.floor(done * 100) });
  }

  private show(): void {
    const { outcome, locale } = this;
    const answer = outcome?.answer;
    part("after", HTMLElement).hidden = !(answer && "report" in answer);
    if (!outcome || !answer || "done" in answer) {
      this.report.replaceChildren();
      if (this.working.hidden) this.said.textContent = "";
      return;
    }
    this.said.textContent = "";
    const { name, hasPolicy } = outcome;
    if ("unusable" in answer)
      this.report.replaceChildren(made("p", sentence(locale, answer.unusable, answer.values), "verdict bad"));
    else {
      const lines = printedLines(answer.report, name, { locale, hasPolicy });
      this.report.replaceChildren(...laidOut(lines, answer.report.ok));
    }
  }

  private save(): void {
    const { outcome, locale } = this;
    if (!outcome || !("report" in outcome.answer)) return;
    const { name, hasPolicy, answer } = outcome;
    const json = JSON.stringify(reportInWords(answer.report, name, { locale, hasPolicy }), null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
    link.download = `${name}.report.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

if (typeof document === "undefined") serve();
else new VerifierPage(document.currentScript?.textContent ?? "");
