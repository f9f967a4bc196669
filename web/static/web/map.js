// A map that can be moved and zoomed: only the view box changes; marks and names keep their size.
const figure = document.getElementById("map");
const svg = figure.querySelector(".plane svg");
const marks = [...svg.querySelectorAll("defs g use")];
const names = svg.querySelector(".names");
const says = figure.querySelector("output");
const WIDTH = 1000, HEIGHT = 700, DEEPEST = 14, SIZE = 17;
const pointers = new Map();
let scale = 1, x = 0, y = 0, moved = 0;

function show() {
  scale = Math.min(DEEPEST, Math.max(1, scale));
  const width = WIDTH / scale, height = HEIGHT / scale;
  x = Math.min(WIDTH - width, Math.max(0, x));
  y = Math.min(HEIGHT - height, Math.max(0, y));
  svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  // on a small screen everything would be small: half of what is lost is given back
  const small = Math.sqrt(Math.max(1, WIDTH / Math.max(svg.clientWidth, 1)));
  const size = small / scale ** .85;
  for (const mark of marks) mark.setAttribute("transform", `scale(${size})`);
  names.setAttribute("font-size", SIZE * small / scale);
  svg.classList.toggle("zoomed", scale > 1);
}

// where a point of the screen lies on the map
function at(event) {
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [place.x, place.y];
}

function zoom(by, [px, py] = [x + WIDTH / scale / 2, y + HEIGHT / scale / 2]) {
  const before = scale;
  scale = Math.min(DEEPEST, Math.max(1, scale * by));
  x = px - (px - x) * before / scale;
  y = py - (py - y) * before / scale;
  show();
}

const ACTS = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), all: () => { scale = 1; show(); } };
const KEYS = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "all" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

figure.addEventListener("click", event => {
  const button = event.target.closest("[data-zoom]");
  if (button) ACTS[button.dataset.zoom]();
});
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const arrow = scale > 1 && ARROWS[event.key];
  if (arrow) { x += arrow[0] * 120 / scale; y += arrow[1] * 120 / scale; show(); } else if (KEYS[event.key]) ACTS[KEYS[event.key]](); else return;
  event.preventDefault();
});
// the page scrolls by the wheel as everywhere: only with Control, which is also what a pinch on a pad sends, the map zooms
svg.addEventListener("wheel", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 240), at(event));
}, { passive: false });
svg.addEventListener("dblclick", event => { event.preventDefault(); zoom(2, at(event)); });

const spread = () => { const [a, b] = [...pointers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
svg.addEventListener("pointerdown", event => { if (!pointers.size) moved = 0; pointers.set(event.pointerId, event); });
svg.addEventListener("pointermove", event => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const apart = pointers.size === 2 && spread();
  const from = at(before), to = at(event);
  pointers.set(event.pointerId, event);
  moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  if (pointers.size === 2) zoom(spread() / apart, to);
  else if (scale > 1 && moved > 4) { svg.setPointerCapture(event.pointerId); x -= to[0] - from[0]; y -= to[1] - from[1]; show(); }
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(name, event => pointers.delete(event.pointerId));
// the end of a drag opens nothing
svg.addEventListener("click", event => { if (moved > 4) event.preventDefault(); }, true);
svg.addEventListener("dragstart", event => event.preventDefault());

svg.addEventListener("pointerover", event => { const mark = event.target.closest(".dots a"); if (mark) says.textContent = mark.textContent; });
for (const key of figure.querySelectorAll("[data-mark]")) {
  const dim = on => { for (const one of svg.querySelectorAll(".dots a")) one.classList.toggle("dim", on && !one.classList.contains(`t${key.dataset.mark}`)); };
  for (const name of ["pointerenter", "focusin"]) key.addEventListener(name, () => dim(true));
  for (const name of ["pointerleave", "focusout"]) key.addEventListener(name, () => dim(false));
}
addEventListener("resize", show);
show();
