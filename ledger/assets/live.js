// Keeps the dashboard's figures current: the server says that there is news, this fetches the rendered part again.
// The page is complete without it.
"use strict";
(() => {
  const live = document.getElementById("live");
  const announce = document.getElementById("announce");
  const pulse = document.getElementById("pulse");
  if (!live || !window.EventSource) return;
  const query = new URLSearchParams({ organization: live.dataset.organization });
  // With it, the stream begins with what happened since the page was rendered.
  if (live.dataset.fingerprint) query.set("fingerprint", live.dataset.fingerprint);
  let busy = false;
  let again = false;
  let stale = false;
  let later = 0;

  // While somebody reads a day of the chart, nothing changes under their pointer or their keys.
  const isRead = () => live.querySelector(".ch-card") !== null;
  const wait = () => { clearTimeout(later); later = setTimeout(refresh, 1000); };
  const rows = () => new Set([...live.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  // The same control in the part before and after: what has the focus keeps it.
  const identity = (control) => [control.tagName, control.id, control.name, control.value, control.getAttribute("href"), control.getAttribute("aria-label"), control.dataset.save, control.getAttribute("popovertarget"), control.closest("[data-row]")?.dataset.row].join("\n");
  const name = (details) => details.closest("[data-row]")?.dataset.row ?? details.className;
  const steps = () => new Set([...live.querySelectorAll("[data-step].ticked")].map((step) => step.dataset.step));
  const figure = (name) => live.querySelector(`[data-figure="${name}"]`)?.textContent ?? "";

  // Screen readers read a part aloud that is replaced, even by the same text.
  function isNew(html) {
    const parsed = document.createElement("template");
    parsed.innerHTML = html;
    return parsed.innerHTML.trim() !== live.innerHTML.trim();
  }

  function swap(html) {
    const before = rows();
    const announced = figure("clicks") + "/" + figure("conversions");
    const ticked = steps();
    const finished = live.querySelector("[data-finished]");
    const open = new Set([...live.querySelectorAll("details[open]")].map(name));
    const explained = live.querySelector(":popover-open")?.id;
    const focus = live.contains(document.activeElement) ? identity(document.activeElement) : null;
    live.innerHTML = html;
    for (const details of live.querySelectorAll("details")) details.open = open.has(name(details));
    if (explained) live.querySelector(`[popovertarget="${explained}"]`)?.click();
    // The charts in it are new, too.
    window.dispatchEvent(new Event("part"));
    if (focus) [...live.querySelectorAll("a, button, input, select, summary, [tabindex]")].find((control) => identity(control) === focus)?.focus({ preventScroll: true });
    for (const row of live.querySelectorAll("[data-row]")) {
      if (!before.has(row.dataset.row)) row.classList.add("fresh");
    }
    for (const step of live.querySelectorAll("[data-step].ticked")) {
      if (!ticked.has(step.dataset.step)) step.classList.add("fresh");
    }
    const end = live.querySelector("[data-finished]");
    if (end && !finished) document.dispatchEvent(new CustomEvent("rekomi:toast", { detail: end.dataset.finished }));
    if (announced !== figure("clicks") + "/" + figure("conversions")) {
      announce.textContent = "last" in live.dataset
        ? `Last click: ${figure("clicks")}. Last conversion: ${figure("conversions")}.`
        : `${figure("clicks")} clicks, ${figure("conversions")} conversions.`;
    }
  }

  async function refresh() {
    if (document.hidden) { stale = true; return; }
    if (busy) { again = true; return; }
    if (isRead()) { wait(); return; }
    busy = true;
    stale = false;
    try {
      const answer = await fetch(live.dataset.part, { credentials: "same-origin" });
      if (answer.status === 401) { location.reload(); return; }
      const html = answer.ok && await answer.text();
      if (html && isRead()) wait();
      else if (html && isNew(html)) swap(html);
    } catch { /* The stream comes back by itself, and with it the next refresh. */ }
    busy = false;
    if (again) { again = false; refresh(); }
  }

  const stream = new EventSource(`/dashboard/events?${query}`);
  let opened = false;
  stream.addEventListener("open", () => {
    pulse.hidden = false;
    // What happened while the stream was down, or before it was there: a stream with a fingerprint says the latter itself.
    if (opened || !live.dataset.fingerprint) refresh();
    opened = true;
  });
  stream.addEventListener("news", refresh);
  stream.addEventListener("error", () => {
    pulse.hidden = true;
    // Refused for good: signed out, most likely. The page itself knows what to do.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) refresh(); });
})();
