export { acquireCommand } from "./command.ts";
