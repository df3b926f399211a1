import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** One file as it is served. The address names its content, so it may be cached for ever. */
export interface Asset {
  readonly bytes: Buffer;
  /** Compressed forms; absent where they would gain nothing (fonts). */
  readonly br?: Buffer;
  readonly gzip?: Buffer;
  readonly type: string;
  /** What it may do where it runs apart from any page, as a worker; the page's own policy does not hold there. */
  readonly policy?: string;
}

/** Every file that pages load. */
export interface Assets {
  /** Address by plain name, `desk.css`. Throws where there is none: that is a bug. */
  readonly url: (name: string) => string;
  /** The file at a path, `/assets/desk.1a2b3c4d5e6f.css`. */
  readonly find: (path: string) => Asset | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  ttf: "font/ttf",
  woff2: "font/woff2",
};
/** Workers: they reach nothing but our scripts; hashing compiles its WebAssembly, which no page may. */
const POLICIES: Readonly<Record<string, string>> = {
  "hashing.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
};
const PREFIX = "/assets/";
const HASH_LENGTH = 12;

/** Style sheets of the desk that do not stand beside a component, in the order in which they must come. */
const FACES = new Set(["tokens.css", "tokens-dark.css", "portal.css", "portal-figures.css", "base.css"]);

/** Unicode ranges of the two parts of Public Sans, as its publisher splits them. */
const FONT_RANGES: Readonly<Record<string, string>> = {
  latin:
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
  "latin-ext":
    "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
};

/** The Arabic letters and marks; digits and Latin letters stay in the desk's own face. */
const ARABIC_RANGE = "U+0600-06FF,U+0750-077F,U+0870-08FF,U+200C-200F,U+FB50-FDFF,U+FE70-FEFC";

/** An asset that is compressed when it is first asked for, as a process that starts has more urgent things to do. */
class Compressible implements Asset {
  readonly bytes: Buffer;
  readonly type: string;
  readonly policy?: string;
  #br: Buffer | undefined;
  #gzip: Buffer | undefined;
  constructor(bytes: Buffer, type: string, policy: string | undefined) {
    this.bytes = bytes;
    this.type = type;
    if (policy !== undefined) this.policy = policy;
  }
  get br(): Buffer {
    return (this.#br ??= brotli(this.bytes));
  }
  get gzip(): Buffer {
    return (this.#gzip ??= gzipSync(this.bytes, { level: 9 }));
  }
}

class Building {
  readonly #urls = new Map<string, string>();
  readonly #files = new Map<string, Asset>();

  add(name: string, content: Buffer | string): string {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const ending = name.split(".").at(-1) ?? "";
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, HASH_LENGTH);
    const url = `${PREFIX}${name.slice(0, -ending.length)}${hash}.${ending}`;
    const type = TYPES[ending];
    if (!type) throw new Error(`${name}: no media type is known for it`);
    this.#files.set(url, ending === "woff2" ? { bytes, type } : new Compressible(bytes, type, POLICIES[name]));
    this.#urls.set(name, url);
    return url;
  }

  done(): Assets {
    return {
      find: (path) => this.#files.get(path),
      url: (name) => {
        const url = this.#urls.get(name);
        if (url === undefined) throw new Error(`there is no asset ${name}`);
        return url;
      },
    };
  }
}

const brotli = (bytes: Buffer) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });

/** Puts the bundles together from `folder`, compiled or as sources. Throws where a file is missing. */
function buildAssets(folder: string): Assets {
  const building = new Building();
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const tokens = read("tokens.css");
  const dark = read("tokens-dark.css");
  const byPreference = `${tokens}@media (prefers-color-scheme: dark){${dark}}`;
  // A theme asked for by name (the design page, an officer's choice) beats what the system prefers.
  const byName = [
    tokens.replace(":root", ':root[data-theme="light"]'),
    dark.replace(":root", ':root[data-theme="dark"]'),
  ];
  const components = readdirSync(folder)
    .filter((name) => name.endsWith(".css") && !FACES.has(name))
    .sort();
  building.add("portal.css", compact(byPreference + read("portal.css")));
  building.add("portal-figures.css", compact(read("figure.css") + read("portal-figures.css")));
  building.add(
    "desk.css",
    compact([fonts(building), byPreference, ...byName, read("base.css"), ...components.map(read)].join("\n")),
  );
  building.add("icon.svg", read("icon.svg"));
  addIslands(building, join(folder, "islands"));
  return building.done();
}

const packageFolder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** The desk's face, and the one that base.css adds on pages written from right to left: no other page asks for its file. */
const fonts = (building: Building): string => publicSans(building) + notoSansArabic(building);

function notoSansArabic(building: Building): string {
  const files = packageFolder("@expo-google-fonts/noto-sans-arabic");
  return Object.entries({ "400": "400Regular", "700": "700Bold" })
    .map(([weight, name]) => {
      const url = building.add(
        `noto-sans-arabic-${weight}.ttf`,
        readFileSync(join(files, name, `NotoSansArabic_${name}.ttf`)),
      );
      return `@font-face{font-family:"Noto Sans Arabic";font-style:normal;font-display:swap;font-weight:${weight};src:url(${url}) format("truetype");unicode-range:${ARABIC_RANGE}}`;
    })
    .join("");
}

function publicSans(building: Building): string {
  const files = join(packageFolder("@fontsource-variable/public-sans"), "files");
  return Object.entries(FONT_RANGES)
    .map(([part, range]) => {
      const url = building.add(
        `public-sans-${part}.woff2`,
        readFileSync(join(files, `public-sans-${part}-wght-normal.woff2`)),
      );
      return `@font-face{font-family:"Public Sans";font-style:normal;font-display:swap;font-weight:100 900;src:url(${url}) format("woff2");unicode-range:${range}}`;
    })
    .join("");
}

/**
 * Islands may name each other (`"./hash.ts"`, in an import or as a worker's address). Each is added after those it names,
 * because its own bytes hold their addresses. Throws where two name each other.
 */
function addIslands(building: Building, folder: string): void {
  const done = new Map<string, string>();
  const hashes = building.add("hash-wasm.js", hashWasm());
  const isCompiled = readdirSync(folder).some((name) => name.endsWith(".js"));
  const add = (name: string, above: readonly string[]): string => {
    const known = done.get(name);
    if (known) return known;
    if (above.includes(name)) throw new Error(`islands name each other in a circle: ${[...above, name].join(" → ")}`);
    const path = join(folder, `${name}.${isCompiled ? "js" : "ts"}`);
    if (!existsSync(path))
      throw new Error(`${above.at(-1) ?? "a page"} names the island ${name}, which does not exist`);
    const source = readFileSync(path, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    const script = isCompiled ? source : stripTypeScriptTypes(source, { mode: "strip" });
    const tied = script.replaceAll(
      /(["'])\.\/([\w-]+)\.(?:js|ts)\1/g,
      (_, quote: string, other: string) => `${quote}${add(other, [...above, name])}${quote}`,
    );
    const url = building.add(`${name}.js`, tied.replaceAll('"hash-wasm"', `"${hashes}"`));
    done.set(name, url);
    return url;
  };
  for (const file of readdirSync(folder)) {
    const name = /^([\w-]+)\.(?:js|ts)$/.exec(file)?.[1];
    if (name && !file.includes(".test.")) add(name, []);
  }
}

/** The three digests of the upload page as one module: the package gives each of them as a script that adds itself to one name. */
function hashWasm(): string {
  const folder = join(packageFolder("hash-wasm"), "dist");
  const scripts = ["md5", "sha1", "sha256"].map((name) => readFileSync(join(folder, `${name}.umd.min.js`), "utf8"));
  return `${scripts.join("\n")}\nexport const { createMD5, createSHA1, createSHA256 } = globalThis.hashwasm;\n`;
}

/** Takes comments and needless white space out of a style sheet. Strings in ours hold neither comments nor runs of spaces. */
const compact = (css: string): string =>
  css
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};,>]) ?/g, "$1")
    .replaceAll(/: (?=[^{}]*[;}])/g, ":")
    .replaceAll(";}", "}")
    .trim();

/** The assets of this program. */
export const assets: Assets = buildAssets(dirname(fileURLToPath(import.meta.url)));
