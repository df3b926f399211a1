import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest, longest first: begun last, one of them would leave the other core idle for minutes. */
const LONGEST = [
  "test/pages.test.ts",
  "test/faults.test.ts",
  "test/road-browser.test.ts",
  "test/exchange-apart.test.ts",
  "test/fuzz.test.ts",
  "test/portal-browser.test.ts",
  "test/road.test.ts",
  "test/packs.test.ts",
  "test/widening.test.ts",
  "src/evidence/package.test.ts",
  "src/evidence/pages.test.ts",
  "src/acquire/acquire.test.ts",
  "test/store-faults.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"],
    globalSetup: ["test/postgres.ts", "test/unpack.ts"],
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 600_000,
    // What is waited for comes when the machine has time for it; how fast is no test.
    expect: { poll: { timeout: 90_000 } },
    // One more than the cores that it is made for: whoever waits for another program, or for the disk, leaves its core idle.
    maxWorkers: 3,
    // Nothing of ours is mocked, and what a module keeps it keeps by its node: files follow each other in one process, which has
    // read, compiled and warmed up the program once. In processes of their own two hundred of them took nearly twice the work.
    isolate: false,
  },
});
