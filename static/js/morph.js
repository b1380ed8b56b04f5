// Makes an element like a fresh one and touches only what differs: what stays keeps its focus, its scroll, and
// what a script has attached to it. Children are matched by their ids, where they have any.

// What a reader has unfolded, and which bar the arrow keys have come to, is the reader's.
export const READERS = ["open", "tabindex"];

// keep: names of attributes that stay as they are
// handle(old, fresh): may see to an element itself; where it returns true, nothing else is done to that one
export function morph(old, fresh, { keep = READERS, handle = () => false } = {}) {
  if (handle(old, fresh)) return;
  morphAttributes(old, fresh, keep);
  morphChildren(old, fresh, { keep, handle });
}

function morphAttributes(old, fresh, keep) {
  for (const name of old.getAttributeNames()) {
    if (!keep.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!keep.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh, options) {
  const wanted = [...fresh.childNodes];
  const ids = new Set(wanted.map((node) => node.id).filter(Boolean));
  const kept = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let next = old.firstChild;
  for (const node of wanted) {
    while (next?.id && !ids.has(next.id)) next = removeNode(next);  // so that what stays need not be moved past it
    const match = node.id ? kept.get(node.id) : next && !next.id ? next : null;
    if (match?.nodeName !== node.nodeName) {
      old.insertBefore(document.importNode(node, true), next);
      continue;
    }
    if (match === next) next = next.nextSibling;
    else old.insertBefore(match, next);
    if (node.nodeType === Node.ELEMENT_NODE) morph(match, node, options);
    else if (match.data !== node.data) match.data = node.data;
  }
  while (next) next = removeNode(next);
}

// Returns what came after it.
function removeNode(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
