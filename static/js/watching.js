// Pages about runs: clocks that tick, filters that act when changed, a log that follows until somebody scrolls up.

const KEPT = 2000; // lines of a log in the page; earlier ones have their own pages

// ---- clocks: <span data-since="iso time" data-elapsed="seconds">, which round down like the server (shown.duration)
let ahead; // milliseconds that the server's clock is ahead of this one; measured once, so that no clock jumps
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
    const since = Date.parse(clock.dataset.since);
    ahead ??= since + clock.dataset.elapsed * 1000 - Date.now();
    const seconds = Math.max(0, (Date.now() + ahead - since) / 1000);
    clock.textContent = duration(seconds);
  }
}
tick();
setInterval(tick, 1000);
document.addEventListener("polled", tick);

// ---- filters that reload the page: a choice acts at once, a typed word with Enter; empty fields stay out of the address.
// Forms with hx-get load the list alone while somebody types.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filters]:not([hx-get])");
  if (form && event.target.matches("select")) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-filters]:not([hx-get])")) return;
  for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.disabled = false;
});
// Closing the list of states asks for what was ticked in it.
for (const menu of document.querySelectorAll("form:not([hx-get]) .filter-states")) {
  const ticked = () => [...menu.querySelectorAll(":checked")].map((box) => box.value).join();
  const before = ticked();
  menu.addEventListener("toggle", () => { if (!menu.open && ticked() !== before) menu.closest("form").requestSubmit(); });
}

document.addEventListener("input", (event) => {
  const menu = event.target.closest("form[hx-get] .filter-states");
  if (!menu) return;
  const ticked = menu.querySelectorAll(":checked").length;
  menu.querySelector(".count")?.remove();
  const count = Object.assign(document.createElement("span"), { className: "count", textContent: ticked });
  if (ticked) menu.querySelector("summary").append(" ", count);
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "rows") return; // such as a menu that was loaded
  const count = document.getElementById("list-count");
  document.getElementById("announcer").textContent = count ? count.textContent : "No run matches";
});

// ---- the selection: how many boxes are checked, and one link for all of them
function countSelected() {
  const shown = document.querySelector("[data-selected]");
  if (!shown) return;
  const boxes = [...document.querySelectorAll("input[name=run]")];
  const checked = boxes.filter((box) => box.checked).length;
  shown.hidden = !checked;
  shown.textContent = `${checked} selected. The list is not refreshed meanwhile.`;
  document.querySelector("[data-select-all]").textContent = checked === boxes.length ? "Select none" : "Select all on this page";
  for (const button of document.querySelectorAll("#selection button")) button.disabled = !checked;
}
document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-select-all]")) return;
  event.preventDefault();
  const boxes = [...document.querySelectorAll("input[name=run]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
  countSelected();
});
document.addEventListener("change", (event) => { if (event.target.name === "run") countSelected(); });
for (const moment of ["polled", "htmx:afterSettle"]) document.addEventListener(moment, countSelected);
window.addEventListener("pageshow", countSelected);

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
