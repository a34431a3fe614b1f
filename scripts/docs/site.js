// Beside TypeDoc's own script, on every page.

// The groups of the navigation that a visitor looks for are open until the visitor closes them.
for (const group of ["Guides", "Reference"]) {
  const key = `tsd-accordion-${group}`;
  if (localStorage.getItem(key) === null) localStorage.setItem(key, "true");
}

// What scrolls can be reached by keyboard, and what does not scroll is no stop on the way.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
});
for (const wide of document.querySelectorAll(".tsd-typography table, pre > code, picture")) watch.observe(wide);

// TypeDoc's search takes a dash in front of a word for "without this word". So it gets the name of an option without its dashes.
const input = document.getElementById("tsd-search-input");
const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
Object.defineProperty(input, "value", {
  get: () => get.call(input).replaceAll(/(^|\s)-+/g, "$1"),
  set: (value) => set.call(input, value),
});
