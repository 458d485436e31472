// The pictures of docs/screens: `node screens.mjs <state.json> <folder>`; `cargo xtask screens` drives it, with a ledger of its own.
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { open } from "./kit.mjs";
import { publishLinks, records, signedIn } from "./seeded.mjs";

const [stateFile, folder] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, "utf8"));
const { ledger } = state;
const sharp = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"))("sharp");
const WIDE = [1440, 900, 1200], PHONE = [390, 844, 1400];
/** As wide as a mail program's pane, and with little around a narrow page. */
const NARROW = [720, 640, 1000];

const { maya, sale, run } = await records(state);
const program = `/dashboard/programs/${state.program.id}`;

/** Opens the palette and searches. */
const search = async (page) => {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search" }).fill("maya");
  await page.getByRole("option", { name: /^Maya Lindqvist/ }).first().waitFor();
};
/** Waits until the editor shows the page beside its form. */
const preview = (page) => page.locator("#page-preview .offer-page").waitFor();

/** A picture's name, its page, which widths and colours besides the wide and light one, what is done before, and the width. */
const PICTURES = [
  ["overview", "/dashboard", "dark phone"],
  ["overview-filtered", "/dashboard?span=90d&country=US", ""],
  ["palette", "/dashboard", "", search, [1440, 900, 900]],
  ["cohorts", "/dashboard/analysis/cohorts", ""],
  ["leaderboard", "/dashboard/analysis/leaderboard", ""],
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
  ["pay", "/dashboard/payouts/pay?currency=EUR", ""],
  ["payout-run", `/dashboard/payouts/runs/${run.id}`, "phone"],
  ["recruit", "/dashboard/recruit", ""],
  ["crms", "/dashboard/crms", ""],
  ["crm", "/dashboard/crms/new/klaviyo", "phone"],
  ["branding", "/dashboard/settings/branding", ""],
  ["email", "/dashboard/settings/emails/application_approved/preview", "", null, NARROW],
  ["program-page", "/p/fernlight", "dark phone"],
  ["program-page-edit", `${program}/page`, "", preview],
  ["bio-page", "/l/fernlight/maya", "", null, NARROW],
  ["portal", "/a", "dark phone"],
  ["portal-links", "/a/links", "phone"],
  ["portal-sales", "/a/sales", "phone"],
  ["sign-in", "/login", "phone"],
];

const browser = await open();
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith(".png")) rmSync(`${folder}/${name}`);

/** Opens a page. An email is put into an empty one: the policy under which the ledger shows it runs no script, not even ours. */
const show = async (page, name, path) => {
  const isEmail = name === "email";
  const answer = await (isEmail ? page.request.get(ledger + path) : page.goto(ledger + path, { waitUntil: "load" }));
  if (answer.status() !== 200) throw new Error(`${path} answers ${answer.status()}`);
  if (isEmail) await page.setContent((await answer.text()).replaceAll('src="/', `src="${ledger}/`), { waitUntil: "load" });
};

const storageState = await signedIn(browser, state);
await publishLinks(browser, state, storageState);
let bytes = 0;
for (const [name, path, also, prepare, size] of PICTURES) {
  for (const [kind, scheme, [width, height, most]] of [["", "light", size ?? WIDE], ["-dark", "dark", WIDE], ["-phone", "light", PHONE]]) {
    if (kind && !also.includes(kind.slice(1))) continue;
    const ours = await browser.newContext({ colorScheme: scheme, reducedMotion: "reduce", viewport: { width, height }, storageState: name === "sign-in" ? undefined : storageState });
    const page = await ours.newPage();
    await show(page, name, path);
    await prepare?.(page);
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
