// A field marked `data-typeahead` offers the affiliates that match what is typed. What is picked is sent by its ID; what is
// only typed is sent as it is, as without a script. A field for several (`data-typeahead="many"`) has a list with commas; who is
// picked gets a box before it.
(() => {
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const { organization } = document.getElementById("sections").dataset;
  const isId = (text) => /^aff_[0-9a-z]{20,}$/.test(text);
  const find = async (typed, signal) => {
    const answer = await fetch(`/dashboard/pick.json?organization=${encodeURIComponent(organization)}&q=${encodeURIComponent(typed)}`, { credentials: "same-origin", signal });
    if (!answer.ok) throw new Error(`pick.json answers ${answer.status}`);
    return (await answer.json()).items;
  };

  const enhance = (field, number) => {
    const { name } = field;
    const isMany = field.dataset.typeahead === "many";
    const id = make("input", { type: "hidden" });
    if (field.hasAttribute("form")) id.setAttribute("form", field.getAttribute("form"));
    const list = make("div", { id: `picks-${number}`, className: "picks", popover: "manual" });
    const count = make("span", { className: "hidden" });
    count.setAttribute("role", "status");
    for (const [attribute, value] of [["role", "listbox"], ["aria-label", "Suggestions"]]) list.setAttribute(attribute, value);
    field.removeAttribute("list");
    for (const [attribute, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) field.setAttribute(attribute, value);
    field.after(id, list, count);

    let waiting = 0;
    let running = null;
    const options = () => [...list.children];
    const marked = () => list.querySelector("[aria-selected=true]");
    const isOpen = () => list.matches(":popover-open");
    const mark = (option) => {
      for (const one of options()) one.setAttribute("aria-selected", String(one === option));
      if (option) field.setAttribute("aria-activedescendant", option.id);
      else field.removeAttribute("aria-activedescendant");
      option?.scrollIntoView({ block: "nearest" });
    };
    const close = () => {
      clearTimeout(waiting);
      running?.abort();
      if (isOpen()) list.hidePopover();
      field.setAttribute("aria-expanded", "false");
      mark(null);
      count.textContent = "";
    };
    /** Sends this ID, and shows the name. */
    const hold = (picked, shown) => {
      id.value = picked;
      id.name = name;
      field.removeAttribute("name");
      field.value = shown;
    };
    /** Ticks a box for the picked affiliate; the field keeps the rest of what was typed. */
    const tick = ({ id: picked, name: shown }) => {
      const boxes = [...field.parentElement.querySelectorAll("[type=checkbox]")];
      let box = boxes.find(({ value }) => value === picked);
      if (!box) {
        box = make("input", { type: "checkbox", name, value: picked });
        field.labels[0].before(make("label", {}, box, ` ${shown}`));
      }
      box.checked = true;
      const others = field.value.split(",").slice(0, -1);
      field.value = others.map((text) => `${text.trim()}, `).join("");
    };
    const sought = () => (isMany ? field.value.split(",").at(-1) : field.value).trim();
    const release = () => {
      id.removeAttribute("name");
      field.name = name;
    };
    const open = () => {
      const { left, bottom, width } = field.getBoundingClientRect();
      list.style.left = `${left}px`;
      list.style.top = `${bottom}px`;
      list.style.width = `${Math.max(width, 280)}px`;
      if (!isOpen()) list.showPopover();
      field.setAttribute("aria-expanded", "true");
    };
    const draw = (items) => {
      list.replaceChildren(...items.map((item, at) => {
        const avatar = make("span", { className: `avatar tint-${item.tint}`, textContent: item.initials });
        avatar.setAttribute("aria-hidden", "true");
        const option = make("div", { id: `${list.id}-${at}` }, avatar, make("span", { textContent: item.name }), make("span", { className: "muted", textContent: item.note }));
        option.setAttribute("role", "option");
        option.addEventListener("pointerdown", (event) => event.preventDefault());
        option.addEventListener("click", () => {
          if (isMany) tick(item);
          else hold(item.id, item.name);
          close();
          field.focus();
          // A preview follows what is picked as what is typed.
          id.dispatchEvent(new Event("input", { bubbles: true }));
        });
        return option;
      }));
      mark(null);
      if (items.length > 0) open();
      else if (isOpen()) close();
      count.textContent = items.length === 0 ? "No affiliate matches" : `${items.length} ${items.length === 1 ? "affiliate" : "affiliates"}`;
    };
    const look = async () => {
      running?.abort();
      running = new AbortController();
      const typed = sought();
      try {
        const items = await find(typed, running.signal);
        if (document.activeElement === field && sought() === typed) draw(items);
      } catch { /* What is typed is sent as it is. */ }
    };

    field.addEventListener("input", () => {
      if (!isMany) release();
      clearTimeout(waiting);
      waiting = setTimeout(look, 150);
    });
    field.addEventListener("focus", () => { if (!field.value && !isOpen()) look(); });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = options();
      const at = all.indexOf(marked());
      if (event.key === "ArrowDown" && !isOpen()) {
        event.preventDefault();
        look();
      } else if (isOpen() && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark(all[at < 0 && step < 0 ? all.length - 1 : (at + step + all.length) % all.length]);
      } else if (isOpen() && event.key === "Enter" && at >= 0) {
        event.preventDefault();
        all[at].click();
      } else if (isOpen() && event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    addEventListener("resize", close);
    addEventListener("scroll", (event) => { if (isOpen() && event.target !== list) close(); }, true);

    // Filled in by the server: a name with its ID, or an ID alone.
    const known = field.dataset.picked ?? field.value;
    if (isMany || !isId(known)) return;
    hold(known, field.value);
    if (known === field.value) find(known).then(([one]) => { if (one && field.value === known) hold(known, one.name); }, () => {});
  };
  if (HTMLElement.prototype.showPopover) [...document.querySelectorAll("[data-typeahead]")].forEach(enhance);
})();
