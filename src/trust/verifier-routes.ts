import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Route, route } from "../kernel/page.ts";

/** The page that verifies offline, as it was made with the program. */
export interface VerifierPage {
  readonly html: string;
  /** SHA-256 of exactly these bytes, hex: what a reader compares. */
  readonly sha256: string;
  /** What the page permits itself: nothing but its own script. */
  readonly policy: string;
}

const NAME = "verify.html";
let made: VerifierPage | undefined;

/** Beside the compiled program; where the sources run, the one that was compiled last. */
function read(): VerifierPage {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, NAME);
  const html = readFileSync(existsSync(beside) ? beside : join(here, "../../build/trust", NAME), "utf8");
  const [, policy = "default-src 'none'"] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html) ?? [];
  return { html, policy, sha256: createHash("sha256").update(html).digest("hex") };
}

/** The page; read once. */
export const verifierPage = (): VerifierPage => (made ??= read());

/** The page and its digest, for everybody: whoever is sent a package may take the means to check it from here, or from anybody else. */
export const verifierRoutes: readonly Route[] = (["portal", "desk"] as const).flatMap((role) => [
  route({
    role,
    method: "GET",
    path: `/${NAME}`,
    access: "public",
    handle: async ({ reply }) => {
      const { html, policy } = verifierPage();
      reply
        .headers({ "content-security-policy": policy, "cache-control": "public, no-cache" })
        .type("text/html; charset=utf-8")
        .send(html);
      return undefined;
    },
  }),
  route({
    role,
    method: "GET",
    path: `/${NAME}.sha256`,
    access: "public",
    handle: async () => ({
      text: `${verifierPage().sha256}  ${NAME}\n`,
      headers: { "cache-control": "public, no-cache" },
    }),
  }),
]);
