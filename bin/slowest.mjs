const SHOWN = 10;

/** Reporter of vitest: the files that took longest, hooks and imports included, each in seconds. */
export default class Slowest {
  #files = [];
  onTestModuleEnd(file) {
    const { duration, collectDuration, setupDuration } = file.diagnostic();
    this.#files.push({ name: file.relativeModuleId, ms: duration + collectDuration + setupDuration });
  }
  onTestRunEnd() {
    console.log("\nLongest files:");
    for (const { name, ms } of this.#files.sort((one, other) => other.ms - one.ms).slice(0, SHOWN))
      console.log(`${(ms / 1_000).toFixed(1).padStart(7)} s  ${name}`);
  }
}
