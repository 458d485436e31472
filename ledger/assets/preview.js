// The editor of a program page shows the page beside its form while someone types. The server renders it; this puts it there.
"use strict";
(() => {
  const form = document.querySelector("form[data-page-preview]"), pane = document.getElementById("page-preview");
  let waiting, request;
  const follow = async () => {
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(form.dataset.pagePreview, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", signal: request.signal });
      if (!answer.ok) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".offer-page");
      if (!part) return;
      // A picture of a page: it has no landmarks and no fields of its own, and no name that the form beside it has, too.
      for (const one of part.querySelectorAll("[id]")) one.removeAttribute("id");
      for (const one of part.querySelectorAll("header, main, section, form, nav, footer")) {
        const box = Object.assign(document.createElement("div"), { className: one.className });
        box.append(...one.childNodes);
        one.replaceWith(box);
      }
      pane.replaceChildren(part);
    } catch { /* The saved page can still be opened. */ }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(follow, 400); };
  form.addEventListener("input", soon);
  form.addEventListener("reset", soon);
  follow();
})();
