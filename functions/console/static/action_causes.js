// The tree of causes: one is dragged among those beside it. Its arrows do the same.
"use strict";
(() => {
  document.body.classList.add("scripted");
  const tree = document.querySelector("[data-tree]");
  const form = document.getElementById("cause-move");
  if (!tree || !form || !window.Sortable) return;
  const beside = (item) => [...tree.querySelectorAll("[data-cause]")].filter((each) => each.dataset.parent === item.dataset.parent);
  Sortable.create(tree, {
    handle: ".grip",
    draggable: "[data-cause]",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    onEnd: ({ item, oldIndex, newIndex }) => {
      if (oldIndex === newIndex) return;
      form.elements.id.value = item.dataset.cause;
      form.elements.to.value = beside(item).indexOf(item);
      form.requestSubmit();
    },
  });
})();
