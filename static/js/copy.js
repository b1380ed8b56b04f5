// "Copy link" copies the address it carries, and a button beside an id copies that; each says whether it worked.

import { announce } from "./announce.js";

const SHOWN = 2000;  // milliseconds

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-text]");
  if (!button) return;
  const { copy, copyText: text } = button.dataset;
  const copied = await putOnClipboard(text ?? new URL(copy, location.href).href);
  if (text === undefined) showAsLabel(button, copied);
  else showAsMark(button, copied);
});

function showAsLabel(button, copied) {
  const label = button.textContent;
  button.textContent = copied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = label; }, SHOWN);
}

function showAsMark(button, copied) {
  announce(`${copied ? "Copied" : "Not copied"}: ${button.dataset.what}`);
  button.dataset.copied = copied;
  setTimeout(() => delete button.dataset.copied, SHOWN);
}

// Without TLS a browser keeps its clipboard from scripts; the old way still works there.
async function putOnClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vh";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
