// The components of pages, against the pictures of tests/fixtures/components: on a wide screen and at a phone's width, in light
// and in dark; the page as a whole, and a dialog. Before, how often a form can be sent. Driven by tests/journey/components.rs; with REKOMI_TEST_UPDATE=1 the
// pictures are written anew.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { context, faults, listen, open, rest } from "./kit.mjs";

const [ledger, expected, pictures] = process.argv.slice(2);
const sharp = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"))("sharp");
const updates = Boolean(process.env.REKOMI_TEST_UPDATE);
/** The same days at any time. */
const ADDRESS = `${ledger}/dev/components?from=2026-01-01&to=2026-01-30`;
const WIDTHS = [[1280, 860], [390, 844]];
/** How much a channel of a pixel may differ (the kept pictures have 256 colors), and how many pixels may by more. */
const CHANNEL_MAX = 40;
const PIXELS_MAX = 0.001;
/** How many pictures are taken until two in a row are the same. */
const PICTURES_MAX = 3;

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

/** A picture of the page at rest: the second of two in a row that are the same, or else the last one, and whether it is. */
const take = async (page, [width, height], more) => {
  let before;
  for (let number = 0; number < PICTURES_MAX; number += 1) {
    await rest(page, width, height);
    const picture = await page.screenshot({ animations: "disabled", caret: "hide", ...more });
    if (before && picture.equals(before)) return { picture, rests: true };
    before = picture;
  }
  return { picture: before, rests: false };
};

/**
 * What is wrong with how often forms can be sent: once until no answer came for a minute; if the answer is a file, which leaves
 * the page as it is, again after some seconds; and always if a script sends them.
 */
const sentOnce = async (browser) => {
  const ours = await context(browser, "light");
  const page = await ours.newPage();
  await page.clock.install();
  await page.goto(ADDRESS, { waitUntil: "load" });
  const send = () => page.evaluate(() => {
    const form = (id, attribute) => {
      const made = document.createElement("form");
      Object.assign(made, { id, method: "post" });
      if (attribute) made.setAttribute(attribute, "");
      if (id === "scripted") made.addEventListener("submit", (event) => event.preventDefault());
      document.body.append(made);
      return made;
    };
    return ["plain", "file", "scripted"].map((id) => {
      const made = document.getElementById(id) ?? form(id, id === "file" ? "data-download" : "");
      const goes = made.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
      return id === "scripted" ? !made.dataset.sent : goes;
    }).join();
  });
  const found = [await send(), await send()];
  await page.clock.fastForward(6_000);
  found.push(await send());
  await page.clock.fastForward(55_000);
  found.push(await send());
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  found.push(await send());
  await ours.close();
  const right = ["true,true,true", "false,false,true", "false,true,true", "true,true,true", "true,true,true"];
  return found.join(" ") === right.join(" ") ? [] : [`forms could be sent ${found.join(" ")}, not ${right.join(" ")}`];
};

const browser = await open();
const wrong = [];
try {
  wrong.push(...(await sentOnce(browser)));
  for (const scheme of ["light", "dark"]) {
    const ours = await context(browser, scheme);
    const page = await ours.newPage();
    const complaints = listen(page);
    for (const size of WIDTHS) {
      const [width, height] = size;
      await page.setViewportSize({ width, height });
      const look = async (name, more) => {
        const { picture, rests } = await take(page, size, more);
        const differs = await compare(`${name}-${width}-${scheme}`, picture);
        if (differs) wrong.push(rests ? differs : `${differs} (no two of ${PICTURES_MAX} in a row were the same)`);
      };
      const scroll = (to) => to.evaluate((part) => { scrollTo(0, 0); part.scrollIntoView({ block: "center", behavior: "instant" }); });
      await page.goto(ADDRESS, { waitUntil: "load" });
      await rest(page, width, height);
      await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
      await look("page", { fullPage: true });
      const pay = page.getByRole("button", { name: "Pay 3 affiliates · $412.80" });
      await scroll(pay);
      await pay.click();
      await look("dialog");
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    }
    wrong.push(...(await faults(page)).map((fault) => `${scheme}: ${fault}`), ...complaints.map((line) => `the browser complains: ${line}`));
    await ours.close();
  }
} catch (error) {
  wrong.push(String(error));
} finally {
  await browser.close();
}
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exitCode = 1;
}
