(() => {
  "use strict";
  const form = document.getElementById("form"), words = form.dataset, status = document.getElementById("status");
  const button = form.querySelector("button"), questions = document.getElementById("questions");
  const PREFIX = "escuta.", WAITS = [1, 2, 4, 8, 16], MONTH = 30 * 864e5;
  let fields = null, busy = false, tries = 0, timer = 0;

  const tell = (text, held) => { status.textContent = text; status.classList.toggle("held", Boolean(held)) };
  const key = () => PREFIX + new URLSearchParams(fields).get("submission_id");
  const keep = () => {
    try {
      localStorage.setItem(key(), JSON.stringify({ path: location.pathname, at: Date.now(), fields }));
      return true;
    } catch { return false }
  };
  const drop = () => { try { localStorage.removeItem(key()) } catch { /* it was never kept */ } };

  // What was sent stays as it was until there is a receipt: the same id must carry the same answer.
  const freeze = (on) => { questions.inert = on };

  function done(receipt) {
    const thanks = document.getElementById("thanks"), title = thanks.querySelector("h1");
    title.textContent = receipt.title;
    thanks.querySelector(".words").textContent = receipt.text;
    document.title = receipt.title;
    document.getElementById("page").hidden = true;
    document.querySelector("nav")?.remove();
    thanks.hidden = false;
    scrollTo(0, 0);
    title.focus();
  }

  async function post() {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), 15e3);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" },
        credentials: "omit", cache: "no-store", redirect: "error", signal: stop.signal });
      return [answer, await answer.json()];
    } catch { return [] } finally { clearTimeout(limit) }
  }

  async function send() {
    if (busy || !fields) return;
    busy = true;
    clearTimeout(timer);
    freeze(true);
    button.setAttribute("aria-disabled", "true");
    if (!tries) tell(words.sending);
    const [answer, body] = await post();
    busy = false;
    button.removeAttribute("aria-disabled");
    if (answer?.ok && body.id) { drop(); done(body); return }
    if (body?.code && answer.status < 500 && answer.status !== 429) { drop(); freeze(false); form.submit(); return }
    const kept = keep(), wait = (WAITS[tries] ?? 60) * (.75 + Math.random() / 2);
    tries += 1;
    tell(kept ? (tries > WAITS.length ? words.later : words.kept) : words.unkept, true);
    timer = setTimeout(send, 1e3 * Math.max(wait, Number(answer?.headers.get("Retry-After")) || 0));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fields ??= [...new FormData(form), ["client_time", new Date().toISOString()]];
    send();
  });
  addEventListener("online", send);

  for (const field of form.querySelectorAll("[required]")) {
    field.addEventListener("invalid", () => field.setCustomValidity(words.required));
    field.addEventListener("input", () => { for (const same of form.querySelectorAll("[required]")) same.setCustomValidity("") });
  }

  for (const count of document.querySelectorAll("[data-longest]")) {
    const text = document.getElementById(count.dataset.for);
    const show = () => {
      const length = [...text.value].length;
      count.hidden = !length;
      count.textContent = `${length.toLocaleString(document.documentElement.lang)} / ${count.dataset.of}`;
      count.classList.toggle("over", length > count.dataset.longest);
    };
    text.addEventListener("input", show);
    show();
  }

  // An answer that this device kept for this link goes first, under the id it had.
  try {
    for (const name of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const kept = JSON.parse(localStorage.getItem(name));
      if (Date.now() - kept.at > MONTH) localStorage.removeItem(name);
      else if (kept.path === location.pathname && !fields) {
        fields = kept.fields;
        for (const [field, value] of fields) {
          const found = form.elements[field];
          if (found?.type === "checkbox") found.checked = true;
          else if (found) found.value = value;
        }
        send();
      }
    }
  } catch { /* no storage on this device */ }
})();
