(() => {
  // The name of the frame says which website opened it; that it may, the browser has checked (frame-ancestors).
  const host = name, id = location.pathname.split("/").pop(), thanks = document.getElementById("thanks");
  if (parent === self) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(/*style*/ "");
  document.adoptedStyleSheets = [sheet];
  try { if (new URL(host).origin !== host) return } catch { return }
  const say = (type, more) => parent.postMessage({ escuta: id, type, ...more }, host);
  let done = false;
  say("ready");
  new ResizeObserver(() => {
    const { backgroundColor: ground, color: ink } = getComputedStyle(document.body);
    say("size", { height: Math.ceil(document.body.getBoundingClientRect().height), ground, ink });
    if (!done && thanks && !thanks.hidden) { done = true; say("done") }
  }).observe(document.body);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) say("close") });
})();
