// Suggestions under the search box: an ARIA combobox with a list. Without it the box is a plain search. It comes when the box is
// first entered (shell.js).
const input = document.querySelector("input[data-suggest]");
const WAIT = 80;
const LEAST = /^(?:.{2,}|[^\x00-\x7f].*)/s; // one letter says nothing, one character of Chinese may
let list, live, options = [], active = -1, timer = 0, asking = null;

function build() {
  list = Object.assign(document.createElement("ul"), { id: "suggestions", className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent ?? "");
  live = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  live.setAttribute("role", "status");
  input.after(list, live);
  input.setAttribute("aria-controls", "suggestions");
  // a press must not take the focus from the box before it counts
  list.addEventListener("pointerdown", event => event.preventDefault());
  list.addEventListener("click", event => { const at = options.indexOf(event.target.closest("[role=option]")); if (at >= 0) take(at); });
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = true;
  mark(-1);
  input.setAttribute("aria-expanded", "false");
}

function mark(at) {
  options[active]?.setAttribute("aria-selected", "false");
  active = at;
  options[at]?.setAttribute("aria-selected", "true");
  options[at]?.scrollIntoView({ block: "nearest" });
  options[at] ? input.setAttribute("aria-activedescendant", options[at].id) : input.removeAttribute("aria-activedescendant");
}

function take(at) {
  const { path, query } = options[at].dataset;
  close();
  if (path) { location.href = path; return; }
  input.value = query;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function option(row, number) {
  const made = Object.assign(document.createElement("li"), { id: `suggestion-${number}`, dir: "auto" });
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  Object.assign(made.dataset, { path: row.path, query: row.query });
  const kind = Object.assign(document.createElement("span"), { textContent: row.kind });
  made.append(Object.assign(document.createElement("b"), { textContent: row.label }), " ", kind);
  return made;
}

async function ask() {
  const typed = input.value;
  if (!LEAST.test(typed.trim())) return close();
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q: typed })}`, { signal: asking.signal });
    const { suggestions } = await answer.json();
    if (document.activeElement !== input || input.value !== typed) return;
    mark(-1);
    options = suggestions.map(option);
    list.replaceChildren(...options);
    list.hidden = !options.length;
    live.textContent = String(options.length || "");
    input.setAttribute("aria-expanded", String(Boolean(options.length)));
  } catch (problem) {
    // aborted by the next letter, or the hub is away: the box still searches
    if (problem.name !== "AbortError") close();
  }
}

function press(event) {
  const open = !list.hidden;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && (open || event.key === "ArrowDown")) {
    event.preventDefault();
    if (!open) return ask();
    const all = options.length + 1; // the box itself is one of the places
    mark((active + 1 + step + all) % all - 1);
  } else if (event.key === "Enter" && open) {
    if (active >= 0) { event.preventDefault(); take(active); } else close();
  } else if (event.key === "Escape" && open) {
    event.stopPropagation();
    event.preventDefault(); // a search field would empty itself
    close();
  }
}

if (input) {
  build();
  input.addEventListener("input", event => { clearTimeout(timer); if (event.isTrusted) timer = setTimeout(ask, WAIT); });
  input.addEventListener("keydown", event => { if (!event.isComposing) press(event); });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  // what was typed while this came
  if (document.activeElement === input && input.value !== input.defaultValue) ask();
}
