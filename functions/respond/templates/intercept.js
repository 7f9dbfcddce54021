(() => {
  "use strict";
  const C = /*config*/ null, STYLE = /*style*/ "", T = C.trigger, KEY = "escuta." + C.id;
  // Whatever goes wrong here, the website stays as it is: nothing is thrown, said or tried again.
  const quiet = (act) => (...said) => { try { return act(...said) } catch { return undefined } };

  quiet(() => {
    const script = document.currentScript, page = document.documentElement, given = {}, memory = {};
    if (!script || top !== self || !C.origins.includes(location.origin)) return;
    const source = new URL(script.src), old = window.escuta;
    const escuta = old?.on ? old : Object.assign((...said) => {
      if (escuta.q.length < 99) escuta.q.push(said);
      for (const hear of Object.values(escuta.on)) hear(said);
    }, { on: {}, q: [...(old?.q ?? [])], open: false });
    if (escuta.on[C.id]) return;
    let shown = false, moments = new AbortController(), timer = 0, here = location.href;

    const recall = (box) => {
      try { return { ...memory[box], ...JSON.parse(window[box].getItem(KEY)) } } catch { return memory[box] ?? {} }
    };
    const keep = (box, more) => {
      memory[box] = { ...recall(box), ...more };
      try { window[box].setItem(KEY, JSON.stringify(memory[box])) } catch { /* remembered for this page alone */ }
    };
    const rested = () => T.every_days
      ? !(Date.now() - recall("localStorage").at < T.every_days * 864e5)
      : !recall("sessionStorage").at;
    const chosen = () => {
      if (T.sample_percent >= 100) return true;
      if (typeof recall("localStorage").lot !== "number") keep("localStorage", { lot: Math.random() * 100 });
      return recall("localStorage").lot < T.sample_percent;
    };
    const named = (part) => location.href.includes(part);
    const fits = () => (!T.url_includes.length || T.url_includes.some(named)) && !T.url_excludes.some(named) && chosen() && rested();
    const tell = (what) => document.dispatchEvent(new CustomEvent("escuta:" + what, { detail: C.id }));

    const language = () => {
      const first = (tag) => String(tag).split(/[-_]/)[0].toLowerCase();
      for (const tag of [C.language, page.lang, ...navigator.languages]) {
        const found = tag && C.languages.find((ours) => first(ours) === first(tag));
        if (found) return found;
      }
      return C.languages[0];
    };
    const address = (lang) => {
      const url = new URL(source.origin + source.pathname.replace(/\.js$/, ""));
      url.searchParams.set("lang", lang);
      for (const name of C.hidden) {
        const value = Object.hasOwn(given, name) ? given[name] : script.getAttribute("data-" + name);
        if (["string", "number", "boolean"].includes(typeof value)) url.searchParams.set(name, String(value).slice(0, 200));
      }
      return url.href;
    };
    const make = (tag, attributes, ...inside) => {
      const made = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.append(...inside);
      return made;
    };

    const open = quiet(() => {
      if (shown || escuta.open || !fits()) return;
      if (document.hidden) {
        document.addEventListener("visibilitychange", open, { once: true, signal: moments.signal });
        return;
      }
      shown = escuta.open = true;
      clearTimeout(timer);
      moments.abort();
      const lang = language(), words = C.words[lang], modal = C.place === "modal", before = page.style.overflow, gutter = page.style.scrollbarGutter;
      // In its name the frame learns who may hear it: that is sent to no server.
      const frame = make("iframe", { src: address(lang), name: location.origin, title: words.label, referrerpolicy: "no-referrer", allow: "clipboard-write",
        sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox" });
      const button = make("button", { type: "button", "aria-label": words.close }, "\u00d7");
      const told = make("p", { role: "status" });
      const dialog = make("dialog", { class: C.place, lang, tabindex: "-1", "aria-label": words.label }, button, frame);
      const host = make("div", { "data-escuta": C.id }), root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      root.append(dialog, told);
      let back = null, up = false;

      const gone = () => {
        clearTimeout(limit);
        removeEventListener("message", hear);
        host.remove();
        escuta.open = false;
      };
      const close = quiet(() => {
        if (!up) return;
        up = false;
        const inside = document.activeElement === host;
        dialog.close();
        gone();
        if (modal) Object.assign(page.style, { overflow: before, scrollbarGutter: gutter });
        if (inside || modal) back?.focus?.({ preventScroll: true });
        tell("close");
      });
      const show = () => {
        if (up) return;
        up = true;
        clearTimeout(limit);
        keep(T.every_days ? "localStorage" : "sessionStorage", { at: Date.now() });
        back = document.activeElement;
        if (modal) {
          if (innerWidth > page.clientWidth) page.style.scrollbarGutter = "stable";
          page.style.overflow = "hidden";
          dialog.setAttribute("aria-modal", "true");
          dialog.showModal();
          dialog.focus();
        } else {
          dialog.setAttribute("role", "dialog");
          dialog.setAttribute("open", "");
          told.textContent = words.label;
        }
        tell("open");
      };
      const hear = quiet((event) => {
        const said = event.data;
        if (event.origin !== source.origin || event.source !== frame.contentWindow || said?.escuta !== C.id) return;
        if (said.type === "ready") show();
        else if (said.type === "close") close();
        else if (said.type === "done") tell("done");
        else if (said.type === "size" && said.height > 0 && said.height < 1e5) {
          frame.style.height = said.height + "px";
          Object.assign(dialog.style, { backgroundColor: String(said.ground), color: String(said.ink) });
          dialog.classList.add("on");
        }
      });
      button.addEventListener("click", close);
      dialog.addEventListener("close", close);
      dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close() } });
      addEventListener("message", hear);
      const limit = setTimeout(quiet(gone), 2000);
      page.append(host); // beside the body, which sites replace and transform
    });

    const leaving = (on) => {
      on(page, "mouseleave", (event) => { if (event.clientY <= 0) open() });
      if (!matchMedia("(pointer: coarse)").matches) return;
      let last = scrollY, at = 0, fast = 0;
      on(window, "scroll", (event) => {
        fast = last - scrollY > 1.2 * (event.timeStamp - at) ? fast + 1 : 0;
        last = scrollY;
        at = event.timeStamp;
        if (fast > 2) open();
      });
      on(document, "visibilitychange", () => { if (!document.hidden) open() });
    };
    const arm = quiet(() => {
      moments.abort();
      clearTimeout(timer);
      if (shown || !fits()) return;
      moments = new AbortController();
      const { signal } = moments;
      const on = (target, name, act) => target.addEventListener(name, quiet(act), { signal, passive: true });
      if (T.delay_seconds !== null) timer = setTimeout(open, T.delay_seconds * 1e3);
      if (T.scroll_percent !== null) {
        on(window, "scroll", () => { if (scrollY >= (page.scrollHeight - innerHeight) * T.scroll_percent / 100) open() });
      }
      if (T.exit_intent) leaving(on);
    });
    const moved = quiet(() => {
      if (here === location.href) return;
      here = location.href;
      arm();
    });
    const hear = quiet(([what, more]) => {
      if (what === "set") Object.assign(given, more);
      else if (T.event && what === T.event) open();
    });

    window.escuta = escuta;
    escuta.on[C.id] = hear;
    document.addEventListener("escuta", (event) => hear([event.detail]));
    if (window.navigation) navigation.addEventListener("currententrychange", moved);
    else {
      for (const name of ["pushState", "replaceState"]) {
        const own = history[name];
        history[name] = function (...said) {
          const done = own.apply(this, said);
          moved();
          return done;
        };
      }
    }
    addEventListener("popstate", moved);
    addEventListener("hashchange", moved);
    addEventListener("pageshow", (event) => { if (event.persisted) arm() });
    const start = quiet(() => { arm(); escuta.q.forEach(hear) });
    if (document.body) start();
    else document.addEventListener("DOMContentLoaded", start);
  })();
})();
