import type { Config } from "../kernel/config.ts";
import { mailSettings, openSender } from "./sending.ts";

const CHECK_MS = 5_000;

/** Whether e-mail works, in a sentence, for the operator. */
export async function checkMail(config: Config): Promise<{ readonly ok: boolean; readonly words: string }> {
  const settings = mailSettings(config);
  if (!settings)
    return config.smtp_url === undefined
      ? { ok: true, words: "no smtp_url is set: the node sends none, and its pages say so." }
      : {
          ok: false,
          words: "smtp_url is set, mail_from is not. Set mail_from to the address that messages come from.",
        };
  const sender = openSender(settings, CHECK_MS);
  try {
    await sender.check();
    return { ok: true, words: `the server takes messages from ${settings.from}.` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, words: `the server named by smtp_url can't be used: ${why}` };
  } finally {
    sender.close();
  }
}
