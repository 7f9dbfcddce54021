// The list and the board of tickets: how many are ticked, and cards that are dragged to another column.
"use strict";
(() => {
  document.body.classList.add("scripted");
  const bar = document.getElementById("bulk-bar");
  if (bar) {
    const boxes = [...document.querySelectorAll("[name=ticket]")];
    const words = bar.querySelector("[data-chosen]");
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      bar.classList.toggle("on", ticked > 0);
      words.textContent = (ticked === 1 ? words.dataset.one : words.dataset.many).replace("{n}", ticked);
    };
    let last = null;
    boxes.forEach((box) => {
      box.addEventListener("change", count);
      box.addEventListener("click", (event) => {
        if (event.shiftKey && last !== null && last !== box) {
          const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
          boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
          count();
        }
        last = box;
      });
    });
    addEventListener("pageshow", count);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !bar.classList.contains("on") || document.querySelector("dialog[open], details.drop[open]")) return;
      boxes.forEach((box) => { box.checked = false; });
      count();
    });
    count();
  }
  const lists = [...document.querySelectorAll(".board-list")];
  if (!lists.length || !window.Sortable) return;
  const said = document.getElementById("board-said");
  const board = document.querySelector("[data-board]");
  const may = (card, list) => card.dataset.moves.split(" ").includes(list.dataset.state);
  const forms = (card, state) => card.querySelector(`form[data-to="${state}"]`);
  lists.forEach((list) => Sortable.create(list, {
    group: { name: "board", put: (to, from, card) => may(card, to.el) },
    draggable: ".board-card",
    filter: "details, a, button",
    preventOnFilter: false,
    delay: 150,
    delayOnTouchOnly: true,
    sort: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    onStart: ({ item }) => lists.forEach((each) => each.classList.toggle("may-drop", each !== item.parentElement && may(item, each))),
    onEnd: ({ item, to, from }) => {
      lists.forEach((each) => each.classList.remove("may-drop"));
      if (to === from) return;
      const form = forms(item, to.dataset.state);
      said.textContent = board.dataset.moving.replace("{state}", to.dataset.name);
      if (form) form.requestSubmit();
      else location.href = `${item.querySelector("a").href}#close`;
    },
  }));
  // Arrows go from card to card and from column to column.
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".board-card");
    if (!card || !event.target.matches(".board-name") || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const list = card.parentElement;
    const cards = (of) => [...of.querySelectorAll(".board-card")];
    const at = cards(list).indexOf(card);
    let next = null;
    if (event.key === "ArrowDown") next = cards(list)[at + 1];
    else if (event.key === "ArrowUp") next = cards(list)[at - 1];
    else {
      const step = event.key === "ArrowRight" ? 1 : -1;
      for (let column = lists.indexOf(list) + step; column >= 0 && column < lists.length && !next; column += step) {
        const there = cards(lists[column]);
        next = there[Math.min(at, there.length - 1)];
      }
    }
    next?.querySelector(".board-name").focus();
  });
})();
