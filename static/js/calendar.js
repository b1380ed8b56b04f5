// A calendar by the hour opens where now is, if that lies below the first screen. Only when the page is opened: a
// reload and the way back keep the reader's place, and so does every swap.

const NEAR = 96;  // pixels: a correction by more would show something else

function scrollToNow(line) {
  line.scrollIntoView({ block: "center" });
  // Where days stand below each other, no row is left cut in two under the bar and the head of its day.
  const top = document.querySelector(".bar").offsetHeight + line.closest(".day-col").querySelector("h2").offsetHeight;
  const row = [...document.querySelectorAll(".day-col li")].find((item) => item.getBoundingClientRect().bottom > top);
  const distance = row.getBoundingClientRect().top - top;
  if (Math.abs(distance) < NEAR) scrollBy(0, distance);
}

const nowLine = document.querySelector("[data-open-at-now] #now");
const isOpened = performance.getEntriesByType("navigation")[0]?.type === "navigate" && !location.hash;
if (nowLine && isOpened && nowLine.getBoundingClientRect().bottom > innerHeight * .9) scrollToNow(nowLine);
