// A page stays true while it is open: it asks for itself again, by the tag of what it shows, and puts what has
// changed in its place. It pushes nothing into the history, and leaves alone what the reader is busy with.

(() => {
const PATIENCE = 20000;  // milliseconds
const USUAL = 10;  // seconds between two questions, unless the reader has chosen
const root = document.documentElement;
const here = () => location.pathname + location.search;
const pulse = () => document.querySelector("#pulse [data-feed]");
const announce = (text) => { document.querySelector("#news").textContent = text; };

// -- How often --------------------------------------------------------------------------------------

// Kept in this browser; where it refuses, until the page is left.
let chosen = null;
function every() {
  try { chosen ??= localStorage.getItem("every"); } catch { /* refused */ }
  return chosen === null ? USUAL : Number(chosen);
}

function choose(seconds) {
  chosen = seconds;
  try { localStorage.setItem("every", seconds); } catch { /* refused */ }
  plan();
}

let timer = 0;
let took = 0;  // seconds that the last answer took
let misses = 0;  // answers in a row that did not come

// A server that is slow or away is asked less often, down to a quarter.
const pause = () => Math.min(Math.max(every(), 4 * took, every() * 2 ** misses), 4 * every());

function plan() {
  clearTimeout(timer);
  if (every() && !document.hidden) timer = setTimeout(ask, pause() * 1000);
}

// -- Asking -----------------------------------------------------------------------------------------

let tag = root.dataset.tag;
let asking = false;
let whole = false;  // the reader wants to see what waits

async function ask() {
  clearTimeout(timer);
  if (asking) return;
  asking = true;
  const [from, began] = [here(), performance.now()];
  try {
    const headers = { "X-Poll": "1", ...(tag && { "If-None-Match": tag }) };
    const answer = await fetch(from, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const text = await answer.text();
    if (from === here()) take(answer, text);
    misses = 0;
  } catch (error) {
    misses = Math.min(misses + 1, 2);
    whole = false;
    lost(error.told ?? `no answer since ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`);
  }
  took = (performance.now() - began) / 1000;
  asking = false;
  if (whole) ask();
  else plan();
}

function take(answer, text) {
  if (answer.redirected) throw Object.assign(new Error(), { told: "signed out: reload" });
  if (answer.status >= 400 && answer.status < 500) throw Object.assign(new Error(), { told: `answered ${answer.status}: reload` });
  if (answer.status >= 500) throw new Error();
  if (answer.status !== 304) tag = put(new DOMParser().parseFromString(text, "text/html")) ? answer.headers.get("ETag") : "";
  found(answer.headers.get("X-Read-Age"));
}

// The page's age goes on being told from the server's last word, whether anything has changed or not.
let away = "";
function found(age) {
  const fresh = pulse();
  if (away) announce("The dashboard answers again");
  away = "";
  if (!fresh?.dataset.state) return;
  fresh.dataset.feed = fresh.dataset.state;
  fresh.querySelector("[data-word]").textContent = fresh.dataset.state;
  for (const told of document.querySelectorAll("[data-age]")) {
    told.dataset.age = age ?? told.dataset.age;
    renew(told);
  }
  tick();
}

function lost(why) {
  if (!away) announce(`The dashboard: ${why}`);
  away ||= why;
  const word = pulse()?.querySelector("[data-word]");
  if (!word) return;
  pulse().dataset.feed = "away";
  word.textContent = away;
}

// -- Putting in place -------------------------------------------------------------------------------

// Whether all that is fresh could be shown; what the reader is busy with is asked for again.
function put(fresh) {
  let all = true;
  for (const part of document.querySelectorAll("[data-part]")) {
    const wanted = fresh.getElementById(part.id);
    if (!wanted || elsewhere(part)) continue;
    if (busy(part)) all = false;
    else {
      morph(part, wanted, spared);
      htmx.process(part);
    }
  }
  tell(fresh);
  tick();
  if (all && whole) showed();
  return all;
}

// Whoever has paged back reads a place in the list that must stay where it is.
const elsewhere = (part) => ["list", "head"].includes(part.id) && document.querySelector("#list .pager [rel=prev]");

function busy(part) {
  const { activeElement } = document;
  const selection = getSelection();
  return part.matches(".htmx-request")
    || (part.contains(activeElement) && activeElement.matches("input, select, textarea"))
    || part.querySelector("[data-menu][open]")
    || (!selection.isCollapsed && selection.containsNode(part, true));
}

function tell(fresh) {
  const [icon, wanted] = [document.querySelector("#icon"), fresh.querySelector("#icon")];
  if (document.title !== fresh.title) document.title = fresh.title;
  const more = wanted.dataset.failing - icon.dataset.failing;
  if (more) announce(`${Math.abs(more)} ${more > 0 ? "more" : "fewer"} failing, ${wanted.dataset.failing} in all`);
  morphAttributes(icon, wanted);
}

// -- Lists: what is there is kept true in its place, what is new waits ------------------------------

const waiting = (table) => table.previousElementSibling?.matches("[data-news]") ? table.previousElementSibling : null;

function spared(old, fresh) {
  if (old.matches("[data-news]")) return true;
  const news = !whole && old.matches("tbody") && waiting(old.parentElement);
  if (news) hold(old, fresh, news);
  return Boolean(news);
}

function hold(old, fresh, news) {
  const rows = new Map([...fresh.rows].map((row) => [row.id, row]));
  const stayed = [...old.rows].filter((row) => rows.has(row.id));
  for (const row of old.rows) rows.has(row.id) ? morph(row, rows.get(row.id)) : row.toggleAttribute("data-aged", true);
  const known = new Set(stayed.map((row) => row.id));
  const order = [...rows.keys()].filter((id) => known.has(id));
  const moved = stayed.length < old.rows.length || stayed.some((row, place) => row.id !== order[place]);
  wait(news, rows.size - known.size, moved, known.size === 0);
}

function wait(news, added, moved, atLeast) {
  const said = `${added}${atLeast ? "+" : ""} new ${news.dataset.news}${added === 1 ? "" : "s"}`;
  const text = added ? `${said}: show` : moved ? "The list has changed: show" : "";
  const button = news.querySelector("button");
  if (button.textContent === text) return;
  button.textContent = text;
  news.hidden = !text;
  if (added) announce(`${said} wait${added === 1 ? "s" : ""} above the list`);
}

function showed() {
  whole = false;
  for (const news of document.querySelectorAll("[data-news]")) wait(news, 0, false);
  const list = document.querySelector("#list");
  list.focus({ preventScroll: true });
  if (list.getBoundingClientRect().top < 0) list.scrollIntoView();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-news] button")) return;
  whole = true;
  tag = "";
  ask();
});

// -- Refresh now ------------------------------------------------------------------------------------

const sleep = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
const form = document.querySelector("#refresh");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = form.querySelector("[role=status]");
  told.textContent = "Asked, reading";
  try {
    const asked = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const { answer } = await asked.json();
    for (let settled = false; !settled;) {
      await sleep(500);
      const found = await (await fetch(answer)).json();
      ({ settled } = found);
      told.textContent = found.text;
    }
    ask();
  } catch {
    told.textContent = "The dashboard does not answer";
  }
});

const select = document.querySelector("#every");
select.value = every();
select.addEventListener("change", () => choose(select.value));

// -- When -------------------------------------------------------------------------------------------

// A hidden page asks nothing; one that is looked at again asks at once.
const seen = () => { if (every() && !document.hidden) ask(); };
document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : seen());
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) seen(); });
// A list that htmx has fetched is another one than the tag speaks of.
document.addEventListener("htmx:afterSettle", () => { tag = ""; });
plan();
})();
