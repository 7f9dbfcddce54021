// The form of a sending: places that stand for what is below them, conditions that come and go, steps that tick off.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Places: one that is ticked stands for all below it, which are then shown as ticked and are not sent by themselves.
  for (const tree of all("[data-tree]")) {
    const rows = all("li[data-code]", tree);
    const by = new Map(rows.map((row) => [row.dataset.code, row]));
    const box = (row) => row.querySelector("input");
    const own = new Set(rows.filter((row) => box(row).checked).map((row) => row.dataset.code));
    const covered = (row) => {
      for (let up = by.get(row.dataset.parent); up; up = by.get(up.dataset.parent)) if (own.has(up.dataset.code)) return true;
      return false;
    };
    const draw = () => rows.forEach((row) => {
      const under = covered(row);
      box(row).disabled = under;
      box(row).checked = under || own.has(row.dataset.code);
    });
    tree.addEventListener("change", (event) => {
      const row = event.target.closest("li[data-code]");
      if (!row) return;
      event.target.checked ? own.add(row.dataset.code) : own.delete(row.dataset.code);
      draw();
    });
    tree.closest("form").addEventListener("input", (event) => { // a draft that is put back
      const row = event.isTrusted ? null : event.target.closest?.("li[data-code]");
      if (!row || event.target.disabled) return;
      event.target.checked ? own.add(row.dataset.code) : own.delete(row.dataset.code);
      draw();
    });
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const find = tree.querySelector("[data-tree-find]");
    find?.addEventListener("input", () => {
      const wanted = plain(find.value.trim());
      const shown = new Set();
      for (const row of rows) {
        if (!plain(row.querySelector("span").textContent).includes(wanted)) continue;
        for (let up = row; up; up = by.get(up.dataset.parent)) shown.add(up);
      }
      rows.forEach((row) => { row.hidden = wanted !== "" && !shown.has(row); });
    });
    find?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    draw();
  }

  // Conditions: one more, one less.
  for (const box of all("[data-conditions]")) {
    const add = box.parentElement.querySelector("[data-condition-add]");
    const tidy = () => {
      const rows = all("[data-condition]", box);
      rows.forEach((row) => { row.querySelector("[data-condition-remove]").hidden = rows.length < 2; });
    };
    add.hidden = false;
    add.addEventListener("click", () => {
      const fresh = box.lastElementChild.cloneNode(true);
      all("input", fresh).forEach((field) => { field.value = ""; });
      all("select", fresh).forEach((field) => { field.selectedIndex = 0; });
      box.append(fresh);
      tidy();
      fresh.querySelector("select").focus();
    });
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-condition-remove]")?.closest("[data-condition]");
      if (!row) return;
      const next = row.previousElementSibling || row.nextElementSibling;
      row.remove();
      tidy();
      next.querySelector("select").focus();
    });
    const mute = () => all("[data-condition]", box).forEach((row) => {
      const [, op] = all("select", row);
      row.querySelector("input").disabled = false;
      row.querySelector("input").readOnly = op.value === "known" || op.value === "blank";
    });
    box.addEventListener("change", mute);
    tidy();
  }

  // Steps: where what must be there is there.
  const form = document.querySelector("[data-deploy]");
  if (form) {
    const steps = all(".steps a");
    const tick = () => steps.forEach((step) => {
      const section = document.querySelector(step.getAttribute("href"));
      const chosen = form.elements.audience?.value === "segments" ? all("[name=segments]:checked", form).length > 0 : true;
      const fine = all("input, select, textarea", section).every((field) => field.disabled || field.validity.valid);
      step.classList.toggle("done", fine && (section.id !== "step-whom" || chosen));
    });
    form.addEventListener("input", tick);
    form.addEventListener("change", tick);
    tick();
  }

  // What was refused in a dialog is shown in it again.
  const refused = document.querySelector("dialog form[data-refused]");
  if (refused) refused.closest("dialog").showModal();
})();
