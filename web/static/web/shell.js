// Theme, contrast, keys. Pages work without it.
const root = document.documentElement;
const remember = (name, value) => { try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* private mode: forget */ } };
const recall = name => { try { return localStorage.getItem(name); } catch { return null; } };

const display = ["theme", "contrast"];
for (const name of display) if (recall(name)) root.dataset[name] = recall(name);

const LINK = ":is(h3, td, li) a";
const typing = el => el.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")];
let prefix = 0;

function choose(row) {
  if (!row) return;
  const link = row.querySelector(LINK) ?? row.querySelector("a");
  link?.focus({ preventScroll: true, focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
}

// the time, as the page's language writes it; near midnight another day may have begun where the reader is, and then that says more
function local(at) {
  const same = at.toDateString() === new Date().toDateString();
  const tongue = root.lang === "en" ? "en-GB" : root.lang;
  return new Intl.DateTimeFormat(tongue, same ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" }).format(at);
}

// with nothing chosen, start from the first row that can be seen
function step(by) {
  const all = rows();
  const at = all.findIndex(row => row.contains(document.activeElement));
  if (at < 0) return choose(all.find(row => row.getBoundingClientRect().bottom > 80));
  choose(all[Math.min(all.length - 1, Math.max(0, at + by))]);
}

const currentRow = () => document.activeElement.closest("[data-row]");
// the page of one thing is its own row
const subject = () => currentRow() ?? document.querySelector("[data-subject]");

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => (currentRow()?.querySelector(LINK) ?? currentRow()?.querySelector("a"))?.click(),
  x: () => { const more = currentRow()?.querySelector("details"); if (more) more.open = !more.open; },
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.togglePopover(),
};

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
  const place = Date.now() - prefix < 1200 && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (place) { location.href = place.href; return; }
  prefix = event.key === "g" ? Date.now() : 0;
  const act = KEYS[event.key];
  // a row's own keys press the button that names them
  const button = act ? null : subject()?.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (act || button) { event.preventDefault(); act ? act() : button.click(); }
});

addEventListener("click", async event => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  await navigator.clipboard.writeText(copy.dataset.copy);
  copy.textContent = copy.dataset.copied;
});

addEventListener("change", event => {
  const { name, value } = event.target;
  if (!display.includes(name)) return;
  value === "system" ? delete root.dataset[name] : root.dataset[name] = value;
  remember(name, value === "system" ? "" : value);
});

// what is chosen before htmx listens is told again when it does
const early = new Set();
const hold = event => early.add(event.target);
addEventListener("change", hold);
addEventListener("htmx:load", () => {
  removeEventListener("change", hold);
  for (const at of early) at.dispatchEvent(new Event("change", { bubbles: true }));
}, { once: true });

// live filtering: say that it works, and keep empty fields out of the address
addEventListener("htmx:configRequest", event => {
  const { parameters } = event.detail;
  for (const name of [...parameters.keys()]) if (!parameters.getAll(name).some(Boolean) || parameters.get(name) === "hybrid") parameters.delete(name);
});
addEventListener("htmx:beforeRequest", event => {
  // what a page asks for by itself is no wait of the reader's, and fades nothing
  if (event.target.id !== "waiting") { if (!event.target.hidden) event.detail.target.setAttribute("aria-busy", "true"); return; }
  // meaning that comes later moves nothing under the eyes of somebody who reads already
  const reading = scrollY > 80 || document.activeElement?.closest("#found");
  if (reading) event.preventDefault();
});
addEventListener("htmx:afterRequest", event => event.detail.target.removeAttribute("aria-busy"));

// a passkey that fails is said on the page; allauth would only write it to the console
document.addEventListener("allauth.error", event => {
  event.preventDefault();
  const note = document.getElementById("passkey-failed");
  document.querySelector("main form").after(note);
  note.hidden = false;
});

// signed out: the queue that was kept for offline reading goes with the reader
if (!root.dataset.reader && !("kept" in root.dataset) && recall("queue")) { remember("queue", ""); globalThis.caches?.delete("queue"); }

addEventListener("DOMContentLoaded", () => {
  for (const name of display) document.querySelectorAll(`input[name="${name}"]`).forEach(i => { i.checked = i.value === (recall(name) ?? "system"); });
  // suggestions come when somebody is about to type
  const box = document.querySelector("input[data-suggest]");
  if (box) {
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" })) box.setAttribute(name, value);
    const suggest = () => import(box.dataset.with);
    document.activeElement === box ? suggest() : box.addEventListener("focus", suggest, { once: true });
    // a text too long for the box goes where there is room for it
    box.addEventListener("paste", event => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const room = document.querySelector(".pasting textarea");
      if (text.length <= box.maxLength || !room) return;
      event.preventDefault();
      room.closest("details").open = true;
      room.value = text;
      room.focus();
    });
  }
  // times in the reader's own zone
  for (const t of document.querySelectorAll("time[data-local]")) t.textContent = local(new Date(t.dateTime));
  // a wide screen has room for the filters beside the results
  const narrowing = document.querySelector(".narrowing");
  if (narrowing && !CSS.supports("selector(::details-content)") && matchMedia("(width >= 52rem)").matches) narrowing.open = true;
});
