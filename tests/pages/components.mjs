// The components of pages, against the pictures of tests/fixtures/components: on a wide screen and at a phone's width, in light
// and in dark; the page as a whole, and a dialog. Driven by tests/journey/components.rs; with REKOMI_TEST_UPDATE=1 the
// pictures are written anew.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { context, faults, listen, open } from "./kit.mjs";

const [ledger, expected, pictures] = process.argv.slice(2);
const sharp = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"))("sharp");
const updates = Boolean(process.env.REKOMI_TEST_UPDATE);
/** The same days at any time. */
const ADDRESS = `${ledger}/dev/components?from=2026-01-01&to=2026-01-30`;
const WIDTHS = [[1280, 860], [390, 844]];
/** How much a channel of a pixel may differ (the kept pictures have 256 colors), and how many pixels may by more. */
const CHANNEL_MAX = 40;
const PIXELS_MAX = 0.001;

const raw = async (picture) => {
  const { data, info } = await sharp(picture).removeAlpha().toColorspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

/** What is different, in a line; the differing pixels are written as a picture, in red. */
const compare = async (name, picture) => {
  const kept = `${expected}/${name}.png`;
  if (updates) {
    mkdirSync(expected, { recursive: true });
    await sharp(picture).png({ palette: true, colors: 256, dither: 0, effort: 10, compressionLevel: 9 }).toFile(kept);
    return null;
  }
  writeFileSync(`${pictures}/${name}.png`, picture);
  if (!existsSync(kept)) return `${name}: there is no picture to compare with: set REKOMI_TEST_UPDATE=1 once`;
  const [before, after] = [await raw(kept), await raw(picture)];
  if (before.width !== after.width || before.height !== after.height) {
    return `${name}: ${after.width} × ${after.height} pixels, expected ${before.width} × ${before.height}`;
  }
  let differ = 0;
  for (let at = 0; at < after.data.length; at += 3) {
    const most = Math.max(...[0, 1, 2].map((channel) => Math.abs(before.data[at + channel] - after.data[at + channel])));
    if (most <= CHANNEL_MAX) continue;
    differ += 1;
    after.data.set([255, 0, 0], at);
  }
  const part = differ / (after.width * after.height);
  if (part <= PIXELS_MAX) return null;
  await sharp(after.data, { raw: { width: after.width, height: after.height, channels: 3 } }).png().toFile(`${pictures}/${name}-differs.png`);
  return `${name}: ${(part * 100).toFixed(2)} % of its pixels differ; they are red in ${name}-differs.png`;
};

const browser = await open();
const wrong = [];
try {
  for (const scheme of ["light", "dark"]) {
    const ours = await context(browser, scheme);
    const page = await ours.newPage();
    const complaints = listen(page);
    for (const [width, height] of WIDTHS) {
      await page.setViewportSize({ width, height });
      const look = (name, more) => page.screenshot({ animations: "disabled", animations: "disabled", caret: "hide", ...more }).then((picture) => compare(`${name}-${width}-${scheme}`, picture));
      await page.goto(ADDRESS, { waitUntil: "load" });
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
      wrong.push(await look("page", { fullPage: true }));
      await page.getByRole("button", { name: "Pay 3 affiliates · $412.80" }).click();
      wrong.push(await look("dialog"));
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    }
    wrong.push(...(await faults(page)).map((fault) => `${scheme}: ${fault}`), ...complaints.map((line) => `the browser complains: ${line}`));
    await ours.close();
  }
  const found = wrong.filter(Boolean);
  if (found.length > 0) {
    console.error(found.join("\n"));
    process.exitCode = 1;
  }
} finally {
  await browser.close();
}
