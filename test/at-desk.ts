import { join } from "node:path";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { type Client, oneTimeCode, until } from "./world.ts";

/** What is typed into a form, by the names of its fields; `true` ticks a box. */
export type Typed = Readonly<Record<string, string | boolean>>;

/** A thing as its form has it: `{a: [{b: "c"}]}` is `a.0.b`; a list of words is a line to each. */
export function typed(thing: object, at = ""): Typed {
  return Object.fromEntries(
    Object.entries(thing).flatMap(([name, value]: [string, unknown]): [string, string | boolean][] => {
      const isWords = Array.isArray(value) && value.every((each) => typeof each === "string");
      if (isWords) return [[`${at}${name}`, value.join("\n")]];
      return typeof value === "object" && value !== null
        ? Object.entries(typed(value, `${at}${name}.`))
        : [[`${at}${name}`, typeof value === "boolean" ? value : String(value)]];
    }),
  );
}

/** Pause before a page is loaded again: two programs work for each load, which what it waits for needs too. */
const RELOAD_MS = 400;

/** An officer in front of a real browser, with scripts off unless told: sees a page, clicks, types, and sends. */
export class AtDesk {
  readonly page: Page;
  readonly client: Client;

  private constructor(page: Page, client: Client) {
    this.page = page;
    this.client = client;
  }

  /** Comes in by the sign-in pages. */
  static async signIn(browser: Browser, client: Client, window: BrowserContextOptions = {}): Promise<AtDesk> {
    const page = await (await browser.newContext({ javaScriptEnabled: false, ...window })).newPage();
    page.setDefaultTimeout(90_000);
    const officer = new AtDesk(page, client);
    await officer.go("/sign-in");
    await officer.type({ username: client.account.username, password: client.account.password });
    await officer.send();
    await officer.type({ code: oneTimeCode(client.account.totp) });
    await officer.send();
    if (officer.path !== "/") throw new Error(`${client.account.username} did not come in: ${officer.path}`);
    return officer;
  }

  get path(): string {
    return new URL(this.page.url()).pathname;
  }

  /** What the page says, without its header. */
  text = (): Promise<string> => this.page.locator("main").innerText();

  /** Types an address; gives the status of the answer. */
  async go(path: string): Promise<number> {
    return (await this.page.goto(`${this.client.base}${path}`))?.status() ?? 0;
  }

  /** Follows a link that stands in the main part, by its words; the first of several. */
  async follow(words: string | RegExp): Promise<void> {
    const link = this.page.locator("main").getByRole("link", { name: words }).first();
    if ((await link.count()) === 0) throw new Error(`${this.path} has no link “${words}”:\n${await this.text()}`);
    await link.click();
  }

  /** Fills the form's fields by name: ticks boxes, chooses, types. */
  async type(values: Typed): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const field = this.page.locator(`main [name="${name}"]`);
      if ((await field.count()) === 0) throw new Error(`${this.path} has no field ${name}`);
      await fill(field, value);
    }
  }

  /** Ticks one of several boxes of a name, from nought. */
  tick = (name: string, index: number): Promise<void> =>
    this.page.locator(`main [name="${name}"][type=checkbox]`).nth(index).check();

  /** Presses a button of the main part, by its words. */
  press = (words: string): Promise<void> => this.page.locator("main").getByRole("button", { name: words }).click();

  /** Looks for words in the list that is shown. */
  async search(words: string): Promise<void> {
    const form = this.page.locator("main form[role=search]");
    await form.locator("[name=q]").fill(words);
    await form.locator("button").click();
  }

  /** Presses the form's button; says whether nothing had to be put right. */
  async send(): Promise<boolean> {
    const form = this.page.locator("main form[method=post]").last();
    await form.locator("button:not([type=button])").last().click();
    return (await this.page.locator("main .summary").count()) === 0;
  }

  /** One act of the thing on the page: its button, its form, what is typed, the proof where one is asked. */
  async act(words: string | RegExp, values: Typed = {}): Promise<void> {
    await this.follow(words);
    await this.type(values);
    await this.prove();
    if (!(await this.send())) throw new Error(`“${String(words)}” was refused:\n${await this.text()}`);
  }

  /** Says again who it is, where the form asks for it. */
  async prove(): Promise<void> {
    const proof = this.page.locator("main [name=_proof]");
    if (await proof.count()) await proof.fill(this.client.account.password);
  }

  /** Loads the page again until it says so: what crosses between nodes takes a moment. */
  async sees(path: string, words: RegExp): Promise<string> {
    return until(
      async () => {
        await this.go(path);
        return this.text();
      },
      (text) => words.test(text),
      30,
      RELOAD_MS,
    );
  }

  /** What a link hands down as a file, kept in the folder under the name that it comes with: its path. */
  async download(words: string | RegExp, folder: string): Promise<string> {
    const [file] = await Promise.all([this.page.waitForEvent("download"), this.follow(words)]);
    const path = join(folder, file.suggestedFilename());
    await file.saveAs(path);
    return path;
  }
}

async function fill(field: Locator, value: string | boolean): Promise<void> {
  const { tag, type } = await field
    .first()
    .evaluate((element: { tagName: string; type?: string }) => ({ tag: element.tagName, type: element.type }));
  if (tag === "SELECT") await field.selectOption(String(value));
  else if (type === "radio") await field.and(field.page().locator(`[value="${value}"]`)).check();
  else if (type === "checkbox" && typeof value === "string")
    await field.and(field.page().locator(`[value="${value}"]`)).check();
  else if (type === "checkbox") await field.setChecked(value === true);
  else await field.fill(String(value));
}
