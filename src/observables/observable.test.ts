import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environment } from "../kernel/config.ts";
import { findObservables } from "./observable.ts";
import { findPhones } from "./phones.ts";
import { currencyOf } from "./wallets.ts";

const keys = (text: string, country = "PH") =>
  findObservables(text, { country }).map(({ key, strong }) => (strong ? key : `weak ${key}`));

test.each([
  ["a national number", "Call 0917 123 4567 now", ["phone:+639171234567"]],
  ["an international number in a country of its own", "Call +33 6 12 34 56 78", ["phone:+33612345678"]],
  ["full-width digits", "Call ０９１７１２３４５６７", ["phone:+639171234567"]],
  ["the number that a chat link names", "join https://wa.me/2550747878264", ["phone:+255747878264"]],
  ["a plain link", "go to http://t6m681.com/x now", ["domain:t6m681.com"]],
  ["a link without a scheme", "Web: 11y.life", ["domain:11y.life"]],
  ["hxxp and brackets", "hxxps://login[.]bank-update[.]top/a", ["domain:bank-update.top"]],
  ["(dot)", "visit win-m (dot) life today", ["domain:win-m.life"]],
  ["a comma for the dot", "UrI: pinaswin,com", ["domain:pinaswin.com"]],
  ["blanks around the dot", "type bad-shop . com please", ["domain:bad-shop.com"]],
  ["no width between the letters", "bad\u200bshop.com", ["domain:badshop.com"]],
  ["a site that others let", "cancel3-binance-com.web.app", ["domain:cancel3-binance-com.web.app"]],
  ["a link in Thai text", "กดเลย p48q.com/fop", ["domain:p48q.com"]],
  ["a shortener: the whole address", "bit.ly/3pDp2ry", ["url:bit.ly/3pDp2ry"]],
  ["a famous domain alone is weak", "I use www.facebook.com", ["weak domain:facebook.com"]],
  ["a famous domain with a short path is weak", "see google.com/a", ["weak domain:google.com"]],
  ["two sentences without a blank", "Thanks for the money.My friend. ok.So then", []],
  ["prose with commas", "free bonus,click here,win a prize", []],
  ["a decimal number", "it was 1.5 or 2.50 or 3.com", []],
  ["e-mail", "write to Bad.Man@Example-Shop.com.", ["email:bad.man@example-shop.com"]],
  ["e-mail, hidden", "bad [at] example [dot] org", ["email:bad@example.org"]],
  ["Bitcoin", "send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ["wallet:btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]],
  ["Bitcoin with a wrong check sum", "send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", []],
  [
    "Ethereum in capitals is the same",
    "0XDAC17F958D2EE523A2206206994597C13D831EC7".replace("0X", "0x"),
    ["wallet:eth:0xdac17f958d2ee523a2206206994597c13d831ec7"],
  ],
  ["IBAN with words behind", "pay to FR14 2004 1010 0505 0001 3M02 606 AND NOW", ["iban:FR1420041010050500013M02606"]],
  ["IBAN with wrong check digits", "FR15 2004 1010 0505 0001 3M02 606", []],
  ["a number called an account", "account no: 1234-5678-90", ["account:PH:1234567890"]],
  ["an IP address", "from 8.8.4.4 today", ["ip:8.8.4.4"]],
  ["an IP address, defanged", "1[.]1[.]1[.]1", ["ip:1.1.1.1"]],
  ["a private IP address is weak", "192.168.0.1", ["weak ip:192.168.0.1"]],
  ["IPv6", "from 2606:4700:4700::1111", ["ip:2606:4700:4700::1111"]],
  ["a time is no IPv6", "at 12:30:45 he came", []],
  ["a version is no IP address", "version 1.2.3.4.5", []],
  [
    "a digest",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ["hash:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ],
  ["a handle is weak", "his name is @scam_boss", ["weak handle:scam_boss"]],
  ["each once", "0917 123 4567 or 09171234567", ["phone:+639171234567"]],
] as const)("finds %s", (_, text, expected) => {
  expect(keys(text)).toEqual(expected);
});

test("no text makes it throw or take long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) =>
      findObservables(text, { country: "MU" }).every(({ key }) => key.isWellFormed() && key.length < 700),
    ),
  );
  for (const unit of ["a.", "1 ", "@a", "h.h@", "A1 ", "aa[.]", "0x", ":1", "a,com", "-"])
    expect(findObservables(unit.repeat(10_000), { country: "PH" }).length).toBeLessThanOrEqual(100);
}, 20_000);

const folder = join(environment()["COMITY_TEST_DATA"] ?? "../shared/data", "reports");
const rows = (file: string) =>
  parse<Record<string, string>>(readFileSync(join(folder, file)), { columns: true, relax_quotes: true });

describe.skipIf(!existsSync(folder))("on texts that people received", () => {
  test("1,508 Swahili messages hold 998 numbers, and none is lost to another kind", () => {
    const texts = rows("sms-swahili/bongo_scam.csv").map((row) => row["Sms"] ?? "");
    const phones = texts.map((text) => findPhones(text, { country: "TZ" }).observables);
    expect(phones.flat().length).toBeGreaterThanOrEqual(998);
    texts.forEach((text, at) => {
      const all = new Set(keys(text, "TZ"));
      expect([...all], text).toEqual(expect.arrayContaining((phones[at] ?? []).map(({ key }) => key)));
    });
  });
  test("155 of 170 Philippine scam messages give a link or an address to write to", () => {
    const texts = rows("sms-philippines/SPAM_SMS.csv").map((row) => row["text"] ?? "");
    expect(
      texts.filter((text) =>
        findObservables(text, { country: "PH" }).some(({ type }) => type === "link" || type === "email"),
      ).length,
    ).toBeGreaterThanOrEqual(155);
  });
  test.each([
    ["XBT", "btc", 434],
    ["ETH", "eth", 152],
    ["TRX", "trx", 6],
    ["LTC", "ltc", 10],
    ["DASH", "dash", 3],
    ["ZEC", "zec", 3],
  ] as const)("sanctioned addresses of %s are found as %s", (list, currency, least) => {
    const addresses = readFileSync(join(folder, `crypto-ofac/sanctioned_addresses_${list}.txt`), "utf8")
      .trim()
      .split("\n");
    expect(addresses.filter((address) => currencyOf(address) === currency).length).toBeGreaterThanOrEqual(least);
    expect(
      addresses.filter((address) => keys(`send it to ${address}, please`).some((key) => key.startsWith("wallet:")))
        .length,
    ).toBeGreaterThanOrEqual(least);
  });
  test("ordinary Thai messages name no strong domain that is famous", () => {
    const found = readdirSync(join(folder, "sms-thai")).flatMap((file) =>
      readFileSync(join(folder, "sms-thai", file), "utf8")
        .split("\n")
        .flatMap((line) => keys(line, "TH")),
    );
    expect(found).not.toContain("domain:bit.ly");
    expect(found).toContain("url:bit.ly/3pDp2ry");
    expect(found.length).toBeGreaterThan(1_000);
  });
});
