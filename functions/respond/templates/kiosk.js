// A device in a store: answers go into the queue before anybody is thanked, and nothing of a visitor is left for the next.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const settings = JSON.parse($("kiosk").textContent), { words } = settings;
  const form = $("form"), PAGE = location.pathname;
  const THANKED = 6e3, COOLING = 3e3, COUNTED = 10, SECOND = 1e3, MINUTE = 6e4, LEAST_ROOM = 20e6, SLOWEST = 300;
  const say = (text, n) => text.replace("{n}", n);
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const another = new URLSearchParams(location.search).has("lang"); // the visitor chose another language a moment ago
  let running = true, touched = another, moved = Date.now(), ending = false, over = false, tries = 0, timer = 0, left = 0;

  // ---- the visitor ---------------------------------------------------------------------------------------------
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const fresh = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  form.elements.submission_id.value = fresh; // the page is kept on the device: what it was made with is everybody's
  document.addEventListener("escuta:ready", () => {
    for (const field of [form, ...form.querySelectorAll("[autocomplete]")]) field.autocomplete = "off";
    for (const field of form.querySelectorAll("textarea")) field.maxLength = form.dataset.longest;
    const { port1, port2 } = new MessageChannel(), version = (list) => list.find(([name]) => name === "version")[1];
    port1.onmessage = ({ data }) => { if (data && another && !answered() && version(data) === form.version.value) escutaSurvey.resume(data) };
    navigator.serviceWorker?.controller?.postMessage("escuta:carried", [port2]);
  });

  // What the server would refuse is said while the person is still here. `every`: also what is not on the page now.
  function doubtful(every) {
    const own = [...form.querySelectorAll("[name^='a.'], [name^='k.']")].filter((field) => !field.closest(every ? "[data-off='1']" : ".q[hidden]"));
    const reached = own.some(({ name, value }) => /^a\.(email|phone)$/.test(name) && value.trim());
    return own.flatMap((field) => {
      const value = field.value.trim(), kind = field.name.startsWith("a.custom.") ? "" : field.name.split(".").at(-1);
      const wrong = !value ? field.name.startsWith("a.") && !(reached && ["email", "phone"].includes(kind))
        : kind === "email" ? !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) : kind === "phone" && value.replace(/\D/g, "").length < 8;
      return wrong ? [[field, words[kind] ?? words.required]] : [];
    });
  }
  form.addEventListener("submit", (event) => {
    const found = event.submitter?.value === "back" ? [] : doubtful();
    if (!found.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const [field, text] of found.reverse()) {
      field.closest(".q").querySelector(".wrong").textContent = text;
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  });

  function read(fields) {
    const sent = { answers: {}, hidden: {}, asked: {} }, put = (into, name, value) => { if (value.trim()) into[name] = value };
    for (const [name, value] of fields) {
      const [kind, ...rest] = name.split("."), id = rest[0], last = rest.slice(1).join(".");
      if (kind === "n") sent.answers[id] = /^-?\d+$/.test(value) ? Number(value) : value;
      else if (kind === "t" || kind === "o") put(sent.answers, id, value);
      else if (kind === "c") (sent.answers[id] ??= []).push(last);
      else if (kind === "k") { if (value.trim()) (sent.answers[id] ??= {})[last] = value }
      else if (kind === "h") put(sent.hidden, rest.join("."), value);
      else if (kind === "a") put(sent.asked, rest.join("."), value);
      else if (["submission_id", "language", "prefill", "client_time"].includes(name)) put(sent, name, value);
      else if (name === "version") sent.version = Number(value);
    }
    sent.client_time ??= new Date().toISOString();
    return sent;
  }

  function thanks({ answers }) {
    const score = answers[settings.benchmark], { detractor, passive } = settings.most;
    const kind = !Number.isInteger(score) ? "any" : score <= detractor ? "detractor" : score <= passive ? "passive" : "promoter";
    return settings.thanks[kind];
  }

  async function kept(sent) {
    try {
      sent.device ??= await escutaQueue.device();
      await escutaQueue.keep(PAGE, sent);
      left = Date.now();
      await escutaQueue.note("left", left);
      return true;
    } catch { warn(words.full); return false }
  }

  // Nobody is thanked before the answer is safe: on the disk of this device or, when that cannot be, with us.
  async function take(fields) {
    const sent = read(fields), before = left;
    ending = true;
    while (!(await kept(sent)) && !(await escutaQueue.post(PAGE, sent)).taken) await pause(5 * SECOND);
    await pause(Math.min(COOLING, Math.max(0, before + COOLING - Date.now())));
    send();
    return thanks(sent);
  }

  function wipe() {
    document.dispatchEvent(new Event("escuta:reset"));
    form.reset();
    for (const field of document.querySelectorAll("textarea, main input:not([type=hidden])")) field.value = "";
    try {
      sessionStorage.clear();
      for (const name of Object.keys(localStorage)) if (localStorage.getItem(name).includes(PAGE)) localStorage.removeItem(name);
    } catch { /* nothing can be kept here, so nothing is */ }
  }

  // The next visitor gets a new page: the newest there is, or the one that is kept here. Without either, none.
  async function begin() {
    running = false;
    wipe();
    const worker = navigator.serviceWorker, waiting = (await worker?.getRegistration(PAGE))?.waiting;
    if (waiting) {
      const changed = new Promise((resolve) => worker.addEventListener("controllerchange", resolve, { once: true }));
      waiting.postMessage("escuta:change");
      await Promise.race([changed, pause(2 * SECOND)]);
    }
    while (!worker?.controller && !(await fetch(PAGE, { cache: "no-store", credentials: "omit" }).catch(() => null))) await pause(5 * SECOND);
    location.replace(PAGE);
  }

  // ---- walking away --------------------------------------------------------------------------------------------
  const answered = () => [...new FormData(form)].some(([name, value]) => /^[ntock]\.|^a\./.test(name) && value.trim());
  const whole = () => escutaSurvey.whole() && !doubtful(true).length;
  const idle = $("kiosk-idle"), count = $("kiosk-count");
  let asked = 0; // when the visitor was asked

  function stir() {
    moved = Date.now();
    touched = true;
  }
  function stay() {
    asked = 0;
    idle.close();
    stir();
  }
  async function end() {
    ending = true;
    asked = 0;
    idle.close();
    if (settings.on_idle === "submit" && answered() && whole()) await take(escutaSurvey.fields());
    begin();
  }
  function watch() {
    if (!running || ending || !touched) return;
    const still = (Date.now() - moved) / SECOND;
    if (!asked && still < settings.idle_seconds) return;
    if (!answered()) { begin(); return }
    if (!asked) {
      if (still > settings.idle_seconds + COUNTED) { end(); return } // the device slept: nobody is there
      asked = Date.now();
      if ($("kiosk-exit")?.open) $("kiosk-exit").close();
      idle.showModal();
    }
    const rest = COUNTED - Math.floor((Date.now() - asked) / SECOND);
    count.textContent = say(settings.on_idle === "submit" && whole() ? words.sends : words.starts, Math.max(0, rest));
    if (rest <= 0) end();
  }
  for (const type of ["pointerdown", "keydown", "input", "wheel"]) addEventListener(type, stir, { capture: true, passive: true });
  idle.addEventListener("click", stay);
  idle.addEventListener("cancel", stay);
  setInterval(watch, SECOND);

  document.addEventListener("escuta:done", async () => {
    ending = true;
    const place = document.createElement("span"), until = Date.now() + THANKED;
    place.id = "kiosk-next";
    ($("thanks").querySelector(".go") ?? $("thanks")).append(place);
    for (;;) {
      const rest = Math.ceil((until - Date.now()) / SECOND);
      if (rest <= 0 || !running) break;
      place.textContent = say(words.next, rest);
      await pause(SECOND);
    }
    if (running) begin();
  });

  // ---- a page that leads nowhere else --------------------------------------------------------------------------
  // Another language is another page, which is kept here as well.
  addEventListener("click", (event) => {
    const control = event.target.closest?.("a[href], button[formaction]");
    if (!running || !control) return;
    const address = new URL(control.getAttribute("href") ?? control.getAttribute("formaction"), location.href);
    if (address.hash && address.pathname === PAGE) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (address.pathname !== PAGE || address.origin !== location.origin) return;
    if (!address.searchParams.has("lang")) { begin(); return }
    navigator.serviceWorker?.controller?.postMessage({ escuta: escutaSurvey.kept() });
    location.replace(PAGE + address.search);
  }, true);
  addEventListener("contextmenu", (event) => { if (running && !event.target.matches("textarea, input")) event.preventDefault() });
  addEventListener("dragstart", (event) => { if (running) event.preventDefault() });
  addEventListener("pageshow", (event) => { if (event.persisted) begin() }); // a page out of the browser's memory is a visitor's
  addEventListener("pointerup", () => {
    if (running && !document.fullscreenElement && matchMedia("(display-mode: browser)").matches)
      document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
  }, { once: true });
  let awake = null;
  const stayAwake = async () => { if (running && !document.hidden) awake = await navigator.wakeLock?.request("screen").catch(() => null) };

  // ---- the queue -----------------------------------------------------------------------------------------------
  async function show() {
    const { waiting, aside } = await escutaQueue.counts();
    $("kiosk-state").textContent = [waiting && say(words.waiting, waiting), aside && say(words.aside, aside)].filter(Boolean).join(" · ");
    $("kiosk-held").textContent = `${say(words.waiting, waiting)} · ${say(words.aside, aside)}`;
    return { waiting, aside };
  }
  function warn(text) { $("kiosk-unsafe").textContent = text; $("kiosk-unsafe").hidden = !text }

  async function send() {
    clearTimeout(timer);
    try {
      const { refused, wait } = await escutaQueue.send();
      if (refused.includes("link_revoked")) over = true;
      tries = wait === undefined ? 0 : tries + 1;
      if (tries) timer = setTimeout(send, SECOND * Math.max(wait, Math.min(SLOWEST, 2 ** (tries - 1)) * (.75 + Math.random() / 2)));
      await sign(await show());
    } catch { warn(words.full) }
    if (over && running && !touched && !ending) begin();
  }
  // A sign of life: at most every five minutes, and every two when the figures changed.
  async function sign(figures) {
    const last = await escutaQueue.recall("signed") ?? { at: 0 }, age = Math.abs(Date.now() - last.at);
    if (age < (last.waiting === figures.waiting && last.aside === figures.aside ? 5 : 2) * MINUTE) return;
    await escutaQueue.note("signed", { at: Date.now(), ...figures });
    try {
      const answer = await fetch(`${PAGE}/seen`, { method: "POST", body: JSON.stringify(figures), headers: { "Content-Type": "application/json" },
        credentials: "omit", cache: "no-store", redirect: "error" });
      if (answer.status === 410) over = true;
      if (!answer.ok) await escutaQueue.note("signed", { at: 0 });
    } catch { await escutaQueue.note("signed", { at: 0 }) }
  }

  async function check() {
    if (!globalThis.indexedDB || !crypto.subtle || !navigator.serviceWorker) { warn(words.unsafe); return }
    const { quota = 0, usage = 0 } = await navigator.storage?.estimate?.() ?? {};
    const kept = await navigator.storage?.persisted?.() || await navigator.storage?.persist?.();
    warn(quota - usage < LEAST_ROOM ? words.full : kept ? "" : words.unsafe);
  }

  // ---- leaving -------------------------------------------------------------------------------------------------
  const exit = $("kiosk-exit"), corner = $("kiosk-corner"), access = $("kiosk-access"), wrong = $("kiosk-wrong");
  const binary = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  async function right(code) {
    const { salt, hash, rounds } = settings.exit;
    const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
    const found = new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: binary(salt), iterations: rounds }, secret, 256));
    return binary(hash).every((byte, place) => byte === found[place]);
  }
  async function tell(code) {
    const { wrongs = 0, until = 0 } = await escutaQueue.recall("wrongs") ?? {};
    const wait = Math.ceil((Math.min(until, Date.now() + SLOWEST * SECOND) - Date.now()) / SECOND);
    access.value = "";
    if (wait > 0) { wrong.textContent = say(words.slow, wait); return }
    if (await right(code)) { await escutaQueue.note("wrongs", {}); exit.close(); leave(); return }
    const next = Math.min(SLOWEST, 2 ** wrongs);
    await escutaQueue.note("wrongs", { wrongs: wrongs + 1, until: Date.now() + next * SECOND });
    wrong.textContent = say(words.wrong, next);
  }
  function leave() {
    running = false;
    wipe();
    if (document.fullscreenElement) document.exitFullscreen();
    awake?.release();
    document.documentElement.classList.remove("kiosk");
    document.querySelector("header nav")?.remove();
    for (const part of ["page", "thanks", "kiosk-bar"]) $(part).hidden = true;
    document.querySelector("main").append($("kiosk-off"));
    $("kiosk-off").hidden = false;
    $("kiosk-off").querySelector("h1").focus();
    show();
  }
  function door() {
    let taps = [], held = 0;
    const open = () => { taps = []; wrong.textContent = ""; access.value = ""; exit.showModal() };
    corner.addEventListener("click", (event) => {
      taps = [...taps.filter((tap) => Date.now() - tap < 3 * SECOND), Date.now()];
      if (event.detail === 0 || taps.length >= 5) open(); // 0: the keyboard
    });
    corner.addEventListener("pointerdown", () => { held = setTimeout(open, 1.2 * SECOND) });
    for (const type of ["pointerup", "pointerleave", "pointercancel"]) corner.addEventListener(type, () => clearTimeout(held));
    $("kiosk-code").addEventListener("submit", (event) => { event.preventDefault(); tell(access.value) });
    $("kiosk-back").addEventListener("click", () => exit.close());
    exit.addEventListener("mousedown", (event) => { if (event.target === exit) event.preventDefault() }); // one tap too many
  }
  if (corner) door();
  $("kiosk-start").addEventListener("click", begin);
  $("kiosk-send").addEventListener("click", async () => { await escutaQueue.retake(); tries = 0; send() });

  // ---- begin ---------------------------------------------------------------------------------------------------
  document.documentElement.classList.add("kiosk");
  for (const part of ["call", "share"]) $(part)?.remove(); // they lead out of the page, or need the network
  const manifest = document.createElement("link");
  manifest.rel = "manifest";
  manifest.href = `${PAGE}/app.webmanifest`;
  document.head.append(manifest);
  globalThis.escutaKiosk = { take };
  navigator.serviceWorker?.register(`${PAGE}/sw.js`, { scope: PAGE }).catch(() => warn(words.unsafe));
  navigator.serviceWorker?.ready.then((registration) => registration.sync?.register("escuta")).catch(() => { /* the page sends by itself */ });
  escutaQueue.told.addEventListener("message", show);
  addEventListener("online", () => { tries = 0; send() });
  document.addEventListener("visibilitychange", () => { stayAwake(); if (!document.hidden) send() });
  setInterval(send, 2.5 * MINUTE);
  stayAwake();
  check().catch(() => warn(words.unsafe));
  escutaQueue.recall("left").then((at) => { left = at ?? 0 }).catch(() => warn(words.unsafe));
  send();
})();
