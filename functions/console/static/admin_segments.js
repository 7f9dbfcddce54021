// The tree: what is looked for, what is folded, and a segment that is put elsewhere by mouse or by keys.
"use strict";
(() => {
  const tree = document.getElementById("tree");
  if (!tree) return;
  const all = (selector, within = tree) => [...within.querySelectorAll(selector)];
  const said = document.getElementById("tree-said");
  const form = document.getElementById("tree-move");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const nameOf = (item) => item.querySelector(".tree-name").textContent.trim();
  const say = (words, names = {}) => { said.textContent = words.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? ""); };

  const fold = (item, folded) => {
    const button = item.querySelector(":scope > .tree-row > button.fold");
    if (!button) return;
    button.setAttribute("aria-expanded", String(!folded));
    item.classList.toggle("folded", folded);
  };
  const foldAll = (folded) => all("li").forEach((item) => fold(item, folded && item.parentElement !== tree));
  document.querySelector("[data-unfold]").hidden = false;
  document.querySelector("[data-fold]").hidden = false;
  document.querySelector("[data-unfold]").addEventListener("click", () => foldAll(false));
  document.querySelector("[data-fold]").addEventListener("click", () => foldAll(true));
  if (tree.hasAttribute("data-folded")) foldAll(true);
  tree.addEventListener("click", (event) => {
    const button = event.target.closest("button.fold");
    if (button) fold(button.closest("li"), button.getAttribute("aria-expanded") === "true");
  });

  const filter = document.getElementById("tree-filter");
  const none = document.getElementById("tree-none");
  filter.addEventListener("input", () => {
    const wanted = plain(filter.value.trim());
    let found = 0;
    all("li").forEach((item) => { item.hidden = Boolean(wanted); });
    if (wanted) {
      for (const item of all("li")) {
        const row = item.querySelector(":scope > .tree-row");
        const fits = plain(row.textContent).includes(wanted);
        row.classList.toggle("found", fits);
        if (!fits) continue;
        found += 1;
        for (let above = item; above && above !== tree; above = above.parentElement.closest("li")) { above.hidden = false; if (above !== item) fold(above, false); }
      }
    } else all(".found").forEach((row) => row.classList.remove("found"));
    none.hidden = !wanted || found > 0;
  });

  // Arrow keys go from name to name; `m` picks a segment up, Enter puts it below the name in focus, Escape lays it back.
  let picked = null;
  const names = () => all(".tree-name").filter((name) => name.offsetParent !== null);
  const inside = (item, other) => item === other || item.contains(other);
  const parentOf = (item) => item.parentElement.closest("li");
  const movable = (item) => item.querySelector(":scope > .tree-row").draggable;
  const mayDrop = (item) => picked && !inside(picked, item) && parentOf(picked) !== item && !item.querySelector(":scope > .tree-row.gone");
  const pick = (item) => { lay(); picked = item; item.querySelector(".tree-row").classList.add("picked"); say(tree.dataset.picked, { name: nameOf(item) }); };
  const lay = () => { picked?.querySelector(".tree-row").classList.remove("picked"); picked = null; all(".over").forEach((row) => row.classList.remove("over")); };
  const drop = (item) => {
    say(tree.dataset.dropped, { name: nameOf(picked), parent: nameOf(item) });
    form.action = `${form.action.replace(/\/admin\/segments.*$/, "/admin/segments")}/${encodeURIComponent(picked.dataset.code)}/move`;
    form.elements.parent.value = item.dataset.code;
    form.requestSubmit();
  };
  tree.addEventListener("keydown", (event) => {
    const link = event.target.closest(".tree-name");
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = link.closest("li");
    const list = names();
    const at = list.indexOf(link);
    const go = (name) => { if (name) { event.preventDefault(); name.focus(); if (picked) say(tree.dataset.over, { name: name.textContent.trim() }); } };
    if (event.key === "ArrowDown") go(list[at + 1]);
    else if (event.key === "ArrowUp") go(list[at - 1]);
    else if (event.key === "Home") go(list[0]);
    else if (event.key === "End") go(list.at(-1));
    else if (event.key === "ArrowRight") { event.preventDefault(); if (item.classList.contains("folded")) fold(item, false); else go(item.querySelector(":scope > ul .tree-name")); }
    else if (event.key === "ArrowLeft") { event.preventDefault(); if (item.querySelector(":scope > ul") && !item.classList.contains("folded")) fold(item, true); else go(parentOf(item)?.querySelector(".tree-name")); }
    else if (event.key === "m" && form && movable(item)) { event.preventDefault(); event.stopPropagation(); pick(item); }
    else if (event.key === "Enter" && picked) { event.preventDefault(); if (mayDrop(item)) drop(item); else say(tree.dataset.wrong, { name: nameOf(picked) }); }
    else if (event.key === "Escape" && picked) { event.preventDefault(); event.stopPropagation(); lay(); say(tree.dataset.left); }
  });

  if (!form) return;
  tree.addEventListener("dragstart", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row) return;
    pick(row.closest("li"));
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", picked.dataset.code);
  });
  tree.addEventListener("dragover", (event) => {
    const row = event.target.closest(".tree-row");
    all(".over").forEach((other) => { if (other !== row) other.classList.remove("over"); });
    if (!row || !mayDrop(row.closest("li"))) return;
    event.preventDefault();
    row.classList.add("over");
  });
  tree.addEventListener("drop", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row || !mayDrop(row.closest("li"))) return;
    event.preventDefault();
    drop(row.closest("li"));
  });
  tree.addEventListener("dragend", lay);
})();
