// What makes pages quicker to use where scripts run: each works without. Copy buttons, dialogs that ask before something is
// done, notices that go away, boxes that tick all others, and keys.
"use strict";
(() => {
  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  // A page in another language than English brings its words along.
  const words = { sayCopy: "Copy", sayCopied: "Copied", saySelect: "Select and copy", sayCancel: "Cancel", ...document.body.dataset };

  // A button beside each text that is meant to be copied.
  if (navigator.clipboard) {
    for (const text of document.querySelectorAll("[data-copy]")) {
      const button = make("button", { type: "button", className: "quiet copy" });
      const say = (label) => {
        button.textContent = label;
        button.setAttribute("aria-label", `${label} ${text.dataset.copy}`);
      };
      say(words.sayCopy);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText((text.value ?? text.textContent).trim());
          say(words.sayCopied);
        } catch {
          say(words.saySelect);
        }
        setTimeout(say, 2000, words.sayCopy);
      });
      text.after(" ", button);
    }
  }

  // What folds out to ask "Are you sure?" asks in a dialog.
  for (const fold of document.querySelectorAll("details.sure")) {
    const summary = fold.querySelector("summary");
    const dialog = make("dialog", { className: "ask" });
    const title = make("h2", { textContent: summary.textContent.trim(), id: `ask-${Math.random().toString(36).slice(2)}` });
    const cancel = make("button", { type: "button", className: "quiet", textContent: words.sayCancel });
    cancel.addEventListener("click", () => dialog.close());
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    summary.setAttribute("role", "button");
    summary.setAttribute("aria-haspopup", "dialog");
    summary.addEventListener("click", (event) => {
      if (fold.open) return;
      event.preventDefault();
      dialog.append(title, ...[...fold.children].filter((part) => part !== summary), cancel);
      dialog.showModal();
    });
    dialog.addEventListener("close", () => {
      fold.append(...[...dialog.children].filter((part) => part !== title && part !== cancel));
      summary.focus();
    });
    fold.after(dialog);
    // Refused by the server: its words are in the form.
    if (fold.open && fold.querySelector("[role=alert]")) { fold.open = false; summary.click(); }
  }

  // Notices of what was done leave by themselves.
  for (const notice of document.querySelectorAll(".toast")) setTimeout(() => notice.remove(), 6000);

  // One box for all others of its form, and how many are ticked.
  for (const all of document.querySelectorAll("input[data-all]")) {
    const boxes = () => [...document.querySelectorAll(`input[name="${all.dataset.all}"]`)];
    const count = document.querySelector("[data-ticked]");
    const announce = () => {
      const ticked = boxes().filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
      if (count) count.textContent = `${ticked} selected`;
    };
    all.hidden = false;
    all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; announce(); });
    document.addEventListener("change", (event) => { if (event.target.name === all.dataset.all) announce(); });
    announce();
  }

  // A card that leads to what folds out below.
  for (const link of document.querySelectorAll("a[data-opens]")) {
    link.addEventListener("click", () => { document.querySelector(link.hash).open = true; });
  }

  // A choice that takes effect at once.
  for (const field of document.querySelectorAll("select[data-submit]")) field.addEventListener("change", () => field.form.requestSubmit());

  // A preview that follows what is written, as its button would show it.
  for (const form of document.querySelectorAll("form[data-preview]")) {
    const preview = document.getElementById(form.dataset.preview);
    let waiting;
    const follow = async () => {
      const fields = new URLSearchParams(new FormData(form));
      fields.append("do", "preview");
      try {
        const answer = await fetch(form.action, { method: "POST", body: fields, credentials: "same-origin" });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(preview.id);
        if (fresh) preview.replaceChildren(...fresh.childNodes);
      } catch { /* The button still works. */ }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(follow, 400); });
  }

  // Nobody types "https://" any more.
  for (const field of document.querySelectorAll("input[type=url]")) {
    field.addEventListener("change", () => {
      const typed = field.value.trim();
      if (/^[^\s/:?#]+\.[^\s]+$/.test(typed)) field.value = `https://${typed}`;
    });
  }

  // "/" is the way to the search, as in many a dashboard.
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (event.key !== "/" || busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });

  // Sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    // What answers with a file leaves the page as it is: it may be asked for again.
    setTimeout(() => { delete event.target.dataset.sent; }, 5000);
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
})();
