import type { World } from "./demo-world.ts";

/** The demo world as a table for people: addresses, then accounts with what signs them in. */
export function describeWorld({ nodes }: World, folder: string): string {
  const lines = nodes.flatMap((node) => {
    const width = Math.max(...node.accounts.map(({ username }) => username.length), 8);
    const row = (...cells: string[]) =>
      `    ${(cells[0] ?? "").padEnd(width)}  ${(cells[1] ?? "").padEnd(24)}  ${(cells[2] ?? "").padEnd(34)}  ${cells[3] ?? ""}`;
    return [
      "",
      `  ${node.name} (${node.code}, ${node.kind})`,
      `    portal  ${node.portal}`,
      `    desk    ${node.desk}`,
      "",
      row("account", "password", "one-time secret (TOTP)", "role, office"),
      ...node.accounts.map(({ username, password, totp, role, office }) =>
        row(username, password, totp, `${role}, ${office}`),
      ),
    ];
  });
  return [
    "",
    "Comity is ready. Three nodes, each with its own database, keys and process:",
    ...lines,
    "",
    `  Everything here, with API tokens: ${folder}/world.json`,
    "  A one-time code to sign in with: bin/comity account code <secret>",
    "  Ctrl-C stops it all.",
    "",
  ].join("\n");
}
