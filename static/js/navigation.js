// A step of the reader: what it does to the history, and what becomes of an answer that is no such page.

import { announce } from "./announce.js";
import { isUnreachable, markUnreachable } from "./feed-state.js";
import { MARK, SEE_REDIRECTS } from "./ours.js";
import { clock, isPoll } from "./poll.js";

const PROBE_TIMEOUT = 4000;  // milliseconds

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
// Whether anybody answers at an address. A redirect to a sign-in elsewhere looks to htmx like no answer, and is one.
function answers(url) {
  const options = { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT), ...SEE_REDIRECTS };
  return fetch(url, options).then(() => true, () => false);
}

// A step that nobody answers leaves what is shown as it is.
document.addEventListener("htmx:sendError", async ({ detail }) => {
  if (isPoll(detail)) return;
  const url = detail.pathInfo.finalRequestPath;
  if (await answers(url)) location.assign(url);
  else markUnreachable(`no answer since ${clock()}`);
});

// So does a link, once the dashboard is known not to answer: the browser would put an error in the place of the last
// good view.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || !isUnreachable() || event.defaultPrevented) return;
  if (link.target || link.hasAttribute("download") || new URL(link.href, location).origin !== location.origin) return;
  event.preventDefault();
  if (await answers(link.href)) location.assign(link.href);
  else announce("The dashboard does not answer: this page stays");
});
