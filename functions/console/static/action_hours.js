// The hours of a place: Monday copied to the other working days, holidays added and removed.
"use strict";
(() => {
  const days = [...document.querySelectorAll(".week-day")];
  const copy = document.querySelector("[data-copy-day]");
  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", () => {
      const from = [...days[0].querySelectorAll("input")];
      days.slice(1, 5).forEach((day) => [...day.querySelectorAll("input")].forEach((field, n) => { field.value = from[n]?.value ?? ""; }));
      days[1].querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  const list = document.querySelector("[data-days]");
  if (!list) return;
  const rows = () => [...list.querySelectorAll(".special-day")];
  const ready = (row) => {
    const drop = row.querySelector("[data-drop-day]");
    drop.hidden = false;
    drop.addEventListener("click", () => {
      row.querySelectorAll("input").forEach((field) => { if (field.type === "checkbox") field.checked = false; else field.value = ""; });
      if (rows().length > 1) {
        const next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        next?.querySelector("input").focus();
      }
      list.dispatchEvent(new Event("input", { bubbles: true }));
    });
  };
  rows().forEach(ready);
  const add = document.querySelector("[data-add-day]");
  add.hidden = false;
  let number = rows().length;
  add.addEventListener("click", () => {
    const row = rows().at(-1).cloneNode(true);
    row.querySelectorAll("input").forEach((field) => {
      field.name = field.name.replace(/^days\.\d+/, `days.${number}`);
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    });
    row.querySelectorAll(".fault").forEach((fault) => fault.remove());
    number += 1;
    list.append(row);
    ready(row);
    row.querySelector("input").focus();
  });
})();
