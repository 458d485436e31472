// The first steps are ticked while somebody looks, and the command palette and the shortcuts lead to pages; driven by
// tests/dashboard/overview.rs, which brings a click and a sale once the first picture is there.
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
  await page.getByRole("heading", { name: /Getting started/ }).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "You’re live" }).waitFor();
  await page.getByRole("link", { name: "Set up payouts" }).waitFor();
  await page.locator('[data-figure="clicks"]', { hasText: "1" }).waitFor();
  await page.locator('[data-figure="conversions"]', { hasText: "1" }).waitFor();
  check(await page.evaluate(() => window.opened), "the page was loaded again");
  const wrong = await faults(page, `${pictures}/overview`);
  check(wrong.length === 0, wrong.join("\n"));

  // The palette finds what the search page finds, and leads there too.
  await page.setViewportSize({ width: 1440, height: 900 });
  const types = async (text) => {
    const answer = page.waitForResponse(/\/dashboard\/search\.json/);
    await page.keyboard.type(text);
    await answer;
  };
  const lauren = page.getByRole("option", { name: /^Lauren Vale/ });
  await page.keyboard.press("/");
  await types("lauren");
  await lauren.waitFor();
  check(await lauren.getAttribute("aria-selected") === "true", "what was found first isn't selected");
  const found = await faults(page, `${pictures}/palette`);
  check(found.length === 0, found.join("\n"));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("option", { name: "Search for “lauren”" }).click();
  await page.getByRole("heading", { name: "Affiliates" }).waitFor();
  await page.getByRole("link", { name: "Lauren Vale" }).waitFor();
  found.push(...await faults(page, `${pictures}/search`));
  check(found.length === 0, found.join("\n"));

  // By keyboard alone: a page by another word for it, then one by its keys; none of them while somebody types.
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press("Control+k");
  await page.getByRole("option", { name: "Webhooks", exact: true }).waitFor();
  await types("callback");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Webhooks", exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Search", exact: true }).click();
  await page.keyboard.press("?");
  check(await page.getByRole("combobox", { name: "Search" }).inputValue() === "?", "a key does something while somebody types");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  const help = await faults(page, `${pictures}/shortcuts`);
  check(help.length === 0, help.join("\n"));
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.getByRole("heading", { name: "Affiliates", exact: true }).waitFor();
  check(complaints.length === 0, `the browser complains: ${complaints.join("; ")}`);
} finally {
  await browser.close();
}
