import fc from "fast-check";
import { expect, test } from "vitest";
import { sniff } from "./sniff.ts";

const hex = (text: string) => Buffer.from(text, "hex");
test.each([
  ["a picture", hex("89504e470d0a1a0a0000000d49484452"), "screen.png", "picture", false],
  ["a picture that is called a document", hex("89504e470d0a1a0a0000000d49484452"), "bill.pdf", "picture", true],
  ["a program that is called a picture", hex("4d5a90000300000004000000ffff0000"), "holiday.jpg", "program", true],
  ["a document", Buffer.from("%PDF-1.7\n1 0 obj"), "letter.pdf", "pdf", false],
  [
    "a message",
    Buffer.from("Received: from a by b; Thu, 26 Nov 2026 10:00:00 +0000\r\nFrom: a@b.example\r\n\r\nHello"),
    "mail.eml",
    "mail",
    false,
  ],
  [
    "a message in a mailbox file",
    Buffer.from("From a@b Thu Nov 26\nFrom: a@b.example\nSubject: x\n\nHello"),
    "x",
    "mail",
    false,
  ],
  ["words that look like a heading", Buffer.from("From: my bank, they said\nI paid."), "notes.txt", "text", false],
  ["a page", Buffer.from("<html><script>alert(1)</script>"), "invoice.html", "text", false],
  ["a page that is called a picture", Buffer.from("<svg onload=alert(1)>"), "photo.jpg", "text", true],
  ["nothing known", hex("000102030405"), "thing", "other", false],
] as const)("%s", async (_, bytes, name, kind, misnamed) => {
  expect(await sniff(bytes, name)).toMatchObject({ kind, misnamed });
});

test("any bytes under any name are of some kind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string(), async (bytes, name) => {
      expect((await sniff(bytes, name)).media).toMatch(/^[\w.+-]+\/[\w.+-]+$/);
    }),
  );
});
