// What a reader keeps for when there is no network. The worker is only there for those who keep something.
const root = document.documentElement;
const supported = "serviceWorker" in navigator && "caches" in window;
const reader = root.dataset.reader;
const EVERY = 10 * 60 * 1000;

async function tell(said) {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  return new Promise(answer => { port1.onmessage = event => answer(event.data); active.postMessage(said, [port2]); });
}
const begin = () => navigator.serviceWorker.register("/service-worker.js");
const recall = () => { try { return JSON.parse(localStorage.getItem("queue") ?? "null"); } catch { return null; } };

// the queue of who is signed in, by the list that the hub gives
async function follow() {
  const last = recall();
  if (last?.reader === reader && Date.now() - last.at < EVERY && location.pathname !== "/me/queue/") return;
  const answer = await fetch("/me/offline.json").catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const { paths } = await answer.json();
  if (!paths.length && !(await navigator.serviceWorker.getRegistration())) return;
  await begin();
  await tell({ act: "settle", paths });
  localStorage.setItem("queue", JSON.stringify({ reader, at: Date.now() }));
  root.dataset.offline = "ready";
}

const kept = async path => Boolean(await (await caches.open("kept")).match(path));

async function offer(button) {
  const say = on => { button.setAttribute("aria-pressed", String(on)); button.textContent = on ? button.dataset.kept : button.dataset.keep; };
  const path = location.pathname;
  say(await kept(path));
  button.disabled = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const on = await kept(path);
    await begin();
    const done = await tell({ act: on ? "drop" : "keep", path });
    say(done ? !on : on);
    button.disabled = false;
  });
}

// the offline page: what can be read now
async function list(place) {
  const found = new Map();
  for (const name of ["queue", "kept"]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/images/")) continue;
      const page = new DOMParser().parseFromString(await (await cache.match(request)).text(), "text/html");
      found.set(pathname, page.querySelector("h1")?.textContent ?? pathname);
    }
  }
  if (!found.size) return;
  place.replaceChildren(...[...found].map(([path, title]) => {
    const line = document.createElement("li"), link = document.createElement("a");
    link.href = path;
    link.dir = "auto";
    link.textContent = title;
    line.append(link);
    return line;
  }));
  place.hidden = false;
  document.getElementById("nothing-kept").hidden = true;
}

const button = document.querySelector("[data-keep]");
if (!supported) button?.remove();
else {
  if (button) offer(button);
  const place = document.getElementById("kept-pages");
  if (place) list(place);
  if (reader) follow().catch(() => {});
}
