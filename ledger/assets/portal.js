// What the portal's links page shows while somebody types: the link as it will be. The server says it too, and decides.
"use strict";
(() => {
  const whole = (text) => { try { return new URL(text.includes("://") ? text : `https://${text}`); } catch { return null; } };
  const bare = (host) => host.replace(/^www\./, "");

  for (const form of document.querySelectorAll("form[data-builder]")) {
    const field = form.elements.page, preview = form.querySelector("[data-preview]");
    const links = [...form.querySelectorAll("[data-link]")].map((one) => ({ link: one.dataset.link, to: whole(one.dataset.leadsTo) })).filter((one) => one.to);
    const announce = () => {
      const page = field.value.trim() ? whole(field.value.trim()) : null;
      if (!page || !page.hostname.includes(".")) { preview.textContent = ""; return; }
      for (const { link, to } of links) {
        const under = to.pathname.replace(/\/+$/, "");
        if (page.host === to.host && (page.pathname === under || page.pathname.startsWith(`${under}/`)) && /^[\w\-.~/]*$/.test(page.pathname)) {
          const rest = page.pathname.slice(under.length).replace(/^\//, "");
          preview.textContent = link + (rest ? `/${rest}` : "") + page.search + page.hash;
          return;
        }
      }
      preview.textContent = links.some(({ to }) => bare(to.host) === bare(page.host)) ? form.dataset.sayNew : form.dataset.sayElsewhere;
    };
    field.addEventListener("input", announce);
    // Somebody may have typed before this script was there.
    if (field.value !== field.defaultValue) announce();
  }

  for (const form of document.querySelectorAll("form[data-named]")) {
    const field = form.elements.label, preview = form.querySelector("[data-preview]");
    const announce = () => { preview.textContent = form.dataset.named + (field.value.trim().toLowerCase() || "…"); };
    field.addEventListener("input", announce);
    announce();
  }
})();
