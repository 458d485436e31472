// The API reference in a real browser: languages, search and requests with a test key; and what is there without a script.
// Driven by tests/public/reference.rs.
import { check, context, faults, open, patient } from "./kit.mjs";

const [ledger, pictures] = process.argv.slice(2);
const PAGE = `${ledger}/docs/api/ref/coupons`;
const browser = await open();
try {
  const ours = await context(browser, "light");
  const page = await ours.newPage();
  const broken = [];
  page.on("pageerror", (error) => broken.push(String(error)));

  // One language at a time, on every example and after a reload.
  await page.goto(PAGE);
  const creation = page.locator("#createCoupon");
  check(await creation.locator("pre").first().isVisible() && !(await creation.getByText("import requests").isVisible()), "curl is shown first");
  await creation.getByRole("tab", { name: "Python" }).click();
  check(await page.locator("#listCoupons").getByText("import requests").isVisible(), "all examples change");
  await page.reload();
  check(await creation.getByText("import requests").isVisible(), "the language is remembered");
  await creation.getByRole("tab", { name: "Python" }).press("ArrowRight");
  check(await creation.getByText("curl_init").isVisible(), "the arrow keys lead to the next language");

  // An address from the time of the single page, and the search.
  await page.goto(`${ledger}/docs/api#listPrograms`, { waitUntil: "commit" });
  await page.waitForURL(/\/docs\/api\/ref\/programs#listPrograms$/);
  await page.getByLabel("Search operations").fill("archive coupon");
  await page.getByRole("search").getByRole("link").first().waitFor();
  await page.getByLabel("Search operations").press("Enter");
  await page.waitForURL(/\/docs\/api\/ref\/coupons#archiveCoupon$/);

  // A live key is never sent; a test key is.
  const list = page.locator("#listCoupons");
  const sent = [];
  page.on("request", (request) => { if (request.url().includes("/api/v1/")) sent.push(request.url()); });
  await list.getByRole("button", { name: /^Try it/ }).click();
  await list.getByLabel(/^Test key/).fill("rk_live_0123456789");
  await list.getByRole("button", { name: "Send GET" }).click();
  await list.getByText("Enter a test key").waitFor();
  check(sent.length === 0, "a live key is refused");
  await list.getByLabel(/^Test key/).fill("rk_test_0123456789");
  await list.getByRole("button", { name: "Send GET" }).click();
  await list.getByText(/^401 /).waitFor();
  await list.getByText('"error": "unauthorized"').waitFor();
  check(sent.join() === `${ledger}/api/v1/coupons`, "the request is sent once");
  await creation.getByRole("button", { name: /^Try it/ }).click();
  check((await creation.getByLabel("Body (JSON)").inputValue()).includes('"code"'), "the body has an example");
  await creation.getByLabel("Body (JSON)").fill("{");
  await creation.getByRole("button", { name: "Send POST" }).click();
  await creation.getByText("The body isn't JSON").waitFor();
  check(sent.length === 1, "a broken body is refused");

  const wrong = await faults(page, `${pictures}/reference`);
  await page.goto(`${ledger}/docs/api`);
  wrong.push(...await faults(page, `${pictures}/reference-start`));
  await page.goto(`${ledger}/docs/api/changelog`);
  wrong.push(...await faults(page, `${pictures}/reference-changelog`));
  check(wrong.length === 0, wrong.join("\n"));
  check(broken.length === 0, broken.join("\n"));

  // Without a script every language folds out.
  const plain = await patient(browser, { javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(PAGE);
  const example = still.locator("#createCoupon");
  check(await example.locator("pre").filter({ hasText: "curl" }).first().isVisible(), "curl is open");
  await example.locator("summary", { hasText: "Ruby" }).click();
  check(await example.getByText("Net::HTTP::Post").isVisible(), "Ruby folds out");
  console.log("done");
} finally {
  await browser.close();
}
