import { oneTimeCode } from "./world.ts";

/** What a page answered a visitor. */
export interface Visited {
  readonly status: number;
  /** Where the visitor stands after redirects. */
  readonly url: string;
  readonly type: string;
  /** The page; empty for what is no page. */
  readonly html: string;
}

/** A browser without script: keeps cookies, follows redirects, posts forms. */
export class Visitor {
  readonly name: string;
  readonly base: string;
  readonly #cookies = new Map<string, string>();

  constructor(name: string, base: string) {
    this.name = name;
    this.base = base;
  }

  async get(path: string, lang = "en"): Promise<Visited> {
    return this.#call(path, {}, lang);
  }

  /** Posts a form as a browser would; a value that is a list is sent once for each. */
  async post(path: string, form: Record<string, string | readonly string[]>, lang = "en"): Promise<Visited> {
    const pairs = Object.entries(form).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
    return this.#call(
      path,
      {
        method: "POST",
        body: new URLSearchParams(pairs).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded", origin: new URL(this.base).origin },
      },
      lang,
    );
  }

  /** Comes in by the sign-in pages. */
  async signIn({ username, password, totp }: { username: string; password: string; totp: string }): Promise<void> {
    await this.post("/sign-in", { username, password, to: "/" });
    const { url, status } = await this.post("/sign-in/code", { code: oneTimeCode(totp), to: "/" });
    if (status !== 200 || new URL(url).pathname !== "/")
      throw new Error(`${username} did not come in: ${status} ${url}`);
  }

  async #call(path: string, init: RequestInit, lang: string): Promise<Visited> {
    const url = new URL(path, this.base);
    const answer = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: {
        ...(init.headers as Record<string, string>),
        accept: "text/html",
        "accept-language": lang,
        cookie: [...this.#cookies, ["locale", lang]].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split(/=(.*)/s);
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.#cookies.delete(name);
      else if (name !== "locale") this.#cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      await answer.body?.cancel();
      return this.#call(new URL(location, url).href, {}, lang);
    }
    const type = answer.headers.get("content-type") ?? "";
    const isPage = type.startsWith("text/html");
    const html = isPage ? await answer.text() : "";
    if (!isPage) await answer.body?.cancel();
    return { status: answer.status, url: url.href, type, html };
  }
}
