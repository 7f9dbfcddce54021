// Says once that somebody is there: whatever this page was opened with is no answer before a person touches it.
// A wheel, not a scroll: a script can scroll the page, and the event is then as trusted as a person's.
(() => {
  "use strict";
  const { nonce, to, field, score } = document.currentScript.dataset, form = document.getElementById("form");
  const inputs = { pointerdown: "pointer", pointermove: "pointer", click: "pointer", touchstart: "touch", keydown: "key", wheel: "scroll" };
  const begun = performance.now(), quiet = { capture: true, passive: true };
  let last = Promise.resolve();

  function tell(input, after) {
    const said = { nonce, score: new FormData(form).get(field) || score, input, after_ms: Math.round(after), language: document.documentElement.lang };
    last = last.then(() => fetch(to, { method: "POST", body: new URLSearchParams(said), keepalive: true, credentials: "omit" })).catch(() => {}); // one after the other: the last score counts
  }

  function felt(event) {
    const after = performance.now() - begun, input = inputs[event.type];
    if (!event.isTrusted || document.visibilityState !== "visible" || after < 800) return;
    for (const type in inputs) removeEventListener(type, felt, quiet);
    if (!form.signal) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "signal" })); // a draft brings its own
    form.signal.value = `${nonce} ${Math.round(after)}`;
    form.addEventListener("change", (change) => { if (change.isTrusted && change.target.name === field) tell(input, after) });
    tell(input, after);
  }
  for (const type in inputs) addEventListener(type, felt, quiet);
})();
