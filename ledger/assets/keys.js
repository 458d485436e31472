// The dashboard's command palette, its keyboard shortcuts and its menus. Everything here has a link or a page behind it.
(() => {
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const menu = document.getElementById("sections");
  const query = `?organization=${encodeURIComponent(menu.dataset.organization)}`;
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const store = {
    read: (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    write: (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* Not kept, then. */ } },
  };

  // Menus close by Escape and by a press elsewhere.
  const closeMenus = (except) => {
    for (const open of document.querySelectorAll("details.side-own[open]")) if (open !== except) open.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.side-own")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest("details.side-own[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  // A field finds one organization among many.
  const choice = menu.querySelector(".side-choice");
  if (choice.children.length > 7) {
    const field = make("input", { type: "search", placeholder: "Find an organization…", autocomplete: "off" });
    field.setAttribute("aria-label", "Find an organization");
    field.addEventListener("input", () => {
      for (const row of choice.children) row.hidden = !row.textContent.toLowerCase().includes(field.value.trim().toLowerCase());
    });
    choice.before(field);
  }

  // A tab of test mode has an icon of its own.
  const test = document.querySelector("[data-icon]");
  if (test) document.querySelector("link[rel=icon]").href = test.dataset.icon;

  for (const kbd of document.querySelectorAll("kbd[data-palette-key]")) kbd.textContent = isMac ? "⌘K" : "Ctrl K";
  for (const hidden of menu.querySelectorAll("[data-needs-script]")) hidden.hidden = false;

  // ---- Command palette ----
  const RECENT = `rekomi-recent ${menu.dataset.organization}`;
  const recent = () => store.read(RECENT) ?? [];
  const remember = ({ name, note, href }) => {
    store.write(RECENT, [{ name, note, href }, ...recent().filter((one) => one.href !== href)].slice(0, 5));
  };
  const fetched = async (path, signal) => {
    const answer = await fetch(path, { credentials: "same-origin", signal });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
    return (await answer.json()).groups;
  };
  let fixed = null;
  let palette = null;

  const build = () => {
    const field = make("input", { type: "text", maxLength: 200, autocomplete: "off", autocapitalize: "none", spellcheck: false, placeholder: "Go to a page, or find affiliates, customers and orders…" });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-label": "Search", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list" })) field.setAttribute(name, value);
    const list = make("div", { id: "palette-list" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Results");
    const count = make("p", { className: "hidden" });
    count.setAttribute("role", "status");
    const dialog = make("dialog", { className: "palette" }, field, list, count);
    dialog.setAttribute("aria-label", "Search");
    document.body.append(dialog);

    let found = [];
    let waiting = 0;
    let running = null;
    const options = () => [...list.querySelectorAll("[role=option]")];
    const mark = (option) => {
      for (const one of options()) one.setAttribute("aria-selected", String(one === option));
      field.setAttribute("aria-activedescendant", option?.id ?? "");
      option?.scrollIntoView({ block: "nearest" });
    };
    const marked = () => list.querySelector("[aria-selected=true]");

    const option = (item, number) => {
      const link = make("a", { href: item.href, id: `palette-${number}`, tabIndex: -1 }, make("span", { textContent: item.name }));
      if (item.note) link.append(make("span", { className: "muted", textContent: item.note }));
      link.setAttribute("role", "option");
      link.addEventListener("click", () => { if (item.score !== undefined) remember(item); });
      link.addEventListener("pointermove", () => { if (marked() !== link) mark(link); });
      return link;
    };

    /** Groups by their best item; what was typed in full comes first. */
    const groups = () => {
      const typed = field.value.trim();
      const latest = recent();
      if (!typed) {
        return [{ title: "Recent", items: latest.map((item) => ({ ...item, score: 1 })) }, ...(fixed ?? []).map(({ title, items }) => ({ title, items: items.map((item) => ({ ...item, score: 1 })) }))];
      }
      const isRecent = (item) => latest.some((one) => one.href === item.href);
      const known = (fixed ?? []).map(({ title, items }) => ({ title, items: rank.sort(typed, items, isRecent).slice(0, 6) }));
      const isWhole = (item) => /^[a-z]+_[0-9a-z]{20,}$/.test(typed) || [item.name, ...(item.note ?? "").split(" · ")].some((text) => text.toLowerCase() === typed.toLowerCase());
      const entities = found.map(({ title, items }) => ({ title, items: items.slice(0, 5).map((item) => ({ ...item, score: isWhole(item) ? 2 : 0.5 })) }));
      const best = ({ items }) => Math.max(0, ...items.map((item) => item.score));
      const all = { name: `Search for “${typed}”`, href: `/dashboard/search${query}&q=${encodeURIComponent(typed)}` };
      return [...[...known, ...entities].sort((one, other) => best(other) - best(one)), { title: "Search", items: [all] }];
    };

    const draw = () => {
      let number = 0;
      list.replaceChildren(...groups().filter(({ items }) => items.length > 0).map(({ title, items }) => {
        const head = make("div", { className: "palette-group", textContent: title });
        head.setAttribute("aria-hidden", "true");
        const group = make("div", {}, head, ...items.map((item) => option(item, number++)));
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", title);
        return group;
      }));
      mark(options()[0]);
      count.textContent = `${number} ${number === 1 ? "result" : "results"}`;
    };

    const look = async () => {
      running?.abort();
      const typed = field.value.trim();
      if (typed.length < 2) return;
      running = new AbortController();
      try {
        found = await fetched(`/dashboard/search.json${query}&q=${encodeURIComponent(typed)}`, running.signal);
        if (field.value.trim() === typed) draw();
      } catch { /* The search page says why. */ }
    };
    field.addEventListener("input", () => {
      found = [];
      draw();
      clearTimeout(waiting);
      waiting = setTimeout(look, 150);
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = options();
      const at = all.indexOf(marked());
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (to !== undefined && all.length > 0) {
        event.preventDefault();
        mark(all[(to + all.length) % all.length]);
      } else if (event.key === "Enter") {
        event.preventDefault();
        marked()?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
      }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => { running?.abort(); clearTimeout(waiting); });
    const start = () => { field.value = ""; found = []; draw(); };
    return { dialog, start, draw };
  };

  const openPalette = async () => {
    palette ??= build();
    if (palette.dialog.open || document.querySelector("dialog[open]")) return;
    closeMenus();
    palette.start();
    palette.dialog.showModal();
    if (fixed) return;
    try {
      fixed = await fetched(`/dashboard/palette.json${query}`);
      palette.draw();
    } catch { /* The search page still works. */ }
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPalette();
  });

  // ---- Shortcuts ----
  const PLACES = { o: ["Overview", ""], a: ["Affiliates", "/affiliates"], p: ["Payouts", "/payouts"], c: ["Conversions", "/conversions"], m: ["Commissions", "/commissions"], r: ["Review", "/review"], s: ["Settings", "/settings"] };
  const SWITCH = "rekomi-keys";
  const isOn = () => store.read(SWITCH) !== "off";
  const nameOf = (element) => {
    const seen = element.cloneNode(true);
    for (const part of seen.querySelectorAll(".hidden, kbd")) part.remove();
    return (element.getAttribute("aria-label") ?? seen.textContent).replace("…", "").trim();
  };
  /** What the page says of its own keys: `aria-keyshortcuts` with one sign. */
  const ownKeys = () => [...document.querySelectorAll("main [aria-keyshortcuts]")]
    .filter((element) => element.getAttribute("aria-keyshortcuts").length === 1 && element.checkVisibility());

  const openHelp = () => {
    if (document.querySelector("dialog[open]")) return;
    closeMenus();
    const row = (keys, name) => make("div", {}, make("dt", {}, ...keys.map((key) => make("kbd", { textContent: key }))), make("dd", { textContent: name }));
    const rows = [
      row([isMac ? "⌘" : "Ctrl", "K"], "Search and commands"),
      row(["/"], "Search"),
      row(["?"], "Keyboard shortcuts"),
      ...Object.entries(PLACES).map(([key, [name]]) => row(["G", key.toUpperCase()], name)),
      ...ownKeys().map((element) => row([element.getAttribute("aria-keyshortcuts").toUpperCase()], nameOf(element))),
    ];
    const box = make("input", { type: "checkbox", checked: isOn() });
    box.addEventListener("change", () => store.write(SWITCH, box.checked ? "on" : "off"));
    const close = make("button", { type: "button", className: "bare close" });
    close.setAttribute("aria-label", "Close");
    const title = make("h2", { id: "shortcuts-title", textContent: "Keyboard shortcuts" });
    const dialog = make("dialog", { className: "ask" },
      make("div", { className: "ask-head" }, title, close),
      make("div", { className: "ask-body" }, make("dl", { className: "palette-keys" }, ...rows), make("label", { className: "tick" }, box, " Use shortcuts of a single key")));
    dialog.setAttribute("aria-labelledby", title.id);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  menu.querySelector("[data-shortcuts]")?.addEventListener("click", openHelp);

  // When G was pressed. A page's own time begins at 0, so that is no moment for "never".
  let since = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const isTyping = event.target.closest("input, textarea, select, [contenteditable], dialog[open]");
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey || !isOn()) return;
    const key = event.key.toLowerCase();
    const place = event.timeStamp - since < 1000 && PLACES[key];
    since = key === "g" ? event.timeStamp : -Infinity;
    if (place) location.href = `/dashboard${place[1]}${query}`;
    else if (key === "/") openPalette();
    else if (key === "?") openHelp();
    else {
      const own = ownKeys().find((element) => element.getAttribute("aria-keyshortcuts").toLowerCase() === key);
      if (!own) return;
      if (own.matches("input, select, textarea")) own.focus();
      else own.click();
    }
    event.preventDefault();
  });
})();
