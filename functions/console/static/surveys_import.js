// A file that is chosen is read into the field below it, where it can be looked at before it is sent.
"use strict";
(() => {
  const field = document.querySelector("[data-read-file]");
  if (!field) return;
  const target = document.getElementById(field.dataset.readFile);
  const said = field.querySelector("[role=status]");
  const most = 2_000_000;
  field.hidden = false;
  const read = async (file) => {
    if (!file) return;
    if (file.size > most) { said.textContent = field.dataset.large; return; }
    target.value = await file.text();
    said.textContent = file.name;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };
  field.querySelector("input").addEventListener("change", (event) => read(event.target.files[0]));
  target.addEventListener("dragover", (event) => event.preventDefault());
  target.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
})();
