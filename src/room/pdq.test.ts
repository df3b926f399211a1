import { readFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { pdq } from "./pdq.ts";

const hashOf = async (bytes: Buffer) => {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return pdq(data, info);
};
const distance = (a: string, b: string): number =>
  (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;

test.each([
  ["shrink-a-lot.jpg", "d0f8f1ccc0f4a84d0a370a3a228f67f0b36e2ed5b6623e1d33e6339c4e9c9b22"],
  ["square-128x128.jpg", "d8f8f1eec0f4a84f0e37022a078f63f0b36e2ed596621e1d33e6239c4e9c9b22"],
])("the published hash of %s is computed to the bit", async (name, hash) => {
  expect(await hashOf(readFileSync(`test/conformance/pdq/${name}`))).toEqual({ hash, quality: 100 });
});

test("a picture pressed hard, or scaled, keeps nearly its hash; another has another; a blank one says that it can't be told by", async () => {
  const original = readFileSync("test/conformance/pdq/square-128x128.jpg");
  const { hash } = await hashOf(original);
  const pressed = await hashOf(await sharp(original).jpeg({ quality: 20 }).toBuffer());
  const scaled = await hashOf(await sharp(original).resize(300, 240, { fit: "fill" }).png().toBuffer());
  const turned = await hashOf(await sharp(original).rotate(90).png().toBuffer());
  expect([
    distance(hash, pressed.hash) <= 31,
    distance(hash, scaled.hash) <= 31,
    distance(hash, turned.hash) > 80,
  ]).toEqual([true, true, true]);
  const blank = await sharp({ create: { width: 80, height: 80, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  expect((await hashOf(blank)).quality).toBe(0);
});
