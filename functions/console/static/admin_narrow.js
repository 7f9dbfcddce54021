// A box that narrows a long list of choices to those whose words are typed.
"use strict";
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.querySelectorAll("[data-narrow]").forEach((box) => {
    const choices = [...document.querySelector(box.dataset.narrow).children];
    box.addEventListener("input", () => {
      const wanted = plain(box.value.trim());
      choices.forEach((choice) => { choice.hidden = !plain(choice.textContent).includes(wanted); });
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  });
})();
