// What a screen reader is to read out when a page changes.

export function announce(text) {
  document.querySelector("#news").textContent = text;
}
