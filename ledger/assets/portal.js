// What the portal does where scripts run: the link to a pasted page at once, the device's own way to share, and the portal as an app.
// The server decides, and says it too.
"use strict";
(() => {
  const whole = (text) => { try { return new URL(text.includes("://") ? text : `https://${text}`); } catch { return null; } };
  const bare = (host) => host.replace(/^www\./, "");

  for (const form of document.querySelectorAll("form[data-builder]")) {
    const field = form.elements.page, preview = form.querySelector("[data-preview]"), ready = document.querySelector("[data-ready]");
    const links = [...form.querySelectorAll("[data-link]")].map((one) => ({ link: one.dataset.link, to: whole(one.dataset.leadsTo) })).filter((one) => one.to);
    const isOurs = (page) => links.some(({ to }) => bare(to.host) === bare(page.host));
    const typed = () => (field.value.trim() ? whole(field.value.trim()) : null);
    const announce = () => {
      const page = typed();
      if (!page || !page.hostname.includes(".")) { preview.textContent = ""; return; }
      for (const { link, to } of links) {
        const under = to.pathname.replace(/\/+$/, "");
        if (page.host === to.host && (page.pathname === under || page.pathname.startsWith(`${under}/`)) && /^[\w\-.~/]*$/.test(page.pathname)) {
          const rest = page.pathname.slice(under.length).replace(/^\//, "");
          preview.textContent = link + (rest ? `/${rest}` : "") + page.search + page.hash;
          return;
        }
      }
      preview.textContent = isOurs(page) ? form.dataset.sayNew : form.dataset.sayElsewhere;
    };
    // Without an answer the form is sent as it would be without this script.
    const build = async () => {
      try {
        const answer = await fetch("/a/links/quick", { method: "POST", body: new URLSearchParams({ page: field.value }), credentials: "same-origin" });
        if (answer.redirected || !(answer.ok || answer.status === 400)) throw new Error(answer.status);
        ready.innerHTML = await answer.text();
        preview.textContent = "";
        ready.dispatchEvent(new CustomEvent("rekomi:added", { bubbles: true }));
      } catch { form.submit(); }
    };
    field.addEventListener("input", announce);
    field.addEventListener("paste", () => setTimeout(() => { const page = typed(); if (page && isOurs(page)) build(); }));
    form.addEventListener("submit", (event) => { event.preventDefault(); build(); });
    // Somebody may have typed before this script was there.
    if (field.value !== field.defaultValue) announce();
  }

  for (const form of document.querySelectorAll("form[data-named]")) {
    const field = form.elements.label, preview = form.querySelector("[data-preview]");
    const announce = () => { preview.textContent = form.dataset.named + (field.value.trim().toLowerCase() || "…"); };
    field.addEventListener("input", announce);
    announce();
  }

  // Phones have a sheet with the apps that their owner shares with; elsewhere the button opens our menu.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-share]");
    if (!button || !navigator.share || !matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    navigator.share({ text: button.dataset.text, url: button.dataset.share }).catch(() => {});
  });

  // Without a connection the app says so; it keeps no page.
  if (navigator.serviceWorker) addEventListener("load", () => navigator.serviceWorker.register("/a/sw.js", { scope: "/a" }).catch(() => {}));
})();
