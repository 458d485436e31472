// The webhooks pages in a real browser, without a script; driven by tests/dashboard/settings/webhooks.rs, which runs a receiver and
// has one endpoint fail before.
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures, receiver] = process.argv.slice(2);

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
      for (const control of await page.locator("input:not([type=hidden]), select, button, summary, pre").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a control of ${name} leaves the page at ${width} px`);
      }
    }
  };

  await page.goto(`${ledger}/dashboard/settings/webhooks`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Webhooks", exact: true }).waitFor();
  await page.getByText("Failing", { exact: true }).waitFor();
  await page.locator("summary", { hasText: "Webhook" }).click();
  await seen("webhooks");

  // A mistake stands beside its field, and what was chosen stays.
  await page.getByLabel("URL", { exact: true }).fill("http://10.0.0.1/hook");
  await page.getByLabel(/All including/).uncheck();
  await page.getByLabel(/conversion_created A sale/).check();
  await page.getByRole("button", { name: "Add webhook" }).click();
  await page.getByText("must point to a public address").waitFor();
  check(await page.getByLabel(/conversion_created A sale/).isChecked(), "the choice stays");
  await page.getByLabel("URL", { exact: true }).fill(`${receiver}/page`);
  await page.getByRole("button", { name: "Add webhook" }).click();
  await page.getByRole("heading", { name: "Copy the signing secret now" }).waitFor();
  check((await page.locator(".secret").textContent()).startsWith("whsec_"), "the secret is shown");
  await seen("webhooks-secret");

  await page.getByRole("link", { name: "Send a test event" }).click();
  await page.getByRole("button", { name: "Send test event" }).click();
  await page.getByText("Test event delivered: responded 200").waitFor();
  await page.locator(".delivery summary").first().click();
  await page.getByText("webhook-signature").waitFor();
  await seen("webhook-tested");
  check(await page.locator(".secret").count() === 0, "the secret is not shown again");
  await page.locator("summary", { hasText: "Rotate secret" }).click();
  await page.getByLabel("Hours to keep the old secret valid").fill("1");
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByRole("heading", { name: "Copy the new signing secret now" }).waitFor();
  await page.getByText("Old secret valid until").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();

  // The one that fails: its log, by keyboard, and again by hand.
  await page.getByRole("link", { name: "All webhooks" }).click();
  await page.getByRole("link", { name: /\/broken$/ }).click();
  await page.locator(".delivery summary").first().click();
  await page.getByText("no such order").first().waitFor();
  await seen("webhook-failing");
  await page.getByRole("button", { name: "Resend now" }).first().click();
  await page.getByRole("heading", { name: "Deliveries" }).waitFor();
  await page.locator("summary", { hasText: "Resend events" }).click();
  await page.getByLabel("Events to resend", { exact: true }).selectOption("all");
  await page.getByRole("button", { name: "Resend events", exact: true }).click();
  await page.getByText(/being resent|No events to resend/).waitFor();
  await page.locator("summary", { hasText: "Delete" }).click();
  await page.getByRole("button", { name: "Delete endpoint" }).click();
  await page.getByRole("heading", { name: "Endpoints" }).waitFor();
  check(await page.getByRole("link", { name: /\/broken$/ }).count() === 0, "it is gone");
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);
  console.log("done");
} finally {
  await browser.close();
}
