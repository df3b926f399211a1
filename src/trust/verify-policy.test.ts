import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noteSigner } from "./checkpoint.ts";
import { Malformed } from "./verify-errors.ts";
import { NOTE_TYPE, type NoteType, vkeyOf } from "./verify-note.ts";
import { isWitnessed, ledgerPolicyText, readLedgerPolicy } from "./verify-policy.ts";

const key = (name: string, type: NoteType) =>
  vkeyOf(
    noteSigner(
      name,
      type,
      type === NOTE_TYPE.mlDsa44
        ? generateKeyPairSync("ml-dsa-44").privateKey
        : generateKeyPairSync("ed25519").privateKey,
    ),
  );
const log = key("log.example", NOTE_TYPE.ed25519);
const other = key("log.example", NOTE_TYPE.ed25519);
const [x1, x2, x3, y1, y2, y3] = ["x1", "x2", "x3", "y1", "y2", "y3"].map((name) => key(name, NOTE_TYPE.cosignature));
const read = (...lines: readonly string[]) => readLedgerPolicy(Buffer.from(`${lines.join("\n")}\n`));

describe("C2SP tlog-policy", () => {
  /** The example of the specification, with keys, comments and blanks. */
  const example = [
    `log ${log}`,
    "",
    `witness X1 ${x1}`,
    `\twitness  X2 \t${x2}  https://x2.example/witness/ `,
    `witness X3 ${x3}`,
    "group X-witnesses 2 X1 X2 X3",
    "  # those of another organisation",
    `witness Y1 ${y1}`,
    `witness Y2 ${y2}`,
    `witness Y3 ${y3}`,
    "group Y-witnesses any Y1 Y2 Y3",
    "group X-and-Y all X-witnesses Y-witnesses",
    "quorum X-and-Y",
  ];

  test("two of the X and any of the Y: enough, and nothing less is", () => {
    const policy = read(...example);
    expect(policy.logs.map(({ vkey, url }) => [vkey, url])).toEqual([[log, null]]);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(["X1", "X2", "X3", "Y1", "Y2", "Y3"]);
    expect(policy.witnesses[1]?.url).toBe("https://x2.example/witness/");
    const is = (...by: (string | undefined)[]) => isWitnessed(policy, by.map(String));
    expect([is(x1, x3, y2), is(x1, x2, x3, y1, y2, y3)]).toEqual([true, true]);
    expect([is(), is(x1, y1, y2, y3), is(x1, x2, x3), is(x1, x2, log)]).toEqual([false, false, false, false]);
  });

  test("no cosignature at all, or one witness", () => {
    expect(isWitnessed(read("quorum none"), [])).toBe(true);
    const one = read(`witness K\u00e9 ${x1}`, "quorum K\u00e9");
    expect([isWitnessed(one, [String(x1)]), isWitnessed(one, [String(x2)])]).toEqual([true, false]);
  });

  test.each([
    ["no quorum", [`log ${log}`]],
    ["two of them", ["quorum none", "quorum none"]],
    ["of what comes later", ["quorum W", `witness W ${x1}`]],
    ["of nobody", ["quorum W"]],
    ["with a word too many", ["quorum none none"]],
    ["a log twice", [`log ${log}`, `log ${log} https://log.example`, "quorum none"]],
    ["a witness twice, under two names", [`witness A ${x1}`, `witness B ${x1}`, "quorum A"]],
    ["a name twice", [`witness A ${x1}`, `witness A ${x2}`, "quorum A"]],
    ["a witness called none", [`witness none ${x1}`, "quorum none"]],
    ["a group with none", [`witness A ${x1}`, "group g any A none", "quorum g"]],
    ["a group of nobody", ["group g any", "quorum g"]],
    ["more than there are", [`witness A ${x1}`, "group g 2 A", "quorum g"]],
    ["none of them", [`witness A ${x1}`, "group g 0 A", "quorum g"]],
    ["a number of another spelling", [`witness A ${x1}`, "group g 01 A", "quorum g"]],
    ["a member twice", [`witness A ${x1}`, "group g any A A", "quorum g"]],
    ["a member of two groups", [`witness A ${x1}`, "group g any A", "group h any A", "quorum h"]],
    ["a group of itself", [`witness A ${x1}`, "group g any A g", "quorum g"]],
    ["a log's key as a witness's", [`witness A ${log}`, "quorum A"]],
    ["a witness's key as a log's", [`log ${x1}`, "quorum none"]],
    ["a key whose id is another's", [`log ${log.replace(/\+[0-9a-f]{8}\+/, "+00000000+")}`, "quorum none"]],
    ["a word that is none", ["witnesses none", "quorum none"]],
    ["a carriage return", ["quorum none\r"]],
    ["an octet that none holds", ["# \u007f", "quorum none"]],
  ])("refused: %s", (_, lines) => expect(() => read(...lines)).toThrow(Malformed));

  test("two logs of one name and two keys; a log that signs with ML-DSA-44", () => {
    const modern = key("log.example", NOTE_TYPE.mlDsa44);
    expect(read(`log ${log}`, `log ${other}`, `log ${modern}`, "quorum none").logs).toHaveLength(3);
  });

  test("what is written is read back, and keys of one name are one witness", () => {
    const [a1, a2] = [key("a", NOTE_TYPE.cosignature), key("a", NOTE_TYPE.mlDsa44)];
    const policy = readLedgerPolicy(Buffer.from(ledgerPolicyText(log, [a1, a2, String(x1)], 2)));
    expect(policy.witnesses.map(({ vkey }) => vkey)).toEqual([a1, a2, x1]);
    expect([
      isWitnessed(policy, [a1, a2]),
      isWitnessed(policy, [a2, String(x1)]),
      isWitnessed(policy, [a1, String(x1)]),
    ]).toEqual([false, true, true]);
    expect(readLedgerPolicy(Buffer.from(ledgerPolicyText(log, [a1], 0))).quorum).toBe("none");
  });

  test("any bytes: read or Malformed", () => {
    const words = ["log", "witness", "group", "quorum", "none", "any", "all", "1", log, String(x1), "A", "g", "#"];
    const lines = fc.array(fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((all) => all.join(" ")));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      lines.map((all) => Buffer.from(all.join("\n"))),
    );
    fc.assert(
      fc.property(bytes, (any) => {
        try {
          readLedgerPolicy(any);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
    );
  });
});
