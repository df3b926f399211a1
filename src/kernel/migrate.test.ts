import { expect, test } from "vitest";
import { migrate } from "./migrate.ts";
import { freePort } from "./postgres.ts";

test("where no PostgreSQL listens, it is said in a sentence what to look at", async () => {
  const nobody = await freePort(45_000);
  await expect(migrate(`postgres://nobody@127.0.0.1:${nobody}/none`, "migrations")).rejects.toThrow(
    /PostgreSQL can't be reached: .*Check COMITY_DATABASE/,
  );
});
