// The editor of a survey: what is typed is kept by itself and shown beside; questions and options are dragged.
// Without this file every form is sent by its button.
"use strict";
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const pane = find("#preview");
  if (!pane) return;
  const told = pane.dataset;
  const form = () => find("form[data-part]");
  const state = () => find("#state .state-words");
  const asked = { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" };

  // Keeping what is typed: some seconds after the last key, on leaving the form or the page, before anything else is done.
  let dirty = false;
  let timer = 0;
  let running = null;
  let stopped = false; // somebody else was faster: nothing is overwritten from here on
  const revise = (rev) => all("#editor [name=rev]").forEach((field) => { field.value = rev; });
  const tell = (words, act) => {
    const place = state();
    if (!place) return;
    const line = find(".saved", place) || place.appendChild(Object.assign(document.createElement("span"), { className: "saved" }));
    line.textContent = words;
    if (act) {
      const again = Object.assign(document.createElement("button"), { type: "button", className: "small-button", textContent: told.reload });
      again.addEventListener("click", () => location.reload());
      line.append(" ", again);
    }
  };
  const keep = (leaving = false) => {
    clearTimeout(timer);
    if (!dirty || stopped) return running || Promise.resolve(true);
    if (running && !leaving) return running.then(() => keep());
    const typed = form();
    if (!typed) return Promise.resolve(true);
    dirty = false;
    tell(told.saving);
    const body = new URLSearchParams(new FormData(typed)).toString();
    running = fetch(`${typed.action}/keep`, { method: "POST", headers: asked, body, keepalive: leaving && body.length < 60000 })
      .then(async (answer) => {
        if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
        const box = document.createElement("template");
        box.innerHTML = await answer.text();
        const fresh = box.content.querySelector("#state");
        const open = find("#state .problems")?.open;
        if (open !== undefined && find(".problems", fresh)) find(".problems", fresh).open = open;
        find("#state").replaceWith(fresh);
        window.htmx?.process(fresh);
        ready(fresh);
        revise(fresh.dataset.rev);
        tell(told.saved);
        forget(typed);
        return true;
      })
      .catch((error) => {
        dirty = true;
        if (error.status === 401) { location.reload(); return false; } // to the door; the draft waits on this device
        stopped = error.status === 412 || error.status === 409;
        tell(stopped ? told.overtaken : told.unsaved, stopped);
        return false;
      })
      .finally(() => { running = null; });
    return running;
  };
  const forget = (typed) => {
    try { localStorage.removeItem(`escuta:${document.body.dataset.person}:${typed.dataset.draft}`); } catch { /* nothing was kept */ }
  };
  const changed = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, 2500);
    clearTimeout(looking);
    looking = setTimeout(look, 500);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.closest("form[data-part]") || event.target.matches("[data-refresh], [name=kind]")) return;
    if (event.target.name === "text") {
      const title = find(".question-card.open .card-title");
      if (title && event.target.value.trim()) title.textContent = event.target.value;
    }
    changed();
  });
  document.addEventListener("change", (event) => {
    const within = event.target.closest("form[data-part]");
    if (!within || !event.target.matches("[data-refresh], [name=kind]")) return;
    within.requestSubmit(find("button.unseen", within));
  });
  document.addEventListener("focusout", (event) => {
    const within = event.target.closest?.("form[data-part]");
    if (within && dirty && !(event.relatedTarget && within.contains(event.relatedTarget))) keep();
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && dirty) keep(true); });
  addEventListener("pagehide", () => { if (dirty) keep(true); });

  // Whatever else is sent waits until what is typed is kept, and names the draft that is then there.
  const waits = (target) => (dirty || running) && !stopped && !target.matches("form[data-part]") && target.closest("#editor, .tabs");
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-part]")) { dirty = false; clearTimeout(timer); return; }
    if (!waits(event.target) || event.target.hasAttribute("hx-post")) return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.submitter;
    keep().then((kept) => { if (kept) event.target.requestSubmit(by); });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!waits(event.target)) return;
    event.preventDefault();
    keep().then((kept) => { if (kept) event.detail.issueRequest(true); });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#editor a[href], .tabs a[href]");
    if (!link || !(dirty || running) || stopped || event.metaKey || event.ctrlKey || link.target) return;
    event.preventDefault();
    keep().then((kept) => { if (kept) location.href = link.href; });
  }, true);

  // The preview: one frame is seen while the next one loads.
  const frame = find(".phone-frame", pane);
  const words = find(".preview-words", pane);
  const themes = find("[data-preview-theme]", pane);
  let theme = "light";
  try { theme = localStorage.getItem("escuta:preview-theme") === "dark" ? "dark" : "light"; } catch { /* the light one */ }
  let looking = 0;
  let asking = null;
  const look = async () => {
    const wide = getComputedStyle(pane).display !== "none";
    if (!wide) return;
    asking?.abort();
    asking = new AbortController();
    const typed = form();
    const body = new URLSearchParams(typed ? new FormData(typed) : { csrf: told.csrf, lang: told.lang });
    if (typed) body.set("where", typed.dataset.part);
    body.set("theme", theme);
    try {
      const answer = await fetch(told.look, { method: "POST", headers: asked, body: body.toString(), signal: asking.signal });
      if (!answer.ok) return;
      show((await answer.json()).url);
    } catch (error) {
      if (error.name !== "AbortError") words.textContent = document.body.dataset.failed;
    }
  };
  const show = (url) => {
    frame.hidden = !url;
    words.hidden = Boolean(url);
    if (!url) { words.textContent = told.none; return; }
    const old = find("iframe", frame);
    const next = old.cloneNode();
    const open = find(".question-card.open")?.dataset.id;
    next.src = open ? `${url}#q-${encodeURIComponent(open)}` : url;
    next.classList.add("coming");
    next.tabIndex = -1;
    all("iframe.coming", frame).forEach((each) => each.remove());
    next.addEventListener("load", () => {
      // Where links have a host of their own, the page in the frame is a stranger's and stays at its top.
      try { if (!open) next.contentWindow.scrollTo(0, old.contentWindow?.scrollY || 0); } catch { /* as said */ }
      next.classList.remove("coming");
      next.removeAttribute("tabindex");
      all("iframe", frame).forEach((each) => { if (each !== next) each.remove(); });
    }, { once: true });
    frame.append(next);
  };
  themes.hidden = false;
  const press = () => all("button", themes).forEach((each) => each.setAttribute("aria-pressed", String(each.value === theme)));
  press();
  themes.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    theme = chosen.value;
    try { localStorage.setItem("escuta:preview-theme", theme); } catch { /* for this page alone */ }
    press();
    look();
  });
  const overlay = (open) => {
    pane.classList.toggle("over", open);
    document.body.classList.toggle("held", open);
    if (open) { look(); find("[data-preview-close]", pane).focus(); } else find("[data-preview-open]")?.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-preview-open]")) overlay(true);
    else if (event.target.closest("[data-preview-close]")) overlay(false);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && pane.classList.contains("over")) overlay(false); });

  // Options: Enter goes on to the next or a new one; several lines that are pasted become several options.
  let toLast = false;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-options] input:not([type])")) return;
    event.preventDefault();
    const rows = all("[data-options] input:not([type])");
    const next = rows[rows.indexOf(event.target) + 1];
    if (next) next.focus();
    else find("#add-option").click();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#add-option")) toLast = true; });
  document.addEventListener("paste", (event) => {
    if (!event.target.matches("[data-options] input:not([type])")) return;
    const lines = (event.clipboardData?.getData("text") || "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2) return;
    event.preventDefault();
    const list = find("[data-options]");
    const row = event.target.closest("li");
    if (!event.target.value.trim()) event.target.value = lines.shift();
    let after = row;
    for (const line of lines.slice(0, 50)) {
      const copy = row.cloneNode(true);
      const number = `9${all("li", list).length}`;
      all("[name]", copy).forEach((field) => { field.name = field.name.replace(/option\.\d+/, `option.${number}`); field.removeAttribute("id"); });
      find("[name=option]", copy).value = number;
      find("[name$='.at']", copy).value = "";
      find("input:not([type])", copy).value = line;
      all("button", copy).forEach((button) => button.remove());
      after.after(copy);
      after = copy;
    }
    row.closest("form").requestSubmit(find("button.unseen", row.closest("form")));
  });

  // Dragging.
  const ready = (within) => {
    const button = find("[data-preview-open]", within);
    if (button) button.hidden = false;
  };
  const drags = () => {
    ready(document);
    if (!window.Sortable) return;
    const list = find("#questions");
    if (list) window.Sortable.create(list, { handle: ".grip", animation: 120, draggable: "> li", filter: ".option-row", onEnd: (event) => { if (event.oldIndex !== event.newIndex) move(event); } });
    const options = find("[data-options]");
    if (options) window.Sortable.create(options, { handle: ".grip", animation: 120, onEnd: changed });
  };
  const move = (event) => {
    const send = () => window.htmx.ajax("POST", find("form[action$='/move']", event.item).getAttribute("action"), {
      target: "#editor", swap: "outerHTML",
      values: { csrf: told.csrf, lang: told.lang, rev: find("#state").dataset.rev, to: event.newIndex + 1, open: find("#questions .open")?.dataset.id || "", open_part: form()?.dataset.part || "" },
    });
    keep().then((kept) => { if (kept) send(); });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "editor" && !find("#editor")) return;
    drags();
    look();
    if (toLast) { toLast = false; all("[data-options] input:not([type])").pop()?.focus(); }
  });

  // A link to a place opens what it lies in.
  const go = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    target.scrollIntoView({ block: target.id === "open" ? "start" : "center" });
    const fields = "input:not([type=hidden]), textarea, select, button";
    if (target.id !== "open") (target.matches(fields) ? target : find(fields, target))?.focus({ preventScroll: true });
  };
  addEventListener("hashchange", go);
  drags();
  go();
  look();
})();
