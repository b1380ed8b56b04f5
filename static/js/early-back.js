// Back or Forward while a page is still loading changes its address before htmx listens, or before this script is here:
// then the page of that address is loaded here. What the page was opened at is what was fetched, unless that led elsewhere.

import { htmxListens } from "./first-frame.js";

((fetched) => {
  const openedAt = fetched?.redirectCount === 0 ? new URL(fetched.name) : new URL(location.href);
  const reloadIfElsewhere = () => {
    if (location.pathname + location.search !== openedAt.pathname + openedAt.search) location.reload();
  };
  window.addEventListener("popstate", () => htmxListens() || reloadIfElsewhere());
  window.addEventListener("load", reloadIfElsewhere);
})(performance.getEntriesByType("navigation")[0]);
