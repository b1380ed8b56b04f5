// The reader's own time zone, and times that keep ageing while the page stays open.

// The server learns the zone from a cookie. The page is loaded once more only if this load changed the cookie, and
// never after a reload: so a zone the server does not know, or a cookie the browser refuses, cannot make it loop.
function tellZone() {
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = `zone=${mine}`;
  const kept = () => document.cookie.split("; ").includes(cookie);
  if (!mine || mine === document.documentElement.dataset.zone || kept()) return;
  document.cookie = `${cookie}; path=/; max-age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  if (kept() && performance.getEntriesByType("navigation")[0]?.type !== "reload") location.reload();
}

// The same words as dashboard/web/formatting.py.
function coarse(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (seconds >= 172800) return `${Math.floor(seconds / 86400)} d`;
  return [`${Math.floor(minutes / 60)} h`, minutes % 60 ? `${minutes % 60} min` : ""].filter(Boolean).join(" ");
}

// Ages are the server's, counted on from when they arrived; the reader's clock may be wrong, its pace is not.
const HELD = 60;  // seconds after which an open page no longer calls itself live
function tick() {
  for (const element of document.querySelectorAll("[data-ago], [data-age]")) {
    const { ago, age } = element.dataset;
    if (element.told !== (age ?? ago)) renew(element);
    const open = Math.floor((Date.now() - element.arrived) / 1000);
    const seconds = Number(age ?? ago) + open;
    element.textContent = age ? coarse(seconds) : seconds ? `${coarse(seconds)} ago` : "now";
    if (age && open >= HELD) hold(element.closest("[data-feed]"));
  }
}

// The server has told this age just now.
function renew(element) {
  element.told = element.dataset.age ?? element.dataset.ago;
  element.arrived = Date.now();
}

function hold(fresh) {
  if (fresh?.dataset.feed !== "live") return;
  fresh.dataset.feed = "held";
  fresh.querySelector("[data-word]").textContent = "reload for newer";
}

tellZone();
document.querySelectorAll("[data-ago], [data-age]").forEach(renew);
setInterval(() => document.hidden || tick(), 5000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("htmx:afterSettle", tick);
