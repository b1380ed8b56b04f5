// Ages on a page keep counting while it is open. They are the server's, counted on from when they arrived: the
// reader's clock may be wrong, or be set.

import { formatAge } from "./age.js";
import { instant, secondsSince } from "./elapsed.js";

const HELD = 60;  // seconds after which an open page no longer calls itself live
const AGES = "[data-ago], [data-age]";  // seconds since an event; seconds since the data was read
const arrivals = new WeakMap();  // element: what the server wrote there, and when that arrived

// How long the server had kept the page when it sent it, in seconds.
const heldSeconds = () => Number(document.querySelector("#main").dataset.held);

// Counts from now on. held: how old that age was when it was sent
export function renewAge(element, held = heldSeconds()) {
  arrivals.set(element, { sent: sentAge(element), at: instant(), held });
}

export function renewAges(part) {
  for (const element of part.querySelectorAll(AGES)) renewAge(element);
}

export function updateAges() {
  for (const element of document.querySelectorAll(AGES)) {
    if (arrivals.get(element)?.sent !== sentAge(element)) renewAge(element);
    const { at, held } = arrivals.get(element);
    const open = secondsSince(at);
    const seconds = Math.max(Number(sentAge(element)), 0) + held + open;
    const isAge = "age" in element.dataset;
    element.textContent = isAge ? formatAge(seconds) : seconds > 0 ? `${formatAge(seconds)} ago` : "now";
    if (isAge && open >= HELD) markHeld(element.closest("[data-feed]"));
  }
}

const sentAge = ({ dataset }) => dataset.age ?? dataset.ago;

function markHeld(fresh) {
  if (fresh?.dataset.feed !== "live") return;
  fresh.dataset.feed = "held";
  fresh.querySelector("[data-word]").textContent = "reload for newer";
}

renewAges(document);
setInterval(() => document.hidden || updateAges(), 5000);
document.addEventListener("visibilitychange", () => document.hidden || updateAges());
