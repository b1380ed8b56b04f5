// Keys: "/" goes to the search field, the keys that links carry follow them, arrows go through a group of bars.

import { searchField } from "./filter-form.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;
// A key is ours only where nobody is typing and no modifier makes it someone else's.
const isOurs = (event) =>
  !hasModifier(event) && !event.target.closest?.("input, select, textarea, [contenteditable]");

function goToSearch(event) {
  const field = searchField();
  if (event.key !== "/" || !isOurs(event) || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

// The calendar's keys: p and n step through time, t goes to today, as the links that carry them say.
function followShortcut(event) {
  if (!["p", "n", "t"].includes(event.key) || !isOurs(event)) return;
  document.querySelector(`[aria-keyshortcuts="${event.key}"]`)?.click();
}

// A group of bars is one stop for the Tab key; arrow keys, Home and End go from one bar to the next.
function stepThroughBars(event) {
  const group = event.target.closest?.("[data-bars]");
  const step = STEPS[event.key];
  if (!group || !step || hasModifier(event)) return;
  const bars = [...group.querySelectorAll("a")];
  const index = bars.indexOf(event.target.closest("a"));
  const next = bars[Math.min(Math.max(index + step, 0), bars.length - 1)];
  event.preventDefault();
  for (const bar of bars) bar.setAttribute("tabindex", bar === next ? "0" : "-1");
  next.focus();
}

for (const handle of [goToSearch, followShortcut, stepThroughBars]) document.addEventListener("keydown", handle);
