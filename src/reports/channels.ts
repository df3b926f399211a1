/** Channel on which the worker hears that a reporter's file waits to be read. */
export const FILES_CHANNEL = "comity_report_files";
