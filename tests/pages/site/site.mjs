// A brand's site and its visitors: the site's pages have an origin of their own, and the script's tag in their heads; each visitor
// has a browser profile of their own. What a page's scripts throw ends the play.
import { createServer } from "node:http";
import { PATIENCE, check, open, patient } from "../kit.mjs";

/** What the test tells: the edge's address, the site's origin and port, and what the theme needs. */
export const setup = JSON.parse(process.argv[2]);

const CLICK = "/api/v1/track/click";
let head = "";

/** Lets the test see what a page sends, and decide when it goes. Requests that outlive their page pass the browser's own tools by. */
const WATCH = () => {
  const { fetch } = window;
  window.fetch = async (address, init) => {
    if (!await window.beforeCall(String(address), init.body)) throw new TypeError("Failed to fetch");
    const response = await fetch(address, init);
    await window.afterCall(String(address));
    return response;
  };
};

/** A tag of the script. `more` are attributes by name, `edge` is where it is loaded from. */
export const tag = ({ program, key }, more = {}, edge = setup.edge) => {
  const attributes = { "data-program-id": program, "data-public-key": key, ...more };
  const text = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`).join("");
  return `<script async src="${edge}/api/v1/r/loader.js"${text}></script>`;
};

/** What stands in the head of every page from now on. */
export const serve = (html) => { head = html; };

/** Plays a theme on the site; what it returns goes to the test. */
export const play = async (theme) => {
  const server = createServer((request, answer) => {
    answer.setHeader("Content-Type", "text/html; charset=utf-8");
    const frame = request.url.startsWith("/frame") ? '<iframe name="within" sandbox="allow-scripts" src="/?via=' + setup.via + '"></iframe>' : "";
    answer.end(`<!doctype html><html lang="en"><head><title>Shop</title>${frame ? "" : head}</head><body><h1>Shop</h1>${frame}</body></html>`);
  });
  await new Promise((listening) => { server.listen(setup.port, "127.0.0.1", listening); });
  const browser = await open();
  try {
    const found = await theme((more) => enter(browser, more));
    console.log(JSON.stringify(found ?? null));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
};

/** A new visitor. `init` runs before any script of a page. */
const enter = async (browser, { init } = {}) => {
  // Robots' clicks don't count, and a headless browser says that it is one.
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
  const context = await patient(browser, { userAgent });
  const complaints = [];
  const calls = [];
  const isClick = ({ address }) => new URL(address).pathname === CLICK;
  await context.exposeBinding("beforeCall", async (_, address, body) => {
    const call = { address, body: JSON.parse(body), isAnswered: false };
    calls.push(call);
    if (isClick(call)) await visitor.gate;
    return !(isClick(call) && visitor.isCut);
  });
  await context.exposeBinding("afterCall", (_, address) => {
    calls.find((call) => call.address === address && !call.isAnswered).isAnswered = true;
  });
  await context.addInitScript(WATCH);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  const visitor = {
    page,
    context,
    /** What was sent to the edge: where, what, and whether it answered. */
    calls,
    /** Arrivals are sent once this is done. */
    gate: Promise.resolve(),
    /** Whether the edge is out of reach for arrivals. */
    isCut: false,
    /** What was sent about arrivals. */
    get clicks() { return calls.filter(isClick).map(({ body }) => body); },
    /** Opens a page of the site and waits until the script is there. */
    load: async (path) => {
      await page.goto(path.startsWith("http") ? path : setup.origin + path);
      await page.waitForFunction(() => window.Rekomi?.convert);
    },
    /** Opens a page of the site and waits until the script is ready. */
    arrive: async (path) => {
      await visitor.load(path);
      await visitor.isReady();
    },
    isReady: async () => {
      await page.evaluate(() => new Promise((done) => { window.Rekomi.ready(() => done()); }));
      check(complaints.length === 0, `at ${page.url()} a script throws: ${complaints.join("; ")}`);
    },
    /** What the script knows, of the page's first program or of another. */
    knows: (program) => page.evaluate((id) => {
      const { referral, affiliate, campaign, clickToken } = id ? window.Rekomi.programs[id] : window.Rekomi;
      return { referral, affiliate, campaign, clickToken, byMethod: window.Rekomi.getReferral() };
    }, program),
    /** What the site's own origin keeps of us: names of cookies and of entries in localStorage. */
    keeps: async () => {
      const cookies = (await context.cookies(setup.origin)).map(({ name }) => name).filter((name) => name.startsWith("rekomi"));
      const entries = await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("rekomi")));
      return { cookies, entries };
    },
    convert: (sale) => page.evaluate((given) => window.Rekomi.convert(given), sale),
    leave: async () => {
      check(complaints.length === 0, `at ${page.url()} a script throws: ${complaints.join("; ")}`);
      await context.close();
    },
  };
  return visitor;
};

/** Whether two values are the same, said as JSON. */
export const same = (value, expected, what) => {
  const [is, should] = [JSON.stringify(value), JSON.stringify(expected)];
  check(is === should, `${what}: ${is} instead of ${should}`);
};

/** Holds back what a visitor's pages send about arrivals until the returned function is called. */
export const hold = (visitor) => {
  let release;
  visitor.gate = new Promise((done) => { release = done; });
  return release;
};

/** Tries until it is so. */
export const until = async (what, holds) => {
  const end = Date.now() + PATIENCE;
  while (!holds()) {
    check(Date.now() < end, `${what}: not in time`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
};
