// What makes pages quicker to use where scripts run: each works without. Copy buttons, dialogs that ask before something is
// done, notices that go away, boxes that tick all others, and forms that guard what is typed.
"use strict";
(() => {
  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  // A page in another language than English brings its words along.
  const words = { sayCopy: "Copy", sayCopied: "Copied", saySelect: "Select and copy", sayCancel: "Cancel", sayClose: "Close", ...document.body.dataset };
  const FIELD = "input:not([type=hidden]), select, textarea";

  // Notices of what was done leave by themselves, unless somebody reads them; what went wrong stays.
  const leaves = (notice) => {
    if (notice.matches(".bad, [role=alert]")) return;
    let timer;
    const go = () => { notice.classList.add("gone"); setTimeout(() => notice.remove(), 200); };
    const start = () => { clearTimeout(timer); timer = setTimeout(go, notice.querySelector("a, button") ? 8000 : 6000); };
    for (const [stops, goesOn] of [["pointerenter", "pointerleave"], ["focusin", "focusout"]]) {
      notice.addEventListener(stops, () => clearTimeout(timer));
      notice.addEventListener(goesOn, start);
    }
    start();
  };
  const place = make("div", { className: "toasts" });
  const show = (notice) => {
    if (!place.isConnected) document.body.append(place);
    place.append(notice);
    while (place.children.length > 3) place.firstChild.remove();
    leaves(notice);
  };
  const toast = (text) => show(Object.assign(make("p", { className: "toast", textContent: text }), { role: "status" }));
  for (const notice of document.querySelectorAll(".toast")) show(notice);
  document.addEventListener("rekomi:toast", (event) => toast(event.detail));

  // What a screen reader says without anything changing on the screen.
  const voice = make("p", { className: "hidden" });
  voice.setAttribute("role", "status");
  document.body.append(voice);

  // A button beside each text that is meant to be copied: an icon, or in words where copying is what a card is for. Parts that
  // come later say that they are there by the event `rekomi:added`.
  const offerCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const text of root.querySelectorAll("[data-copy]")) {
      const isMain = "copyMain" in text.dataset;
      const button = make("button", { type: "button", className: isMain ? "" : "copy" });
      const say = (label) => {
        button.setAttribute("aria-label", `${label} ${text.dataset.copy}`);
        if (isMain) button.textContent = label;
      };
      say(words.sayCopy);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText((text.value ?? text.textContent).trim());
          button.classList.add("did");
          say(words.sayCopied);
          voice.textContent = words.sayCopied;
        } catch {
          toast(words.saySelect);
        }
        setTimeout(() => { button.classList.remove("did"); say(words.sayCopy); voice.textContent = ""; }, 2000);
      });
      text.after(" ", button);
    }
  };
  offerCopies(document);
  document.addEventListener("rekomi:added", ({ target }) => offerCopies(target));

  // What folds out to ask "Are you sure?" asks in a dialog: its title is the question, its foot has Cancel and the deed. The
  // title and the width come from `data-title` and `data-size`; about money (`data-money`), Enter does nothing at first.
  const ask = (fold, summary) => {
    const dialog = make("dialog", { className: `ask ${fold.dataset.size ?? ""}` });
    const name = fold.dataset.title ?? summary.textContent.replace("…", "").trim();
    const title = make("h2", { textContent: name, id: `ask-${Math.random().toString(36).slice(2)}` });
    const close = make("button", { type: "button", className: "bare close" });
    close.setAttribute("aria-label", words.sayClose);
    const cancel = make("button", { type: "button", className: "quiet", textContent: words.sayCancel });
    const head = make("div", { className: "ask-head" }), body = make("div", { className: "ask-body" }), foot = make("div", { className: "ask-foot" });
    head.append(title, close);
    body.append(...[...fold.children].filter((part) => part !== summary));
    const form = body.querySelector("form");
    const last = form?.querySelector(":scope > .decide:last-child") ?? form;
    foot.append(cancel, ...(last ? [...last.children].filter((part) => part.matches("button[type=submit]:not(.hidden)")) : []));
    if (last !== form && !last.children.length) last.remove();
    (form ?? body).append(foot);
    dialog.append(head, body);
    dialog.setAttribute("aria-labelledby", title.id);
    const first = "money" in fold.dataset ? null : body.querySelector(FIELD);
    (first ?? cancel).autofocus = true;
    for (const button of [cancel, close]) button.addEventListener("click", () => dialog.close());
    // What is typed isn't lost by a click beside it.
    dialog.addEventListener("click", (event) => { if (event.target === dialog && !body.querySelector(FIELD)) dialog.close(); });
    dialog.addEventListener("close", () => summary.focus());
    fold.after(dialog);
    return dialog;
  };
  for (const fold of document.querySelectorAll("details.sure")) {
    const summary = fold.querySelector("summary");
    let dialog;
    summary.setAttribute("role", "button");
    summary.setAttribute("aria-haspopup", "dialog");
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      dialog ??= ask(fold, summary);
      dialog.showModal();
    });
    // Refused by the server: its words are in the form.
    if (fold.open && fold.querySelector("[role=alert]")) { fold.open = false; summary.click(); }
  }

  // What is wrong is said beside its field; in the list of all mistakes, it names the field.
  for (const link of document.querySelectorAll(".problem.summary a[href^='#']")) {
    const field = document.getElementById(link.hash.slice(1));
    const label = field?.labels?.[0] ?? field?.querySelector("legend");
    const name = label?.firstChild?.textContent.trim();
    if (name) link.prepend(`${name}: `);
  }

  // A refused form is opened at its first mistake.
  if (!document.querySelector("dialog[open]")) document.querySelector(".problem.summary, [aria-invalid=true]")?.focus();

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
    link.addEventListener("click", () => { const fold = document.getElementById(link.hash.slice(1)); if (fold) fold.open = true; });
  }

  // A color is picked, taken from a swatch or typed: each sets the others.
  for (const field of document.querySelectorAll(".color-field:has([data-pick])")) {
    const text = field.querySelector("[name]"), pick = field.querySelector("[type=color]");
    const set = (color) => { text.value = color; text.dispatchEvent(new Event("input", { bubbles: true })); };
    for (const part of field.querySelectorAll("[data-pick]")) part.hidden = false;
    pick.addEventListener("input", () => set(pick.value));
    field.addEventListener("click", ({ target }) => { if (target.closest("button")) set(target.closest("button").value); });
    text.addEventListener("input", () => { if (/^#[\da-f]{6}$/i.test(text.value)) pick.value = text.value; });
  }

  // What only some choices need is shown and sent with them: `data-with="prize=Bonus"`, or several values between "|".
  for (const part of document.querySelectorAll("fieldset[data-with]")) {
    const [name, values] = part.dataset.with.split("=");
    const choice = part.form.elements[name];
    if (!choice) continue;
    const look = () => { part.disabled = part.hidden = !values.split("|").includes(choice.value); };
    choice.addEventListener("change", look);
    part.form.addEventListener("reset", () => setTimeout(look));
    // A browser may put back what was chosen before.
    addEventListener("pageshow", look);
    look();
  }

  // A new organization begins with the time zone of its founder's browser.
  for (const field of document.querySelectorAll("[data-time-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

  /** A search field above `list`; `narrow` gets what is typed. */
  const searchAbove = (list, narrow) => {
    const field = make("input", { type: "search", placeholder: list.dataset.narrow, autocomplete: "off" });
    field.setAttribute("aria-label", list.dataset.narrow);
    field.addEventListener("input", () => narrow(field.value.trim().toLowerCase()));
    list.before(field);
    return field;
  };

  // A list of cards is narrowed by typing; Enter opens the first one.
  for (const list of document.querySelectorAll("ul[data-narrow]")) {
    const none = make("p", { className: "muted", hidden: true });
    none.setAttribute("role", "status");
    none.textContent = list.dataset.none;
    list.after(none);
    const field = searchAbove(list, (word) => {
      for (const one of list.children) one.hidden = !one.textContent.toLowerCase().includes(word);
      none.hidden = Boolean(list.querySelector("li:not([hidden])"));
    });
    field.addEventListener("keydown", ({ key }) => { if (key === "Enter") list.querySelector("li:not([hidden]) a")?.click(); });
  }

  // A long list of choices is narrowed by typing; what is chosen stays in it.
  for (const select of document.querySelectorAll("select[data-narrow]")) {
    const all = [...select.options];
    if (all.length < 12) continue;
    const field = searchAbove(select, (word) => {
      const chosen = select.value;
      const found = all.filter((one) => one.value === chosen || one.text.toLowerCase().includes(word));
      select.replaceChildren(...found);
      select.value = chosen;
      select.size = word ? Math.min(Math.max(found.length, 2), 8) : 0;
    });
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); select.focus(); } });
  }

  // A choice that takes effect at once, without its button. The arrow keys walk through a closed list, so after them Enter
  // decides, or the button, which is there again.
  for (const field of document.querySelectorAll("select[data-submit]")) {
    const button = field.form.querySelector("[type=submit]"), before = field.value;
    let isWalking = false;
    button.remove();
    field.addEventListener("pointerdown", () => { isWalking = false; });
    field.addEventListener("keydown", (event) => {
      isWalking = !event.altKey && !["Enter", " "].includes(event.key);
      if (event.key !== "Enter" || field.value === before) return;
      event.preventDefault();
      field.form.requestSubmit();
    });
    field.addEventListener("change", () => { if (isWalking) field.form.append(button); else field.form.requestSubmit(); });
  }

  // Leaving a form marked `data-guard` is asked about while something in it isn't saved; its bar sticks to the window.
  for (const form of document.querySelectorAll("form[data-guard]")) {
    const typed = () => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
    const saved = typed();
    const look = () => form.classList.toggle("dirty", typed() !== saved);
    form.addEventListener("input", look);
    form.addEventListener("reset", () => setTimeout(look));
    form.addEventListener("submit", () => form.classList.remove("dirty"));
    form.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "s" && (event.metaKey || event.ctrlKey)) { event.preventDefault(); form.requestSubmit(); }
    });
  }
  addEventListener("beforeunload", (event) => { if (document.querySelector("form.dirty")) event.preventDefault(); });

  // The arrows go through a menu's items.
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".popup");
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!menu || !step || event.target.matches(FIELD)) return;
    const items = [...menu.querySelectorAll("a, button")];
    event.preventDefault();
    items[Math.min(Math.max(items.indexOf(event.target) + step, 0), items.length - 1)]?.focus();
  });

  // Where a line of tabs is wider than the screen, the page that is open is in sight.
  for (const tabs of document.querySelectorAll(".tabs, .menu")) {
    const here = tabs.querySelector("[aria-current]");
    if (!here || tabs.scrollWidth <= tabs.clientWidth) continue;
    const [inner, outer] = [here.getBoundingClientRect(), tabs.getBoundingClientRect()];
    tabs.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  // Nobody types "https://" any more.
  for (const field of document.querySelectorAll("input[type=url]")) {
    field.addEventListener("change", () => {
      const typed = field.value.trim();
      if (/^[^\s/:?#]+\.[^\s]+$/.test(typed)) field.value = `https://${typed}`;
    });
  }

  // Sent once, however often the button is pressed; the button says so if the answer takes its time.
  const rest = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // A form that a script sends itself stays on the page.
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { if (form.dataset.sent) event.submitter?.setAttribute("aria-busy", "true"); }, 200);
    // What answers with a file leaves the page as it is, so it can soon be sent again; everything else once no answer came.
    const isFile = [form, event.submitter].some((part) => part?.hasAttribute("data-download"));
    setTimeout(rest, isFile ? 5000 : 60000, form);
  });
  addEventListener("pageshow", () => { for (const form of document.forms) rest(form); });

  // Signing out leaves no names behind in this browser: the palette's recent records go.
  document.addEventListener("submit", ({ target }) => {
    if (!["/logout", "/account/sessions/end-all"].includes(target.getAttribute("action"))) return;
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith("rekomi-recent")) localStorage.removeItem(name);
    } catch { /* Nothing is kept, then. */ }
  });
})();
