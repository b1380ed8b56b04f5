// The filter form follows the address after a navigation, but for the field that somebody is typing in.

export const searchField = () => document.querySelector("[data-search]");

// A field shows what its attributes say; patching changes only those.
export function resetFields(form) {
  for (const field of form.elements) {
    if (field.matches("select")) resetSelect(field);
    else if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field.matches("input") && field !== document.activeElement) field.value = field.defaultValue;
  }
}

function resetSelect(select) {
  const selected = [...select.options].findIndex((option) => option.defaultSelected);
  select.selectedIndex = Math.max(selected, 0);
}
