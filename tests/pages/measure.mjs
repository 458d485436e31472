// How soon ten pages are shown, and how much they load: `node measure.mjs <state.json> <table.md> <profile>`; `cargo xtask measure`
// drives it, with a ledger of its own. Each visit is somebody's first: in a new context, whose cache is empty.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { open } from "./kit.mjs";
import { records, signedIn } from "./seeded.mjs";

const [stateFile, tableFile, profile] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, "utf8"));
const VISITS = 5;
/** The time after the load event in which scripts still request, and things still shift. */
const SETTLE_MS = 1000;
const WIDE = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const COLUMNS = ["Page", "Width", "LCP, ms", "CLS", "Elements", "HTML, sent", "HTML, decoded", "All bytes", "Requests", "Scripts"];

const { maya, sale } = await records(state);
const PAGES = [
  ["Overview", "/dashboard"],
  ["Affiliates", "/dashboard/affiliates"],
  ["Affiliate", `/dashboard/affiliates/${maya}`],
  ["Applications", "/dashboard/affiliates?status=Pending"],
  ["Commissions", "/dashboard/commissions"],
  ["Receipt", `/dashboard/commissions/${sale.id}`],
  ["Payouts", "/dashboard/payouts"],
  ["Settings", "/dashboard/settings"],
  ["Program page", "/p/fernlight"],
  ["Portal", "/a"],
];

/** Runs in a page before its own scripts. As Web Vitals count it, a window of shifts ends after a second without one, or after five. */
const observe = () => {
  const seen = { lcp: 0, cls: 0 };
  let sum = 0, first = -Infinity, last = -Infinity;
  const each = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  each("largest-contentful-paint", ({ startTime }) => { seen.lcp = startTime; });
  each("layout-shift", ({ hadRecentInput, startTime, value }) => {
    if (hadRecentInput) return;
    if (startTime - last > 1000 || startTime - first > 5000) {
      sum = 0;
      first = startTime;
    }
    last = startTime;
    sum += value;
    seen.cls = Math.max(seen.cls, sum);
  });
  window.measured = seen;
};

/** Everything that a page requests from now on, with its bytes on the wire, headers included, and its body's decoded. */
const listen = async (page) => {
  const requests = [], latest = new Map();
  const client = await page.context().newCDPSession(page);
  const on = (event, take) => client.on(`Network.${event}`, (params) => {
    const request = latest.get(params.requestId);
    if (request) take(request, params);
  });
  on("responseReceived", (request, { response }) => { request.sent = response.encodedDataLength; });
  on("dataReceived", (request, { dataLength, encodedDataLength }) => {
    request.decoded += dataLength;
    request.sent += encodedDataLength;
  });
  on("loadingFinished", (request, { encodedDataLength }) => { request.sent = encodedDataLength; });
  client.on("Network.requestWillBeSent", ({ requestId, frameId, type, request: { url }, redirectResponse }) => {
    if (!url.startsWith("http")) return;
    // A redirect goes on under the same id.
    if (redirectResponse) latest.get(requestId).sent = redirectResponse.encodedDataLength;
    const request = { frameId, type, sent: 0, decoded: 0 };
    latest.set(requestId, request);
    requests.push(request);
  });
  await client.send("Network.enable");
  return requests;
};

const visit = async (browser, storageState, device, path) => {
  const ours = await browser.newContext({ ...device, colorScheme: "light", storageState });
  const page = await ours.newPage();
  await page.addInitScript(observe);
  const requests = await listen(page);
  const answer = await page.goto(state.ledger + path, { waitUntil: "load" });
  if (answer.status() !== 200) throw new Error(`${path} answers ${answer.status()}`);
  await page.waitForTimeout(SETTLE_MS);
  const { lcp, cls } = await page.evaluate(() => window.measured);
  if (lcp === 0) throw new Error(`${path} has no largest contentful paint`);
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  await ours.close();
  const html = requests.findLast(({ frameId, type }) => type === "Document" && frameId === requests[0].frameId);
  const sent = (some) => some.reduce((sum, request) => sum + request.sent, 0);
  const scripts = requests.filter(({ type }) => type === "Script");
  return [lcp, cls, elements, html.sent, html.decoded, sent(requests), requests.length, sent(scripts)];
};

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const line = (cells) => `| ${cells.join(" | ")} |`;

const browser = await open();
try {
  const storageState = await signedIn(browser, state);
  const rows = [];
  for (const [name, path] of PAGES) {
    for (const device of [WIDE, PHONE]) {
      const visits = [];
      for (let left = VISITS; left > 0; left -= 1) visits.push(await visit(browser, storageState, device, path));
      const [lcp, cls, ...counts] = visits[0].map((_, column) => median(visits.map((values) => values[column])));
      rows.push([name, device.viewport.width, Math.round(lcp), cls.toFixed(3), ...counts.map((count) => count.toLocaleString("en-US"))]);
    }
  }
  const about = `Medians of ${VISITS} first visits; ledger's ${profile} build, Chromium ${browser.version()}, ${availableParallelism()} cores, no throttling.`;
  const rule = COLUMNS.map((_, column) => (column === 0 ? "---" : "---:"));
  const table = [about, "", ...[COLUMNS, rule, ...rows].map(line), ""].join("\n");
  writeFileSync(tableFile, table);
  console.log(`\n${table}`);
} finally {
  await browser.close();
}
