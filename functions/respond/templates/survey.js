(() => {
  "use strict";
  const $ = (id) => document.getElementById(id), all = (what, within = document) => [...within.querySelectorAll(what)];
  const form = $("form"), words = form.dataset, status = $("status"), button = $("go"), back = $("back"), questions = $("questions");
  const kiosk = globalThis.escutaKiosk, preview = "preview" in words, steps = words.layout === "steps", shared = location.pathname.includes("/t/");
  const QUEUE = "escuta.", DRAFT = "escuta-draft." + location.pathname, WAITS = [1, 2, 4, 8, 16], MONTH = 30 * 864e5;
  const fill = (text, given) => text.replace(/\{(\w+)\}/g, (_, name) => given[name]);
  const set = (field, value) => { if (form[field]) form[field].value = value };
  let fields = null, busy = false, tries = 0, timer = 0, touched = false, saving = 0, at = form.at.value, moved = false;

  /* ---- The whole survey on the page, in its order. */
  const facts = JSON.parse(words.facts || "{}");
  const rest = $("rest"), logic = $("logic") && JSON.parse($("logic").textContent);
  if (rest) {
    $("carried")?.remove();
    questions.append(rest.content);
    for (const id of ["-who", ...logic.q.map((q) => q.i)]) { const q = all(".q", questions).find((q) => q.dataset.q === id); if (q) questions.append(q) }
  }
  const asks = all(".q", questions), of = (id) => asks.find((q) => q.dataset.q === id);
  form.noValidate = true;

  const tell = (text, held) => { status.textContent = text; status.classList.toggle("held", Boolean(held)) };

  /* ---- A number for this browser, only where the survey limits devices. */
  if ("device" in words) try {
    const id = localStorage.getItem("survey-device") || crypto.randomUUID();
    localStorage.setItem("survey-device", id);
    (form.device || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "device" }))).value = id;
  } catch { /* no storage: then nobody knows */ }

  /* ---- What was answered so far. */
  const entries = (every) => [...form.elements].filter((e) => e.name && e.type !== "submit" && (e.type !== "radio" && e.type !== "checkbox" || e.checked) &&
    (every || !e.closest(".q")?.dataset.off)).map((e) => [e.name, e.value]);
  const read = () => {
    const found = {};
    for (const [name, value] of entries(true)) {
      const [kind, id, part] = name.split(".");
      if (!id || !value.trim()) continue;
      if (kind === "n") found[id] = Number(value);
      else if (kind === "t" || kind === "o") found[id] = value;
      else if (kind === "c") (found[id] ??= []).push(part);
      else if (kind === "k") (found[id] ??= {})[part] = value;
    }
    return found;
  };
  const shown = (answer, id) => [].concat(answer).map((value) => {
    const field = all("input", of(id)).find((e) => e.value === String(value) || e.name.endsWith("." + value));
    return field && field.type !== "text" && !/^\d+$/.test(value) ? field.closest("label").textContent.trim() : value;
  }).join(", ");

  /* ---- What is asked: the same rules as on the server. */
  let path = { asked: asks.map((q) => q.dataset.q), required: [], offered: {}, cls: "" }, way = path.asked;
  function fit() {
    const given = read();
    if (logic) {
      path = walk(logic, given, facts);
      way = of("-who") ? ["-who", ...path.asked] : path.asked;
      for (const q of asks) {
        const id = q.dataset.q, need = path.required.includes(id), must = q.querySelector(".must");
        q.dataset.off = way.includes(id) ? "" : "1";
        if (must) must.hidden = need;
        for (const option of all("[data-of]", q)) option.hidden = !option.dataset.of.split(" ").includes(path.cls);
        const said = all("[data-when]", q), fits = said.some((e) => e.dataset.when === path.cls) ? path.cls : "";
        for (const e of said) e.hidden = e.dataset.when !== fits;
      }
    } else path.required = asks.filter((q) => q.querySelector("[required]")).map((q) => q.dataset.q);
    for (const e of all("[data-pipe]")) e.textContent = e.dataset.pipe in given && way.includes(e.dataset.pipe) ? shown(given[e.dataset.pipe], e.dataset.pipe) : e.dataset.else;
    place();
  }

  /* ---- Where the person stands. */
  function place() {
    const here = way.indexOf(at);
    for (const q of asks) q.hidden = Boolean(q.dataset.off) || steps && q.dataset.q !== at;
    const last = !steps || here === way.length - 1 || at === "-ready";
    $("ready").hidden = !steps || at !== "-ready";
    button.value = last ? "send" : "next";
    button.textContent = last ? words.send : words.next;
    back.hidden = !steps || here === 0;
    set("at", at);
    const progress = $("progress");
    if (!progress) return;
    const counted = way.filter((id) => !of(id).classList.contains("say")), number = counted.filter((id) => way.indexOf(id) <= here).length;
    const exact = !logic.q.some((q) => q.s || q.n || q.j || q.o);
    progress.firstChild.textContent = counted.includes(at) ? fill(exact ? words.progress : words.about, { number, total: counted.length }) : "";
    progress.lastChild.max = counted.length || 1;
    progress.lastChild.value = at === "-ready" ? counted.length : number;
  }
  function go(id) {
    at = id;
    place();
    const heading = (of(id) || $("ready")).querySelector(".ask") || $("ready");
    if ($("progress")) heading.setAttribute("aria-describedby", "progress");
    heading.focus({ preventScroll: true });
    (of(id) || form).scrollIntoView({ block: "nearest" });
    if ($("page").getBoundingClientRect().top < 0 && steps) scrollTo(0, 0);
    save();
  }

  /* ---- What is missing or wrong stands with its question. */
  function wrong(id, text, part) {
    const q = of(id), line = q?.querySelector(".wrong");
    if (!line) return;
    line.textContent = text;
    q.classList.toggle("bad", Boolean(text));
    for (const e of q.matches("[role]") ? [q] : all("textarea, input", q)) text && (!part || e.name.endsWith("." + part)) ? e.setAttribute("aria-invalid", "true") : e.removeAttribute("aria-invalid");
  }
  const blank = (id) => id === "-who" ? all("[required]", of(id)).some((e) => !e.value.trim()) : !(id in read()) || of(id).querySelector("[type=checkbox]") && !all(":checked", of(id)).some((e) => !e.closest("label").hidden);
  function missing(ids) {
    const found = ids.filter((id) => (id === "-who" || path.required.includes(id)) && blank(id));
    for (const id of ids) wrong(id, found.includes(id) ? words.required : "");
    if (found.length) point(found[0]);
    return found.length;
  }
  function point(id) {
    if (steps && at !== id) { at = id; place() }
    const fields = all("input, textarea", of(id));
    (fields.find((e) => e.ariaInvalid === "true") || fields.find((e) => e.required && !e.value.trim()) || fields.find((e) => e.checked) || fields[0]).focus();
    document.title = words.error + ": " + document.title.replace(words.error + ": ", "");
  }

  /* ---- For a kiosk: whether all is answered, what would be sent, and what goes along to another language. */
  globalThis.escutaSurvey = { whole: () => !way.some((id) => path.required.includes(id) && blank(id)), fields: () => [...entries(), ["client_time", new Date().toISOString()]],
    kept: () => entries(true), resume: (list) => { restore(list); at = form.at.value; fit() } };

  /* ---- Half an answer is kept: on this device at once, with us a quarter of a minute after the first touch, then every half a minute, and when the page is left. Never before something was touched. */
  const box = () => (shared ? sessionStorage : localStorage);
  function save() {
    if (kiosk || preview || fields) return;
    try { box().setItem(DRAFT, JSON.stringify({ at: Date.now(), touched, number: +form.number.value, fields: entries(true) })) } catch { /* no storage */ }
    if (touched && !saving) saving = setTimeout(share, form.number.value > 0 ? 3e4 : 15e3);
  }
  function share() {
    clearTimeout(saving);
    saving = 0;
    if (!moved || kiosk || preview || fields) return;
    moved = false;
    set("number", +form.number.value + 1);
    fetch(form.action + "/draft", { method: "POST", body: new URLSearchParams(entries(true)), headers: { Accept: "application/json" }, credentials: "omit", keepalive: true }).catch(() => { moved = true });
  }
  const forget = () => { try { box().removeItem(DRAFT) } catch { /* it was never kept */ } };
  form.addEventListener("input", (event) => {
    const id = event.target.closest(".q")?.dataset.q;
    if (id) wrong(id, "");
    fit();
    if (!event.isTrusted) return;
    touched = moved = true;
    save();
  });
  addEventListener("pagehide", share);
  document.addEventListener("visibilitychange", share);
  document.addEventListener("escuta:reset", () => { clearTimeout(saving); moved = false; forget() });

  /* ---- What was sent stays until there is a receipt: the same id must carry the same answer. */
  const key = () => QUEUE + new URLSearchParams(fields).get("submission_id");
  const keep = () => {
    try { localStorage.setItem(key(), JSON.stringify({ path: location.pathname, at: Date.now(), fields })); return true } catch { return false }
  };
  const drop = () => { try { localStorage.removeItem(key()) } catch { /* it was never kept */ } };
  const freeze = (on) => { questions.inert = on; back.disabled = on };

  function done(receipt) {
    const thanks = $("thanks"), title = thanks.querySelector("h1"), comment = new URLSearchParams(fields).get("t." + words.voice) || "";
    title.textContent = receipt.title;
    thanks.querySelector(".words").textContent = receipt.text;
    document.title = receipt.title;
    const list = $("share");
    if (receipt.share?.length) {
      list.hidden = false;
      for (const { url, label } of receipt.share) {
        const link = Object.assign(document.createElement("a"), { href: url, textContent: label, target: "_blank", rel: "noopener noreferrer", className: "button quiet" });
        const item = document.createElement("li");
        item.append(link);
        list.querySelector("ul").append(item);
      }
      $("mine").hidden = !comment.trim();
      $("mine-text").value = comment;
    }
    if (receipt.id && $("call")) $("call").submission_id.value = receipt.id;
    $("page").hidden = true;
    document.querySelector("nav")?.remove();
    thanks.hidden = false;
    scrollTo(0, 0);
    title.focus();
    forget();
    form.reset(); // a browser may bring back what it saw last
    document.dispatchEvent(new Event("escuta:done"));
  }

  async function post() {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), 15e3);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" },
        credentials: "omit", redirect: "error", signal: stop.signal });
      return [answer, await answer.json()];
    } catch { return [] } finally { clearTimeout(limit) }
  }

  function refused(body) {
    drop();
    freeze(false);
    const ids = (body.errors || []).map((e) => e.question.startsWith("a.") ? "-who" : e.question);
    if (!ids.length || !ids.every(of)) { form.submit(); return }
    fields = null;
    tries = 0;
    tell("");
    for (const id of new Set(ids)) {
      const found = body.errors.filter((_, n) => ids[n] === id);
      wrong(id, [...new Set(found.map((e) => e.detail))].join(" "), found.length === 1 && found[0].field);
    }
    point(ids[0]);
  }

  async function send() {
    if (busy || !fields) return;
    busy = true;
    clearTimeout(timer);
    clearTimeout(saving);
    freeze(true);
    button.setAttribute("aria-disabled", "true");
    if (!tries) tell(words.sending);
    if (kiosk) { const receipt = await kiosk.take(fields); busy = false; done(receipt); return }
    const [answer, body] = await post();
    busy = false;
    button.removeAttribute("aria-disabled");
    if (answer?.ok && body.id) { drop(); done(body); return }
    if (body?.code && answer.status < 500 && answer.status !== 429) { refused(body); return }
    const kept = keep(), wait = (WAITS[tries] ?? 60) * (.75 + Math.random() / 2);
    tries += 1;
    tell(kept ? (tries > WAITS.length ? words.later : words.kept) : words.unkept, true);
    timer = setTimeout(send, 1e3 * Math.max(wait, Number(answer?.headers.get("Retry-After")) || 0));
  }

  form.addEventListener("submit", (event) => {
    const how = event.submitter?.value;
    if (how === "language") {
      if (preview) { event.preventDefault(); location.assign(event.submitter.formAction); return }
      save();
      try { if (box().getItem(DRAFT)) { event.preventDefault(); location.assign(event.submitter.formAction) } } catch { /* the server carries it over */ }
      return;
    }
    event.preventDefault();
    if (fields) { send(); return }
    const here = way.indexOf(at);
    if (how === "back") { go(at === "-ready" ? way.at(-1) : way[here - 1]); return }
    if (missing(steps && button.value === "next" ? [at] : way.filter((id) => !of(id)?.hidden || steps))) return;
    if (button.value === "next") { moved = touched; go(way[here + 1]); return }
    fields = [...entries(), ["client_time", new Date().toISOString()]];
    send();
  });
  addEventListener("online", send);
  if (shared && !kiosk) addEventListener("pageshow", (event) => { if (event.persisted) location.reload() }); // out of the memory comes the page of somebody else

  for (const text of all("textarea", questions)) {
    const count = text.parentElement.querySelector(".count");
    const show = () => {
      const length = [...text.value].length;
      count.hidden = length < words.longest / 20;
      count.textContent = `${length.toLocaleString(document.documentElement.lang)} / ${words.of}`;
      count.classList.toggle("over", length > words.longest);
    };
    text.addEventListener("input", show);
    show();
  }

  /* ---- An answer that this device kept goes first, under the id it had; then half of one. */
  const restore = (list) => {
    for (const e of form.elements) if (e.type === "radio" || e.type === "checkbox") e.checked = false;
    for (const [name, value] of list) {
      const found = form.elements[name];
      if (name === "language" || name === "version") continue;
      if (!found) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      else if (found.type === "checkbox") found.checked = true;
      else found.value = value;
    }
  };
  try {
    for (const name of Object.keys(localStorage).filter((name) => /^escuta(-draft)?\./.test(name))) {
      const kept = JSON.parse(localStorage.getItem(name));
      if (Date.now() - kept.at > MONTH) localStorage.removeItem(name);
      else if (kept.path === location.pathname && !fields) { restore(kept.fields); fields = kept.fields }
    }
    const query = new URLSearchParams(location.search), draft = JSON.parse(box().getItem(DRAFT));
    if (query.has("new")) forget();
    else if (draft && !fields && !kiosk && !$("errors") && Date.now() - draft.at < MONTH && draft.number >= +form.number.value
      && draft.fields.some(([name, value]) => name === "version" && value === form.version.value)) {
      const chosen = query.get("r") === null ? [] : entries().filter(([name]) => name.startsWith("n."));
      restore([...draft.fields, ...chosen]);
      touched = draft.touched;
      at = form.at.value;
      if (!touched) $("kept")?.remove();
      else if (!$("kept")) {
        const line = Object.assign(document.createElement("p"), { className: "kept", id: "kept", textContent: words.resumed + " " });
        line.append(Object.assign(document.createElement("a"), { href: "?new=1", textContent: words.again }));
        form.before(line);
      }
    }
  } catch { /* no storage on this device */ }
  fit();
  if (steps && at !== "-ready" && !way.includes(at)) { at = way[0]; place() }
  const wronged = asks.find((q) => q.classList.contains("bad"));
  if (wronged && steps) { at = wronged.dataset.q; place() }
  const language = new URLSearchParams(location.search).get("lang");
  if (location.search) { save(); history.replaceState(null, "", location.pathname + (language ? "?" + new URLSearchParams({ lang: language }) : "")) }
  document.dispatchEvent(new Event("escuta:ready"));
  if (fields) send();
})();
