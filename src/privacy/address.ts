import { FOLLOW_PATH } from "../reports/slice.ts";

/** Addresses of the pages on which a reporter sees what is held about them; they tell nobody what they are about. */
export const OWN_DATA = `${FOLLOW_PATH}/4`;
export const OWN_EXPORT = `${FOLLOW_PATH}/5`;
/** The page of the report itself. */
export const OWN_REPORT = `${FOLLOW_PATH}/1`;
