// Arranging a dashboard: gridstack for the mouse, arrow keys for the keyboard. Without it places are typed as numbers.
"use strict";
(() => {
  const place = document.getElementById("grid");
  const said = document.getElementById("moved");
  const form = document.getElementById("layout-form");
  if (!place || !window.GridStack) return;
  const grid = window.GridStack.init({
    column: 12, cellHeight: 64, margin: 0, float: true, animate: false, handle: ".widget > header", draggable: { handle: ".widget > header", cancel: "a, form button, input" },
    resizable: { handles: "e, se, s, sw, w" }, columnOpts: { breakpoints: [{ w: 640, c: 1 }], layout: "list" },
  }, place);
  // In one column places mean nothing: there widgets are edited and taken off, and arranged on a larger screen.
  const fit = () => {
    const narrow = grid.getColumn() !== 12;
    document.getElementById("narrow").hidden = !narrow;
    form.hidden = narrow;
    place.querySelectorAll("[data-grip]").forEach((grip) => { grip.hidden = narrow; });
    grid.enableMove(!narrow);
    grid.enableResize(!narrow);
  };
  new ResizeObserver(fit).observe(place);
  fit();
  const node = (item) => item.gridstackNode;
  const written = () => grid.getGridItems().map((item) => { const at = node(item); return `${at.id}:${at.x},${at.y},${at.w},${at.h}`; }).join(";");
  let begun = written();
  let leaves = false;
  addEventListener("beforeunload", (event) => { if (!leaves && grid.getColumn() === 12 && written() !== begun) event.preventDefault(); });
  form.addEventListener("submit", () => { if (grid.getColumn() === 12) form.elements.layout.value = written(); leaves = true; });
  const tell = (item) => {
    const at = node(item);
    const title = item.querySelector("h2").textContent;
    said.textContent = place.dataset.moved.replace("{title}", title).replace("{x}", at.x + 1).replace("{y}", at.y + 1).replace("{w}", at.w).replace("{h}", at.h);
  };
  grid.on("change", (_, items) => { if (items?.length === 1) tell(items[0].el); });
  const KEYS = { ArrowLeft: ["x", -1], ArrowRight: ["x", 1], ArrowUp: ["y", -1], ArrowDown: ["y", 1] };
  let held = null;
  let before = null;
  const release = () => { held?.querySelector("[data-grip]").setAttribute("aria-pressed", "false"); held = null; };
  const take = (item) => {
    release();
    held = item;
    const { x, y, w, h } = node(item);
    before = { x, y, w, h };
    item.querySelector("[data-grip]").setAttribute("aria-pressed", "true");
    said.textContent = place.dataset.held.replace("{title}", item.querySelector("h2").textContent);
  };
  place.addEventListener("click", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    const item = grip.closest(".grid-stack-item");
    if (held === item) release(); else take(item);
  });
  place.addEventListener("keydown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    const item = grip.closest(".grid-stack-item");
    if (event.key === "Escape" && held === item) { event.preventDefault(); event.stopPropagation(); grid.update(item, before); release(); tell(item); return; }
    const key = KEYS[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (held !== item) take(item);
    const at = node(item);
    const side = event.shiftKey ? { x: "w", y: "h" }[key[0]] : key[0];
    const next = at[side] + key[1];
    const most = side === "x" ? 12 - at.w : side === "w" ? 12 - at.x : side === "h" ? 24 : 199;
    const least = side === "w" ? at.minW || 1 : side === "h" ? at.minH || 1 : 0;
    if (next < least || next > most) { tell(item); return; }
    grid.update(item, { [side]: next });
    tell(item);
    item.scrollIntoView({ block: "nearest" });
  });
  place.addEventListener("focusout", (event) => { if (held && !held.contains(event.relatedTarget)) release(); });
})();
