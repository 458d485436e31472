// The pictures of docs/screens: `node screens.mjs <state.json> <folder>`; `cargo xtask screens` drives it, with a ledger of its own.
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { open } from "./kit.mjs";
import { records, signedIn } from "./seeded.mjs";

const [stateFile, folder] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, "utf8"));
const { ledger } = state;
const sharp = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"))("sharp");
const WIDE = [1440, 900, 1200], PHONE = [390, 844, 1400];

const { maya, sale, run } = await records(state);
const program = `/dashboard/programs/${state.program.id}`;

/** A picture's name, its page, and which widths and colours besides the wide and light one. */
const PICTURES = [
  ["overview", "/dashboard", "dark phone"],
  ["programs", "/dashboard/programs", ""],
  ["program", program, "dark"],
  ["plan", `${program}/plan/edit`, ""],
  ["simulator", `${program}/simulate`, ""],
  ["affiliates", "/dashboard/affiliates?sort=-revenue", "dark phone"],
  ["applications", "/dashboard/affiliates?status=Pending", "phone"],
  ["affiliate", `/dashboard/affiliates/${maya}`, "dark"],
  ["receipt", `/dashboard/commissions/${sale.id}`, "phone"],
  ["review", "/dashboard/review", ""],
  ["payouts", "/dashboard/payouts", "dark"],
  ["payout-run", `/dashboard/payouts/runs/${run.id}`, "phone"],
  ["recruit", "/dashboard/recruit", ""],
  ["crms", "/dashboard/crms", ""],
  ["crm", "/dashboard/crms/new/klaviyo", "phone"],
  ["program-page", "/p/fernlight", "dark phone"],
  ["portal", "/a", "dark phone"],
  ["portal-links", "/a/links", "phone"],
  ["portal-sales", "/a/sales", "phone"],
  ["sign-in", "/login", "phone"],
];

const browser = await open();
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith(".png")) rmSync(`${folder}/${name}`);

const storageState = await signedIn(browser, state);
let bytes = 0;
for (const [name, path, also] of PICTURES) {
  for (const [kind, scheme, [width, height, most]] of [["", "light", WIDE], ["-dark", "dark", WIDE], ["-phone", "light", PHONE]]) {
    if (kind && !also.includes(kind.slice(1))) continue;
    const ours = await browser.newContext({ colorScheme: scheme, reducedMotion: "reduce", viewport: { width, height }, storageState: name === "sign-in" ? undefined : storageState });
    const page = await ours.newPage();
    const answer = await page.goto(ledger + path, { waitUntil: "load" });
    if (answer.status() !== 200) throw new Error(`${path} answers ${answer.status()}`);
    await page.evaluate(() => document.fonts.ready);
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    // As tall a window as the picture: what is fixed to the window's edges stands at the picture's.
    await page.setViewportSize({ width, height: Math.max(height, Math.min(whole, most)) });
    const file = `${folder}/${name}${kind}.png`;
    const picture = await page.screenshot();
    await sharp(picture).png({ palette: true, colours: 128, effort: 10, compressionLevel: 9 }).toFile(file);
    bytes += statSync(file).size;
    await ours.close();
  }
}
await browser.close();
console.log(`    ${readdirSync(folder).filter((name) => name.endsWith(".png")).length} pictures, ${(bytes / 1e6).toFixed(1)} MB, in ${folder}`);
