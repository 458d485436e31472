// What makes the API reference quicker to use where scripts run: one language at a time with a button to copy it, a search
// over all operations, and requests with a test key. Without scripts, every example and every page is there all the same.
"use strict";
(() => {
  const make = (name, properties, ...parts) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...parts);
    return made;
  };
  let count = 0;
  const fresh = () => `reference-${(count += 1)}`;

  // The start page was once the only one: what an old address names is on the page of its noun now.
  const target = document.getElementById(location.hash.slice(1));
  const moved = target && target.querySelector(":scope > a[href^='/docs/api/ref/']");
  if (moved) { location.replace(moved.href); return; }

  // Languages: the choice holds for all examples, and on the next page.
  const REMEMBERED = "rekomi-language";
  const remembered = () => { try { return localStorage.getItem(REMEMBERED); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem(REMEMBERED, language); } catch { /* It holds for this page. */ } };
  const groups = [];
  const choose = (language) => {
    for (const { panels, tabs } of groups) {
      const known = panels.some((panel) => panel.dataset.language === language);
      panels.forEach((panel, at) => {
        const chosen = known ? panel.dataset.language === language : at === 0;
        panel.hidden = !chosen;
        tabs[at].setAttribute("aria-selected", String(chosen));
        tabs[at].tabIndex = chosen ? 0 : -1;
      });
    }
  };
  // The page stays where it is for the reader, although every example above changes its height.
  const chooseAt = (tab, language) => {
    const before = tab.getBoundingClientRect().top;
    remember(language);
    choose(language);
    scrollBy(0, tab.getBoundingClientRect().top - before);
  };
  const copyButton = (panels) => {
    const button = make("button", { type: "button", className: "quiet small", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy the example");
    button.addEventListener("click", async () => {
      const panel = panels.find((one) => !one.hidden);
      try {
        await navigator.clipboard.writeText(panel.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select and copy";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    return button;
  };
  for (const group of document.querySelectorAll(".examples")) {
    const folds = [...group.querySelectorAll("details")];
    const panels = folds.map((fold) => {
      const panel = fold.querySelector("pre");
      panel.id = fresh();
      panel.dataset.language = fold.dataset.language;
      return panel;
    });
    const tabs = folds.map((fold, at) => {
      const tab = make("button", { type: "button", id: fresh(), textContent: fold.querySelector("summary").textContent });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panels[at].id);
      tab.addEventListener("click", () => chooseAt(tab, fold.dataset.language));
      panels[at].setAttribute("role", "tabpanel");
      panels[at].setAttribute("aria-labelledby", tab.id);
      return tab;
    });
    const list = make("div", { className: "languages" }, ...tabs);
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = tabs.indexOf(event.target);
      if (!step || at < 0) return;
      event.preventDefault();
      const next = tabs[(at + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
    const head = make("div", { className: "head" }, list, ...(navigator.clipboard ? [copyButton(panels)] : []));
    group.replaceChildren(head, ...panels);
    groups.push({ panels, tabs });
  }
  choose(remembered());

  // Search: the start page has the list of all operations.
  const START = "/docs/api";
  const MOST = 12;
  let operations;
  const load = async () => {
    const own = location.pathname === START;
    const page = own ? document : new DOMParser().parseFromString(await (await fetch(START)).text(), "text/html");
    return [...page.querySelectorAll(".list > li[id]")].map((item) => ({
      link: item.querySelector("a").getAttribute("href"),
      name: item.querySelector("a").textContent,
      text: `${item.id} ${item.textContent}`.toLowerCase(),
    }));
  };
  const contents = document.querySelector(".contents");
  const field = make("input", { type: "search", id: "search", autocomplete: "off", placeholder: "Search" });
  field.setAttribute("aria-label", "Search operations");
  const results = make("ul", { className: "results" });
  const status = make("p", { className: "muted" });
  status.setAttribute("role", "status");
  const search = make("form", {}, field, status, results);
  search.setAttribute("role", "search");
  const find = async () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    try {
      operations ??= load();
      const all = await operations;
      const found = words.length ? all.filter((one) => words.every((word) => one.text.includes(word))) : [];
      status.textContent = words.length ? `${found.length} found` : "";
      results.replaceChildren(...found.slice(0, MOST).map((one) => make("li", {}, make("a", { href: one.link, textContent: one.name }))));
    } catch {
      operations = undefined;
      status.textContent = "The search isn't available. Try again.";
    }
  };
  field.addEventListener("input", find);
  search.addEventListener("submit", async (event) => {
    event.preventDefault();
    await find();
    results.querySelector("a")?.click();
  });
  contents.prepend(search);

  // Requests: the key stays in this variable, and only a key of the test mode is taken.
  const TEST_KEY = "rk_test_";
  const WAIT = 35_000;
  const SHOWN = 100_000;
  let key = "";
  // A browser may keep the page to return to.
  addEventListener("pagehide", () => {
    key = "";
    for (const secret of document.querySelectorAll(".try input[type=password]")) secret.value = "";
  });
  const labelled = (text, control) => {
    control.id = fresh();
    return [make("label", { htmlFor: control.id, textContent: text }), control];
  };
  const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };
  const content = async (response) => {
    const type = response.headers.get("Content-Type") ?? "";
    if (!/json|text|csv/.test(type)) return `${(await response.arrayBuffer()).byteLength} bytes of ${type || "unknown content"}`;
    const text = await response.text();
    return (/json$|json;/.test(type) ? pretty(text) : text).slice(0, SHOWN);
  };

  /** The request that the fields describe; throws what is wrong with them. */
  const request = (operation, fields, body) => {
    if (!key.startsWith(TEST_KEY)) throw new Error(`Enter a test key. It begins with ${TEST_KEY}.`);
    let path = operation.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers({ Authorization: `Bearer ${key}` });
    for (const { place, name, required, input } of fields) {
      const value = input.value.trim();
      if (!value && required) throw new Error(`Enter ${name}.`);
      if (!value) continue;
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (place === "query") query.set(name, value);
      else headers.set(name, value);
    }
    const options = { method: operation.dataset.method.toUpperCase(), headers, credentials: "omit", cache: "no-store" };
    if (body?.value.trim()) {
      try { JSON.parse(body.value); } catch (error) { throw new Error(`The body isn't JSON: ${error.message}`); }
      headers.set("Content-Type", "application/json");
      options.body = body.value;
    }
    const text = query.toString();
    return [text ? `${path}?${text}` : path, { ...options, signal: AbortSignal.timeout(WAIT) }];
  };

  const show = async (response, milliseconds) => {
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    const headers = make("details", {}, make("summary", { textContent: "Headers" }), make("pre", { tabIndex: 0, textContent: lines.join("\n") }));
    const body = make("pre", { tabIndex: 0, textContent: await content(response) });
    const line = make("p", { className: response.ok ? "outcome" : "outcome failed" });
    line.textContent = `${response.status} ${response.statusText} in ${Math.round(milliseconds)} ms`;
    return [line, headers, ...(body.textContent ? [body] : [])];
  };

  const form = (operation) => {
    const rows = [...operation.querySelectorAll("tr[data-in]")];
    const fields = rows.map((row) => {
      const { in: place, name, example } = row.dataset;
      const input = make("input", { type: "text", autocomplete: "off", spellcheck: false, placeholder: example });
      if (name === "Idempotency-Key") input.value = crypto.randomUUID();
      return { place, name, input, required: row.querySelector(".needed") !== null };
    });
    const template = operation.querySelector("template.body");
    const body = template && make("textarea", { rows: 10, spellcheck: false, value: template.content.textContent });
    const secret = make("input", { type: "password", autocomplete: "off", placeholder: `${TEST_KEY}…`, value: key });
    secret.addEventListener("input", () => { key = secret.value.trim(); });
    const send = make("button", { type: "submit", textContent: `Send ${operation.dataset.method.toUpperCase()}` });
    const problem = make("p", { className: "problem", hidden: true });
    problem.setAttribute("role", "alert");
    const output = make("div", { className: "output" });
    output.setAttribute("aria-live", "polite");
    const made = make(
      "form",
      { className: "try", noValidate: true },
      ...labelled("Test key, kept only until you leave this page", secret),
      ...fields.flatMap(({ name, place, required, input }) => labelled(`${name} (${place}${required ? ", required" : ""})`, input)),
      ...(body ? labelled("Body (JSON)", body) : []),
      send,
      problem,
      output,
    );
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      send.disabled = true;
      try {
        const [address, options] = request(operation, fields, body);
        const started = performance.now();
        const response = await fetch(address, options);
        output.replaceChildren(...(await show(response, performance.now() - started)));
      } catch (error) {
        output.replaceChildren();
        problem.textContent = error.name === "TimeoutError" ? "No response in time." : error.message;
        problem.hidden = false;
      } finally {
        send.disabled = false;
      }
    });
    return { made, secret };
  };

  for (const operation of document.querySelectorAll(".operation")) {
    const button = make("button", { type: "button", className: "quiet", textContent: "Try it" });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", `Try it: ${operation.querySelector("h2").textContent}`);
    let opened;
    button.addEventListener("click", () => {
      if (!opened) {
        opened = form(operation);
        button.after(opened.made);
      } else {
        opened.made.hidden = !opened.made.hidden;
      }
      const shown = !opened.made.hidden;
      button.setAttribute("aria-expanded", String(shown));
      if (shown) { opened.secret.value = key; opened.secret.focus(); }
    });
    operation.querySelector(".examples").after(button);
  }
})();
