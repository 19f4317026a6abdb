// Keeps the role editor's boxes and summary in step. Without it the server does the same when the form is sent.

const form = document.getElementById("role-editor");
const base = form.querySelector("[name=inherits]");
const boxes = [...form.querySelectorAll("[name=scopes]")];
const ORDER = ["view", "run", "add", "create", "edit", "remove", "delete"];
const words = (text) => new Set(text ? text.split(" ") : []);
const brings = new Map(boxes.map((box) => [box.value, words(box.dataset.brings)]));
const saved = form.dataset.saved === undefined ? null : words(form.dataset.saved);
const part = (name) => form.querySelector(`[data-part=${name}]`);

// What somebody chose here. It stays when another base locks and unlocks boxes.
const chosen = new Set(boxes.filter((box) => box.checked && !box.disabled).map((box) => box.value));

form.addEventListener("change", (event) => {
  const box = event.target;
  if (box.name === "scopes") {
    if (box.checked) for (const scope of [box.value, ...brings.get(box.value)]) chosen.add(scope);
    else for (const scope of [...chosen]) if (scope === box.value || brings.get(scope).has(box.value)) chosen.delete(scope);
  }
  if (box === base || box.name === "scopes") show();
});

function show() {
  const inherited = words(base.selectedOptions[0].dataset.scopes);
  const name = base.value ? base.selectedOptions[0].textContent : "";
  for (const box of boxes) {
    const locked = inherited.has(box.value);
    box.checked = locked || chosen.has(box.value);
    box.disabled = locked;
    box.closest("label").querySelector(".from").textContent = locked ? `from ${name}` : "";
  }
  const added = new Set([...chosen].filter((scope) => !inherited.has(scope)));
  const all = new Set([...chosen, ...inherited]);
  const first = part("base");
  first.replaceChildren(...(name ? ["All permissions of ", element("strong", name), added.size ? ", and:" : "."] : []));
  if (!name && !added.size) first.append(element("span", "No permissions yet.", "muted"));
  part("added").replaceChildren(sentenceList(added));
  part("dangers").replaceChildren(...warning(all));
  if (saved) showDifference(all);
}

function sentences(scopes) {
  const groups = new Map();
  for (const box of boxes) {
    if (!scopes.has(box.value)) continue;
    const group = box.closest("fieldset").dataset.group;
    if (!groups.has(group)) groups.set(group, new Map());
    const nouns = groups.get(group);
    nouns.set(box.dataset.noun, new Set([...(nouns.get(box.dataset.noun) ?? []), ...words(box.dataset.verbs)]));
  }
  return [...groups].map(([group, nouns]) => [group, [...nouns].map(([noun, verbs]) => sentence(noun, verbs))]);
}

function sentence(noun, verbs) {
  const sorted = [...verbs].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const last = sorted.pop();
  const all = sorted.length ? `${sorted.join(", ")} and ${last}` : last;
  return `${all[0].toUpperCase()}${all.slice(1)} ${noun}.`;
}

function sentenceList(scopes) {
  const list = element("dl", "", "sentences");
  for (const [group, lines] of sentences(scopes)) {
    const item = element("dd");
    item.append(...lines.map((line) => element("div", line)));
    list.append(element("dt", group), item);
  }
  return list;
}

function warning(scopes) {
  const found = new Map();
  for (const box of boxes) {
    const { danger, noun } = box.dataset;
    if (danger && scopes.has(box.value)) found.set(danger, [...(found.get(danger) ?? []), noun]);
  }
  if (!found.size) return [];
  const note = element("div", "", "note warn");
  const lines = element("div");
  for (const [danger, nouns] of [...found].sort()) {
    const line = element("p");
    line.append(element("strong", `${danger}:`), ` ${nouns.join(", ")}.`);
    lines.append(line);
  }
  note.append(drawing("warning"), lines);
  return [note];
}

function showDifference(now) {
  const kinds = [["gained", "Gained: ", now, saved], ["lost", "Lost: ", saved, now]];
  const lines = kinds.flatMap(([kind, label, more, less]) =>
    sentences(new Set([...more].filter((scope) => !less.has(scope)))).flatMap(([, all]) => all).map((line) => {
      const item = element("li", "", kind);
      const text = element("span");
      text.append(element("span", label, "visually-hidden"), line);
      item.append(drawing(kind), text);
      return item;
    }));
  part("difference").hidden = !lines.length;
  part("difference").querySelector("ul").replaceChildren(...lines);
}

function drawing(name) {
  return document.getElementById(`${name}-icon`).content.cloneNode(true);
}

function element(tag, text = "", look = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (look) made.className = look;
  return made;
}

// A browser that comes back restores boxes by itself, in its own way.
window.addEventListener("pageshow", (event) => { if (!event.persisted) show(); });
