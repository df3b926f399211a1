import fc from "fast-check";
import { expect, test } from "vitest";
import { printable, unturned } from "./turning.ts";

test("a mark that turns the letters after it is shown as what it is; letters and isolates stay as they are", () => {
  expect(unturned("photo_\u202egpj.exe")).toBe("photo_⟨U+202E⟩gpj.exe");
  expect(unturned("\u2068ملف\u2069 \u200fأ")).toBe("\u2068ملف\u2069 \u200fأ");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => !/[\u202a-\u202e]/.test(unturned(text))));
});

test("a name is no order to a terminal", () => {
  expect(printable("a\u001b[2J\rb\nc\u202e")).toBe("a⟨U+001B⟩[2J⟨U+000D⟩b\nc⟨U+202E⟩");
});
