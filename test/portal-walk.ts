import type { BrowserContext, Page } from "playwright-core";
import { addressOf } from "../src/portal/address.ts";
import type { StepName } from "../src/portal/draft.ts";

/** What is typed, chosen and pressed on one page of the form: texts by name, choices by value, the button by its own value. */
interface Answer {
  readonly step: StepName;
  readonly fill?: Readonly<Record<string, string>>;
  readonly choose?: Readonly<Record<string, string>>;
  readonly select?: Readonly<Record<string, string>>;
  readonly file?: { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };
  /** Value of the button `do`; the first button otherwise. */
  readonly press?: string;
}

const yes = (step: "danger" | "child" | "money", value: "yes" | "no"): Answer => ({ step, choose: { [step]: value } });
const PICTURE = { name: "screen.txt", mimeType: "text/plain", buffer: Buffer.from("From: the bank") };

/** Money left an hour ago: every question of the longest way through the form. */
export const MONEY_FIRST: readonly Answer[] = [
  yes("danger", "no"),
  yes("child", "no"),
  yes("money", "yes"),
  { step: "help" },
  {
    step: "payment",
    fill: { to: "MU17 BOMM 0101", through: "Aruna National Bank", amount: "1,300.50" },
    choose: { when: "now" },
    press: "more",
  },
  { step: "payment", fill: { to: "0x1234", amount: "0.05" }, select: { currency: "ETH" } },
  { step: "enough", fill: { phone: "" }, press: "on" },
  { step: "what", choose: { tile: "message" } },
  { step: "kind", choose: { category: "F8" } },
  { step: "whom", choose: { whom: "other" }, select: { age: "65-plus", district: "plateau" } },
  { step: "words", fill: { description: "He rang from +230 5251 9999 and sent hxxp://bank-safe[.]example/login" } },
  { step: "found", fill: { more: "+230 5251 7777" } },
  { step: "files", file: PICTURE },
  { step: "files" },
  { step: "who", fill: { phone: "+230 5251 0000" }, choose: { choice: "contact", share: "true" } },
  { step: "check" },
];

/** Nothing urgent, and a payment of last week. */
export const LATER: readonly Answer[] = [
  yes("danger", "no"),
  yes("child", "no"),
  yes("money", "no"),
  { step: "what", choose: { tile: "account" } },
  { step: "kind", choose: { category: "A1" } },
  { step: "whom", choose: { whom: "unsaid" } },
  { step: "words", fill: { description: "Somebody writes in my name" } },
  { step: "found" },
  { step: "payments", fill: { amount: "500", to: "an account", date: "2026-11-20" } },
  { step: "files" },
  { step: "who", choose: { choice: "anonymous" } },
  { step: "check" },
];

/** Somebody is in danger, and it is a child. */
export const CHILD: readonly Answer[] = [
  yes("danger", "yes"),
  yes("child", "yes"),
  yes("money", "no"),
  { step: "help" },
  { step: "what", choose: { tile: "child" } },
  { step: "kind", choose: { category: "C2" } },
  { step: "whom", choose: { whom: "child" }, select: { age: "13-17", district: "north" } },
  { step: "words", fill: { description: "يطلب منها صوراً على اللعبة @gamer_77" } },
  { step: "found" },
  { step: "files", fill: { links: "https://chat.example/room/7" } },
  { step: "who", choose: { choice: "anonymous" } },
  { step: "check" },
];

/** A person at the portal, in a browser without script on the smallest screen. */
export class Person {
  readonly page: Page;
  readonly #base: string;
  readonly #context: BrowserContext;
  constructor(context: BrowserContext, page: Page, base: string) {
    this.#context = context;
    this.page = page;
    this.#base = base;
  }

  go = (path: string) => this.page.goto(`${this.#base}${path}`, { waitUntil: "load" });
  /** Where the person stands. */
  get path(): string {
    return new URL(this.page.url()).pathname;
  }
  /** The line drops: everything that this browser held is gone. */
  drop = () => this.#context.close();
  /** The code that the page shows, at its end or in the middle. */
  code = async (): Promise<string> =>
    (await this.page.locator(".code, .code-small").first().innerText()).replaceAll(/\s/g, "");

  /** Answers the question that is shown, as it stands on the page. */
  async answer({ step, fill = {}, choose = {}, select = {}, file, press }: Answer): Promise<void> {
    if (this.path !== addressOf(step)) throw new Error(`${this.path} is shown, not ${step}`);
    const main = this.page.locator("main");
    for (const [name, value] of Object.entries(fill)) await main.locator(`[name="${name}"]`).fill(value);
    for (const [name, value] of Object.entries(choose))
      await main.locator(`[name="${name}"][value="${value}"]`).check();
    for (const [name, value] of Object.entries(select)) await main.locator(`[name="${name}"]`).selectOption(value);
    if (file) {
      await main.locator("[type=file]").setInputFiles(file);
      return this.#press("form.adding button");
    }
    return this.#press(press ? `button[value="${press}"]` : "form:last-of-type .buttons button");
  }

  async open(code: string): Promise<void> {
    await this.go("/c");
    await this.page.locator("[name=code]").fill(code);
    await this.#press(".buttons button");
  }
  async write(body: string): Promise<void> {
    await this.page.locator("[name=body]").fill(body);
    await this.#press("form:has([name=body]) button");
  }
  #press = async (selector: string): Promise<void> => {
    await Promise.all([this.page.waitForEvent("load"), this.page.locator(`main ${selector}`).first().click()]);
  };
}
