// What makes lists quicker where scripts run: filters that open and close by keys, and a bar with actions for several rows,
// which asks before it acts. Each works without.
"use strict";
(() => {
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // What folds out above a list begins at its first field, and closes by a press elsewhere.
  const folds = [...document.querySelectorAll(".ls-tools details, .ls-views details")];
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

  // ---- Several rows ----
  const bulk = document.getElementById("bulk");
  const boxes = () => [...document.querySelectorAll("input[name=ids]")];
  const chosen = () => boxes().filter((box) => box.checked);

  /** What the chosen rows are worth, by currency: "$129.80 + €5.00". A row may have amounts in several. */
  const sum = () => {
    const sums = new Map();
    for (const { dataset } of chosen()) {
      if (!dataset.amount) continue;
      const currencies = dataset.currency.split(" ");
      for (const [at, amount] of dataset.amount.split(" ").entries()) {
        const digits = amount.split(".")[1]?.length ?? 0;
        const before = sums.get(currencies[at])?.minor ?? 0;
        sums.set(currencies[at], { digits, minor: before + Number(amount.replace(".", "")) });
      }
    }
    const money = ([currency, { minor, digits }]) => new Intl.NumberFormat("en-US", { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(minor / 10 ** digits).replace("-", "−");
    return [...sums].map(money).join(" + ");
  };

  const choose = (all, checked) => {
    for (const box of all) box.checked = checked;
    all[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Beyond the page: everything that matches the filters. The server asks then, with its own number and sum.
  const everything = bulk?.querySelector("[data-everything]");
  const all = everything?.querySelector("input");
  const sendAll = (button) => {
    const what = make("input", { type: "hidden", name: "what", value: button.value });
    bulk.append(what);
    bulk.submit();
    what.remove();
  };

  /** Asks with the number and the sum; the fields that the action needs are in the dialog. */
  const ask = (button) => {
    const { dataset: { one, many } } = bulk;
    const count = chosen().length;
    const worth = sum();
    const title = make("h2", { id: "bulk-title", textContent: button.dataset.title.replace("{}", `${count} ${count === 1 ? one : many}${worth && ` (${worth})`}`) });
    const close = make("button", { type: "button", className: "bare close" });
    close.setAttribute("aria-label", "Close");
    const cancel = make("button", { type: "button", className: "quiet", textContent: "Cancel" });
    const does = make("button", { type: "submit", name: button.name, value: button.value, textContent: worth ? `${button.textContent} ${worth}` : `${button.textContent} (${count})` });
    does.setAttribute("form", "bulk");
    const parts = [...bulk.querySelectorAll(".ls-ask")].filter(({ dataset }) => dataset.for.split(" ").includes(button.value));
    const places = parts.map((part) => {
      const place = document.createComment("");
      part.replaceWith(place);
      part.hidden = false;
      for (const field of part.querySelectorAll("input")) field.setAttribute("form", "bulk");
      return place;
    });
    const body = make("div", { className: "ask-body" }, ...(button.dataset.about ? [make("p", { textContent: button.dataset.about })] : []), ...parts, make("div", { className: "ask-foot" }, cancel, does));
    const dialog = make("dialog", { className: "ask" }, make("div", { className: "ask-head" }, title, close), body);
    dialog.setAttribute("aria-labelledby", title.id);
    // What other actions need isn't sent, nor required.
    for (const field of bulk.querySelectorAll(".ls-ask input")) field.disabled = true;
    const first = "money" in button.dataset ? null : body.querySelector("input");
    (first ?? cancel).autofocus = true;
    for (const ends of [cancel, close]) ends.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      places.forEach((place, at) => { parts[at].hidden = true; place.replaceWith(parts[at]); });
      for (const field of bulk.querySelectorAll(".ls-ask input")) field.disabled = false;
      dialog.remove();
      button.focus();
    });
    bulk.after(dialog);
    dialog.showModal();
  };

  if (bulk) {
    bulk.querySelector("button[disabled]")?.remove();
    for (const part of bulk.querySelectorAll(".ls-ask")) part.hidden = true;
    for (const button of bulk.querySelectorAll("button")) {
      button.type = "button";
      button.setAttribute("aria-haspopup", "dialog");
      button.addEventListener("click", () => (all?.checked ? sendAll : ask)(button));
    }
    const close = make("button", { type: "button", className: "close" });
    close.setAttribute("aria-label", "Clear selection");
    close.addEventListener("click", () => choose(boxes(), false));
    bulk.append(close);
    const update = () => {
      const { length } = chosen();
      bulk.hidden = length === 0;
      bulk.classList.toggle("floats", length > 0);
      const isPage = length > 0 && length === boxes().length;
      if (everything) everything.hidden = !isPage;
      if (all && !isPage) all.checked = false;
      const isAll = Boolean(all?.checked);
      bulk.querySelector("[data-ticked]").textContent = isAll ? "All matching selected" : `${length} selected`;
      const worth = bulk.querySelector("[data-sum]");
      if (worth) worth.textContent = !isAll && sum() ? ` · ${sum()}` : "";
    };
    document.addEventListener("change", (event) => { if (event.target.matches("input[name=ids], input[name=all], input[data-all]")) update(); });
    // With Shift, all rows between this one and the last one.
    let last = null;
    document.addEventListener("click", (event) => {
      const box = event.target;
      if (!box.matches?.("input[name=ids]")) return;
      const all = boxes();
      if (event.shiftKey && last) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
        for (const between of all.slice(from, to + 1)) between.checked = box.checked;
        getSelection()?.removeAllRanges();
      }
      last = box;
    });
    addEventListener("pageshow", update);
    update();
  }

  // Escape closes what is open, then clears the selection, then the filters.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    const open = folds.find((fold) => fold.open);
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    if (event.target.closest("input:not([type=checkbox]), select, textarea, details")) return;
    if (bulk && chosen().length > 0) choose(boxes(), false);
    else clear?.click();
  });
})();
