// Colors are picked or typed; how well they are told apart, and the page itself, follow. A logo is made small enough.
"use strict";
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = find("#look-form");
  const pane = find("#look-preview");
  if (!form || !pane) return;
  const whole = (text) => {
    const plain = text.trim().toLowerCase().replace(/^#/, "");
    if (/^[0-9a-f]{6}$/.test(plain)) return `#${plain}`;
    return /^[0-9a-f]{3}$/.test(plain) ? `#${[...plain].map((each) => each + each).join("")}` : "";
  };
  for (const picker of all("[data-color-of]")) {
    const typed = document.getElementById(picker.dataset.colorOf);
    picker.hidden = false;
    picker.addEventListener("input", () => { typed.value = picker.value; typed.dispatchEvent(new Event("input", { bubbles: true })); });
    typed.addEventListener("input", () => { picker.value = whole(typed.value) || whole(typed.placeholder) || "#000000"; });
  }

  // The preview: one frame is seen while the next one loads.
  const frame = find(".phone-frame", pane);
  const words = find(".preview-words", pane);
  const themes = find("[data-preview-theme]", pane);
  let theme = "light";
  let waiting = 0;
  let asking = null;
  const look = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", theme);
    try {
      const answer = await fetch(pane.dataset.url, { method: "POST", headers: { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" }, body: body.toString(), signal: asking.signal });
      if (!answer.ok) throw new Error();
      const box = document.createElement("template");
      box.innerHTML = await answer.text();
      const fresh = box.content.querySelector("#contrasts");
      mark(all("[data-wrong]", fresh));
      const old = find("#contrasts");
      if (old.innerText.trim() !== fresh.innerText?.trim()) old.replaceWith(fresh);
      show(fresh.dataset.look);
    } catch (error) {
      if (error.name !== "AbortError") words.textContent = document.body.dataset.failed;
    }
  };
  const mark = (found) => {
    const wrong = new Map(found.map((each) => [each.dataset.wrong, each.textContent]));
    for (const field of all(".color-field > .color-row > input[name]", form)) {
      const told = wrong.get(field.id) || "";
      const fault = document.getElementById(`${field.id}-fault`);
      if (told) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
      fault.hidden = !told;
      find("span", fault).textContent = told;
    }
  };
  const show = (url) => {
    frame.hidden = !url;
    words.hidden = Boolean(url);
    if (!url) { words.textContent = pane.dataset.none; return; }
    const next = find("iframe", frame).cloneNode();
    next.src = url;
    next.classList.add("coming");
    all("iframe.coming", frame).forEach((each) => each.remove());
    next.addEventListener("load", () => {
      next.classList.remove("coming");
      all("iframe", frame).forEach((each) => { if (each !== next) each.remove(); });
    }, { once: true });
    frame.append(next);
  };
  themes.hidden = false;
  themes.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    theme = chosen.value;
    all("button", themes).forEach((each) => each.setAttribute("aria-pressed", String(each === chosen)));
    look();
  });
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 450); });

  // The logo: drawn smaller and smaller until it fits.
  const row = find("[data-logo]");
  const kept = find("#logo");
  const largest = Number(row.dataset.largest);
  const status = find("[role=status]", row);
  const drop = find("[data-logo-drop]", row);
  find(".actions", row).hidden = false;
  const shown = (url) => {
    const place = find(".logo-shown", row);
    place.replaceChildren();
    if (url) place.append(Object.assign(new Image(), { src: url, alt: "" }));
    drop.hidden = !url;
    kept.value = url;
    kept.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const asUrl = (blob) => new Promise((resolve) => { const reader = new FileReader(); reader.onload = () => resolve(reader.result); reader.readAsDataURL(blob); });
  const drawn = (picture, height, kind, quality) => new Promise((resolve) => {
    const canvas = document.createElement("canvas");
    canvas.height = height;
    canvas.width = Math.max(1, Math.round((picture.width / picture.height) * height));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(resolve, kind, quality);
  });
  const small = async (file) => {
    if (file.size <= largest) return file;
    const picture = await createImageBitmap(file);
    const begin = Math.min(96, picture.height);
    for (let height = begin; height >= 16; height = Math.floor(height * 0.85)) {
      for (const [kind, quality] of [["image/png"], ["image/webp", 0.8], ["image/webp", 0.5]]) {
        const blob = await drawn(picture, height, kind, quality);
        if (blob && blob.type === kind && blob.size <= largest) return blob;
      }
    }
    return null;
  };
  find("#logo-file").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    try {
      const made = await small(file);
      if (!made) { status.textContent = row.dataset.large; return; }
      shown(await asUrl(made));
      status.textContent = made === file ? file.name : row.dataset.made;
    } catch {
      status.textContent = row.dataset.bad;
    }
  });
  drop.addEventListener("click", () => { shown(""); find("#logo-file").focus(); });
  look();
})();
