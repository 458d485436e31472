// The first steps are ticked while somebody looks, and "/" leads to the search; driven by tests/dashboard/overview.rs, which
// brings a click and a sale after some seconds.
import { check, context, faults, listen, open, signIn } from "./kit.mjs";

const [ledger, email, password, pictures] = process.argv.slice(2);
const browser = await open();
try {
  const ours = await context(browser, "light");
  const page = await ours.newPage();
  const complaints = listen(page);
  await signIn(page, ledger, email, password);
  await page.getByRole("heading", { name: /Getting started 4 of 7 done/ }).waitFor();
  await page.locator("#pulse").waitFor();
  await page.evaluate(() => { window.opened = true; });
  await page.screenshot({ path: `${pictures}/first-steps.png`, fullPage: true });

  // Both are there now, so the list is done and says what comes next; the figures are current.
  await page.getByRole("heading", { name: /Getting started/ }).waitFor({ state: "detached", timeout: 60_000 });
  await page.getByRole("heading", { name: "You’re live" }).waitFor();
  await page.getByRole("link", { name: "Set up payouts" }).waitFor();
  await page.locator('[data-figure="clicks"]', { hasText: "1" }).waitFor();
  await page.locator('[data-figure="conversions"]', { hasText: "1" }).waitFor();
  check(await page.evaluate(() => window.opened), "the page was loaded again");
  const wrong = await faults(page, `${pictures}/overview`);
  check(wrong.length === 0, wrong.join("\n"));

  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press("/");
  await page.keyboard.type("lauren");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Affiliates" }).waitFor();
  await page.getByRole("link", { name: "Lauren Vale" }).waitFor();
  const found = await faults(page, `${pictures}/search`);
  check(found.length === 0, found.join("\n"));
  check(complaints.length === 0, `the browser complains: ${complaints.join("; ")}`);
} finally {
  await browser.close();
}
