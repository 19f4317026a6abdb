// Counts the changes in a form that stages them (templates/components/staged_bar.html), and shows its buttons only if
// there are any. Warns before the page is left without saving them.

const form = document.querySelector("form[data-staged]");

if (form) {
  const selects = [...form.querySelectorAll("select")];
  const bar = form.querySelector(".staged-bar");
  const isChanged = (select) => select.value !== select.previousElementSibling.value; // the hidden field was-<id>
  let sending = false;

  const show = () => {
    let count = 0;
    for (const select of selects) {
      const changed = isChanged(select);
      select.closest("tr").classList.toggle("staged", changed);
      count += changed;
    }
    bar.hidden = count === 0;
    bar.querySelector("[data-staged-count]").textContent = count ? `${count} unsaved change${count === 1 ? "" : "s"}` : "";
    return count;
  };

  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("pageshow", () => { sending = false; show(); });
  window.addEventListener("beforeunload", (event) => { if (!sending && show()) event.preventDefault(); });
  show();
}
