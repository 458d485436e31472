// The CRM pages in a real browser, without a script and then with one; driven by tests/dashboard/crms.rs beside
// ActiveCampaign's stand-in.
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures, url, key] = process.argv.slice(2);

const browser = await open();
try {
  const context = await patient(browser, { javaScriptEnabled: false });
  const page = await context.newPage();
  const problems = [];
  // A form that is refused answers 4xx, which a browser notes.
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 4")) problems.push(message.text()); });
  const seen = async (name) => {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const body = await page.locator("main").boundingBox();
      check(body.width <= width, `${name} is ${body.width} px wide at ${width} px`);
      for (const control of await page.locator("main input:not([type=hidden]), main select, main textarea, main button:not(.hidden), main summary").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a control of ${name} leaves the page at ${width} px`);
      }
    }
  };

  await page.goto(`${ledger}/dashboard`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "CRMs", exact: true }).click();
  await page.getByText("No CRMs yet.").waitFor();
  await seen("crms-none");

  // What is missing is named beside its field, with where it is found; what is no secret stays.
  await page.getByRole("link", { name: /^ActiveCampaign/ }).click();
  await page.getByLabel("API URL").fill(url);
  await page.getByRole("button", { name: "Test and connect" }).click();
  await page.getByText("The API key is missing.").waitFor();
  check(await page.getByLabel("API URL").inputValue() === url, "the address stays");
  await seen("crm-missing");
  await page.getByLabel("API key").fill("not the key");
  await page.getByRole("button", { name: "Test and connect" }).click();
  await page.getByText("ActiveCampaign rejected the key").waitFor();
  check(await page.getByLabel("API key").inputValue() === "", "no secret goes back");
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Test and connect" }).click();
  await page.getByText("Connected.").waitFor();
  await page.getByText("One step left.").waitFor();
  await seen("crm-connected");

  // The live list.
  await page.getByLabel("Choose the list").selectOption({ label: "Affiliates" });
  await page.getByLabel(/Tag the segment/).check();
  await page.getByRole("button", { name: "Save changes", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await page.locator(".status").getByText("Connected", { exact: true }).waitFor();

  // Tags: one click each.
  await page.getByLabel("Tags (one per line)", { exact: true }).fill("partners\n VIP\ncustomers");
  await page.getByRole("button", { name: "Save tags", exact: true }).last().click();
  await page.getByText("Fix these tags first.").waitFor();
  await seen("crm-tags");
  await page.getByRole("button", { name: "Use “VIP”" }).click();
  await page.getByText("Check these tags.").waitFor();
  await page.getByRole("button", { name: "Use “customer”" }).click();
  await page.getByText("Saved.").waitFor();
  check(await page.getByLabel("Tags (one per line)", { exact: true }).inputValue() === "partners\nVIP\ncustomer", "the tags are mended");

  // A campaign with a list of its own.
  await page.locator("#programs-title ~ details summary").first().click();
  await page.getByLabel("Different list").first().selectOption({ label: "Customers" });
  await page.getByLabel("Extra tags, one per line").first().fill("spring");
  await page.getByRole("button", { name: /^Save for/ }).first().click();
  await page.getByText("Saved.").waitFor();
  await page.getByText("Customers, + spring").waitFor();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("The credentials work.").waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByText("Syncing resumed.").waitFor();
  await page.locator("summary", { hasText: "New credentials" }).click();
  await seen("crm-one");

  // Somebody's script-friendly browser gets buttons to copy with.
  const helped = await patient(browser, { storageState: await context.storageState() });
  const other = await helped.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Copy the tag" }).waitFor();
  await helped.close();

  await page.getByRole("link", { name: "Sync log" }).click();
  await page.getByRole("heading", { name: "Syncs to ActiveCampaign" }).waitFor();
  await page.getByRole("link", { name: "All CRMs" }).click();
  await seen("crms");
  await page.getByRole("link", { name: "ActiveCampaign", exact: true }).click();
  await page.locator("summary", { hasText: "Disconnect" }).click();
  await page.getByRole("button", { name: /^Disconnect \S/ }).click();
  await page.getByText("No CRMs yet.").waitFor();
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);
  console.log("done");
} finally {
  await browser.close();
}
