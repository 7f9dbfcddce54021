// The answers that wait on this device, shared by the page of a kiosk and by its service worker. Nothing stands here in
// plain text: each answer is sealed with a key that the browser keeps and never gives out.
const escutaQueue = (() => {
  "use strict";
  const NAME = "escuta-kiosk", STEPS = [
    (db) => { db.createObjectStore("facts"); db.createObjectStore("answers", { keyPath: ["at", "id"] }) },
  ];
  const SHAPE = STEPS.length, PATIENCE = 20e3;
  const told = new BroadcastChannel(NAME);
  const bytes = (text) => new TextEncoder().encode(text);
  let opened = null;

  // A page that is older than the queue goes on with it as it is: what it writes says which shape it has.
  const open = (shape) => new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, shape);
    asked.onupgradeneeded = ({ oldVersion }) => STEPS.slice(oldVersion).forEach((step) => step(asked.result, asked.transaction));
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      asked.result.onclose = asked.result.onversionchange = () => { asked.result.close(); opened = null };
      resolve(asked.result);
    };
  });
  const database = () => opened ??= open(SHAPE)
    .catch((error) => { if (error.name === "VersionError") return open(); throw error })
    .catch((error) => { opened = null; throw error });

  // Done means on the disk: the thank-you comes after it, and a power cut after that takes nothing.
  async function within(store, mode, act) {
    const db = await database();
    return new Promise((resolve, reject) => {
      const work = db.transaction(store, mode, { durability: "strict" }), asked = act(work.objectStore(store));
      work.oncomplete = () => resolve(asked.result);
      work.onabort = () => reject(work.error ?? new Error("aborted"));
    });
  }
  const recall = (name) => within("facts", "readonly", (facts) => facts.get(name));
  const note = (name, value) => within("facts", "readwrite", (facts) => facts.put(value, name));
  const all = () => within("answers", "readonly", (answers) => answers.getAll());

  async function once(name, make) {
    const kept = await recall(name);
    if (kept) return kept;
    const made = await make();
    await within("facts", "readwrite", (facts) => facts.add(made, name)).catch(() => { /* another tab was first */ });
    return recall(name);
  }
  const key = () => once("key", () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]));
  const device = () => once("device", async () => crypto.randomUUID());

  async function keep(path, sent) {
    const iv = crypto.getRandomValues(new Uint8Array(12)), id = sent.submission_id;
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, await key(), bytes(JSON.stringify(sent)));
    const entry = { at: Date.parse(sent.client_time), id, shape: SHAPE, path, iv, sealed, aside: "" };
    await within("answers", "readwrite", (answers) => answers.put(entry));
    told.postMessage("kept");
  }

  async function unseal({ iv, id, sealed }) {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, await key(), sealed);
    return JSON.parse(new TextDecoder().decode(plain));
  }

  // What came back: taken, refused for good (a code of ours), or nothing that we can trust, as from a hotel's network.
  async function post(path, sent) {
    try {
      const answer = await fetch(path, { method: "POST", body: JSON.stringify({ ...sent, sent_time: new Date().toISOString(), queued: true }),
        headers: { "Content-Type": "application/json", Accept: "application/json" }, credentials: "omit", cache: "no-store",
        redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
      const body = await answer.json();
      if (answer.ok && body.id === sent.submission_id) return { taken: true };
      if (body.code && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return { refused: body.code };
      return { wait: Number(answer.headers.get("Retry-After")) || 0 };
    } catch { return { wait: 0 } }
  }

  async function settle(entry) {
    let outcome;
    try { outcome = await post(entry.path, await unseal(entry)) } catch { outcome = { refused: "unreadable" } }
    if (outcome.taken) await within("answers", "readwrite", (answers) => answers.delete([entry.at, entry.id]));
    else if (outcome.refused) await within("answers", "readwrite", (answers) => answers.put({ ...entry, aside: outcome.refused }));
    else return outcome;
    told.postMessage("settled");
    return outcome;
  }

  // One after the other, the oldest first. An answer that a newer page wrote is left to the newer page.
  async function pass() {
    const refused = [], tried = new Set();
    for (;;) {
      const waiting = (await all()).filter(({ aside, shape, id }) => !aside && shape <= SHAPE && !tried.has(id));
      if (!waiting.length) return { refused };
      for (const entry of waiting) {
        tried.add(entry.id);
        const outcome = await settle(entry);
        if (outcome.refused) refused.push(outcome.refused);
        else if (!outcome.taken) return { refused, ...outcome };
      }
    }
  }
  const alone = (act) => navigator.locks ? navigator.locks.request(NAME, act) : act();

  async function retake() {
    for (const entry of await all()) if (entry.aside) await within("answers", "readwrite", (answers) => answers.put({ ...entry, aside: "" }));
  }
  async function counts() {
    const entries = await all(), aside = entries.filter((entry) => entry.aside).length;
    return { waiting: entries.length - aside, aside };
  }
  // `send` returns what was refused for good and, when the rest has to wait, for how many seconds at least (`wait`).
  return { keep, post, counts, recall, note, device, told, send: () => alone(pass), retake: () => alone(retake) };
})();
