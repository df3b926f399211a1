import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPhoneNumbersInText } from "libphonenumber-js";
import { describe, expect, test } from "vitest";
import { environment } from "../kernel/config.ts";
import { findPhones } from "./phones.ts";

const folder = join(environment()["COMITY_TEST_DATA"] ?? "../shared/data", "reports");
const files = ["sms-swahili", "sms-philippines", "sms-thai", "sms-filipino-2025"].flatMap((name) =>
  existsSync(join(folder, name)) ? readdirSync(join(folder, name)).map((file) => join(folder, name, file)) : [],
);

describe.skipIf(files.length === 0)("the short way to a telephone number", () => {
  test.each([
    ["TZ", "sms-swahili"],
    ["PH", "sms-philippines"],
    ["TH", "sms-thai"],
    ["PH", "sms-filipino-2025"],
  ] as const)("finds in %s what the library's matcher finds, in %s", (country, name) => {
    const lines = files.filter((file) => file.includes(name)).flatMap((file) => readFileSync(file, "utf8").split("\n"));
    const differing = lines.filter((line) => {
      const short = findPhones(line, { country }).observables.map(({ key }) => key);
      const long = findPhoneNumbersInText(line, { defaultCountry: country }).map(
        ({ number }) => `phone:${number.number}`,
      );
      return short.join() !== long.join();
    });
    expect(differing).toEqual([]);
  });
});
