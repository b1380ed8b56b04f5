// A page stays true while it is open: it asks for itself again, by the tag of what it shows. It pushes nothing into
// the history.

import { markReachable, markUnreachable } from "./feed-state.js";
import { asksToSignIn, MARK, SEE_REDIRECTS } from "./ours.js";
import { pollInterval } from "./poll-interval.js";
import { POLL, SHOW } from "./patch-page.js";

const TIMEOUT = 20000;  // milliseconds
const PROBE_TIMEOUT = 5000;
const HEADER = "X-Poll";
const SIGNED_OUT = "signed out: reload";
const main = document.querySelector("#main");
const currentUrl = () => location.pathname + location.search;

let timer = 0;
let elapsed = 0;  // seconds that the last answer took
let misses = 0;  // answers in a row that did not come
let isAsking = false;
let wantsWaiting = false;  // the reader wants to see what waits

export const isPoll = ({ requestConfig }) => HEADER in requestConfig.headers;

// A server that is slow or away is asked less often, down to a quarter.
function pause() {
  const usual = pollInterval();
  return Math.min(Math.max(usual, 4 * elapsed, usual * 2 ** misses), 4 * usual);
}

export function planPoll() {
  clearTimeout(timer);
  if (pollInterval() && !document.hidden) timer = setTimeout(poll, pause() * 1000);
}

export async function poll() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  const [url, began, showing] = [currentUrl(), performance.now(), wantsWaiting];
  try {
    const xhr = await request(url);
    if (url === currentUrl()) applyResponse(xhr, showing);
    misses = 0;
    if (showing && main.dataset.tag) wantsWaiting = false;  // all is shown
  } catch (error) {
    misses = Math.min(misses + 1, 2);
    wantsWaiting = false;
    markUnreachable(error?.reason ?? await describeFailure(url, clock()));
  }
  elapsed = (performance.now() - began) / 1000;
  isAsking = false;
  if (wantsWaiting && !showing) poll();
  else planPoll();
}

// Resolves with what was answered, rejects where nothing was.
async function request(url) {
  const { tag } = main.dataset;
  const headers = { [HEADER]: "1", ...(tag && { "If-None-Match": tag }) };
  let answered;
  const handler = (element, { xhr }) => { answered = xhr; };
  await htmx.ajax("GET", url, { source: main, target: main, headers, handler });
  if (!answered) throw new Error("not sent");
  return answered;
}

function applyResponse(xhr, showing) {
  if (new URL(xhr.responseURL).pathname !== location.pathname) throw problem(SIGNED_OUT);
  if (xhr.status >= 400 && xhr.status < 500) throw problem(`answered ${xhr.status}: reload`);
  if (xhr.status >= 500) throw new Error(xhr.statusText);
  if (xhr.status !== 304) {
    if (!xhr.getResponseHeader(MARK)) return location.reload();
    const swap = { swapStyle: showing ? SHOW : POLL, swapDelay: 0, settleDelay: 0 };
    htmx.swap(main, xhr.responseText, swap, { contextElement: main });
  }
  markReachable(xhr.getResponseHeader("X-Read-Age"));
}

// A redirect to another site, as a single sign-on makes it, looks to htmx like no answer.
async function describeFailure(url, at) {
  const options = { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT), ...SEE_REDIRECTS };
  const isSignedOut = await fetch(url, options).then(asksToSignIn, () => false);
  return isSignedOut ? SIGNED_OUT : `no answer since ${at}`;
}

const problem = (reason) => Object.assign(new Error(reason), { reason });
export const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function showWaitingRows() {
  wantsWaiting = true;
  main.dataset.tag = "";
  poll();
}

main.addEventListener("htmx:configRequest", ({ detail }) => {
  if (HEADER in detail.headers) detail.timeout = TIMEOUT;
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-news] button")) showWaitingRows();
});

// A hidden page asks nothing; one that is looked at again asks at once.
const pollIfSeen = () => { if (pollInterval() && !document.hidden) poll(); };
document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : pollIfSeen());
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) pollIfSeen(); });
planPoll();
