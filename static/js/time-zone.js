// The server learns the reader's time zone from a cookie. The page is loaded once more only if this load changed the
// cookie, and never after a reload: so a zone the server does not know, or a cookie the browser refuses, cannot make
// it loop.

const { root, zone: shown } = document.documentElement.dataset;
const isKept = (cookie) => document.cookie.split("; ").includes(cookie);

function compareZones() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const cookie = `zone=${timeZone}`;
  if (timeZone && timeZone !== shown && !isKept(cookie)) sendZone(cookie);
}

function sendZone(cookie) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}; path=${root}; max-age=31536000; SameSite=Lax${secure}`;
  if (isKept(cookie) && performance.getEntriesByType("navigation")[0]?.type !== "reload") location.reload();
}

// A browser takes as long to name its zone as to run everything else here: the page is shown first.
if (globalThis.requestIdleCallback) requestIdleCallback(compareZones, { timeout: 1000 });
else setTimeout(compareZones, 200);
