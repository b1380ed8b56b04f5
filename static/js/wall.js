// The wall looks after itself: it asks for its own address, puts the answer in its place, and says so when none comes.

const HOUR = 3600e3;     // after which the whole document is loaded anew, so that no screen runs last month's script
const PATIENCE = 10e3;   // for one answer
const AGAIN = 3e3;       // after an attempt that failed
const root = document.documentElement;
const wall = () => document.getElementById("wall");
const opened = performance.now();
let heard = { at: opened, now: Date.parse(wall().dataset.now) };
let failures = 0;
let timer = 0;

// The server's clock, counted on from its last answer: the screen's own may be wrong, its pace is not.
const now = () => new Date(heard.now + performance.now() - heard.at);
const said = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: root.dataset.zone, ...options }).format;
const minutes = said({ hour: "2-digit", minute: "2-digit" });
const seconds = said({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = said({ weekday: "short", day: "numeric", month: "short" });

async function look() {
  if (document.hidden) return;  // it looks again when the tab is shown
  try {
    show(await answer());
    failures = 0;
  } catch {
    failures += 1;
    if (failures > 1) lose();
  }
  clearTimeout(timer);
  timer = setTimeout(look, failures ? AGAIN : Number(wall().dataset.refresh) * 1000);
}

async function answer() {
  const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (new URL(response.url).pathname !== location.pathname) return location.assign(response.url);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function show(page) {
  if (!page) return;  // signed out: the page to sign in is being opened
  const next = page.getElementById("wall");
  if (!next) throw new Error("not a wall");
  const changed = page.documentElement.dataset.version !== root.dataset.version;
  if (changed || performance.now() - opened > HOUR) return location.reload();
  wall().replaceWith(document.adoptNode(next));
  document.title = page.title;
  document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").getAttribute("href");
  delete root.dataset.signal;
  heard = { at: performance.now(), now: Date.parse(next.dataset.now) };
  tick();
}

// What was heard last stays, dimmed; what counts down or up says its time by the clock instead.
function lose() {
  root.dataset.signal = "none";
  const band = document.querySelector("[data-lost]");
  band.hidden = false;
  band.querySelector("[data-last]").textContent = seconds(heard.now);
  for (const line of document.querySelectorAll("[data-then]")) line.textContent = line.dataset.then;
}

// The same words as dashboard/web/formatting.py.
function age(all) {
  if (all < 60) return `${all} s`;
  if (all < 3600) return `${Math.floor(all / 60)} min`;
  if (all >= 172800) return `${Math.floor(all / 86400)} d`;
  return [`${Math.floor(all / 3600)} h`, all % 3600 < 60 ? "" : `${Math.floor((all % 3600) / 60)} min`].filter(Boolean).join(" ");
}

function tick() {
  const data = document.querySelector("[data-age]");
  if (data) data.textContent = age(Number(data.dataset.age) + Math.floor((performance.now() - heard.at) / 1000));
  document.querySelector("[data-clock]").textContent = minutes(now());
  document.querySelector("[data-day]").textContent = day(now()).replace(",", "");
}

// Where the browser can, the screen is kept from going dark. It lets go whenever the tab is hidden.
const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});

stayAwake();
setInterval(tick, 1000);
timer = setTimeout(look, Number(wall().dataset.refresh) * 1000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  stayAwake();
  look();
});
addEventListener("online", look);
