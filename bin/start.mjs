// `npm start`: on a bare machine installs, compiles and brings up the demo world; later it resumes.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { compile, install, node, root } from "./prepare.mjs";

install();
compile();
const child = spawn(node, [join(root, "build/main.js"), "demo", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
// Ctrl-C reaches the whole group; a signal sent to this process alone is handed on. Either way the child ends first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
