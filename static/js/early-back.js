// Back or Forward while a page is still loading: htmx does not listen yet, so the page of that address is loaded here.
// A classic script in the head, so that no such step can come before it.

window.addEventListener("popstate", ({ state }) => {
  if (state?.htmx && document.readyState !== "complete") location.reload();
});
