// The server learns the reader's time zone from a cookie. The page is loaded once more only if this load changed the
// cookie, and never after a reload: so a zone the server does not know, or a cookie the browser refuses, cannot make
// it loop.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const { root } = document.documentElement.dataset;
const cookie = `zone=${zone}`;
const isKept = () => document.cookie.split("; ").includes(cookie);

function sendZone() {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}; path=${root}; max-age=31536000; SameSite=Lax${secure}`;
  if (isKept() && performance.getEntriesByType("navigation")[0]?.type !== "reload") location.reload();
}

if (zone && zone !== document.documentElement.dataset.zone && !isKept()) sendZone();
