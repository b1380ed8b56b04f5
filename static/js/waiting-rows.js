// Lists while the page is open: the rows that are there are kept true in their places, new ones wait above.

import { announce } from "./announce.js";
import { morph } from "./morph.js";

const NOTICE = "[data-news]";

// A `handle` for morph: keeps the rows of a list that has a notice above it.
export function holdLists(old, fresh) {
  if (old.matches(NOTICE)) return true;
  const notice = old.matches("tbody") && old.parentElement.previousElementSibling;
  if (!notice || !notice.matches(NOTICE)) return false;
  holdRows(old, fresh, notice);
  return true;
}

export function clearNotices() {
  for (const notice of document.querySelectorAll(NOTICE)) showNotice(notice, "");
}

function holdRows(body, fresh, notice) {
  const rows = new Map([...fresh.rows].map((row) => [row.id, row]));
  const stayed = [...body.rows].filter((row) => rows.has(row.id));
  for (const row of body.rows) {
    if (rows.has(row.id)) morph(row, rows.get(row.id));
    else row.toggleAttribute("data-aged", true);
  }
  const known = new Set(stayed.map((row) => row.id));
  const order = [...rows.keys()].filter((id) => known.has(id));
  const moved = stayed.length < body.rows.length || stayed.some((row, index) => row.id !== order[index]);
  const added = [...rows.values()].filter((row) => !known.has(row.id) && !row.matches("[data-group]"));
  describeWaiting(notice, added.length, moved, known.size === 0);
}

// atLeast: nothing of the old page is left, so that there may be more than one page of new rows
function describeWaiting(notice, added, moved, atLeast) {
  const rows = `${added}${atLeast ? "+" : ""} new ${notice.dataset.news}${added === 1 ? "" : "s"}`;
  const text = added ? `${rows}: show` : moved ? "The list has changed: show" : "";
  if (!showNotice(notice, text)) return;
  if (added) announce(`${rows} wait${added === 1 ? "s" : ""} above the list`);
}

// Returns whether it says something else than before.
function showNotice(notice, text) {
  const button = notice.querySelector("button");
  if (button.textContent === text) return false;
  button.textContent = text;
  notice.hidden = !text;
  return true;
}
