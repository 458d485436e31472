// The privacy settings, the status page and the security policy in a real browser, without a script; driven by
// tests/dashboard/settings/privacy.rs, which has told a sale of the person that is sought here.
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures] = process.argv.slice(2);

const browser = await open();
try {
  const context = await patient(browser, { javaScriptEnabled: false, acceptDownloads: true });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  const seen = async (name) => {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const body = await page.locator("main").boundingBox();
      check(body.width <= width, `${name} is ${body.width} px wide at ${width} px`);
      for (const control of await page.locator("input:not([type=hidden]), select, button, summary").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a control of ${name} leaves the page at ${width} px`);
      }
    }
  };

  await page.goto(`${ledger}/dashboard/settings/privacy`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Privacy", exact: true }).waitFor();
  await seen("privacy");

  await page.getByLabel("Email address or ID").fill("bea@quxmail.test");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("heading", { name: "buyer-bea" }).waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export data" }).click();
  check((await downloading).suggestedFilename().startsWith("cus_"), "the export is a file");
  await page.getByText("Erase data").click();
  await seen("privacy-person");
  await page.getByLabel("Reason").fill("asked by phone");
  await page.getByLabel(/^Type/).fill("no");
  await page.getByRole("button", { name: "Erase permanently" }).click();
  await page.getByText("This can't be undone.").first().waitFor();
  await seen("privacy-refused");
  await page.getByLabel("Reason").fill("asked by phone");
  await page.getByLabel(/^Type/).fill("erase");
  await page.getByRole("button", { name: "Erase permanently" }).click();
  await page.getByText("Person erased.").waitFor();
  await page.getByLabel("Raw clicks").fill("90");
  await page.locator("form", { has: page.getByLabel("Raw clicks") }).getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Data retention updated.").waitFor();
  check(await page.getByLabel("Raw clicks").inputValue() === "90", "the new time is shown");

  await page.goto(`${ledger}/status`);
  await page.getByRole("heading", { name: "Incidents" }).waitFor();
  check(await page.getByRole("img", { name: /Event intake: .*day by day/ }).count() === 1, "bars have a text");
  await seen("status");
  await page.goto(`${ledger}/security`);
  await page.getByRole("heading", { name: "Reporting a vulnerability" }).waitFor();
  await seen("security");
  check(problems.filter((problem) => !problem.includes("400")).length === 0, `the browser complained: ${problems.join("; ")}`);
  console.log("done");
} finally {
  await browser.close();
}
