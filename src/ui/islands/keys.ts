// Keys of every desk page: "/" goes to the search, "?" shows the keys.

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const search = document.querySelector<HTMLInputElement>("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "?") document.querySelector<HTMLDialogElement>("[data-keys]")?.showModal();
});

for (const hint of document.querySelectorAll<HTMLElement>("[data-keys-hint]")) hint.hidden = false;
