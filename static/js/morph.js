// Makes an element like a fresh one and touches only what differs: what stays keeps its focus, its scroll, and
// what a script has attached to it. Children are told apart by their ids, where they have any.

// What a reader has unfolded, and which bar the arrow keys have come to, is the reader's.
const READERS = new Set(["open", "tabindex"]);

// spare(old, fresh) may see to an element itself: where it says so, nothing else is done to it.
function morph(old, fresh, spare = () => false) {
  if (spare(old, fresh)) return;
  morphAttributes(old, fresh);
  morphChildren(old, fresh, spare);
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!READERS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (!READERS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh, spare) {
  const wanted = [...fresh.childNodes];
  const ids = new Set(wanted.map((it) => it.id).filter(Boolean));
  const kept = new Map([...old.children].filter((it) => it.id).map((it) => [it.id, it]));
  let at = old.firstChild;
  for (const it of wanted) {
    while (at?.id && !ids.has(at.id)) at = dropped(at);  // so that what stays need not be moved past it
    const match = it.id ? kept.get(it.id) : at && !at.id ? at : null;
    if (match?.nodeName !== it.nodeName) {
      old.insertBefore(document.importNode(it, true), at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    if (it.nodeType === Node.ELEMENT_NODE) morph(match, it, spare);
    else if (match.data !== it.data) match.data = it.data;
  }
  while (at) at = dropped(at);
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
