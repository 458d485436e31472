// The dashboard, which says what happens without being reloaded; driven by tests/journey/browser.rs.
import { check } from "../kit.mjs";
import { ask, play, setup } from "./story.mjs";

await play(async (enter) => {
  const person = await enter();
  const { page } = person;
  // The stream of news is late: what happens before it is open isn't lost.
  let open;
  const late = new Promise((done) => { open = done; });
  await page.context().route("**/dashboard/events?*", async (route) => {
    await late;
    await route.continue();
  });
  await person.signIn(setup.email, setup.password);
  await page.getByText("No conversions yet.").waitFor();
  const tracking = await page.context().newPage();
  await tracking.goto(new URL(`/dashboard/programs/${setup.program}/tracking`, page.url()).href);
  await tracking.locator('[data-figure="conversions"]', { hasText: "none yet" }).waitFor();
  await ask("rendered");
  open();
  await tracking.locator('[data-figure="conversions"]', { hasText: "Seen" }).waitFor();
  await tracking.close();
  await page.locator("#pulse").waitFor();
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
  await person.looks();

  // What it named exists now: trying again applies it.
  await ask("seen");
  await page.getByRole("link", { name: "1 unprocessed event" }).first().click();
  await page.getByRole("button", { name: /^Try again/ }).first().click();
  await page.getByText("1 of 1 event processed.").waitFor();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Overview" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  check(await page.getByRole("heading", { name: /Needs attention/ }).count() === 0, "the suspect is still there");
  await page.locator('[data-figure="conversions"]', { hasText: "2" }).waitFor();

  // A sale comes in while the page is open: nobody reloads it.
  await page.locator("#pulse").waitFor();
  await ask("open");
  await page.locator('[data-figure="conversions"]', { hasText: "3" }).waitFor();
  await page.getByRole("navigation", { name: "Sections" }).locator("summary", { hasText: setup.email }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
