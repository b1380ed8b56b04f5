// A step of the reader: what it does to the history, and what becomes of an answer that is no such page.

import { MARK } from "./ours.js";
import { isPoll } from "./poll.js";

// Back undoes what a person would call one step: a search typed in one go is one, and asking for what is already
// there is none.
let typedTo = "";
document.addEventListener("htmx:beforeHistoryUpdate", ({ detail: { history, requestConfig } }) => {
  const here = location.pathname + location.search;
  const typing = requestConfig.triggeringEvent?.type === "input";
  if (history.path === here || (typing && typedTo === here)) history.type = "replace";
  typedTo = typing || history.path === typedTo ? history.path : "";
});

// An answer that is not what was asked for (signed out, an error, another site's, no network) is opened as the page it
// is. What was asked for is this page, or another address where the element says so by `data-fragment`.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr, isError, elt, pathInfo } = detail;
  const asked = elt.dataset.fragment === undefined ? location.pathname : new URL(pathInfo.requestPath, location).pathname;
  if (!isError && xhr.getResponseHeader(MARK) && new URL(xhr.responseURL).pathname === asked) return;
  detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (!isPoll(detail)) location.assign(detail.pathInfo.finalRequestPath);
});
