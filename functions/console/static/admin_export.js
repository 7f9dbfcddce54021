// All parts of what is known of a person, one after the other, into one file that the browser saves.
"use strict";
(() => {
  const box = document.getElementById("export");
  const begin = document.getElementById("export-begin");
  const going = document.getElementById("export-going");
  const words = document.getElementById("export-words");
  const first = document.getElementById("export-first");
  begin.hidden = false;
  first.hidden = true;
  begin.addEventListener("click", async () => {
    begin.disabled = true;
    going.hidden = false;
    const parts = [];
    try {
      for (let next = ""; next !== null;) {
        words.textContent = box.dataset.going.replace("{n}", parts.length + 1);
        const answer = await fetch(box.dataset.from + (next ? `?cursor=${encodeURIComponent(next)}` : ""));
        if (!answer.ok) throw new Error(String(answer.status));
        const part = await answer.json();
        next = part.next ?? null;
        delete part.next;
        parts.push(part);
      }
    } catch {
      words.textContent = box.dataset.failed;
      begin.disabled = false;
      return;
    }
    const whole = parts.length === 1 ? parts[0] : { parts };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 2)], { type: "application/json" }));
    link.download = box.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    going.querySelector("progress").hidden = true;
    words.textContent = box.dataset.ready;
    begin.disabled = false;
  });
})();
