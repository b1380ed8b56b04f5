// "Copy link" copies the address it carries and says whether that worked.

const SHOWN = 2000;  // milliseconds

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const label = button.textContent;
  const copied = await copyText(new URL(button.dataset.copy, location.href).href);
  button.textContent = copied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = label; }, SHOWN);
});

// Without TLS a browser keeps its clipboard from scripts; the old way still works there.
async function copyText(text) {
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
