// A template while it is written: what it says follows what is typed, fields are put in where the cursor was.
"use strict";
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = find("#template");
  const pane = find("#look-pane");
  if (!form || !pane) return;
  const told = pane.dataset;
  all(".no-script").forEach((each) => each.remove());

  // What it says.
  let waiting = 0;
  let asking = null;
  const typed = () => { const body = new URLSearchParams(new FormData(form)); body.delete("to"); return body; };
  const look = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(told.look, { method: "POST", headers: { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" }, body: typed().toString(), signal: asking.signal });
      if (!answer.ok) throw new Error();
      const box = document.createElement("template");
      box.innerHTML = await answer.text();
      const fresh = box.content.querySelector("#look");
      const ok = fresh.dataset.ok;
      find("#look").replaceWith(fresh);
      find(".mail-frame")?.classList.toggle("old", !ok);
      if (ok && told.channel === "email") mail();
    } catch (error) {
      if (error.name !== "AbortError") window.escuta.say(document.body.dataset.failed);
    }
  };
  let count = 0;
  const mail = () => {
    const box = find(".mail-frame");
    const old = find("iframe:not(.coming)", box);
    const next = old.cloneNode();
    next.removeAttribute("src");
    next.name = `mail-${(count += 1)}`;
    next.classList.add("coming");
    all("iframe.coming", box).forEach((each) => each.remove());
    box.append(next);
    const sent = Object.assign(document.createElement("form"), { method: "post", action: told.mail, target: next.name, hidden: true });
    for (const [name, value] of typed()) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    document.body.append(sent);
    sent.submit();
    sent.remove();
    next.addEventListener("load", () => {
      next.classList.remove("coming");
      all("iframe", box).forEach((each) => { if (each !== next) each.remove(); });
    }, { once: true });
  };
  const changed = () => { clearTimeout(waiting); waiting = setTimeout(look, 500); };
  form.addEventListener("input", (event) => { if (event.target.name && event.target.name !== "to") changed(); });
  if (find(".notice.mild[role=status]", form)) changed(); // what was brought back differs from what was shown

  // At which width.
  const widths = find("[data-widths]");
  if (widths) {
    widths.hidden = false;
    const wear = (width) => {
      const box = find(".mail-frame");
      box.classList.toggle("phone", width === "phone");
      box.classList.toggle("desk", width !== "phone");
      all("button", widths).forEach((each) => each.setAttribute("aria-pressed", String(each.value === width)));
    };
    widths.addEventListener("click", (event) => { const chosen = event.target.closest("button"); if (chosen) wear(chosen.value); });
    if (matchMedia("(max-width: 700px)").matches) wear("phone");
  }

  // Fields of people, put in where the cursor was.
  const fields = all("[name=subject], [name=html], [name=text]", form);
  const part = (field) => (told.channel === "sms" ? "sms" : field.name);
  let last = find("[name=html]", form) || find("[name=text]", form);
  const otherwise = find("[data-otherwise]", form);
  if (otherwise) otherwise.closest(".otherwise").hidden = false;
  const offer = () => all("[data-insert]", form).forEach((each) => { each.disabled = !each.dataset.parts.split(" ").includes(part(last)); });
  fields.forEach((field) => field.addEventListener("focus", () => { last = field; offer(); }));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !last) return;
    const words = otherwise.value.trim().replaceAll('"', "'");
    const text = `{{ ${button.dataset.insert}${words ? ` | default("${words}")` : ""} }}`;
    last.focus();
    if (!document.execCommand("insertText", false, text)) {
      last.setRangeText(text, last.selectionStart, last.selectionEnd, "end");
      last.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  offer();
  if (matchMedia("(max-width: 1100px)").matches) find(".merge", form)?.removeAttribute("open"); // what it says comes next

  // To the place of what is wrong.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-at]");
    if (!link) return;
    event.preventDefault();
    const [name, line, column] = link.dataset.at.split(":");
    const field = form.elements[name] || find("[name=text]", form);
    const around = field.closest("details");
    if (around) around.open = true;
    const lines = field.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
    field.focus();
    field.setSelectionRange(at, Math.min(at + 1, field.value.length));
    if (field.tagName === "TEXTAREA") field.scrollTop = (Number(line) - 4) * 20;
  });
})();
