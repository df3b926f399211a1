// Leaves at once: the page goes blank before the other one has come, and the back key does not lead here.

const key = document.querySelector<HTMLAnchorElement>(".leave");

function leave(href: string): void {
  document.title = "…";
  document.documentElement.hidden = true;
  location.replace(href);
}

key?.addEventListener("click", (event) => {
  event.preventDefault();
  leave(key.href);
});

let presses: number[] = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !key) return;
  presses = [...presses, event.timeStamp].filter((at) => event.timeStamp - at < 3000);
  if (presses.length >= 3) leave(key.href);
});
