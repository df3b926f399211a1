// Brings what matters into sight in things that scroll sideways: the present in a life, the open part in the navigation.

for (const box of document.querySelectorAll<HTMLElement>("[data-scroll-to]")) {
  const target = box.querySelector<HTMLElement>(box.dataset["scrollTo"] ?? "");
  if (target && box.scrollWidth > box.clientWidth) target.scrollIntoView({ block: "nearest", inline: "center" });
}
