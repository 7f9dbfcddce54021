// The page of a ticket: what is opened by its address, and files that are put where they are kept.
"use strict";
(() => {
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== "DETAILS") return;
    target.open = true;
    target.scrollIntoView({ block: "start" });
    target.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  };
  open();
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => { if (event.target.closest('a[href="#close"]')) setTimeout(open); });
  const form = document.querySelector("[data-attach]");
  if (!form) return;
  form.hidden = false;
  const input = form.querySelector("[type=file]");
  const bar = form.querySelector("progress");
  const fault = form.querySelector(".fault");
  const csrf = form.elements.csrf.value;
  const post = (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams({ csrf, ...fields }) });
  const put = (file, said) => new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("PUT", said.url);
    for (const [name, value] of Object.entries(said.headers)) if (!/^(host|content-length)$/i.test(name)) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    call.onload = () => (call.status < 300 ? resolve() : reject(new Error()));
    call.onerror = () => reject(new Error());
    call.send(file);
  });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    fault.hidden = true;
    bar.hidden = false;
    bar.value = 0;
    try {
      const announced = await post(form.action, { name: file.name, type: file.type || "application/octet-stream", size: file.size });
      const said = await announced.json();
      if (!announced.ok) throw new Error(said.words);
      await put(file, said);
      const confirmed = await post(`${form.action}/${encodeURIComponent(said.id)}`, {});
      if (!confirmed.ok) throw new Error((await confirmed.json()).words);
      location.reload();
    } catch (error) {
      fault.textContent = error.message || form.dataset.failed;
      fault.hidden = false;
      bar.hidden = true;
      input.value = "";
    }
  });
})();
