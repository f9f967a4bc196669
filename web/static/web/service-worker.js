// Offline: a page that says so, and what a reader chose to keep. No page that was made for somebody who is signed in is
// ever stored: what is kept is fetched without cookies.
const SHELL = "shell-1";
const KEPT = ["queue", "kept"];
const OFFLINE = "/offline/";

// a page's own parts: styles, scripts, fonts, pictures
function parts(html) {
  return [...html.matchAll(/(?:href|src)="(\/(?:static|images)\/[^"]+)"/g)].map(found => found[1].replaceAll("&amp;", "&"));
}

async function keep(name, path) {
  const page = await fetch(path, { credentials: "omit", redirect: "follow" });
  if (!page.ok || page.redirected) return false;
  const cache = await caches.open(name);
  const html = await page.text();
  await Promise.allSettled(parts(html).map(async part => {
    if (await caches.match(part)) return;
    const answer = await fetch(part, { credentials: "omit" });
    if (answer.ok) await (await caches.open(part.startsWith("/static/") ? SHELL : name)).put(part, answer);
  }));
  // marked, so that scripts do not take it for a page of somebody who has signed out
  const headers = new Headers(page.headers);
  headers.delete("content-encoding");
  await cache.put(path, new Response(html.replace("<html ", "<html data-kept "), { headers }));
  return true;
}

// what is on the list and nothing else; its pages alone count, the pictures go with the last of them
async function settle(paths) {
  const cache = await caches.open("queue");
  const had = (await cache.keys()).map(request => new URL(request.url).pathname).filter(path => !path.startsWith("/images/"));
  if (had.some(path => !paths.includes(path))) {
    await caches.delete("queue");
    had.length = 0;
  }
  for (const path of paths) if (!had.includes(path)) await keep("queue", path).catch(() => false);
}

addEventListener("install", event => event.waitUntil(keep(SHELL, OFFLINE).then(() => skipWaiting())));
addEventListener("activate", event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== SHELL && !KEPT.includes(name)) await caches.delete(name);
  await clients.claim();
})()));

const ACTS = {
  keep: async ({ path }) => keep("kept", path),
  drop: async ({ path }) => (await caches.open("kept")).delete(path),
  settle: async ({ paths }) => settle(paths),
  forget: async () => caches.delete("queue"),
};
addEventListener("message", event => {
  const act = ACTS[event.data?.act];
  if (act) event.waitUntil(act(event.data).then(done => event.ports[0]?.postMessage(done), () => event.ports[0]?.postMessage(false)));
});

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const { pathname } = new URL(request.url);
    for (const name of KEPT) {
      const kept = await (await caches.open(name)).match(pathname, { ignoreVary: true });
      if (kept) return kept;
    }
    return (await caches.match(OFFLINE, { ignoreVary: true })) ?? Promise.reject(error);
  }
}
const part = request => fetch(request).catch(async error => (await caches.match(request, { ignoreVary: true })) ?? Promise.reject(error));

addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/admin/")) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (/^\/(static|images)\//.test(pathname)) event.respondWith(part(request));
});
