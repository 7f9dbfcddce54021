"use strict";
// The service worker of one kiosk: its page in every language, and nothing else; the network first, for three seconds.
{% include "queue.js" %}

const EDITION = "{{ edition }}";
const PAGE = location.pathname.slice(0, -"/sw.js".length), FAMILY = `escuta ${PAGE} `, SHELL = `${FAMILY}${EDITION}`;
const PAGES = [PAGE, ...{{ languages|tojson }}.map((language) => `${PAGE}?lang=${language}`)];
const ours = (page) => page.headers.get("Content-Security-Policy")?.includes("'nonce-"); // no hotel's, no firewall's
// An instance of the function that has not heard of a new version yet still gives pages of the one before.
const current = (page) => page.headers.get("{{ header }}") === EDITION;
const PATIENCE = 3e3, AGAIN = "300"; // seconds after which a page that is switched off looks again

addEventListener("install", (event) => event.waitUntil((async () => {
  const shell = await caches.open(SHELL);
  for (const address of PAGES) {
    const page = await fetch(address, { cache: "no-store", credentials: "omit", headers: { Accept: "text/html" } });
    if (!page.ok || !ours(page) || !current(page)) throw new Error(`${page.status}`); // the browser tries again later
    await shell.put(address, page);
  }
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(FAMILY) && name !== SHELL) await caches.delete(name);
  await clients.claim();
})()));

// A new worker takes over between two visitors, when the page says so.
// What somebody chose goes along to the page in another language through here: it is on no disk, and is given out once.
let carried = null;
addEventListener("message", ({ data, ports }) => {
  if (data === "escuta:change") skipWaiting();
  else if (data === "escuta:carried") { ports[0].postMessage(carried); carried = null }
  else if (data.escuta) carried = data.escuta;
});
addEventListener("sync", (event) => event.waitUntil(escutaQueue.send()));

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request, address = new URL(url);
  if (method !== "GET" || mode !== "navigate" || address.pathname !== PAGE) return;
  const name = PAGES.find((page) => page === PAGE + address.search) ?? PAGE;
  const asked = network(event, name, name === PAGE + address.search);
  event.waitUntil(asked);
  event.respondWith(shown(asked, name));
});

async function shown(asked, name) {
  const found = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  if (found?.ours) return found.page;
  const kept = await (await caches.open(SHELL)).match(name);
  return kept ?? (await asked).page ?? Response.error();
}

// Ours are the page itself and the words that say that it is over; a fault on the way shows what is kept instead.
async function network(event, name, plain) {
  let page;
  try { page = await fetch(event.request) } catch { return { ours: false } }
  const shell = await caches.open(SHELL);
  if (page.ok && page.type === "basic" && ours(page)) {
    if (plain && current(page)) await shell.put(name, page.clone());
    return { ours: true, page };
  }
  if (![403, 404, 410].includes(page.status) || !ours(page)) return { ours: false, page };
  const headers = new Headers(page.headers);
  headers.set("Refresh", AGAIN);
  const over = new Response(await page.blob(), { status: page.status, headers });
  if (page.status === 410) for (const address of PAGES) await shell.put(address, over.clone());
  escutaQueue.send();
  return { ours: true, page: over };
}
