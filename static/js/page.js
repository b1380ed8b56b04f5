// Small comforts: "/" goes to the search field, "Copy link" copies, and a swapped list stays true to its address.

const search = () => document.querySelector("[data-search]");

// A key of ours only where nobody is typing and no modifier makes it someone else's.
function bare(event) {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  return !(event.ctrlKey || event.metaKey || event.altKey || typing);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || !bare(event) || !search()) return;
  event.preventDefault();
  search().focus();
  search().select();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  const done = await copied(new URL(button.dataset.copy, location.href).href);
  button.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = said; }, 2000);
});

// Without TLS a browser keeps its clipboard from scripts; the old way still works there.
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vh";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

// The search field stays in place over a swap. Unless someone is typing in it, it follows the address.
document.addEventListener("htmx:afterSettle", () => {
  const field = search();
  if (field && field !== document.activeElement) field.value = new URLSearchParams(location.search).get(field.name) ?? "";
});

// Back undoes what a person would call one step: a search typed in one go is one, and asking for what is already
// there is none.
let typedTo = "";
document.addEventListener("htmx:beforeHistoryUpdate", ({ detail: { history, requestConfig } }) => {
  const here = location.pathname + location.search;
  const typing = requestConfig.triggeringEvent?.type === "input";
  if (history.path === here || (typing && typedTo === here)) history.type = "replace";
  typedTo = typing || history.path === typedTo ? history.path : "";
});

// The focus stays where it was in a swapped list, as long as that is still there (htmx sees to it). Else it goes on
// to the chip that has taken the place of the one that went, or to the list as a whole.
let chipAt = 0;
let wasInside = false;
const chips = () => [...document.querySelectorAll("#list .chip a")];
document.addEventListener("htmx:beforeSwap", () => {
  wasInside = Boolean(document.activeElement.closest("#list"));
  chipAt = chips().indexOf(document.activeElement);
});
document.addEventListener("htmx:afterSettle", () => {
  if (!wasInside || document.activeElement !== document.body) return;
  wasInside = false;
  const left = chipAt < 0 ? [] : chips();
  (left[chipAt] ?? left.at(-1) ?? document.querySelector("#list")).focus({ preventScroll: true });
});

// An answer that is not this list (signed out, an error, no network) is opened as the page it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, isError } = event.detail;
  if (!isError && new URL(xhr.responseURL).pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});
document.addEventListener("htmx:sendError", (event) => location.assign(event.detail.pathInfo.finalRequestPath));

// The calendar's own keys: p and n step through time, t goes to today, as the links that carry them say.
document.addEventListener("keydown", (event) => {
  if (!["p", "n", "t"].includes(event.key) || !bare(event)) return;
  document.querySelector(`[aria-keyshortcuts="${event.key}"]`)?.click();
});

// A calendar by the hour opens where now is, if that lies below the first screen. Only when the page is opened:
// a reload and the way back keep the reader's place, and so does every swap.
const line = document.querySelector("[data-open-at-now] #now");
const opened = performance.getEntriesByType("navigation")[0]?.type === "navigate" && !location.hash;
if (line && opened && line.getBoundingClientRect().bottom > innerHeight * .9) {
  line.scrollIntoView({ block: "center" });
  // Where days stand below each other, no row is left cut in two under the bar and the head of its day.
  const top = document.querySelector(".bar").offsetHeight + line.closest(".day-col").querySelector("h2").offsetHeight;
  const row = [...document.querySelectorAll(".day-col li")].find((it) => it.getBoundingClientRect().bottom > top);
  const off = row.getBoundingClientRect().top - top;
  if (Math.abs(off) < 96) scrollBy(0, off);
}

// A menu closes when the reader turns elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
