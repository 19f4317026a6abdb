// Pages about runs: clocks that tick, filters that act when changed, a log that follows until somebody scrolls up.

const KEPT = 2000; // lines of a log in the page; earlier ones have their own pages

// ---- clocks: <span data-since="iso time">
function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  for (const [size, unit, smaller, smallerUnit] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (seconds < size) continue;
    const rest = Math.floor((seconds % size) / smaller);
    return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${smallerUnit}` : ""}`;
  }
}

function tick() {
  if (document.hidden) return;
  for (const clock of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(clock.dataset.since)) / 1000);
    clock.textContent = duration(seconds);
  }
}
tick();
setInterval(tick, 1000);

// ---- filters: a choice acts at once, a typed word with Enter; empty fields stay out of the address
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filters]");
  if (form && event.target.matches("select")) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.disabled = false;
});
// Closing the list of states asks for what was ticked in it.
for (const menu of document.querySelectorAll(".filter-states")) {
  const ticked = () => [...menu.querySelectorAll(":checked")].map((box) => box.value).join();
  const before = ticked();
  menu.addEventListener("toggle", () => { if (!menu.open && ticked() !== before) menu.closest("form").requestSubmit(); });
}

// ---- the log
const log = document.getElementById("log");
if (log) {
  const follow = document.getElementById("log-follow");
  const fresh = document.getElementById("log-new");
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  let waiting = 0;
  const caughtUp = () => { waiting = 0; fresh.hidden = true; };
  const setFollow = (on) => {
    if (follow) follow.checked = on;
    if (on) { log.dataset.follow = ""; toEnd(); caughtUp(); } else delete log.dataset.follow;
  };
  if (!location.hash.startsWith("#log-")) toEnd();
  follow?.addEventListener("change", () => setFollow(follow.checked));
  fresh.addEventListener("click", () => setFollow(true));
  let last = log.scrollTop;
  log.addEventListener("scroll", () => {
    const up = log.scrollTop < last;
    last = log.scrollTop;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
    if (up && !atEnd && follow?.checked) setFollow(false);
    else if (atEnd && follow && !follow.checked && waiting) setFollow(true);
  }, { passive: true });

  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.classList?.contains("log-line")).length;
    if (!added) return;
    const total = document.getElementById("log-total");
    if (total?.dataset.total) {
      total.dataset.total = Number(total.dataset.total) + added;
      total.textContent = Number(total.dataset.total).toLocaleString("en");
    }
    const lines = log.getElementsByClassName("log-line");
    if ("follow" in log.dataset) {
      while (lines.length > KEPT) lines[0].remove();
      toEnd();
    } else {
      waiting += added;
      fresh.hidden = false;
      fresh.querySelector("span").textContent = `${waiting} new line${waiting === 1 ? "" : "s"}`;
    }
  }).observe(log, { childList: true });
  log.addEventListener("poll-finished", () => { document.querySelector(".live-mark")?.remove(); follow?.closest("label")?.remove(); });
}
