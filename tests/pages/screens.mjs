// The pictures of docs/screens: `node screens.mjs <state.json> <folder>`; `cargo xtask screens` drives it, with a ledger of its own.
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { context, open, signIn } from "./kit.mjs";

const [stateFile, folder] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, "utf8"));
const { ledger } = state;
const AFFILIATE = "maya@creators.test";
const sharp = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"))("sharp");
const WIDE = [1440, 900, 1200], PHONE = [390, 844, 1400];

const api = async (path) => (await (await fetch(`${ledger}/api/v1${path}`, { headers: { authorization: `Bearer ${state.apiKey}` } })).json()).data;
const maya = (await api("/affiliates?perPage=100")).find(({ email }) => email === AFFILIATE).id;
const sale = (await api(`/commissions?affiliateId=${maya}&perPage=50`)).find(({ conversionId }) => conversionId);
const [run] = await api("/payout-runs");
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

/** A brand's owner and an affiliate, signed in to the same browser. */
const enter = async (page) => {
  await signIn(page, ledger, state.owner.email, state.owner.password);
  await page.goto(`${ledger}/a/link`);
  await page.getByLabel("Email").fill(AFFILIATE);
  await page.getByRole("button").first().click();
  for (let left = 50; ; left -= 1) {
    const mails = JSON.stringify(await (await fetch(`${ledger}/dev/mailbox?to=${encodeURIComponent(AFFILIATE)}`)).json());
    const found = mails.match(/\/a\/enter\?token=[\w.-]+/);
    if (found) return page.goto(ledger + found[0]);
    if (left === 0) throw new Error("no letter with a sign-in link came");
    await page.waitForTimeout(200);
  }
};

const known = await browser.newContext();
const first = await known.newPage();
await enter(first);
await first.getByRole("button").first().click();
await first.waitForURL(/\/a$/);
const accept = first.getByRole("checkbox");
if (await accept.count() > 0) {
  await accept.first().check();
  await first.getByRole("button", { name: "Accept" }).click();
}
const storageState = await known.storageState();

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
