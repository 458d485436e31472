// Days are typed as pages write them, "22 Nov 2026", with the browser's own calendar beside the field. `ui/form.html` draws the
// field, which is the browser's where no script runs. What is sent is "2026-11-22", or what no one can read, for the server to
// refuse.
(() => {
  const lang = document.documentElement.lang || "en";
  const { sayCalendar = "Open calendar", sayDate = "Enter a date such as" } = document.body.dataset;
  const format = (options) => new Intl.DateTimeFormat(lang === "en" ? "en-US" : lang, { timeZone: "UTC", ...options });
  const whole = format({ day: "numeric", month: "short", year: "numeric" });
  const plain = (text) => text.toLowerCase().replaceAll(".", "");
  const months = ["short", "long"].flatMap((month) => [...Array(12).keys()].map((at) => plain(format({ month }).format(Date.UTC(2024, at, 1)))));
  const day = (year, month, date) => {
    const at = new Date(Date.UTC(year, month, date));
    return year > 1000 && at.getUTCMonth() === month && at.getUTCDate() === date ? at.toISOString().slice(0, 10) : null;
  };
  const shown = (iso) => {
    if (!iso) return "";
    const parts = whole.formatToParts(new Date(iso));
    if (lang !== "en") return parts.map(({ value }) => value).join("");
    const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
    return `${part.day} ${part.month} ${part.year}`;
  };
  /** The day that is typed: "2026-11-22", "22 Nov", "November 22, 2026", "22.11.2026"; null for anything else. */
  const read = (text) => {
    const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/.exec(text)?.reverse();
    if (iso) {
      const [year, month, date] = iso.filter((part) => part !== text).map(Number);
      return day(year, month - 1, date);
    }
    const word = /\p{L}{3,}/u.exec(plain(text))?.[0];
    const month = word ? months.findIndex((name) => name.startsWith(word) || word.startsWith(name)) % 12 : -1;
    const [date, year = new Date().getFullYear(), ...more] = text.match(/\d+/g)?.map(Number) ?? [];
    return month < 0 || date === undefined || more.length > 0 ? null : day(year < 100 ? year + 2000 : year, month, date);
  };

  for (const field of document.querySelectorAll("input[type=date][data-date]")) {
    const { name, value, min, max, defaultValue } = field;
    const picker = Object.assign(document.createElement("input"), { type: "date", defaultValue, min, max, tabIndex: -1 });
    const sent = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "bare" });
    const around = Object.assign(document.createElement("span"), { className: "date-field" });
    const label = [sayCalendar, field.labels[0]?.textContent.trim()].filter(Boolean).join(": ");
    for (const one of [picker, button]) one.setAttribute("aria-label", label);
    // The button opens it; nothing leads into it.
    picker.setAttribute("aria-hidden", "true");
    const hasFocus = document.activeElement === field;
    field.replaceWith(around);
    field.type = "text";
    field.removeAttribute("name");
    field.defaultValue = shown(defaultValue);
    field.value = shown(value);
    field.autocomplete = "off";
    around.append(field, ...(picker.showPicker ? [button] : []), picker, sent);
    if (hasFocus) field.focus();

    const take = () => {
      const typed = field.value.trim();
      const iso = typed ? read(typed) : "";
      sent.value = iso ?? typed;
      picker.value = iso ?? "";
      const isOutside = picker.value && !picker.validity.valid;
      field.setCustomValidity(iso === null ? `${sayDate} ${shown(new Date().toISOString().slice(0, 10))}.` : isOutside ? picker.validationMessage : "");
    };
    const put = (iso) => {
      field.value = shown(iso);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const open = () => { try { picker.showPicker(); } catch { field.focus(); } };
    field.addEventListener("input", take);
    field.addEventListener("change", () => { if (picker.value) field.value = shown(picker.value); });
    field.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step || event.isComposing) return;
      event.preventDefault();
      if (event.altKey) return open();
      const at = new Date(picker.value || Date.now());
      if (picker.value) at.setUTCDate(at.getUTCDate() + step);
      put(at.toISOString().slice(0, 10));
    });
    picker.addEventListener("input", (event) => event.stopPropagation());
    picker.addEventListener("change", () => { put(picker.value); field.focus(); });
    button.addEventListener("click", open);
    field.form?.addEventListener("reset", () => setTimeout(take));
    take();
  }
})();
