// Keeps a part of a page fresh: <div data-poll="address" data-every="2000" data-poll-mode="swap|replace|append">.
// The server answers 204 for "nothing new" and 286 for "this was the last"; a Poll-Next header is the next address,
// a Poll-Every header the next wait.

const STOP = 286;
// A menu or dialog that is open, a field in use, or runs that are selected.
const BUSY = "details.menu[open], input:not([type=checkbox]):focus, select:focus, textarea:focus, dialog[open], input[name=run]:checked";

class Poll {
  constructor(element) {
    this.element = element;
    this.address = element.dataset.poll;
    this.every = Number(element.dataset.every ?? 5000);
    this.mode = element.dataset.pollMode ?? "swap";
    this.failures = 0;
    this.last = null;
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    const wait = Math.min(this.every * 2 ** this.failures, 60_000);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    if (!this.element.isConnected) return polls.delete(this.element);
    if (document.hidden) return; // visibilitychange asks again
    if (this.beingRead()) return this.plan();
    try {
      const headers = { "X-Poll": "1", "X-Time-Zone": document.documentElement.dataset.timeZone };
      const answer = await fetch(this.address, { headers, credentials: "same-origin" });
      if (answer.redirected || answer.status === 403 || answer.status === 404) return this.end("ended");
      if (!answer.ok && answer.status !== STOP) throw new Error(String(answer.status));
      const html = answer.status === 204 ? "" : await answer.text();
      this.address = answer.headers.get("Poll-Next") ?? this.address;
      this.every = Number(answer.headers.get("Poll-Every") ?? this.every);
      this.failures = 0;
      this.element.removeAttribute("data-stale");
      if (html && html !== this.last) this.show(html);
      if (answer.status === STOP) return this.end("finished");
    } catch {
      this.failures = Math.min(this.failures + 1, 5);
      this.element.setAttribute("data-stale", "");
    }
    if (this.element.isConnected) this.plan();
    else polls.delete(this.element);
  }

  // Text being selected, or an open menu or field inside, is not pulled away. An appended row disturbs nobody.
  beingRead() {
    if (this.mode === "append") return false;
    const selection = getSelection();
    if (selection && !selection.isCollapsed && this.element.contains(selection.anchorNode)) return true;
    return this.element.querySelector(BUSY) !== null;
  }

  show(html) {
    if (this.mode === "append") {
      const atEnd = nearEnd(this.element);
      this.element.insertAdjacentHTML("beforeend", html);
      if (atEnd && "follow" in this.element.dataset) this.element.scrollTop = this.element.scrollHeight;
    } else {
      this.last = html;
      const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...this.element.querySelectorAll("details[open][id]")].map((part) => part.id);
      const keepInPlace = placeKeeper(this.element);
      if (this.mode === "replace") this.element.outerHTML = html;
      else this.element.innerHTML = html;
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
      keepInPlace();
    }
    document.dispatchEvent(new CustomEvent("polled", { detail: this.element }));
    begin();
  }

  end(how) {
    clearTimeout(this.timer);
    this.element.removeAttribute("data-poll");
    this.element.dispatchEvent(new CustomEvent(`poll-${how}`, { bubbles: true }));
    polls.delete(this.element);
  }
}

// Rows that are added above the one being read do not move it: the row under the pointer or with the focus or, once the
// page is scrolled into the list, the first one in view.
function placeKeeper(element) {
  const rows = [...element.querySelectorAll("tr[id]")];
  const read = rows.find((row) => row.matches(":hover, :focus-within"))
    ?? (element.getBoundingClientRect().top < 0 ? rows.find((row) => row.getBoundingClientRect().top >= 0) : null);
  const top = read?.getBoundingClientRect().top;
  return () => {
    const row = read && document.getElementById(read.id);
    if (row) scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
  };
}

function nearEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 48;
}

const polls = new Map();

function begin() {
  for (const element of document.querySelectorAll("[data-poll]")) if (!polls.has(element)) polls.set(element, new Poll(element));
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const poll of polls.values()) poll.ask();
});
document.addEventListener("htmx:afterSettle", begin);
begin();
