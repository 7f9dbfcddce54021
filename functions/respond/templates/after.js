{
  const area = document.getElementById("mine-text"), copy = document.getElementById("copy"), call = document.getElementById("call");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.onclick = () => navigator.clipboard.writeText(area.value).then(() => { document.getElementById("copied").textContent = copy.textContent = copy.dataset.copied });
  }
  call?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = call.querySelector(".status"), phone = call.phone;
    try {
      const answer = await fetch(call.action, { method: "POST", body: new URLSearchParams(new FormData(call)), headers: { Accept: "application/json" }, credentials: "omit" });
      const body = await answer.json();
      const said = answer.ok ? call.dataset.done : body.detail || call.dataset.failed;
      if (answer.ok) for (const part of [...call.children]) if (part !== told && part.tagName !== "H2") part.remove();
      told.textContent = said;
      if (answer.ok) { told.tabIndex = -1; told.focus() } // its button is gone
      else { phone.setAttribute("aria-invalid", "true"); phone.focus() }
    } catch { told.textContent = call.dataset.failed }
  });
}
