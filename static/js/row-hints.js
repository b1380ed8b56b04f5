// A row is one link that lies over all of it (css/row-link.css). What lies under the pointer has more to say of itself,
// such as an exact time: the link says that in its place.

const ownTitles = new WeakMap();  // link: what it says where nothing under the pointer says more

document.addEventListener("pointermove", ({ target, clientX, clientY }) => {
  const link = target.closest?.(".row-link");
  if (!link) return;
  if (!ownTitles.has(link)) ownTitles.set(link, link.title);
  const inRow = (element) => element !== link && link.closest("tr, li").contains(element);
  const under = document.elementsFromPoint(clientX, clientY).find((element) => element.title && inRow(element));
  link.title = under?.title ?? ownTitles.get(link);
}, { passive: true });
