/** Channel on which the worker hears that a reporter's file waits to be read. */
export const FILES_CHANNEL = "comity_report_files";
/** Channel on which desks and jobs hear that reports have come. */
export const RECEIVED_CHANNEL = "comity_reports";
/** Channel on which the worker hears that a wording has become a flood. */
export const FLOOD_CHANNEL = "comity_flood";
