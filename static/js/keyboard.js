// Keys: "/" goes to the search field, the keys that links carry follow them, arrows go through a group of bars, and the
// others stand in the View menu. A reader may switch all off but the arrows.

import { searchField } from "./filter-form.js";

const SEQUENCE = 1500;  // milliseconds between "g" and the letter of a page
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;
// A key is ours only where nobody is typing and no modifier makes it someone else's.
const isOurs = (event) =>
  document.documentElement.dataset.keys !== "off" && !hasModifier(event) && !event.target.closest?.("input, select, textarea, [contenteditable]");

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

// "j" and "k" go from row to row, by the link that leads into each.
function stepThroughRows(event) {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !isOurs(event)) return;
  const rows = [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a[href]"));
  const current = rows.indexOf(event.target.closest?.("tr"));
  const next = rows[current < 0 ? (step > 0 ? 0 : rows.length - 1) : current + step];
  (next?.querySelector(".row-link") ?? next?.querySelector("a[href]"))?.focus();
}

// "g", then the letter of a page.
let goUntil = 0;
function goToPage(event) {
  if (!isOurs(event)) return;
  const link = event.timeStamp < goUntil && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  goUntil = event.key === "g" ? event.timeStamp + SEQUENCE : 0;
  if (!link) return;
  event.stopImmediatePropagation();
  link.click();
}

function refreshNow(event) {
  if (event.key === "r" && isOurs(event)) document.querySelector("#refresh button")?.click();
}

function showKeys(event) {
  const menu = document.querySelector("#view-menu");
  if (event.key !== "?" || !isOurs(event) || !menu) return;
  menu.open = true;
  menu.querySelector("summary").focus();
}

const HANDLERS = [goToPage, goToSearch, followShortcut, stepThroughBars, stepThroughRows, refreshNow, showKeys];
for (const handle of HANDLERS) document.addEventListener("keydown", handle);
