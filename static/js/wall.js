// The wall looks after itself: it asks for its own address, puts the answer in its place, and says so when none comes.

import { formatAge } from "./age.js";
import { instant, secondsSince } from "./elapsed.js";
import { asksToSignIn, SEE_REDIRECTS } from "./ours.js";
import "./copy.js";
import "./menus.js";

const HOUR = 3600e3;     // after which the whole document is loaded anew, so that no screen runs last month's script
const TIMEOUT = 10e3;    // for one answer
const POINTER = 3e3;     // for which a pointer is shown after it moved
const RETRY = 3e3;       // after an attempt that failed
const root = document.documentElement;
const wall = () => document.getElementById("wall");
const opened = performance.now();
let answered = { at: instant(), now: Date.parse(wall().dataset.now) };
let failures = 0;
let timer = 0;

// The server's clock, counted on from its last answer: the screen's own may be wrong, its pace is not.
const serverTime = () => new Date(answered.now + performance.now() - answered.at.steady);
const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: root.dataset.zone, ...options }).format;
const formatMinutes = format({ hour: "2-digit", minute: "2-digit" });
const formatSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const formatDay = format({ weekday: "short", day: "numeric", month: "short" });

async function poll() {
  if (document.hidden) return;  // it asks again when the tab is shown
  try {
    showPage(await fetchPage());
    failures = 0;
  } catch {
    failures += 1;
    if (failures > 1) showLostSignal();
  }
  clearTimeout(timer);
  timer = setTimeout(poll, failures ? RETRY : refreshInterval());
}

const refreshInterval = () => Number(wall().dataset.refresh) * 1000;

// Returns the page; nothing where whatever asks to sign in is being opened instead.
async function fetchPage() {
  const signal = AbortSignal.timeout(TIMEOUT);
  const response = await fetch(location.href, { cache: "no-store", signal, ...SEE_REDIRECTS });
  if (asksToSignIn(response)) return location.reload();
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function showPage(page) {
  if (!page) return;
  const next = page.getElementById("wall");
  if (!next) throw new Error("not a wall");
  const changed = page.documentElement.dataset.version !== root.dataset.version;
  if (changed || performance.now() - opened > HOUR) return location.reload();
  keepMenu(next, () => wall().replaceWith(document.adoptNode(next)));
  document.title = page.title;
  document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").getAttribute("href");
  delete root.dataset.signal;
  answered = { at: instant(), now: Date.parse(next.dataset.now) };
  updateClock();
}

const controls = (menu) => [...menu.querySelectorAll("summary, a, button")];

// A menu that somebody has opened stays open, and what has the focus in it keeps it.
function keepMenu(next, replace) {
  const menu = wall().querySelector("[data-menu][open]");
  const place = menu ? controls(menu).indexOf(document.activeElement) : -1;
  replace();
  const kept = menu && next.querySelector("[data-menu]");
  if (!kept) return;
  kept.open = true;
  controls(kept)[place]?.focus();
}

// The last answer stays, dimmed; what counts down or up says its time by the clock instead.
function showLostSignal() {
  root.dataset.signal = "none";
  const banner = document.querySelector("[data-lost]");
  banner.hidden = false;
  banner.querySelector("[data-last]").textContent = formatSeconds(answered.now);
  for (const line of document.querySelectorAll("[data-then]")) line.textContent = line.dataset.then;
}

function updateClock() {
  const age = document.querySelector("[data-age]");
  if (age) age.textContent = formatAge(Math.max(Number(age.dataset.age), 0) + secondsSince(answered.at));
  document.querySelector("[data-clock]").textContent = formatMinutes(serverTime());
  document.querySelector("[data-day]").textContent = formatDay(serverTime()).replace(",", "");
}

// Where the browser can, the screen is kept from going dark. It lets go whenever the tab is hidden.
const keepAwake = () => navigator.wakeLock?.request("screen").catch(() => {});

// The pointer is in nobody's way, and is there for whoever moves it.
let idle = 0;
function showPointer() {
  delete root.dataset.idle;
  clearTimeout(idle);
  idle = setTimeout(() => { root.dataset.idle = ""; }, POINTER);
}

keepAwake();
showPointer();
setInterval(updateClock, 1000);
timer = setTimeout(poll, refreshInterval());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  keepAwake();
  poll();
});
addEventListener("online", poll);
addEventListener("pointermove", showPointer, { passive: true });
