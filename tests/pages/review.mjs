// The review queue and a receipt in a real browser, without a script; driven by tests/dashboard/review.rs, which puts two
// flagged conversions into the queue first.
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures] = process.argv.slice(2);

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
      // Without a script nothing can be evaluated in the page; its boxes can be measured. The strip of figures scrolls by itself.
      const body = await page.locator("main").boundingBox();
      check(body.width <= width, `${name} is ${body.width} px wide at ${width} px`);
      for (const control of await page.locator("input:not([type=hidden]), select, button:not(.ov-tabs *), summary").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a control of ${name} leaves the page at ${width} px`);
      }
    }
  };

  await page.goto(`${ledger}/dashboard/review`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Review", exact: true }).waitFor();
  await page.getByText("the buyer has the affiliate's own email address").first().waitFor();
  check(await page.getByLabel("Reason", { exact: true }).count() === 2, "two conversions wait, each with a labelled field");
  await seen("review");

  // By keyboard alone: a reason, then the first button.
  await page.getByLabel("Reason", { exact: true }).first().fill("checked by phone");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Review", exact: true }).waitFor();
  check(await page.getByLabel("Reason", { exact: true }).count() === 1, "one is decided");
  await page.getByLabel("Reason", { exact: true }).fill("the same person");
  await page.getByRole("button", { name: /^Deny/ }).click();
  await page.getByText("Nothing to review.").waitFor();
  await seen("review-empty");
  // On a phone, each row is a card. Some states are gray.
  await page.goto(`${ledger}/dashboard/conversions`);
  await page.setViewportSize({ width: 390, height: 844 });
  check(await page.locator("td .status.off").getByText("Unattributed").first().isVisible(), "cards on phones show gray states");

  await page.goto(`${ledger}/dashboard`);
  await page.getByRole("heading", { name: /Needs attention/ }).waitFor();
  await seen("overview");
  await page.getByRole("link", { name: /view receipt/ }).first().click();
  await page.getByRole("heading", { name: "Ledger" }).waitFor();
  await page.getByText("a later click won (last click)").waitFor();
  await seen("receipt");
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);
  console.log("done");
} finally {
  await browser.close();
}
