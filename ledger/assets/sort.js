// Orders the items of a list by dragging their handles, or by the arrow keys on one. The order is that of the form's fields, so
// the form sends it as it does without a script. `data-sort` is the id of the hint, and `data-name` what an item is called.
"use strict";
(() => {
  /** From how many pixels on a press is a drag, and how near the window's edge it scrolls. */
  const SLACK = 4, EDGE = 72;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  const middleOf = (box) => box.top + box.height / 2;

  for (const list of document.querySelectorAll("[data-sort]")) {
    const saved = [...list.children];
    const place = (item) => [...list.children].indexOf(item);
    const voice = Object.assign(document.createElement("p"), { className: "hidden" });
    voice.setAttribute("role", "status");
    voice.setAttribute("aria-live", "polite");
    list.after(voice);

    /** Puts an item at a place. In the document, those that it passes move instead: it keeps the pointer and the focus. */
    const move = (item, to) => {
      const all = [...list.children], from = place(item);
      const passed = to < from ? all.slice(to, from) : all.slice(from + 1, to + 1);
      const tops = passed.map((one) => one.offsetTop);
      if (to < from) item.after(...passed);
      else item.before(...passed);
      if (isCalm.matches) return;
      const slide = (by) => [{ transform: `translateY(${by}px)` }, { transform: "none" }];
      for (const [at, one] of passed.entries()) one.animate(slide(tops[at] - one.offsetTop), { duration: 150, easing: "ease-out" });
    };
    /** Says where an item is now. The form's guard and its preview take the event for a change by the person. */
    const report = (item) => {
      voice.textContent = `${item.dataset.name} is now ${place(item) + 1} of ${saved.length}.`;
      list.dispatchEvent(new Event("input", { bubbles: true }));
    };

    const drag = (item, grip, { pointerId, clientY: from }) => {
      const start = place(item), over = new AbortController(), { signal } = over;
      let isDragged = false, y = from, shift = 0;
      // While one is dragged, each item is one line. The handle stays under the pointer, as far as the page can scroll.
      const fold = (isFolded) => {
        list.classList.toggle("sorting", isFolded);
        item.classList.toggle("held", isFolded);
        scrollBy({ top: middleOf(grip.getBoundingClientRect()) - y, behavior: "instant" });
        shift = middleOf(grip.getBoundingClientRect()) - y;
      };
      const end = () => {
        over.abort();
        if (!isDragged) return;
        fold(false);
        if (place(item) !== start) report(item);
      };
      grip.setPointerCapture(pointerId);
      grip.addEventListener("pointermove", (event) => {
        y = event.clientY;
        if (!isDragged && Math.abs(y - from) < SLACK) return;
        if (!isDragged) fold(true);
        isDragged = true;
        if (y < EDGE) scrollBy(0, -8);
        if (y > innerHeight - EDGE) scrollBy(0, 8);
        // Offsets are those of the layout: where an item is seen while it slides doesn't count.
        const top = list.getBoundingClientRect().top - list.offsetTop;
        const isAbove = (one) => one !== item && top + one.offsetTop + one.offsetHeight / 2 < y + shift;
        move(item, [...list.children].filter(isAbove).length);
      }, { signal });
      grip.addEventListener("lostpointercapture", end, { signal });
      document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        move(item, start);
        end();
      }, { signal });
    };

    for (const item of saved) {
      const grip = Object.assign(document.createElement("button"), { type: "button", className: "bare small grip" });
      grip.setAttribute("aria-label", `Reorder ${item.dataset.name}`);
      grip.setAttribute("aria-describedby", list.dataset.sort);
      grip.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.button === 0) drag(item, grip, event); });
      grip.addEventListener("keydown", (event) => {
        const at = place(item);
        const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: saved.length - 1 }[event.key];
        if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        if (to === at || to < 0 || to >= saved.length) return;
        move(item, to);
        grip.scrollIntoView({ block: "nearest" });
        report(item);
      });
      item.firstElementChild.prepend(grip);
    }
    document.getElementById(list.dataset.sort).hidden = false;
    list.closest("form").addEventListener("reset", () => list.append(...saved));
  }
})();
