// The pages of syncs in a real browser, without a script; driven by tests/crm/dashboard.rs, where one person failed, one was left
// alone and one got through, and the vendor is well again.
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures, connection] = process.argv.slice(2);

const browser = await open();
try {
  const context = await patient(browser, { javaScriptEnabled: false });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  const seen = async (name) => {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const body = await page.locator("main").boundingBox();
      check(body.width <= width, `${name} is ${body.width} px wide at ${width} px`);
      for (const control of await page.locator("input:not([type=hidden]), select, button, summary, pre, progress").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a control of ${name} leaves the page at ${width} px`);
      }
    }
  };

  await page.goto(`${ledger}/dashboard/crms/${connection}/syncs`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Syncs to ActiveCampaign" }).waitFor();
  await seen("syncs");

  await page.locator("summary", { hasText: "Filter" }).click();
  await page.getByLabel("Status", { exact: true }).selectOption({ label: "Failed" });
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("link", { name: "Failing Vale" }).waitFor();
  check(await page.getByRole("link", { name: "Gone Vale" }).count() === 0, "who was left alone is no failure");
  await page.getByRole("link", { name: "Failing Vale" }).click();
  await page.getByRole("heading", { name: "Sync Failing Vale to ActiveCampaign" }).waitFor();
  await page.locator(".delivery summary").last().click();
  await page.getByText("Email is not valid.").last().waitFor();
  await seen("sync-failed");
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByRole("heading", { name: "Steps" }).waitFor();

  await page.getByRole("link", { name: "All syncs to ActiveCampaign" }).click();
  await page.getByLabel("Affiliate name or email").fill("gone");
  await page.getByLabel("Affiliate name or email").press("Enter");
  await page.getByRole("link", { name: "Gone Vale" }).click();
  await page.getByText("unsubscribed").first().waitFor();
  check(await page.getByRole("button", { name: "Retry now" }).count() === 0, "there is nothing to try again");
  await seen("sync-left-alone");

  await page.getByRole("link", { name: "All syncs to ActiveCampaign" }).click();
  await page.locator("summary", { hasText: "Re-sync all" }).click();
  await page.getByRole("button", { name: "Re-sync all", exact: true }).click();
  await page.getByText("Last re-sync:").waitFor();
  // Watched, it is loaded again every few seconds, and nothing on it can be measured for long.
  await page.goto(`${ledger}/dashboard/crms/${connection}/syncs`);
  await page.getByText("Last re-sync:").waitFor();
  await seen("resync");
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);
  console.log("done");
} finally {
  await browser.close();
}
