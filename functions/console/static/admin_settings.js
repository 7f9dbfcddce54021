// Settings of Admin: words as they will read, rows that are added, what belongs to one choice alone.
"use strict";
(() => {
  for (const set of document.querySelectorAll("[data-example]")) {
    const told = set.querySelector("output");
    const fields = [...set.querySelectorAll("[data-label]")];
    const show = () => {
      told.textContent = fields.reduce((words, field) => words.replaceAll(`[${field.dataset.label}]`, field.value.trim() || field.placeholder), set.dataset.example);
    };
    set.addEventListener("input", show);
    show();
  }

  // Rows of a form: the last one is empty and is copied; a row that is dropped is emptied when it is the only one.
  for (const box of document.querySelectorAll("[data-rows]")) {
    const rows = () => [...box.querySelectorAll("[data-row]")];
    const fields = (row) => [...row.querySelectorAll("input, select")];
    const bare = new Set(["known", "blank"]);
    const fit = (row) => {
      const [fact, op, value] = ["fact", "op", "value"].map((name) => row.querySelector(`[data-part=${name}]`));
      if (!op || !value) return;
      const list = document.getElementById(`values-${fact.value}`);
      if (list) value.setAttribute("list", list.id);
      else value.removeAttribute("list");
      op.hidden = !fact.value;
      value.hidden = !fact.value || bare.has(op.value);
    };
    const empty = (row) => {
      for (const field of fields(row)) {
        if (field.tagName === "SELECT") field.selectedIndex = 0;
        else field.value = field.dataset.fresh || "";
        field.removeAttribute("aria-invalid");
      }
      fit(row);
    };
    const ready = (row) => {
      row.addEventListener("change", () => fit(row));
      const drop = row.querySelector("[data-drop-row]");
      drop.hidden = false;
      drop.addEventListener("click", () => {
        const left = rows().filter((each) => each !== row);
        if (left.length) row.remove();
        else empty(row);
        (left.at(-1) || row).querySelector("input, select").focus();
        box.dispatchEvent(new Event("input", { bubbles: true }));
      });
      fit(row);
    };
    rows().forEach(ready);
    const add = box.querySelector("[data-add-row]");
    if (!add) continue;
    add.hidden = false;
    add.addEventListener("click", () => {
      const row = rows().at(-1).cloneNode(true);
      rows().at(-1).after(row);
      empty(row);
      ready(row);
      row.querySelector("input, select").focus();
    });
  }

  for (const form of document.querySelectorAll("[data-fits]")) {
    const fit = () => form.querySelectorAll("[data-only]").forEach((part) => {
      const [name, ...values] = part.dataset.only.split(" ");
      const field = form.elements[name];
      const chosen = field instanceof RadioNodeList || field.type !== "checkbox" ? field.value : field.checked ? "on" : "";
      part.hidden = !values.includes(chosen);
    });
    form.addEventListener("change", fit);
    fit();
  }
})();
