// Acts on the selected runs one after the other, so that the page can show how far it is.

const form = document.querySelector("form[data-one-by-one]");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const items = [...form.querySelectorAll("[data-run]")];
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("[data-progress-text]");
  const button = event.submitter;
  progress.hidden = false;
  button.disabled = true;
  for (const item of items) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("run", item.dataset.run);
    try {
      const answer = await fetch(location.pathname, { method: "POST", body, headers: { "X-Part": "result" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      item.outerHTML = await answer.text();
    } catch {
      item.append(" The server did not answer. Reload the page and try again.");
      item.dataset.refused = "";
    }
    bar.value += 1;
    text.textContent = `${bar.value} of ${items.length}`;
  }
  const count = (mark) => form.querySelectorAll(`[data-run][data-${mark}]`).length;
  text.textContent = `${count("done")} done, ${count("refused")} refused.`;
  button.remove();
});
