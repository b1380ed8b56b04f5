// The focus stays where it was in a list that changes, as long as that is still there. Else it goes on to the chip
// that has taken the place of the one that went, or to the list itself.

const chips = () => [...document.querySelectorAll("#list .chip a")];

// To be asked for before the page changes.
export function focusedPlace() {
  const { activeElement } = document;
  return {
    element: activeElement,
    inList: Boolean(activeElement.closest("#list")),
    chip: chips().indexOf(activeElement),
  };
}

export function restoreFocus({ element, inList, chip }) {
  if (!inList) return;
  const isLost = document.activeElement === document.body;
  // A chip is another one now, though its element has stayed: only a new focus has it read out.
  if (chip >= 0 && !isLost) element.blur();
  else if (!isLost) return;
  const same = element.id && document.getElementById(element.id);
  const next = chip < 0 ? null : chips()[chip] ?? chips().at(-1);
  (same || next || document.querySelector("#list")).focus({ preventScroll: true });
}
