// What the walks through our pages share: a browser, signing in, and looking at a page as a person would: on a wide screen
// and on a phone's width, in light and dark, with axe-core's eyes too.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [[1440, 900], [390, 844]];
/** A small laptop: nothing may be cut off there; what axe-core sees is the same as on a wide screen. */
const LAPTOP = [1280, 860];
/** A page's HTML is no larger, in bytes. */
const HTML_MAX = 100 * 1024;
/** After which a walk that hangs ends, in milliseconds: nothing is proved by it, and a machine may be busy with other suites. */
export const PATIENCE = 120_000;

export const check = (holds, what) => { if (!holds) throw new Error(what); };

export const open = () => chromium.launch({
  executablePath: process.env.REKOMI_TEST_CHROMIUM,
  timeout: PATIENCE,
  // The headless shell hints fonts fully unless it is asked to do as a Chromium with windows does.
  args: ["--font-render-hinting=slight", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

/** A context whose pages have time. */
export const patient = async (browser, options) => {
  const made = await browser.newContext(options);
  made.setDefaultTimeout(PATIENCE);
  return made;
};

/** A context whose pages axe-core may be put into; the pages' own policy lets nothing in. */
export const context = (browser, colorScheme) => patient(browser, { bypassCSP: true, colorScheme, reducedMotion: "reduce" });

/** Waits until the page stands as it will: as large as the window, with its fonts and pictures, nothing moving, nothing under
 * the mouse, and drawn. */
export const rest = async (page, width, height) => {
  await page.mouse.move(0, 0);
  await page.waitForFunction(([wide, high]) => innerWidth === wide && innerHeight === high, [width, height]);
  await page.evaluate(async () => {
    const frame = () => new Promise((drawn) => { requestAnimationFrame(drawn); });
    for (const picture of document.images) {
      picture.loading = "eager";
      // A picture that can't be read is told of by the page's complaints.
      await picture.decode().catch(() => {});
    }
    await document.fonts.ready;
    // What has the focus from the beginning gets it with the first frame.
    await frame();
    await frame();
    const moving = document.getAnimations().filter((one) => one.playState === "running" && one.effect.getComputedTiming().endTime < Infinity);
    await Promise.all(moving.map((one) => one.finished.catch(() => {})));
    await document.fonts.ready;
    if (!document.fonts.check("16px Inter") || [...document.fonts].some((font) => font.status === "loading")) throw new Error("a font is missing");
    await frame();
    await frame();
  });
};

export const signIn = async (page, ledger, email, password) => {
  await page.goto(`${ledger}/login`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/dashboard/);
};

/** Faults of the page that is open, each in a line; nothing is thrown, so that one walk tells of all pages. Where both color
 * schemes are asked for, what depends on colors is looked at in dark, too. A picture is taken of a width that has a fault. */
export const faults = async (page, picture, widths = WIDTHS, isInDarkToo = false) => {
  const found = [];
  for (const [width, height] of widths) {
    const before = found.length;
    found.push(...await cutAt(page, width, height));
    found.push(...(await seriousOf(page, EVERYTHING)).map((fault) => `${fault} at ${width} px`));
    if (isInDarkToo) {
      // With little motion every property moves for a moment, and inherited ones after their parents: colors are looked at once
      // they stand.
      await page.addStyleTag({ content: "*, *::before, *::after { transition: none !important; }" });
      await page.emulateMedia({ colorScheme: "dark" });
      await drawn(page);
      found.push(...(await seriousOf(page, COLORS)).map((fault) => `${fault} at ${width} px in dark`));
    }
    if (picture && found.length > before) await page.screenshot({ path: `${picture}-${width}.png`, fullPage: true });
    if (isInDarkToo) await page.emulateMedia({ colorScheme: "light" });
  }
  return found;
};

/** What doesn't fit into a window of this size, which stays. */
const cutAt = async (page, width, height) => {
  const found = [];
  await page.setViewportSize({ width, height });
  // The page is measured as it stands once it has followed the window.
  await page.waitForFunction((expected) => innerWidth === expected, width);
  await drawn(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) found.push(`is ${wide} px wide at ${width} px: ${await page.evaluate(widest)}`);
  found.push(...(await page.evaluate(leaving)).map((table) => `a table leaves its card at ${width} px: ${table}`));
  return found;
};

/** Waits for two frames. A browser that is busy may draw none of a window, so this ends after a few seconds, too. */
const drawn = (page) => page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 5_000);
}));

const EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The rules whose answer another color scheme can change. */
const COLORS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** Rules about a page's parts and headings, which axe-core calls moderate: screen readers go by them. */
const STRUCTURE = /^(landmark-.+|region|heading-order)$/;

/** The first elements that reach over the window's edge, with where they end. */
const widest = () => {
  const far = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  const named = far.slice(0, 4).map((one) => `${Math.round(one.getBoundingClientRect().right)}: ${one.outerHTML.slice(0, 120)}`);
  return `window ${innerWidth}, ${named.join(" | ")}`;
};

/** Tables that reach over their card's edge, unless a box around them scrolls. */
const leaving = () => {
  const scrolls = (box) => box && (/auto|scroll/.test(getComputedStyle(box).overflowX) || scrolls(box.parentElement));
  const right = (box) => box.getBoundingClientRect().right;
  const isCut = (table) => !scrolls(table.parentElement) && right(table) > right(table.closest(".card, main, body")) + 1;
  return [...document.querySelectorAll("table")].filter(isCut).map((table) => `${Math.round(right(table))}: ${table.outerHTML.slice(0, 120)}`);
};

const seriousOf = async (page, runOnly) => {
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), { runOnly, resultTypes: ["violations"] });
  return violations
    .filter(({ id, impact }) => impact === "serious" || impact === "critical" || STRUCTURE.test(id))
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(" | ")}`);
};

/** Opens a page and says what is wrong with it, in light and in dark. `complaints` gathers what the browser complains of. */
export const visit = async (page, address, complaints, picture) => {
  complaints.length = 0;
  const answer = await page.goto(address, { waitUntil: "load" });
  const html = (await answer.body()).length;
  const found = [];
  if (answer.status() !== 200) found.push(`answers ${answer.status()}`);
  if (html > HTML_MAX) found.push(`has ${html} bytes of HTML`);
  if (!(await page.title()).trim()) found.push("has no title");
  found.push(...await faults(page, picture, WIDTHS, true));
  const cut = await cutAt(page, ...LAPTOP);
  if (picture && cut.length > 0) await page.screenshot({ path: `${picture}-${LAPTOP[0]}.png`, fullPage: true });
  found.push(...cut);
  found.push(...complaints.map((line) => `the browser complains: ${line}`));
  return found;
};

/** What a page's console says as an error, and what it fails to load. */
export const listen = (page) => {
  const complaints = [];
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // A search that the next key replaces is given up.
    const isReplaced = request.failure()?.errorText === "net::ERR_ABORTED" && request.url().includes("/search.json");
    if (!isReplaced && !request.url().endsWith("/events")) complaints.push(`${request.url()} failed`);
  });
  return complaints;
};
