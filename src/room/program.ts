import { seeAttachment } from "./attachment.ts";
import { FRAME } from "./frames.ts";
import { look } from "./look.ts";
import { pdqOf } from "./look-picture.ts";
import { type Asked, Pipe, say, type Source } from "./source.ts";

/** What one ask gives: facts, and at most one picture drawn anew. */
export interface Looked {
  readonly answer: unknown;
  readonly picture?: Buffer;
}

/** Answers what is asked on standard input. Runs in a process of its own, which ends with it. */
async function main(): Promise<void> {
  const pipe = new Pipe();
  const asked = await pipe.asked();
  const { answer, picture } = await answerTo(asked, pipe);
  if (picture) await say(FRAME.picture, picture);
  await say(FRAME.answer, Buffer.from(JSON.stringify(answer)));
  process.stdin.destroy();
}

async function answerTo(asked: Asked, source: Source): Promise<Looked> {
  switch (asked.ask) {
    case "attachment":
      return seeAttachment(asked, source);
    case "preview":
      return look(asked, source);
    case "pdq":
      return pdqOf(source);
    case "container": {
      const { lookIntoContainer } = await import("./container.ts");
      return lookIntoContainer(asked, source);
    }
  }
}

await main();
