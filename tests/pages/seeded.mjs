// The seeded brand, for screens.mjs and measure.mjs: the records that its pages show, and a browser whose people are signed in.
import { signIn } from "./kit.mjs";

const AFFILIATE = "maya@creators.test";

/** The affiliate's id, one of the affiliate's sales, and the newest payout run: ids differ from run to run. */
export const records = async ({ ledger, apiKey }) => {
  const api = async (path) => (await (await fetch(`${ledger}/api/v1${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).json()).data;
  const maya = (await api("/affiliates?perPage=100")).find(({ email }) => email === AFFILIATE).id;
  const sale = (await api(`/commissions?affiliateId=${maya}&perPage=50`)).find(({ conversionId }) => conversionId);
  const [run] = await api("/payout-runs");
  return { maya, sale, run };
};

/** What a browser stores once the brand's owner and the affiliate are signed in. */
export const signedIn = async (browser, { ledger, owner }) => {
  const ours = await browser.newContext();
  const page = await ours.newPage();
  await signIn(page, ledger, owner.email, owner.password);
  await page.goto(`${ledger}/a/link`);
  await page.getByLabel("Email").fill(AFFILIATE);
  await page.getByRole("button").first().click();
  await page.goto(ledger + await entry(page, ledger));
  await page.getByRole("button").first().click();
  await page.waitForURL(/\/a$/);
  const accept = page.locator("input[name=accept]");
  if (await accept.count() > 0) {
    await accept.check();
    await page.getByRole("button", { name: "Accept" }).click();
    await accept.waitFor({ state: "detached" });
  }
  const stored = await ours.storageState();
  await ours.close();
  return stored;
};

/** The affiliate switches their page of links on, with all of their links and codes. */
export const publishLinks = async (browser, { ledger }, storageState) => {
  const ours = await browser.newContext({ storageState });
  const page = await ours.newPage();
  await page.goto(`${ledger}/a/page`);
  const form = page.locator('form[action="/a/page"]');
  await form.locator("[name=on]").check();
  await form.locator("[name=introduction]").fill("Notes on running a studio of one, and the tools I use every day.");
  for (const item of await form.locator("[name=item]").all()) await item.check();
  await Promise.all([page.waitForURL(/done=/), form.locator("[type=submit]").click()]);
  await ours.close();
};

/** The sign-in link of the affiliate's email, as soon as it's there. */
const entry = async (page, ledger) => {
  for (let left = 50; ; left -= 1) {
    const emails = JSON.stringify(await (await fetch(`${ledger}/dev/mailbox?to=${encodeURIComponent(AFFILIATE)}`)).json());
    const found = emails.match(/\/a\/enter\?token=[\w.-]+/);
    if (found) return found[0];
    if (left === 0) throw new Error("no email with a sign-in link came");
    await page.waitForTimeout(200);
  }
};
