// The calendar's grid scrolls within itself. It opens where now is, when the page is opened and when the reader goes on
// to other days; a reload, the way back and a poll keep the reader's place. In a day's lanes one bar is a stop for the
// Tab key, arrows go from bar to bar and from lane to lane.

const ABOVE = .3;  // of the grid's height: how far below its top now comes to lie
const LOWEST = .85;  // of the window's height: no lower, though the grid may end further down

function openAtNow(pane) {
  const now = pane.querySelector("#now");
  if (!now) return;
  const [place, view] = [now.getBoundingClientRect(), pane.getBoundingClientRect()];
  const top = now.matches("td") ? pane.querySelector("thead").offsetHeight : view.height * ABOVE;
  pane.scrollBy(place.left - view.left - view.width / 2 + place.width / 2, place.top - view.top - top);
  showWholeRow(now);
  // What lies at the end of the grid may still be at the edge of the first screen, or below it.
  const below = now.getBoundingClientRect().bottom - innerHeight * LOWEST;
  if (below > 0) scrollBy(0, below);
}

// What the heads cover half of comes into sight: of a week on a desk in any column, else of the day of now.
function showWholeRow(now) {
  const day = now.closest(".day-col");
  const heads = [...day?.querySelectorAll("h2, .r-frequent") ?? []].filter(isSticky);
  if (!heads.length) return;
  const edge = Math.max(...heads.map((head) => head.getBoundingClientRect().bottom));
  const rows = [...(heads.length > 1 ? day.parentElement : day).querySelectorAll("li")];
  const cut = rows.map((row) => row.getBoundingClientRect()).filter((row) => row.top < edge - 1 && row.bottom > edge + 1);
  if (cut.length) day.closest(".cal-pane").scrollBy(0, Math.min(...cut.map((row) => row.top)) - edge);
}

const isSticky = (element) => getComputedStyle(element).position === "sticky";

const grid = () => document.querySelector(".cal");
const shownDays = () => `${grid()?.dataset.view} ${grid()?.getAttribute("aria-label")}`;
const panes = () => [...document.querySelectorAll("[data-open-at-now]")].filter((pane) => pane.checkVisibility());

let shown = shownDays();

function followSteps() {
  if (shown === shownDays()) return;
  shown = shownDays();
  for (const pane of panes()) {
    pane.scrollTo(0, 0);
    openAtNow(pane);
  }
}

if (grid()) {
  const isOpened = performance.getEntriesByType("navigation")[0]?.type === "navigate" && !location.hash;
  if (isOpened) panes().forEach(openAtNow);
  document.addEventListener("htmx:afterSettle", followSteps);
}

// In a lane: how far the key goes, and whether to another lane.
const KEYS = {
  ArrowLeft: [-1, false], ArrowRight: [1, false], Home: [-Infinity, false], End: [Infinity, false],
  ArrowUp: [-1, true], ArrowDown: [1, true],
};
const clamp = (number, length) => Math.min(Math.max(number, 0), length - 1);
const linksOf = (lane) => [...lane.querySelectorAll("a")];

function stepThroughLanes(event) {
  const set = event.target.closest?.("[data-lanes]");
  if (!set || !(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
  const [step, isLane] = KEYS[event.key];
  const [lanes, lane, link] = [[...set.children], event.target.closest("li"), event.target.closest("a")];
  const links = linksOf(lane);
  event.preventDefault();
  if (!isLane) focusLink(set, links[clamp(links.indexOf(link) + step, links.length)]);
  else focusLink(set, nearest(link, linksOf(lanes[clamp(lanes.indexOf(lane) + step, lanes.length)])));
}

// The one that begins nearest to where the reader is; names lie in one column.
function nearest(link, links) {
  const distance = (other) => Math.abs(other.getBoundingClientRect().left - link.getBoundingClientRect().left);
  return links.reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

function focusLink(set, link) {
  for (const other of set.querySelectorAll("a")) other.setAttribute("tabindex", other === link ? "0" : "-1");
  link.focus();
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// Without scripts each lane's name is a stop. With them one link of all lanes is.
function makeOneStop() {
  for (const set of document.querySelectorAll("[data-lanes]")) {
    const links = linksOf(set);
    if (links.filter((link) => link.getAttribute("tabindex") !== "-1").length === 1) continue;
    links.forEach((link, place) => link.setAttribute("tabindex", place ? "-1" : "0"));
  }
}

document.addEventListener("keydown", stepThroughLanes);
document.addEventListener("htmx:afterSettle", makeOneStop);
makeOneStop();
