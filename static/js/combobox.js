// A field that finds by typing what a filter may be about: an editable combobox, of whose list any number can be
// chosen. What is chosen is in the form as check boxes, as a page without scripts shows it; the list is fetched when
// the field is opened, and lies outside of the form, which is patched while it is open.

import { asksToSignIn, SEE_REDIRECTS } from "./ours.js";

// What a field is given here, and keeps when its form is patched.
export const ROLES = ["role", "aria-autocomplete", "aria-expanded", "aria-controls", "aria-activedescendant"];

const PAUSE = 150;  // milliseconds of no typing
const [WIDTH, EDGE] = [340, 8];  // pixels
const FIELDS = "[data-choices] > .in";
const popup = document.createElement("div");
popup.className = "choices";
popup.hidden = true;
document.body.append(popup);

let field = null;  // the one that is open
let timer = 0;
let asked = null;

const comboOf = (input) => input.closest("[data-choices]");
const boxes = (input) => [...comboOf(input).querySelectorAll("input[type=checkbox]")];
const picked = (input) => boxes(input).filter((box) => box.checked);
const options = () => [...popup.querySelectorAll("[role=option]")];
const active = () => popup.querySelector("[data-active]");

function open(input) {
  field = input;
  popup.replaceChildren();
  popup.hidden = false;
  place();
  fetchOffer();
}

function close() {
  if (!field) return;
  clearTimeout(timer);
  asked?.abort();
  popup.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-controls");
  field.removeAttribute("aria-activedescendant");
  field = null;
}

function place() {
  if (!field) return;
  const box = field.getBoundingClientRect();
  const width = Math.min(Math.max(box.width, WIDTH), innerWidth - 2 * EDGE);
  const left = Math.max(Math.min(box.left, innerWidth - EDGE - width), EDGE);
  const size = { left: left + scrollX, top: box.bottom + scrollY + 4, width };
  for (const [side, length] of Object.entries(size)) popup.style[side] = `${length}px`;
}

async function fetchOffer() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const url = `${comboOf(field).dataset.choices}?q=${encodeURIComponent(field.value)}`;
  try {
    const response = await fetch(url, { signal, ...SEE_REDIRECTS });
    if (asksToSignIn(response)) return location.reload();
    if (!response.ok) throw new Error(response.statusText);
    show(new DOMParser().parseFromString(await response.text(), "text/html").body);
  } catch {
    if (!signal.aborted) popup.replaceChildren(note("The dashboard does not answer"));
  }
}

function note(text) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.textContent = text;
  return line;
}

// Before anything is typed, what is chosen stands at the top, wherever it would be by name.
function show(offer) {
  const [list, sentence] = [offer.querySelector("[role=listbox]"), offer.querySelector("p").textContent];
  const chosen = picked(field);
  if (!field.value) {
    const known = new Map([...list.children].map((item) => [item.dataset.value, item]));
    list.prepend(...chosen.map((box) => known.get(box.value) ?? optionOf(box)));
  }
  list.hidden = !list.children.length;
  popup.replaceChildren(list, note(sentence));
  markSelected();
  field.setAttribute("aria-expanded", String(!list.hidden));
  if (!list.hidden) field.setAttribute("aria-controls", list.id);
  field.removeAttribute("aria-activedescendant");
}

function optionOf(box) {
  const item = document.createElement("li");
  const label = document.createElement("bdi");
  item.id = `chosen-${boxes(field).indexOf(box)}`;
  item.setAttribute("role", "option");
  item.dataset.value = box.value;
  label.textContent = box.closest("label").textContent;
  item.append(label);
  return item;
}

function markSelected() {
  const values = new Set(picked(field).map((box) => box.value));
  for (const item of options()) item.setAttribute("aria-selected", String(values.has(item.dataset.value)));
}

function move(step) {
  const items = options();
  if (!items.length) return;
  const at = items.indexOf(active());
  const next = items[at < 0 ? Math.min(step, 0) + (step < 0 ? items.length : 0) : (at + step + items.length) % items.length];
  active()?.toggleAttribute("data-active", false);
  next.toggleAttribute("data-active", true);
  next.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", next.id);
}

function toggle(item) {
  const { value } = item.dataset;
  field.value = "";
  const box = boxes(field).find((known) => known.value === value) ?? addBox(value, item.querySelector("bdi").textContent);
  box.checked = item.getAttribute("aria-selected") !== "true";
  markSelected();
  changed(box);
}

function addBox(value, text) {
  const label = document.createElement("label");
  const [box, name] = [document.createElement("input"), document.createElement("bdi")];
  label.className = "picked";
  label.id = `${field.id}-${boxes(field).length + 1}`;  // as the server would call it
  Object.assign(box, { type: "checkbox", name: comboOf(field).dataset.name, value });
  name.textContent = text;
  label.append(box, name);
  field.before(label);
  return box;
}

const changed = (box) => box.dispatchEvent(new Event("change", { bubbles: true }));

function removeLast(input) {
  const last = picked(input).at(-1);
  if (!last) return;
  last.checked = false;
  if (field) markSelected();
  changed(last);
}

const KEYS = {
  ArrowDown: (input) => { if (field) move(1); else open(input); },
  ArrowUp: (input) => { if (field) move(-1); else open(input); },
  Enter(input, event) {
    if (field && active()) return toggle(active());
    close();
    setTimeout(() => { input.value = ""; });  // the form has taken what was typed, and shows what became of it
    return event;
  },
  Escape(input, event) {
    if (!field && !input.value) return event;
    if (!field) input.value = "";
    close();
  },
  Backspace(input, event) {
    if (input.value || event.repeat) return event;
    removeLast(input);
  },
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (!target.matches?.(FIELDS) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (KEYS[key] && KEYS[key](target, event) === undefined) {
    event.preventDefault();
    event.stopPropagation();  // a menu around the field stays open
  }
}, true);
document.addEventListener("input", ({ target }) => {
  if (!target.matches(FIELDS)) return;
  clearTimeout(timer);
  if (field === target) timer = setTimeout(fetchOffer, PAUSE);
  else open(target);
});
document.addEventListener("click", ({ target }) => {
  if (target.matches(FIELDS) && field !== target) open(target);
});
// What was typed and not chosen is no filter: only Enter sends it.
document.addEventListener("change", (event) => {
  if (event.target.matches(FIELDS)) event.stopPropagation();
}, true);
document.addEventListener("focusout", ({ target }) => {
  if (!target.matches(FIELDS)) return;
  close();
  target.value = "";
});

popup.addEventListener("pointerdown", (event) => event.preventDefault());  // the field keeps the focus
popup.addEventListener("click", (event) => {
  event.stopPropagation();
  const item = event.target.closest("[role=option]");
  if (item) toggle(item);
});
window.addEventListener("resize", place);
document.addEventListener("htmx:afterSettle", place);
for (const input of document.querySelectorAll(FIELDS)) {
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }
}
