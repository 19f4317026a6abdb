// What every page does beyond plain links and forms. Without it all pages still work.

const root = document.documentElement;
root.classList.add("js");

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) return void copyText(copy);
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.metaKey && !event.ctrlKey) return openDialog(opener, event);
  const closer = event.target.closest("[data-close]");
  if (closer) {
    const holder = closer.closest("dialog, .toast");
    event.preventDefault();
    return holder instanceof HTMLDialogElement ? holder.close() : holder?.remove();
  }
  if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// ---- menus: arrow keys move, Escape closes without applying, and so does leaving without Escape
const items = (menu) => [...menu.querySelectorAll(".menu-panel :is(a[href], button, input)")].filter((item) => item.checkVisibility() && !item.disabled);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return closeMenus();
  const menu = event.target.closest?.("details.menu");
  if (!menu || event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = event.target.matches("input:not([type=checkbox])");
  const moves = typing ? ["ArrowUp", "ArrowDown"] : ["ArrowUp", "ArrowDown", "Home", "End"];
  // Fields whose own arrow keys change their value keep them.
  if (!moves.includes(event.key) || event.target.matches("select, textarea, [type=radio], [type=datetime-local]")) return;
  event.preventDefault();
  if (!menu.open) remember(menu);
  menu.open = true;
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  all.at(next % all.length)?.focus();
});

document.addEventListener("focusin", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
});

// A menu that loads its items keeps the focus when they arrive.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const menu = target.closest("details.menu[open]");
  if (menu && document.activeElement === document.body) items(menu)[0]?.focus();
});

// The boxes as they were when the menu was opened, to which Escape returns. A list that follows them hears of it.
// A `toggle` event would come too late: browsers handle keys first.
document.addEventListener("click", ({ target }) => {
  const menu = target.closest("details.menu:not([open]) > summary")?.parentElement;
  if (menu) remember(menu);
}, true);

function remember(menu) {
  for (const box of boxes(menu)) box.defaultChecked = box.checked;
}

function boxes(menu) {
  return [...menu.querySelectorAll("input[type=checkbox]")];
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const changed = boxes(menu).filter((box) => box.checked !== box.defaultChecked);
    for (const box of changed) box.checked = box.defaultChecked;
    changed[0]?.dispatchEvent(new Event("input", { bubbles: true }));
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (location.hash === "#menu") location.hash = "";
}

// ---- search: Ctrl+K or Cmd+K, "/" and "?"; the palette is loaded when somebody first uses it
const search = document.querySelector("[data-palette]");

async function openPalette(what) {
  try {
    const palette = await import(search.dataset.palette);
    await palette[what](search);
  } catch {
    location.assign(what === "openKeys" ? search.dataset.shortcuts : search.href); // the pages work without it
  }
}

document.addEventListener("click", (event) => {
  if (!search || !event.target.closest("[data-search]") || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openPalette("openSearch");
});

document.addEventListener("keydown", (event) => {
  if (!search || event.altKey || event.defaultPrevented) return;
  const held = event.ctrlKey || event.metaKey;
  if (held && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return void openPalette("openSearch");
  }
  const field = event.target.closest?.("input, select, textarea, [contenteditable]");
  const busy = field?.checkVisibility() || document.querySelector("dialog[open]");
  if (held || busy || !("keys" in search.dataset)) return;
  if (event.key === "?") openPalette("openKeys");
  if (event.key !== "/") return;
  event.preventDefault();
  const box = [...document.querySelectorAll("main input[type=search]")].find((each) => each.checkVisibility());
  if (box) box.focus();
  else openPalette("openSearch");
});

// ---- time zone: the next page is in the browser's, unless the person chose one; parts of this page stay in its own
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`bailiwick_time_zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `bailiwick_time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-Time-Zone"] = root.dataset.timeZone; });

// ---- copy: data-copy="#id" copies that element's text or value, any other text is copied itself
async function copyText(button) {
  const from = button.dataset.copy;
  const source = from.startsWith("#") ? document.getElementById(from.slice(1)) : null;
  const text = source ? (source.value ?? source.textContent.trim()) : from;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    document.execCommand("copy"); // pages served over plain http have no clipboard object
    area.remove();
    button.focus();
  }
  button.classList.add("done");
  announce("Copied");
  setTimeout(() => button.classList.remove("done"), 1600);
}

function announce(text) {
  const live = document.getElementById("announcer");
  if (live) live.textContent = text;
}

// ---- dialogs: the link's own address is the same question as a page
function openDialog(opener, event) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  const menu = opener.closest("details.menu"); // closes, and gets the focus back after the dialog
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  dialog.showModal();
}

// A typed confirmation unlocks its button: data-typed="the text" on the input.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.dataset?.typed) return;
  const button = field.form?.querySelector("[type=submit]");
  if (button) button.disabled = field.value.trim() !== field.dataset.typed;
});
for (const field of document.querySelectorAll("[data-typed]")) field.dispatchEvent(new Event("input", { bubbles: true }));

// ---- a form leaves once
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter ?? form.querySelector("[type=submit]");
  button?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// ---- handles follow names until somebody types one: data-handle-from="id of the name"
for (const handle of document.querySelectorAll("[data-handle-from]")) {
  const name = document.getElementById(handle.dataset.handleFrom);
  let own = handle.value !== "";
  handle.addEventListener("input", (event) => { if (event.isTrusted) own = handle.value !== ""; });
  name?.addEventListener("input", () => {
    if (own) return;
    handle.value = slug(name.value);
    handle.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function slug(words) {
  return words.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
}

// ---- toasts: errors stay, the rest leaves after six seconds (data-stays) unless somebody reads it
function watch(toast) {
  if (toast.classList.contains("error")) return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), Number(toast.dataset.stays ?? 6000)); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
}
const toasts = document.getElementById("toasts");
if (toasts) {
  toasts.querySelectorAll(".toast").forEach(watch);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.classList?.contains("toast")) watch(node);
  }).observe(toasts, { childList: true });
}

// ---- tabs: <div data-tabs> with <section data-tab="Label">; without this script all sections stand in a row
for (const group of document.querySelectorAll("[data-tabs]")) {
  const panels = [...group.querySelectorAll(":scope > [data-tab]")];
  const list = Object.assign(document.createElement("div"), { className: "tabs" });
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", group.dataset.tabs);
  const buttons = panels.map((panel, index) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: panel.dataset.tab });
    button.id = `${panel.id}-tab`;
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", button.id);
    panel.querySelector("[data-tab-title]")?.remove();
    button.addEventListener("click", () => show(index));
    return button;
  });
  const show = (chosen) => buttons.forEach((button, index) => {
    button.setAttribute("aria-selected", String(index === chosen));
    button.tabIndex = index === chosen ? 0 : -1;
    panels[index].hidden = index !== chosen;
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    show(next);
    buttons[next].focus();
  });
  list.append(...buttons);
  group.prepend(list);
  show(0);
}

// ---- the switcher's search box
document.addEventListener("input", (event) => {
  const box = event.target.closest?.("[data-narrows]");
  if (!box) return;
  const words = box.value.trim().toLowerCase();
  for (const item of document.querySelectorAll(`${box.dataset.narrows} [data-words]`)) item.hidden = !item.dataset.words.toLowerCase().includes(words);
});

// ---- theme: applied at once, kept by the form's own request
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".theme")) return;
  event.preventDefault();
  const choice = event.submitter.value;
  root.dataset.theme = choice;
  for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
  const body = new FormData(event.target, event.submitter);
  fetch(event.target.action, { method: "POST", body, redirect: "manual" });
  delete event.target.dataset.sent;
  event.submitter.removeAttribute("aria-busy");
}, true);

// ---- a page that answered a form: reloading it opens the named page instead of sending the form again
const reload = document.querySelector("[data-reload-opens]");
if (reload) history.replaceState(null, "", reload.dataset.reloadOpens);
