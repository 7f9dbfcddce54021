// What every page of the menus can do: keys, the palette, dialogs, drafts, notes. Without it all of them still work.
"use strict";
(() => {
  const body = document.body;
  const root = body.dataset.root;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isTyping = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  const tab = (name, value) => { try { value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* full, or not allowed: then nothing is kept */ } };

  // The zone of the reader's clock, for the next page.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `__Host-escuta-zone=${encodeURIComponent(zone)}; Path=/; Secure; SameSite=Lax; Max-Age=31536000`;

  // Notes at the bottom of the page.
  const toasts = find("#toasts");
  const say = (words) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    const text = document.createElement("p");
    text.textContent = words;
    toast.append(text);
    toasts.append(toast);
    fade(toast);
  };
  const fade = (toast) => {
    const wait = toast.querySelector("form") ? 15000 : 6000;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, wait);
  };
  all(".toast").forEach(fade);

  // Menus, dialogs, copying, questions before what cannot be undone.
  const side = find("#menus");
  let veil = null;
  const menu = (open) => {
    side.classList.toggle("open", open);
    if (open && !veil) {
      veil = document.createElement("div");
      veil.className = "veil";
      veil.addEventListener("click", () => menu(false));
      body.append(veil);
      find("a.entry", side)?.focus();
    } else if (!open && veil) {
      veil.remove();
      veil = null;
    }
  };
  let asked = null;
  const confirmed = (form) => {
    if (!asked) {
      asked = document.createElement("dialog");
      asked.setAttribute("aria-labelledby", "asked-words");
      asked.innerHTML = '<p id="asked-words"></p><div class="form-foot"><button type="button" class="primary danger" data-yes></button><button type="button" data-no></button></div>';
      body.append(asked);
    }
    const button = form.querySelector("button:not([type=button])");
    find("#asked-words", asked).textContent = form.dataset.confirm;
    find("[data-yes]", asked).textContent = (button && button.textContent.trim()) || button?.getAttribute("aria-label") || "OK";
    find("[data-no]", asked).textContent = body.dataset.cancel;
    find("[data-yes]", asked).onclick = () => { asked.close(); delete form.dataset.confirm; form.requestSubmit(button); };
    find("[data-no]", asked).onclick = () => asked.close();
    asked.showModal();
    find("[data-no]", asked).focus();
  };
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let found;
    if ((found = on("[data-menu]"))) { event.preventDefault(); menu(!side.classList.contains("open")); }
    else if ((found = on("[data-open-palette]"))) openPalette();
    else if ((found = on("[data-open]"))) { const dialog = document.getElementById(found.dataset.open); if (dialog && !dialog.open) dialog.showModal(); }
    else if ((found = on("[data-dismiss]"))) found.closest(".toast, .notice").remove();
    else if ((found = on("[data-copy]"))) navigator.clipboard.writeText(found.dataset.copy).then(() => say(body.dataset.copied));
    else if ((found = on("[data-print]"))) window.print();
    all("details.drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-check-all]")) {
      all(event.target.dataset.checkAll).forEach((box) => { box.checked = event.target.checked; box.dispatchEvent(new Event("change", { bubbles: true })); });
    }
  });

  // A line runs at the top while something takes longer than a moment; a form is not sent twice by two clicks.
  const busy = find("#busy");
  const working = (on) => busy.classList.toggle("on", on);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.confirm) { event.preventDefault(); confirmed(form); return; }
    if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
    if (form.method === "get") all("input, select", form).forEach((field) => { if (!field.value) field.disabled = true; });
    working(true);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !event.defaultPrevented && link.target !== "_blank" && !link.hasAttribute("download") && !event.metaKey && !event.ctrlKey && link.origin === location.origin && !link.href.includes("#")) working(true);
  });
  addEventListener("pageshow", () => { working(false); all("form[data-sent]").forEach((form) => delete form.dataset.sent); all("form[method=get] :disabled").forEach((field) => { field.disabled = false; }); });
  document.addEventListener("htmx:beforeRequest", () => working(true));
  document.addEventListener("htmx:afterRequest", (event) => {
    working(false);
    if (!event.detail.successful || event.detail.requestConfig.verb === "get") return; // a part that looks again takes no form
    for (const key of told("escuta:sent") || []) keep(key, null);
    ["escuta:sent", "escuta:given"].forEach((name) => tab(name, null));
  });
  document.addEventListener("htmx:sendError", () => say(body.dataset.failed));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 403 || event.detail.xhr.status === 401) location.reload();
    else say(body.dataset.failed);
  });
  // What a form refuses comes back as its page, with the words beside the fields.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([400, 409, 412, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });

  // Drafts: what is typed into a form with data-draft stays on this device until it is sent and taken.
  const mine = `escuta:${body.dataset.person}:`;
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !["csrf", "call", "rev"].includes(field.name) && !["password", "file", "submit", "button"].includes(field.type));
  const taken = (form) => fieldsOf(form).map((field) => [field.name, /checkbox|radio/.test(field.type) ? [field.value, field.checked] : field.value]);
  const keep = (key, value) => { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* full, or not allowed: then nothing is kept */ } };
  const told = (name) => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } };
  const forms = all("form[data-draft]");
  const sent = told("escuta:sent") || [];
  const given = told("escuta:given"); // the last form that was sent: where it stands, and what was in it
  const here = location.pathname + location.search;
  const returned = "returned" in body.dataset || told("escuta:returned");
  const unsent = returned && given && given.person === body.dataset.person ? given : null;
  // What answers a form, or where its answer leads, has taken it. After an error, or a sign-in between, nobody has.
  const isTaken = !returned && ("posted" in body.dataset || performance.getEntriesByType("navigation")[0]?.redirectCount > 0);
  if (isTaken) for (const key of sent) if (!forms.some((form) => mine + form.dataset.draft === key && form.hasAttribute("data-refused"))) keep(key, null);
  ["escuta:sent", "escuta:returned"].forEach((name) => tab(name, null));
  if (unsent && unsent.where !== here) { tab("escuta:returned", true); location.replace(unsent.where); return; }
  tab("escuta:given", null);
  const putBack = (form, kept) => {
    const left = new Map();
    for (const [name, value] of kept) left.set(name, [...(left.get(name) || []), value]);
    for (const field of fieldsOf(form)) {
      const value = left.get(field.name)?.shift();
      if (value === undefined) continue;
      if (Array.isArray(value)) field.checked = value[1];
      else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const broughtBack = (form, forget) => {
    const note = document.createElement("div");
    note.className = "notice mild";
    note.setAttribute("role", "status");
    const words = document.createElement("p");
    words.textContent = body.dataset.unsaved;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "small-button";
    drop.textContent = body.dataset.discard;
    drop.addEventListener("click", () => { forget(); location.reload(); });
    note.append(words, drop);
    form.prepend(note);
  };
  for (const form of forms) {
    const key = mine + form.dataset.draft;
    const fresh = JSON.stringify(taken(form));
    let timer = 0;
    const kept = (() => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } })();
    if (kept && !form.hasAttribute("data-refused") && kept.rev === (form.elements.rev?.value ?? "") && JSON.stringify(kept.fields) !== fresh) {
      putBack(form, kept.fields);
      broughtBack(form, () => keep(key, null));
    }
    const store = () => {
      clearTimeout(timer);
      timer = 0;
      const now = taken(form);
      keep(key, JSON.stringify(now) === fresh ? null : JSON.stringify({ rev: form.elements.rev?.value ?? "", fields: now }));
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(store, 300); });
    addEventListener("pagehide", () => { if (timer) store(); });
    form.addEventListener("submit", () => { if (timer) store(); tab("escuta:sent", [...sent, key]); });
  }
  document.addEventListener("submit", ({ target: form }) => {
    if (form.method === "post") tab("escuta:given", { where: here, person: body.dataset.person, action: form.getAttribute("action"), fields: taken(form) });
  });
  const waiting = unsent && all("form[method=post]:not([data-draft])").find((form) => form.getAttribute("action") === unsent.action && form.querySelector("textarea, input:not([type=hidden])"));
  if (waiting) {
    for (let above = waiting.parentElement; above; above = above.parentElement) if (above.matches("details")) above.open = true;
    putBack(waiting, unsent.fields);
    broughtBack(waiting, () => {});
    waiting.scrollIntoView({ block: "center" });
  }

  // On a telephone, a row of tabs begins where the reader is.
  for (const here of all(".tabs [aria-current], main .segmented [aria-current]")) {
    const row = here.parentElement;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }

  // The menus begin at the page that one is on, where they are longer than the screen.
  const current = find("[aria-current]", side);
  const below = current ? current.getBoundingClientRect().bottom - side.getBoundingClientRect().bottom : 0;
  if (below > 0) side.scrollTop += below + side.clientHeight / 3;

  // The palette: every page, and whatever the server finds.
  const palette = find("#palette");
  const input = find("input", palette);
  const list = find("#palette-list");
  const none = find("#palette-none");
  const options = () => all("[role=option]", list).filter((option) => !option.hidden);
  let chosen = 0;
  let asking = null;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const choose = (at) => {
    const shown = options();
    chosen = shown.length ? (at + shown.length) % shown.length : 0;
    all("[role=option]", list).forEach((option) => option.setAttribute("aria-selected", "false"));
    shown.forEach((option, index) => { option.id = `option-${index}`; });
    if (shown[chosen]) {
      shown[chosen].setAttribute("aria-selected", "true");
      shown[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", shown[chosen].id);
    } else input.removeAttribute("aria-activedescendant");
    none.hidden = shown.length > 0;
  };
  const narrow = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    all("[data-page]", list).forEach((option) => { option.hidden = !words.every((word) => plain(option.textContent).includes(word)); });
    all("[data-found]", list).forEach((option) => option.remove());
    choose(0);
  };
  let pause = 0;
  const ask = () => {
    clearTimeout(pause);
    asking?.abort();
    const wanted = input.value.trim();
    if (wanted.length < 2) return;
    pause = setTimeout(async () => {
      asking = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.search}?q=${encodeURIComponent(wanted)}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
        if (!answer.ok || input.value.trim() !== wanted) return;
        all("[data-found]", list).forEach((option) => option.remove());
        list.insertAdjacentHTML("afterbegin", await answer.text());
        choose(0);
      } catch (error) {
        if (error.name !== "AbortError") say(body.dataset.failed);
      }
    }, 180);
  };
  const openPalette = () => {
    if (palette.open) return;
    input.value = "";
    narrow();
    palette.showModal();
    input.focus();
  };
  input.addEventListener("input", () => { narrow(); ask(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    else if (event.key === "Enter") { event.preventDefault(); const link = find("a", options()[chosen] || document.createElement("i")); if (link) { palette.close(); working(true); location.href = link.href; } }
  });
  list.addEventListener("click", (event) => { const link = find("a", event.target.closest("[role=option]") || list); if (link && !event.target.closest("a")) location.href = link.href; });
  all("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }));

  // Keys. A letter alone never changes anything.
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const save = find("dialog[open] [data-save]") || find("main [data-save]");
      if (save) { event.preventDefault(); save.click(); }
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (event.key === "Escape") { menu(false); all("details.drop[open]").forEach((drop) => { drop.open = false; find("summary", drop).focus(); }); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || find("dialog[open]")) return;
    if (Date.now() - going < 1500) {
      going = 0;
      const link = find(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) { event.preventDefault(); working(true); location.href = link.href; }
      return;
    }
    if (event.key === "/") { event.preventDefault(); (find("main input[type=search]") || { focus: openPalette }).focus(); }
    else if (event.key === "?") { event.preventDefault(); find("#keys-help").showModal(); }
    else if (event.key === "g") going = Date.now();
    else if (event.key === "c") find("main [data-new]")?.click();
    else if (event.key === "u") find(".toast [data-undo]")?.click();
  });

  // What was refused of a form in a dialog is told there.
  const refused = find("dialog [aria-invalid=true]")?.closest("dialog");
  if (refused && !refused.open) refused.showModal();

  window.escuta = { say, working, root };
})();
