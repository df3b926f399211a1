// Copies a digest, and holds another against it. Case, spaces and colons do not count.

const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s:-]/g, "");

for (const hash of document.querySelectorAll<HTMLElement>("[data-hash]")) {
  const value = hash.dataset["hash"] ?? "";
  const copy = hash.querySelector<HTMLButtonElement>("[data-copy]");
  if (copy && "clipboard" in navigator) {
    const words = copy.textContent;
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(value);
      copy.textContent = copy.dataset["done"] ?? words;
      setTimeout(() => (copy.textContent = words), 2000);
    });
  }
  const compare = hash.querySelector<HTMLElement>("[data-compare]");
  const input = compare?.querySelector("input");
  const output = compare?.querySelector("output");
  if (!compare || !input || !output) continue;
  compare.hidden = false;
  input.addEventListener("input", () => {
    const isSame = plain(input.value) === plain(value);
    output.className = input.value === "" ? "" : isSame ? "good" : "late";
    output.textContent = input.value === "" ? "" : ((isSame ? output.dataset["same"] : output.dataset["other"]) ?? "");
  });
}
