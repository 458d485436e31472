// What makes lists quicker where scripts run: filters that open and close by keys. Each works without.
"use strict";
(() => {
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // What folds out above a list begins at its first field, and closes by a press elsewhere.
  const folds = [...document.querySelectorAll(".ls-tools details")];
  for (const fold of folds) {
    fold.addEventListener("toggle", () => { if (fold.open) fold.querySelector("select, input:not([type=hidden])")?.focus(); });
  }
  document.addEventListener("click", (event) => {
    for (const fold of folds) if (fold.open && !fold.contains(event.target)) fold.open = false;
  });

  for (const [rel, key] of [["prev", "["], ["next", "]"]]) document.querySelector(`.pager [rel=${rel}]`)?.setAttribute("aria-keyshortcuts", key);

  const clear = document.querySelector("[data-clear]");
  const key = make("kbd", { textContent: "Esc" });
  key.setAttribute("aria-hidden", "true");
  clear?.append(" ", key);

  // Escape closes what is open, and then clears the filters.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    const open = folds.find((fold) => fold.open);
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    if (!event.target.closest("input, select, textarea, details")) clear?.click();
  });
})();
