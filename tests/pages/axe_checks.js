// Runs in every page after axe itself. See axe_checks.py.
window.axeChecks = (() => {
  // Attributes that axe judges by whether they are empty, and attributes that name other elements.
  const PRESENCE = new Set(["action", "content", "data-time", "datetime", "formaction", "href", "name", "placeholder", "src", "title", "value"]);
  const REFERENCES = new Set(["aria-activedescendant", "aria-controls", "aria-describedby", "aria-details", "aria-errormessage", "aria-labelledby",
    "aria-owns", "for", "form", "headers", "list"]);
  // The styles that decide the contrast of a text.
  const STYLES = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "position", "textShadow"];

  const elements = (part) => document.querySelectorAll(`${part}, ${part} *`);
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  function hash(words) {
    let [first, second] = [1, 2];
    for (let at = 0; at < words.length; at += 1) {
      first = Math.imul(first ^ words.charCodeAt(at), 0x01000193);
      second = Math.imul(second ^ words.charCodeAt(at), 0x9e3779b1);
    }
    return `${first},${second}`;
  }

  function describe(element) {
    const attributes = [...element.attributes].map(({name, value}) => {
      if (name === "id") return `id ${document.querySelectorAll(`[id="${CSS.escape(value)}"]`).length}`;
      if (REFERENCES.has(name)) return `${name} ${value.split(" ").map((id) => !!document.getElementById(id))}`;
      return PRESENCE.has(name) || name.startsWith("data-") || name.startsWith("hx-") ? `${name} ${!!value.trim()}` : `${name}=${value}`;
    });
    // The label of a control must contain its text.
    const label = element.matches(":is(a, button, summary, [role]):is([aria-label], [aria-labelledby])") ? element.textContent : "";
    return `${element.tagName} ${attributes} ${hasText(element)} ${element.control?.disabled} ${label}`;
  }

  // Return what axe judges of all elements of a part.
  const shape = (part) => hash([...elements(part)].map(describe).join());

  // Mark the first text of each look that is not in `known`, and return the new looks. Both are joined with ";".
  // Two texts with the same styles below ancestors with the same styles and attributes have the same contrast.
  function markNewLooks(part, known) {
    const looks = new Set(known.split(";")), above = new Map();
    const added = [];
    for (const element of document.querySelectorAll("body, body *")) {
      const styles = getComputedStyle(element);
      const look = hash(`${above.get(element.parentElement)} ${describe(element)} ${STYLES.map((name) => styles[name])}`);
      above.set(element, look);
      const judged = hasText(element) || element.matches("input, select, textarea");
      if (!judged || looks.has(look) || !element.closest(part) || !element.checkVisibility({visibilityProperty: true})) continue;
      looks.add(look);
      added.push([element, look]);
    }
    for (const [element] of added) element.setAttribute("data-new-look", "");  // afterwards, so that styles are computed once
    return added.map(([, look]) => look).join(";");
  }

  async function run(part, rules, known) {
    axe.configure({rules: [{id: "color-contrast", selector: "[data-new-look]"}]});
    const added = markNewLooks(part, known);
    const {violations} = await axe.run(part, {
      resultTypes: ["violations"], preload: false, ...(rules ? {runOnly: rules} : {}),
      rules: {"label-content-name-mismatch": {enabled: true}, "target-size": {enabled: true}},
    });
    for (const element of document.querySelectorAll("[data-new-look]")) element.removeAttribute("data-new-look");
    const words = violations.map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map(({html}) => html.slice(0, 160)).join(" ")}`);
    return [words, added];
  }

  // Wait until the page has this width and theme.
  async function drawn(width, dark) {
    while (innerWidth !== width || matchMedia("(prefers-color-scheme: dark)").matches !== dark) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  return {shape, run, drawn};
})();
