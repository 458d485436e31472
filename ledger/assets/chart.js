// Charts: a card with the figures where the pointer, a finger or the arrow keys are, and the chart as a file. Everything
// comes from the table below the chart, which is also what pages show without a script.
"use strict";
(() => {
  const GAP = 12;
  const make = (name, kind, parent) => {
    const made = document.createElement(name);
    made.className = kind;
    parent.append(made);
    return made;
  };
  const figures = () => [...document.querySelectorAll("figure.ch")];
  const plotOf = (figure) => figure.querySelector(".ch-plot");
  const rowsOf = (figure) => [...figure.querySelectorAll("tbody tr")];
  const namesOf = (figure) => [...figure.querySelectorAll("thead th")].map((head) => head.textContent);
  const cells = (row) => [...row.querySelectorAll("td")];
  const middle = (at, count) => (at + .5) / count * 100;
  const clamp = (number, most) => Math.min(Math.max(number, 0), most);
  const height = (cell, figure) => 100 - clamp(Number(cell.dataset.value) / Number(figure.dataset.top), 1) * 100;
  const areBars = (figure) => !figure.querySelector(".ch-line");

  function clear(figure) {
    for (const part of figure.querySelectorAll(".ch-line-at, .ch-dot, .ch-card")) part.remove();
    delete figure.dataset.at;
  }

  // The line or band, and a dot for each figure, at one point of a chart.
  function mark(figure, at) {
    clear(figure);
    const rows = rowsOf(figure);
    const plot = plotOf(figure);
    const line = make("div", "ch-line-at", plot);
    line.style.left = middle(at, rows.length) + "%";
    if (areBars(figure)) {
      line.classList.add("band");
      line.style.left = at / rows.length * 100 + "%";
      line.style.width = 100 / rows.length + "%";
    }
    cells(rows[at]).forEach((cell, index) => {
      if (index === 0 && areBars(figure)) return;
      const dot = make("div", "ch-dot", plot);
      dot.style.left = middle(at, rows.length) + "%";
      dot.style.top = height(cell, figure) + "%";
    });
    figure.dataset.at = at;
  }

  // Shows a point; the other charts of the page mark the same one. A finger has the card above the chart, where it covers nothing.
  function show(figure, at, touched) {
    const rows = rowsOf(figure);
    if (!rows.length) return;
    for (const other of figures()) {
      if (other !== figure && rowsOf(other).length === rows.length) mark(other, at);
      else if (other !== figure) clear(other);
    }
    mark(figure, at);
    const plot = plotOf(figure);
    const names = namesOf(figure);
    const card = make("div", "ch-card", plot);
    card.setAttribute("aria-hidden", "true");
    make("p", "", card).textContent = rows[at].querySelector("th").textContent;
    cells(rows[at]).forEach((cell, index) => {
      const line = make("p", index ? "other" : "", card);
      make("span", "", line).textContent = index || names.length > 2 ? names[index + 1] : figure.dataset.name;
      make("strong", "", line).textContent = cell.textContent;
    });
    const wide = plot.clientWidth;
    const x = middle(at, rows.length) / 100 * wide;
    const left = x > wide * 2 / 3 ? x - GAP - card.offsetWidth : x + GAP;
    card.style.left = clamp(left, Math.max(wide - card.offsetWidth, 0)) + "px";
    if (touched) card.style.top = -card.offsetHeight + "px";
  }

  const under = (figure, event) => {
    const box = plotOf(figure).getBoundingClientRect();
    const count = rowsOf(figure).length;
    return clamp(Math.floor((event.clientX - box.left) / box.width * count), count - 1);
  };
  const hide = () => figures().forEach(clear);

  document.addEventListener("pointermove", (event) => {
    const plot = event.target.closest?.(".ch-plot");
    if (!plot) { if (event.pointerType === "mouse" && document.querySelector(".ch-card")) hide(); return; }
    const figure = plot.closest("figure");
    const at = under(figure, event);
    if (Number(figure.dataset.at) !== at || !figure.querySelector(".ch-card")) show(figure, at, event.pointerType !== "mouse");
  });
  // A finger's card stays until another place is tapped.
  document.addEventListener("pointerdown", (event) => {
    const plot = event.target.closest?.(".ch-plot");
    if (!plot) return hide();
    show(plot.closest("figure"), under(plot.closest("figure"), event), event.pointerType !== "mouse");
  });

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    const plot = event.target.closest?.(".ch-plot");
    if (!plot || event.altKey || event.ctrlKey || event.metaKey) return;
    const figure = plot.closest("figure");
    const rows = rowsOf(figure);
    if (event.key === "Escape") return hide();
    if (!(event.key in STEPS) || !rows.length) return;
    event.preventDefault();
    const from = figure.dataset.at === undefined ? rows.length : Number(figure.dataset.at);
    show(figure, clamp(from + STEPS[event.key], rows.length - 1), false);
    const row = rows[Number(figure.dataset.at)];
    const names = namesOf(figure);
    const spoken = cells(row).map((cell, index) => (index ? `${names[index + 1]} ` : "") + cell.textContent);
    figure.querySelector("[aria-live]").textContent = `${row.querySelector("th").textContent}: ${spoken.join(", ")}`;
  });
  document.addEventListener("focusout", (event) => { if (event.target.closest?.(".ch-plot")) hide(); });

  function save(figure, ending, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = figure.dataset.name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") + ending;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // What a spreadsheet would take for a formula begins with an apostrophe.
  const field = (text) => `"${text.replace(/^(?=[=+\-@\t])/, "'").replaceAll('"', '""')}"`;
  function csv(figure) {
    const lines = [...figure.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => field(cell.textContent.trim())).join(","));
    save(figure, ".csv", new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  }

  // Draws what the page shows. A picture can't be made of the SVG itself: pages load none that aren't files.
  const [WIDE, HIGH, EDGE] = [1200, 630, 48];
  function png(figure) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDE, HIGH];
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(figure);
    const own = (name) => getComputedStyle(figure.querySelector(name));
    const [ink, muted] = [own(".ch-foot").color, own(".ch-table > summary").color];
    pen.fillStyle = getComputedStyle(figure.closest(".card") ?? document.body).backgroundColor;
    pen.fillRect(0, 0, WIDE, HIGH);
    const write = (text, x, y, size, color, align = "left") => {
      pen.fillStyle = color;
      pen.font = `${size > 20 ? 600 : 400} ${size}px ${style.fontFamily}`;
      pen.textAlign = align;
      pen.fillText(text, x, y);
    };
    write(figure.dataset.name, EDGE, 70, 24, ink);
    const total = figure.parentElement.querySelector(".ch-total")?.firstChild?.textContent.trim() ?? "";
    write(total, EDGE, 120, 40, ink);
    const [left, top, wide, high] = [EDGE, 180, WIDE - 2 * EDGE, HIGH - 280];
    const x = (percent) => left + percent / 100 * wide;
    const y = (percent) => top + percent / 100 * high;
    pen.strokeStyle = muted;
    pen.lineWidth = 1;
    for (const line of figure.querySelectorAll(".ch-grid, .ch-base")) {
      const at = y(parseFloat(line.getAttribute("y1")));
      pen.globalAlpha = .4;
      pen.beginPath();
      pen.moveTo(left, at);
      pen.lineTo(left + wide, at);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    const rows = rowsOf(figure);
    const curve = (index, color, dash, width) => {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      rows.forEach((row, at) => {
        const cell = cells(row)[index];
        if (cell) pen.lineTo(x(middle(at, rows.length)), y(height(cell, figure)));
      });
      pen.stroke();
      pen.setLineDash([]);
    };
    for (const bar of figure.querySelectorAll(".ch-bar:not(.none)")) {
      const at = (name) => parseFloat(bar.getAttribute(name));
      pen.fillStyle = style.color;
      pen.globalAlpha = bar.classList.contains("part") ? .5 : 1;
      pen.fillRect(x(at("x")), y(at("y")), at("width") / 100 * wide, (100 - at("y")) / 100 * high);
    }
    pen.globalAlpha = 1;
    if (figure.querySelector(".ch-earlier")) curve(1, muted, [6, 6], 2);
    if (!areBars(figure)) curve(0, style.color, [], 3);
    for (const text of figure.querySelectorAll(".ch-drawing text")) write(text.textContent, left, y(parseFloat(text.getAttribute("y"))) - 6, 18, muted);
    const align = { start: "left", middle: "center", end: "right" };
    for (const tick of figure.querySelectorAll(".ch-axis .many")) {
      write(tick.textContent, x(parseFloat(tick.getAttribute("x"))), top + high + 30, 18, muted, align[tick.getAttribute("text-anchor")]);
    }
    canvas.toBlob((picture) => { if (picture) save(figure, ".png", picture); });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-save]");
    if (button) (button.dataset.save === "csv" ? csv : png)(button.closest("figure"));
  });

  // What only a script can do is offered by it.
  function offer() {
    for (const figure of figures()) {
      if (figure.querySelector("[aria-live]")) continue;
      const plot = plotOf(figure);
      plot.tabIndex = 0;
      plot.setAttribute("role", "group");
      plot.setAttribute("aria-label", `${figure.dataset.name}. ${figure.dataset.keys}`);
      make("p", "hidden", figure).setAttribute("aria-live", "polite");
      figure.querySelector(".ch-save").hidden = false;
    }
  }
  window.addEventListener("part", offer);
  offer();
})();
