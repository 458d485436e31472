// What the portal's service worker keeps, and that nothing about a person is among it; driven by tests/portal/app.rs.
import { readFileSync } from "node:fs";

const check = (holds, what) => { if (!holds) throw new Error(what); };
const ORIGIN = "https://rekomi.test", OFFLINE = "/a/offline";
const FILES = [OFFLINE, "/assets/0a1b2c/rekomi.css", "/assets/0a1b2c/app.js"];
const source = readFileSync(new URL("../../ledger/assets/sw.js", import.meta.url), "utf8");

/** A browser's caches, by name; each holds what was answered for a path. */
const stored = new Map();
const requested = [];
let isOnline = true;
const path = (request) => new URL(request.url ?? request, ORIGIN).pathname;
const fetched = async (request) => {
  requested.push(path(request));
  if (!isOnline) throw new TypeError("no connection");
  return `${path(request)} from the network`;
};
const caches = {
  open: async (name) => {
    if (!stored.has(name)) stored.set(name, new Map());
    const put = (request, answer) => stored.get(name).set(path(request), answer);
    return { put, add: async (request) => put(request, await fetched(request)), addAll: async (all) => { for (const one of all) put(one, await fetched(one)); } };
  },
  keys: async () => [...stored.keys()],
  delete: async (name) => stored.delete(name),
  match: async (request, { cacheName }) => stored.get(cacheName)?.get(path(request)),
};
const given = [];
const Request = function (url, options) { given.push(options); this.url = ORIGIN + url; };
const listeners = {};
const self = { addEventListener: (kind, listener) => { listeners[kind] = listener; }, skipWaiting: () => {}, location: { origin: ORIGIN } };
new Function("self", "caches", "fetch", "Request", "OFFLINE", "FILES", source)(self, caches, fetched, Request, OFFLINE, FILES);

const happens = async (kind, event = {}) => {
  let answer;
  const given = (promise) => { answer = promise; };
  listeners[kind]({ ...event, waitUntil: given, respondWith: given });
  return answer;
};
const opens = (target, more = {}) => happens("fetch", { request: { url: ORIGIN + target, method: "GET", mode: "navigate", ...more } });
const content = () => JSON.stringify([...stored].map(([name, kept]) => [name, [...kept]]));

stored.set("rekomi-portal-of-before", new Map());
stored.set("somebody-else", new Map());
await happens("install");
check(given.every((options) => options.credentials === "omit"), "files are requested without cookies");
await happens("activate");
const kept = content();
check(stored.size === 2 && stored.has("somebody-else"), `old files are gone, others' stay: ${kept}`);
check(FILES.every((file) => kept.includes(`"${file}"`)), kept);

// Nothing of a person is kept, however it is requested.
const PERSONAL = ["/a", "/a/sales?span=7d", "/a/sales.csv", "/a/sales/com_1", "/a/payouts/pay_1/receipt.pdf", "/a/links/qr.png?link=lnk_1", "/a/assets/ast_1/file", "/a/manifest.webmanifest", "/a/enter?token=t"];
for (const target of PERSONAL) {
  const page = await opens(target);
  check(page === `${path(target)} from the network`, `${target}: ${page}`);
  for (const mode of ["cors", "no-cors", "same-origin"]) check(await opens(target, { mode }) === undefined, `${target} is the browser's`);
  check(await opens(target, { method: "POST" }) === undefined, `${target} is posted by the browser`);
}
for (const target of ["/account", "/dashboard", "/api/v1/affiliates", "/p/acme", "/", "/assets/brand/0f6b5c.css", "/ab"]) check(await opens(target) === undefined, `${target} isn't the app's`);
check(await happens("fetch", { request: { url: "https://other.test/a", method: "GET", mode: "navigate" } }) === undefined, "another site's");
check(content() === kept, `what is kept never changes: ${content()}`);

// A kept file needs no network; without one a page is the page that says so.
requested.length = 0;
check(await opens(FILES[1], { mode: "no-cors" }) === `${FILES[1]} from the network` && requested.length === 0, "a file is there at once");
isOnline = false;
check(await opens("/a/sales") === `${OFFLINE} from the network`, "no connection");
check(content() === kept, "nor then");
console.log("done");
