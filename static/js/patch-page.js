// The one way in which a page changes: htmx fetches, and its swap puts what differs in its place. What is kept, held
// back and announced, for a step of the reader and for a page that asks for itself, is decided here.
//
// Of a fetched page the parts count that are marked `data-part`; `data-part="step"` only when the reader goes on.

import { announce } from "./announce.js";
import { ROLES } from "./combobox.js";
import { resetFields } from "./filter-form.js";
import { focusedPlace, restoreFocus } from "./focus.js";
import { morph, READERS } from "./morph.js";
import { renewAges, updateAges } from "./page-ages.js";
import { clearNotices, holdLists } from "./waiting-rows.js";

// What `hx-swap` may name: a step of the reader, a poll, and a poll for what waits above a list.
export const [STEP, POLL, SHOW] = ["morph", "morph-poll", "morph-show"];
const PATCHES = { [STEP]: patchAfterStep, [POLL]: patchAfterPoll, [SHOW]: showWaiting };

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style in PATCHES,
  handleSwap(style, target, fresh) {
    if (!(style in PATCHES)) return false;
    PATCHES[style](fresh);
    updateAges();
    return [];
  },
});

function patchAfterStep(fresh) {
  setHeld(fresh);
  const place = focusedPlace();
  for (const [part, wanted] of partsOf(fresh, "[data-part]")) {
    const isForm = part.matches("form");
    patchPart(part, wanted, { keep: isForm ? [...READERS, ...ROLES] : [] });
    renewAges(part);
    if (isForm) resetFields(part);
  }
  setTag(fresh, true);
  updateIcon();
  announce(document.querySelector("#list").dataset.summary);
  restoreFocus(place);
}

function patchAfterPoll(fresh) {
  patchUnlessBusy(fresh, { handle: holdLists });
}

function showWaiting(fresh) {
  if (!patchUnlessBusy(fresh, { handle: (old) => old.matches("[data-news]") })) return;
  clearNotices();
  const list = document.querySelector("#list");
  list.focus({ preventScroll: true });
  if (list.getBoundingClientRect().top < 0) list.scrollIntoView();
}

// Returns whether all could be shown; a part that the reader is busy with is asked for again.
function patchUnlessBusy(fresh, options) {
  const failing = failingCount();
  setHeld(fresh);
  let complete = true;
  for (const [part, wanted] of partsOf(fresh, '[data-part=""]')) {
    if (isPagedBack(part)) continue;
    if (isBusy(part)) complete = false;
    else patchPart(part, wanted, options);
  }
  setTag(fresh, complete);
  updateIcon();
  announceFailing(failing);
  return complete;
}

function* partsOf(fresh, selector) {
  for (const part of document.querySelectorAll(selector)) {
    const wanted = fresh.getElementById(part.id);
    if (wanted) yield [part, wanted];
  }
}

function patchPart(part, wanted, options) {
  morph(part, wanted, options);
  htmx.process(part);  // a link that is boosted follows its new address
}

// Whoever has paged back reads a place in the list that must stay where it is.
const isPagedBack = (part) =>
  ["list", "head"].includes(part.id) && document.querySelector("#list .pager [rel=prev]");

function isBusy(part) {
  const { activeElement } = document;
  const selection = getSelection();
  return part.matches(".htmx-request")
    || (part.contains(activeElement) && activeElement.matches("input, select, textarea"))
    || part.querySelector("[data-menu][open]")
    || (!selection.isCollapsed && selection.containsNode(part, true));
}

// How long the server had kept what it sent: the ages in it are that much older.
function setHeld(fresh) {
  document.querySelector("#main").dataset.held = fresh.getElementById("main")?.dataset.held ?? "0";
}

// The tag that the next poll sends; none where the page does not show all that belongs to it.
function setTag(fresh, complete) {
  const tag = complete && fresh.getElementById("main")?.dataset.tag;
  document.querySelector("#main").dataset.tag = tag || "";
}

const failingCount = () => Number(document.querySelector("#alarm").dataset.failing);

function updateIcon() {
  const [icon, { dataset }] = [document.querySelector("#icon"), document.querySelector("#alarm")];
  if (icon.getAttribute("href") !== dataset.icon) icon.setAttribute("href", dataset.icon);
}

function announceFailing(before) {
  const failing = failingCount();
  const more = failing - before;
  if (more) announce(`${Math.abs(more)} ${more > 0 ? "more" : "fewer"} failing, ${failing} in all`);
}
