import { expect, test } from "vitest";
import { hashPassword, isPassword } from "./password.ts";

test("a password opens its own hash only, and two hashes of it differ", async () => {
  const [one, two] = [await hashPassword("correct horse battery"), await hashPassword("correct horse battery")];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await isPassword("correct horse battery", one)).toBe(true);
  expect(await isPassword("correct horse batterz", one)).toBe(false);
  expect(await isPassword("", one)).toBe(false);
});

test("the same password typed decomposed is the same password", async () => {
  expect(await isPassword("caf\u0065\u0301 au lait noir", await hashPassword("caf\u00e9 au lait noir"))).toBe(true);
});

test("no account takes as long as a wrong password, and is no", async () => {
  const hash = await hashPassword("correct horse battery");
  const took = async (of: string | null) => {
    const from = performance.now();
    expect(await isPassword("anything at all", of)).toBe(false);
    return performance.now() - from;
  };
  await took(null);
  const [absent, present]: [number[], number[]] = [[], []];
  // Turn by turn, and the best of each, as the machine is shared. Answering at once would take a thousandth.
  for (let round = 0; round < 6; round += 1) {
    absent.push(await took(null));
    present.push(await took(hash));
  }
  expect(Math.min(...absent)).toBeGreaterThan(Math.min(...present) / 5);
});

test("a flood of sign-ins is refused rather than queued without end", async () => {
  const answers = await Promise.allSettled(Array.from({ length: 80 }, () => isPassword("x", null)));
  const refused = answers.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(10);
  expect(refused.every((one) => one.status === "rejected" && String(one.reason).includes("sign-in-busy"))).toBe(true);
  // And afterwards there is room again.
  expect(await isPassword("x", null)).toBe(false);
});
