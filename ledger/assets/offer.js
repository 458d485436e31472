// The calculator of a program page: chooses among the figures that the server computed.
"use strict";
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-earnings]")) return;
  const box = target.closest(".offer-slider");
  box.querySelector("[data-count]").value = target.value;
  for (const output of box.querySelectorAll("[data-figures]")) output.value = output.dataset.figures.split("|")[target.value - 1];
});
