// htmx looks through a whole page once it has been read, which takes half as long as showing it: the page is shown first.
// Until then a link is a plain one. A tab that nobody looks at shows nothing, and need not wait.

let isStarted = false;
export const htmxListens = () => isStarted;

function start() {
  isStarted = true;
  document.dispatchEvent(new Event("DOMContentLoaded", { bubbles: true }));
}

addEventListener("DOMContentLoaded", (event) => {
  event.stopImmediatePropagation();
  if (document.hidden) start();
  else requestAnimationFrame(() => setTimeout(start));
}, { capture: true, once: true });
