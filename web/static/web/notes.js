// Highlights: shown in the text, and made from a selection. Without it there is the form below the text.
const texts = [...document.querySelectorAll("article.prose, .transcript")];
const CONTEXT = 64;
const squeezed = text => text.replace(/\s+/gu, "");

// the characters of the text without white space, and where each of them stands
function characters() {
  const places = [];
  let said = "";
  for (const text of texts) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.data.length; at++) if (/\S/u.test(node.data[at])) { said += node.data[at]; places.push([node, at]); }
    }
  }
  return { said, places };
}

function common(a, b) {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}
const reversed = text => [...text].reverse().join("");

// of several places, the one whose surroundings agree most
function find(said, { quote, before = "", after = "" }) {
  const part = squeezed(quote), left = squeezed(before), right = squeezed(after);
  let best = -1, place = -1;
  for (let at = said.indexOf(part); part && at >= 0; at = said.indexOf(part, at + 1)) {
    const agreed = common(reversed(said.slice(Math.max(0, at - left.length), at)), reversed(left)) + common(said.slice(at + part.length), right);
    if (agreed > best) [best, place] = [agreed, at];
  }
  return place < 0 ? null : [place, place + part.length];
}

function show(row) {
  const { said, places } = characters();
  const found = find(said, row.dataset);
  if (!found) return;
  const pieces = [];
  for (const [node, at] of places.slice(...found)) {
    const last = pieces.at(-1);
    if (last?.node === node) last.end = at + 1; else pieces.push({ node, start: at, end: at + 1 });
  }
  for (const { node, start, end } of pieces) {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    const mark = document.createElement("mark");
    mark.className = "own";
    mark.dataset.note = row.id;
    range.surroundContents(mark);
  }
}

function showAll() {
  for (const mark of document.querySelectorAll("mark.own")) { const parent = mark.parentNode; mark.replaceWith(...mark.childNodes); parent.normalize(); }
  document.querySelectorAll("#notes li[data-quote]").forEach(show);
}

// words that stand around a selection, in the text that it stands in
function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const text = texts.find(one => one.contains(range.commonAncestorContainer));
  const quote = selection.toString().trim();
  if (!text || !quote || quote.length > 5000) return null;
  const around = document.createRange();
  around.selectNodeContents(text);
  around.setEnd(range.startContainer, range.startOffset);
  const before = around.toString().slice(-CONTEXT);
  around.selectNodeContents(text);
  around.setStart(range.endContainer, range.endOffset);
  return { quote, before, after: around.toString().slice(0, CONTEXT), box: range.getBoundingClientRect() };
}

let picker = null;
function hide() { picker?.remove(); picker = null; }

function fill({ quote, before, after }) {
  const form = document.getElementById("add-note");
  Object.assign(form.elements.quote, { value: quote });
  form.elements.before.value = before;
  form.elements.after.value = after;
  return form;
}

async function keep(choice) {
  const form = fill(choice);
  hide();
  getSelection().removeAllRanges();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok) { form.requestSubmit(); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("notes").replaceWith(page.getElementById("notes"));
  showAll();
}

function note(choice) {
  const form = fill(choice);
  hide();
  form.elements.note.focus();
  form.scrollIntoView({ block: "center" });
}

function offer() {
  const choice = selected();
  hide();
  if (!choice) return;
  picker = document.getElementById("picker").content.cloneNode(true).firstElementChild;
  document.body.append(picker);
  // below the words: the system's own menu stands above them on phones
  const left = Math.min(choice.box.left, document.documentElement.clientWidth - picker.offsetWidth - 8);
  picker.style.insetBlockStart = `${choice.box.bottom + scrollY + 8}px`;
  picker.style.left = `${Math.max(8, left)}px`;
  // a press on a button must not take the selection away first
  picker.addEventListener("pointerdown", event => event.preventDefault());
  picker.addEventListener("click", event => {
    const act = { keep, note }[event.target.closest("button")?.dataset.do];
    act?.(choice);
  });
}

let waiting = 0;
document.addEventListener("selectionchange", () => { clearTimeout(waiting); waiting = setTimeout(offer, 250); });
addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "Escape") hide();
  if (event.key !== "h" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = selected();
  if (choice) { event.preventDefault(); keep(choice); }
});
addEventListener("click", event => {
  const mark = event.target.closest?.("mark.own");
  if (mark && getSelection().isCollapsed) location.hash = mark.dataset.note;
});
// the fields that belong to a quote are no longer true once it is edited by hand
addEventListener("input", event => {
  if (event.target.id !== "quote") return;
  for (const name of ["before", "after"]) event.target.form.elements[name].value = "";
});
showAll();
