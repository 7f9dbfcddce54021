// A file goes to its place through a link of its own: first to be looked at, then to be taken in.
"use strict";
(() => {
  const form = document.getElementById("import");
  if (!form) return;
  const $ = (id) => document.getElementById(id);
  const zone = $("drop-zone");
  const input = $("file");
  const check = $("check");
  const load = $("load");
  const checked = $("checked");
  const bar = $("sending-bar");
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const draw = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let file = null;
  let turn = 0; // of the last file that was asked about: what comes late of another one is not shown
  zone.hidden = $("check-foot").hidden = false;
  $("paste").open = Boolean(form.elements.rows.value);

  const choose = (chosen) => {
    file = chosen || null;
    check.disabled = load.disabled = !file;
    $("chosen").textContent = file ? `${file.name} (${Math.max(1, Math.round(file.size / 1024)).toLocaleString(document.documentElement.lang)} KB)` : "";
    checked.replaceChildren();
    if (file) check.focus();
  };
  input.addEventListener("change", () => choose(input.files[0]));
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); choose(event.dataTransfer.files[0]); });

  const show = (words, share) => {
    $("sending").hidden = false;
    $("sending-words").textContent = words;
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
  };
  const stop = (words) => { show(words, 0); bar.hidden = true; check.disabled = load.disabled = !file; };

  const announce = async (onlyCheck) => {
    const said = new URLSearchParams({ csrf: form.elements.csrf.value, call: draw(), folder: form.elements.folder.value, name: file.name });
    if (onlyCheck) said.set("dry_run", "on");
    const answer = await fetch(form.dataset.announce, { method: "POST", body: said, headers: { "HX-Request": "true" } });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail || form.dataset.failed);
    return told;
  };
  const put = (place) => new Promise((done, failed) => {
    const sending = new XMLHttpRequest();
    sending.open(place.method, place.url);
    for (const [name, value] of Object.entries(place.headers)) sending.setRequestHeader(name, value);
    sending.upload.addEventListener("progress", (event) => show(form.dataset.sending.replace("{name}", file.name), event.lengthComputable ? (100 * event.loaded) / event.total : undefined));
    sending.addEventListener("load", () => (sending.status < 300 ? done() : failed(new Error(form.dataset.failed))));
    sending.addEventListener("error", () => failed(new Error(form.dataset.failed)));
    sending.send(file);
  });
  const look = async (place, mine) => {
    show(form.dataset.checking);
    for (let tries = 0; mine === turn; tries += 1) {
      const answer = await fetch(place.wait, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(form.dataset.failed);
      const text = await answer.text();
      if (mine !== turn) return;
      if (text.includes("data-found")) {
        checked.innerHTML = text;
        window.htmx.process(checked);
        $("sending").hidden = true;
        checked.querySelector("h2").tabIndex = -1;
        checked.querySelector("h2").focus();
        return;
      }
      if (tries === 15) show(form.dataset.slow);
      await wait(Math.min(1 + tries / 5, 4));
    }
  };
  const send = async (onlyCheck) => {
    const mine = ++turn;
    check.disabled = load.disabled = true;
    bar.hidden = false;
    show(form.dataset.sending.replace("{name}", file.name), 0);
    try {
      const place = await announce(onlyCheck);
      await put(place);
      if (onlyCheck) await look(place, mine);
      else { show(form.dataset.loading); location.href = place.wait; return; }
      check.disabled = load.disabled = false;
    } catch (error) {
      stop(error.message);
    }
  };
  check.addEventListener("click", () => send(true));
  load.addEventListener("click", () => send(false));
  checked.addEventListener("click", (event) => { if (event.target.closest("[data-load]")) send(false); });
  document.addEventListener("mapped", () => send(true)); // the columns are read otherwise from now on: look again
  form.addEventListener("submit", (event) => { if (file && !form.elements.rows.value) { event.preventDefault(); event.stopImmediatePropagation(); send(true); } }, true);
})();
