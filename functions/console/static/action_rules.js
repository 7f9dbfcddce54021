// The form of a rule: rows of conditions that are added and removed, fields that belong to one choice alone.
"use strict";
(() => {
  document.body.classList.add("scripted");
  for (const box of document.querySelectorAll("[data-conditions]")) {
    const rows = () => [...box.querySelectorAll("[data-test]")];
    const ready = (row) => {
      const [fact, op] = row.querySelectorAll("select");
      const value = row.querySelector("input");
      const fit = () => {
        const list = document.getElementById(`values-${fact.value}`);
        if (list) value.setAttribute("list", list.id);
        else value.removeAttribute("list");
        value.hidden = ["answered", "blank"].includes(op.value);
        op.hidden = !fact.value;
        if (!fact.value) value.hidden = true;
      };
      fact.addEventListener("change", () => { fit(); if (fact.value && !op.hidden) op.focus(); });
      op.addEventListener("change", fit);
      const drop = row.querySelector("[data-drop-test]");
      drop.hidden = false;
      drop.addEventListener("click", () => {
        const others = rows().filter((each) => each !== row);
        if (others.length) { row.remove(); others.at(-1).querySelector("select").focus(); }
        else { fact.value = ""; value.value = ""; fit(); fact.focus(); }
      });
      fit();
    };
    rows().forEach(ready);
    const add = box.querySelector("[data-add-test]");
    add.hidden = false;
    add.addEventListener("click", () => {
      const row = rows().at(-1).cloneNode(true);
      row.querySelector("select").value = "";
      row.querySelectorAll("select")[1].selectedIndex = 0;
      row.querySelector("input").value = "";
      rows().at(-1).after(row);
      ready(row);
      row.querySelector("select").focus();
    });
  }
  const form = document.getElementById("rule");
  if (!form) return;
  const fit = () => {
    const kind = form.elements.kind.value;
    form.querySelectorAll("[data-only]").forEach((part) => { part.hidden = part.dataset.only !== kind; });
    form.querySelectorAll("[data-only-way]").forEach((part) => { part.hidden = part.dataset.onlyWay !== form.elements.way.value; });
  };
  form.addEventListener("change", fit);
  fit();
})();
