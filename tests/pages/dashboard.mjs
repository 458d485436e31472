// The dashboard in a real browser; driven by tests/journey/browser.rs, which says on standard input when to go on.
import { createInterface } from "node:readline";
import { check, open, patient } from "./kit.mjs";

const [ledger, email, password, pictures] = process.argv.slice(2);
const next = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (word) => console.log(word);

const browser = await open();
try {
  const page = await (await patient(browser)).newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });

  await page.goto(`${ledger}/dashboard`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.getByText("No conversions yet.").waitFor();
  await page.locator("#pulse").waitFor();
  say("open");

  // A sale and a suspect come in while the page is open: nobody reloads it.
  await next.next();
  await page.locator('[data-figure="conversions"]', { hasText: "1" }).waitFor();
  await page.locator(".sales").getByRole("cell", { name: "$19.80" }).waitFor();
  await page.getByRole("heading", { name: /Needs attention/ }).waitFor();

  // The chart answers to the arrow keys, and leaves as a picture and as a file.
  const chart = page.getByRole("group", { name: /^Revenue/ });
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".ch-card", { hasText: "$99.00" }).waitFor();
  await page.keyboard.press("Home");
  await page.locator(".ch-card", { hasText: "$0.00" }).waitFor();
  await page.keyboard.press("Escape");
  check(await page.locator(".ch-card").count() === 0, "the card stays");
  for (const [button, name] of [[/^Save as PNG/, "revenue.png"], [/^Export CSV/, "revenue.csv"]]) {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
    check(file.suggestedFilename() === name, `${name} is called ${file.suggestedFilename()}`);
  }
  await page.getByText("View as table").click();
  await page.getByRole("cell", { name: "$99.00" }).first().waitFor();
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(wide <= 0, `the page is ${wide} px too wide at ${width} px`);
    await page.screenshot({ path: `${pictures}/dashboard-${width}.png`, fullPage: true });
  }
  const unnamed = await page.evaluate(() => [...document.querySelectorAll("input:not([type=hidden]), select, button")]
    .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label"))).length);
  check(unnamed === 0, `${unnamed} controls have no name`);
  say("seen");

  // What it named exists now: trying again applies it.
  await next.next();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("link", { name: "1 unprocessed event" }).first().click();
  await page.getByRole("button", { name: /^Try again/ }).first().click();
  await page.getByText("1 of 1 event processed.").waitFor();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Overview" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  check(await page.getByRole("heading", { name: /Needs attention/ }).count() === 0, "the suspect is still there");
  await page.locator('[data-figure="conversions"]', { hasText: "2" }).waitFor();
  await page.getByRole("navigation", { name: "Sections" }).locator("summary", { hasText: email }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);
  say("done");
} finally {
  await browser.close();
  process.stdin.destroy();
}
