// What a form makes, as the server renders it, while someone types. `data-preview` names the part of the page that shows it.
// Usually the form's own address answers as for its preview button, with a page that has the same part. `data-preview-from` is
// another address that has it, and `data-preview-part` selects what is taken from there as a whole.
"use strict";
(() => {
  // Nothing is proved by looking.
  const SECRET = "[type=password], [autocomplete=one-time-code]";

  /** A picture of a page: it has no landmarks and no fields of its own, and no name that the form beside it has, too. */
  const flatten = (part) => {
    for (const one of part.querySelectorAll("[id]")) one.removeAttribute("id");
    for (const one of part.querySelectorAll("header, main, section, form, nav, footer")) {
      const box = Object.assign(document.createElement("div"), { className: one.className });
      box.append(...one.childNodes);
      one.replaceWith(box);
    }
  };

  for (const form of document.querySelectorAll("form[data-preview]")) {
    const { preview, previewFrom, previewPart } = form.dataset;
    const place = document.getElementById(preview);
    if (!place) continue;
    let waiting, running;
    const follow = async () => {
      const fields = new URLSearchParams(new FormData(form));
      for (const secret of form.querySelectorAll(SECRET)) fields.delete(secret.name);
      if (!previewFrom) fields.append("do", "preview");
      // An answer to what was written before must not replace a newer one.
      running?.abort();
      running = new AbortController();
      try {
        const answer = await fetch(previewFrom ?? form.action, { method: "POST", body: fields, credentials: "same-origin", signal: running.signal });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = previewPart ? page.querySelector(previewPart) : page.getElementById(preview);
        if (!fresh) return;
        if (place.inert) flatten(fresh);
        place.replaceChildren(...(previewPart ? [fresh] : fresh.childNodes));
      } catch { /* The button, or the saved page, still works. */ }
    };
    const soon = ({ target }) => {
      if (target.matches(SECRET)) return;
      clearTimeout(waiting);
      waiting = setTimeout(follow, 400);
    };
    for (const kind of ["input", "reset"]) form.addEventListener(kind, soon);
    // The page comes without it.
    if (previewFrom) follow();
  }
})();
