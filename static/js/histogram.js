// A span of a histogram: dragging over its bars chooses one, and so do Shift and the arrow keys; letting go, or Enter,
// shows the list of that span. A bar is a link to its own; the address of a span begins as that of its first bar does,
// and ends as that of its last one.

import { announce } from "./announce.js";

const COLUMN = 12;  // units of the drawing: the width of a bar
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const chartOf = (target) => target.closest?.("[data-spans]");
const barsOf = (chart) => [...chart.querySelectorAll("a")];
let chosen = null;  // { chart, from, to }: the places of its bars, in the order they were chosen
let isDragging = false;

function choose(chart, from, to) {
  chosen = { chart, from, to };
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  const mark = chart.querySelector(".chosen");
  mark.setAttribute("x", first * COLUMN);
  mark.setAttribute("width", (last - first + 1) * COLUMN);
}

function forget() {
  const mark = chosen?.chart.querySelector(".chosen");
  for (const name of ["x", "width"]) mark?.removeAttribute(name);
  chosen = null;
}

function addressOf({ chart, from, to }) {
  const bars = barsOf(chart);
  const [first, last] = [from, to].toSorted((a, b) => a - b).map((place) => bars[place].getAttribute("href"));
  const [url, end] = [first, last].map((href) => new URL(href, location.href));
  url.searchParams.set("until", end.searchParams.get("until"));
  return url.pathname + url.search;
}

function show(span) {
  const url = addressOf(span);
  forget();
  htmx.ajax("GET", url, { source: span.chart });
}

function placeAt(chart, clientX) {
  const { left, width } = chart.getBoundingClientRect();
  const number = barsOf(chart).length;
  return Math.min(Math.max(Math.floor((clientX - left) / width * number), 0), number - 1);
}

document.addEventListener("pointerdown", ({ target, button, clientX, ctrlKey, metaKey, shiftKey }) => {
  const chart = chartOf(target);
  if (!chart || button || ctrlKey || metaKey || shiftKey) return;
  const place = placeAt(chart, clientX);
  isDragging = true;
  choose(chart, place, place);
});

document.addEventListener("pointermove", ({ clientX }) => {
  if (isDragging && chosen) choose(chosen.chart, chosen.from, placeAt(chosen.chart, clientX));
});

document.addEventListener("pointerup", () => {
  const span = isDragging && chosen;
  isDragging = false;
  if (span && span.from !== span.to) show(span);
  else if (span) forget();
});

document.addEventListener("pointercancel", () => {
  isDragging = false;
  forget();
});

// A link is not dragged from here, and a plain click on it fetches the list in place.
document.addEventListener("dragstart", (event) => {
  if (chartOf(event.target)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const chart = chartOf(event.target);
  const bar = chart && event.target.closest("a");
  if (!bar || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const place = barsOf(chart).indexOf(bar);
  show(chosen?.chart === chart ? chosen : { chart, from: place, to: place });
});

function chooseByKeys(event) {
  const chart = chartOf(event.target);
  const bars = chart && barsOf(chart);
  const place = bars ? bars.indexOf(event.target.closest("a")) : -1;
  if (place < 0) return;
  if (event.key === "Escape") forget();
  if (!(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!event.shiftKey) return forget();
  const from = chosen?.chart === chart ? chosen.from : place;
  const to = Math.min(Math.max(place + STEPS[event.key], 0), bars.length - 1);
  choose(chart, from, to);
  announce(`${Math.abs(to - from) + 1} bars chosen, Enter shows them`);
}

document.addEventListener("keydown", chooseByKeys);
