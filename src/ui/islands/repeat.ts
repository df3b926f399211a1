// Adds and removes rows of a repeated group. The last empty row is the pattern; its index is counted up in names, ids and labels.

for (const group of document.querySelectorAll<HTMLElement>("[data-repeat]")) {
  const add = group.querySelector<HTMLButtonElement>("[data-add]");
  const pattern = [...group.querySelectorAll<HTMLElement>(".repeat-row")].at(-1);
  if (!add || !pattern) continue;
  const prefix = group.dataset["repeat"] ?? "";
  const index = group.querySelectorAll(".repeat-row").length - 1;
  const clean = pattern.cloneNode(true);
  let count = index + 1;

  const renumber = (text: string, to: number): string =>
    text
      .replace(`${prefix}.${index}.`, `${prefix}.${to}.`)
      .replace(`${prefix.replaceAll(/[^\w-]/g, "-")}-${index}-`, `${prefix.replaceAll(/[^\w-]/g, "-")}-${to}-`);

  add.hidden = false;
  add.addEventListener("click", () => {
    if (count >= Number(group.dataset["max"] ?? 100)) return;
    const row = clean.cloneNode(true);
    if (!(row instanceof HTMLElement)) return;
    for (const element of row.querySelectorAll("*"))
      for (const { name, value } of [...element.attributes])
        if (["name", "id", "for", "aria-describedby"].includes(name))
          element.setAttribute(name, renumber(value, count));
    const legend = row.querySelector("legend");
    if (legend) legend.textContent = (legend.textContent ?? "").replace(/\d+/, String(count + 1));
    count += 1;
    add.before(row);
    row.querySelector<HTMLElement>("input, select, textarea")?.focus();
  });
}
