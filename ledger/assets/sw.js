// The portal's service worker: it keeps FILES, which the server names before this, among them a page that says that there is no
// connection (OFFLINE). It never keeps a page, file or answer about a person.
const PREFIX = "rekomi-portal-";
// The files' addresses change with their content.
const NAME = PREFIX + FILES.join(" ");

self.addEventListener("install", (event) => {
  // Requested as by somebody who isn't signed in.
  const requests = FILES.map((path) => new Request(path, { credentials: "omit", cache: "reload" }));
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(requests)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith(PREFIX) && name !== NAME;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const keptOf = (path) => caches.match(path, { cacheName: NAME, ignoreVary: true });
  if (pathname.startsWith("/assets/") && FILES.includes(pathname)) {
    event.respondWith(keptOf(pathname).then((kept) => kept ?? fetch(request)));
  } else if (request.mode === "navigate" && (pathname === "/a" || pathname.startsWith("/a/"))) {
    event.respondWith(fetch(request).catch(async (error) => {
      const page = await keptOf(OFFLINE);
      if (page) return page;
      throw error;
    }));
  }
});
