import { system } from "../kernel/actor.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Slice } from "../kernel/slice.ts";
import { overdue, reportActs } from "./acts.ts";
import { authenticateReporter } from "./receipt.ts";
import { ESCALATION, FIRST_RESPONSE, reportSubject } from "./report.ts";
import { reportActPages } from "./act-pages.tsx";
import { reportDeskPage } from "./page-report.tsx";
import { eraseReportWords } from "./acts-erase.ts";
import { dropLeftFiles } from "./acts-files.ts";
import { sealOlder } from "./acts-seal.ts";
import { forgetBatches } from "./acts-batch.ts";
import { apiRoutes } from "./routes.ts";
import { sentReport, sentReports } from "./views-client.ts";
import { quarantineEarlier } from "./acts-flood.ts";
import { climbUnopened } from "./acts-unopened.ts";
import { ownReport, reportFile, reportPage } from "./views.ts";

export { FILES_CHANNEL, RECEIVED_CHANNEL } from "./channels.ts";
export { consent, join, withdraw, writeMessage } from "./acts.ts";
export { codeDigest, machineCodeFrom, newCode, readCode, shownCode } from "./code.ts";
export { handIn, handInWithin } from "./acts-intake.ts";
export { redirect } from "./acts-answer.ts";
export { officeIn, preparedFromPeer, toldContact } from "./acts-peer.ts";
export { discard, release, restore } from "./acts-quarantine.ts";
export { Due } from "./due.tsx";
export { BASES, BASIS_NAMES, inLanguage, ownLabel, reportingOf, templatesFor } from "./law.ts";
export { verifyWork, WORK_BITS, workFor } from "./work.ts";
export { CODES, type Code, takesFilesOf, TILES } from "./classification.ts";
export { dropDraftFile } from "./acts-files.ts";
export { FILE_BYTES_MAX, type KeptFile, takeDraftFile, takeFile } from "./files.ts";
export { FILE_KINDS, type FileKind } from "./sniff.ts";
export { importReports } from "./import.ts";
export { MAPPINGS, openMapping } from "./mapping.ts";
export { firstResponseDue, rank } from "./priority.ts";
export { lookUp, type Price, Unpaid } from "./guesses.ts";
export { FOLLOW_COOKIE, FOLLOW_MINUTES, FOLLOW_PATH, followCookie } from "./receipt.ts";
export {
  AGE_BANDS,
  CHANNELS,
  contactSchema,
  DESCRIPTION_MAX,
  FOR_WHOM,
  type ReportRow,
  reportSubject,
  type Submission,
  submissionSchema,
  TRANSFERS_MAX,
} from "./report.ts";
export { contactPlace } from "./report.ts";
export { findByCode } from "./views-receipt.ts";
export { demandReporter } from "./routes.ts";
export { prepare, receivingOn } from "./submission.ts";
export { takeBatch } from "./batch.ts";
export { excerptOf, type TellingRow, toldIn } from "./told.ts";
export { History } from "./page-report.tsx";
export { colleaguesOf, exchangedOf, historyOf, isLate, type OwnReport, ownReport } from "./views.ts";

/** Reports as an office works on them: intake, the receipt, the worklist and the links between reports. */
export const reports: Slice = {
  name: "reports",
  subjects: [reportSubject],
  acts: reportActs,
  views: [reportPage, reportFile, ownReport, sentReports, sentReport],
  pages: [reportDeskPage],
  actPages: reportActPages,
  routes: apiRoutes,
  jobs: [sealOlder, dropLeftFiles, forgetBatches, quarantineEarlier, climbUnopened],
  authenticate: authenticateReporter,
  onErase: eraseReportWords,
  onDue: {
    [FIRST_RESPONSE]: async (tx, deadline, node, now) => {
      await performIn(tx, { node, actor: system("clock"), act: overdue, id: deadline.subject_id, input: {}, now });
    },
    // Whoever it was escalated to has not acted either: figures count it, and the page says so.
    [ESCALATION]: async (tx, deadline, node, now) => {
      await performIn(tx, { node, actor: system("clock"), act: overdue, id: deadline.subject_id, input: {}, now });
    },
  },
};
