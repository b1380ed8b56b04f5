// A group of bars is one stop for the keyboard: arrow keys, Home and End go from one to the next.

document.addEventListener("keydown", (event) => {
  const group = event.target.closest?.("[data-bars]");
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
  if (!group || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  const bars = [...group.querySelectorAll("a")];
  const at = bars.indexOf(event.target.closest("a"));
  const next = bars[Math.min(Math.max(at + step, 0), bars.length - 1)];
  event.preventDefault();
  for (const bar of bars) bar.setAttribute("tabindex", bar === next ? "0" : "-1");
  next.focus();
});
