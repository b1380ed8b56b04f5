// The jump box: Ctrl K or ⌘K, or its link in the bar, opens it; what is typed is searched for by HTMX, the arrow keys
// go through what may be meant, Enter opens it. The id of one thing opens it at once: the server leads there.

const dialog = document.querySelector("#jump");
const input = dialog?.querySelector("input");
const options = () => [...dialog.querySelectorAll("[role=option]")];
const active = () => dialog.querySelector('[aria-selected="true"]');

function open() {
  if (dialog.open) return;
  input.value = "";
  dialog.showModal();
  htmx.trigger(input, "jump");
}

function select(option) {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(options().length > 0));
}

function move(step) {
  const all = options();
  if (all.length) select(all[(all.indexOf(active()) + step + all.length) % all.length]);
}

function go(option, elsewhere) {
  const { url } = option.dataset;
  if (elsewhere) window.open(url, "_blank", "noopener");
  else location.assign(url);
}

function handleKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    move(step);
  } else if (event.key === "Enter" && active()) {
    event.preventDefault();
    go(active(), event.ctrlKey || event.metaKey);
  }
}

function handleClick(event) {
  const option = event.target.closest("[role=option]");
  if (option) go(option, event.ctrlKey || event.metaKey);
  else if (event.target === dialog) dialog.close();  // beside the box
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-jump]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("keydown", handleKey);
  dialog.addEventListener("click", handleClick);
  dialog.addEventListener("htmx:afterSwap", () => select(input.value ? options()[0] : null));
}
