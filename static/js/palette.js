// The command palette: the server's search, and the actions of this page, as one combobox in a dialog.

const WAIT = 150; // milliseconds without a key, before the server is asked
let palette;

export function openSearch(opener) {
  palette ??= build(opener);
  if (palette.dialog.open) return;
  palette.dialog.showModal();
  palette.input.select();
  palette.refresh();
}

export async function openKeys(opener) {
  const text = await load(opener.dataset.shortcuts);
  const dialog = makeDialog("dialog", "Keyboard shortcuts");
  dialog.innerHTML = `<div class="dialog-body"><h2>Keyboard shortcuts</h2>${text}<div class="dialog-foot"><button type="button" class="button" data-close autofocus>Close</button></div></div>`;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

function makeDialog(className, label) {
  const dialog = Object.assign(document.createElement("dialog"), { className, ariaLabel: label });
  document.body.append(dialog);
  return dialog;
}

async function load(address, signal) {
  const answer = await fetch(address, { headers: { "X-Palette": "1" }, signal });
  if (answer.redirected || !answer.ok) throw new Error(`${address}: ${answer.status}`); // such as to the page for signing in
  return answer.text();
}

function build(opener) {
  const dialog = makeDialog("dialog palette", "Search and commands");
  dialog.innerHTML = `<form role="search" action="${opener.pathname}"><input name="q" type="text" role="combobox" aria-label="Search or choose an action"
    aria-controls="palette-list" aria-autocomplete="list" aria-expanded="false" placeholder="Search or choose an action" maxlength="100" autocomplete="off" spellcheck="false">
    <button type="button" class="button quiet small" data-close>Close</button></form>
    <div role="listbox" id="palette-list" aria-label="Results" hidden></div><p class="palette-note" role="status"></p>`;
  const form = dialog.querySelector("form");
  const [input, list, note] = dialog.querySelectorAll("input, [role=listbox], [role=status]");
  form.prepend(opener.querySelector("svg").cloneNode(true));
  let timer, running, answered, found = "";

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");
  const select = (option) => {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option?.id ?? "");
  };

  function show() {
    list.innerHTML = found; // from our own server, which escapes it
    const here = actions(input.value);
    if (here) list.prepend(here);
    const all = options();
    all.forEach((option, index) => { option.id = `palette-${index}`; });
    list.hidden = all.length === 0;
    input.setAttribute("aria-expanded", String(all.length > 0));
    select(all[0]);
    note.classList.toggle("visually-hidden", all.length > 0);
    note.textContent = all.length ? `${all.length} result${all.length === 1 ? "" : "s"}` : "Nothing found";
  }

  async function ask() {
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    const address = `${opener.pathname}${opener.dataset.at}&q=${encodeURIComponent(input.value)}`;
    const words = input.value;
    try {
      found = await load(address, running.signal);
      answered = words;
      show();
    } catch (error) {
      if (error.name === "AbortError") return;
      list.hidden = true;
      note.classList.remove("visually-hidden");
      note.textContent = "The search does not answer. Reload the page, and try again.";
    }
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = options();
    if (all.length) select(all[(all.indexOf(active()) + step + all.length) % all.length]);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (answered !== input.value) await ask(); // Enter may come before the results
    active()?.click();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    dialog.close();
    option.run?.();
  });
  return { dialog, input, refresh: ask };
}

// What one can do on this page: its own links and buttons, which are pressed as if by hand.
function actions(words) {
  const parts = words.toLowerCase().split(/\s+/);
  const offered = [...document.querySelectorAll("main :is(.page-actions, .empty, .tabs) :is(a[href], button:not([data-copy]))")].filter((control) => {
    const label = labelOf(control).toLowerCase();
    return label && !control.disabled && parts.every((part) => label.includes(part));
  });
  if (!offered.length) return null;
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", "palette-here");
  group.append(Object.assign(document.createElement("div"), { id: "palette-here", className: "menu-label", textContent: "On this page" }));
  for (const control of offered.slice(0, 12)) {
    const option = Object.assign(document.createElement("div"), { className: "menu-item", textContent: labelOf(control), run: () => control.click() });
    option.setAttribute("role", "option");
    group.append(option);
  }
  return group;
}

function labelOf(control) {
  return (control.getAttribute("aria-label") ?? control.textContent).replace(/\s+/g, " ").trim();
}
