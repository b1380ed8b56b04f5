// How many seconds lie between two polls: 10, unless the reader has chosen; 0 is never. Kept in this browser; where it
// refuses, until the page is left.

const USUAL = 10;
let chosen = null;

export function pollInterval() {
  try { chosen ??= localStorage.getItem("every"); } catch { /* refused */ }
  return chosen === null ? USUAL : Number(chosen);
}

export function choosePollInterval(seconds) {
  chosen = seconds;
  try { localStorage.setItem("every", seconds); } catch { /* refused */ }
}
