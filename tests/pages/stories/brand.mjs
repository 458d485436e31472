// A brand from nothing to its first commission: signing up, the email, and each of the first steps; driven by
// tests/journey/browser_flows.rs.
import { check } from "../kit.mjs";
import { known, newestEmail, sell, play, setup } from "./story.mjs";

const email = `${setup.name}@brands.test`;
const password = "seven lazy otters swim";
const friend = `friend-of-${setup.name}@creators.test`;

await play(async (enter) => {
  const ann = await enter();
  const { page } = ann;
  const step = (key) => page.locator(`[data-step="${key}"]`);
  const home = async (done) => {
    await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Overview", exact: true }).click();
    await ann.heading(`Getting started ${done} of 7 done`);
  };

  await page.goto(`${setup.ledger}/login`);
  await ann.follow("Create an account");
  await page.getByLabel("Your name").fill("Ann Otter");
  await page.getByLabel("Your organization").fill(setup.name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await ann.press("Create account");
  await ann.heading("Check your inbox");
  await ann.looks();
  await ann.follow("View sent emails");
  await ann.looks();
  await page.locator("article", { hasText: email }).getByRole("link", { name: /\/verify\?/ }).click();
  await ann.heading("Confirm your email address");
  await ann.looks();
  await ann.press("Confirm");
  await ann.heading("Getting started 0 of 7 done");
  await ann.looks();

  // A program that pays a share of every payment.
  await step("program").getByRole("link", { name: "Create program" }).click();
  await ann.heading("New program");
  await page.getByLabel("Name", { exact: true }).fill("Otter partners");
  await page.getByLabel("Landing page").fill(`${setup.ledger}/dev/landing`);
  await page.getByRole("radio", { name: /^Recurring percentage/ }).check();
  await page.getByLabel("Rate (%)").fill("25");
  await ann.looks();
  await ann.press("Create program");
  await ann.heading("Otter partners");
  await ann.looks();
  await home(1);

  await ann.press(/^Use .*\.localhost:/, false);
  await ann.reads("Link domain added.");
  await ann.heading("Getting started 2 of 7 done");

  await step("affiliate").getByRole("link", { name: "Invite by email" }).click();
  await page.getByLabel("Emails", { exact: true }).fill(`Finn Friend <${friend}>`);
  await ann.press("Review list");
  await ann.heading("1 person can be invited");
  await ann.looks();
  await ann.press("Invite 1 person");
  await ann.heading("1 person invited");
  await ann.looks();
  await home(2);

  // Nobody is an affiliate before they accept.
  const finn = await enter();
  const { links } = await newestEmail(friend, "affiliate_invited");
  await finn.page.goto(links.find((one) => one.includes("/a/enter")));
  await finn.press("Go to the portal");
  await finn.heading("Your link");
  await home(3);

  // The link is on the list, to be opened; the click ticks its step while the page is looked at.
  const link = step("click").locator("p.open a");
  await link.waitFor();
  const address = await link.innerText();
  await known(address);
  const [visited] = await Promise.all([ann.context.waitForEvent("page"), link.click()]);
  await visited.getByRole("heading", { name: "Demo landing page" }).waitFor();
  const clickToken = (await visited.locator("dd.token").innerText()).trim();
  await visited.close();
  await ann.heading("Getting started 4 of 7 done");
  await page.locator('[data-figure="clicks"]', { hasText: /^1$/ }).waitFor();
  await ann.looks();

  await step("source").getByRole("link", { name: "Create API key" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Order service");
  await page.getByRole("radio", { name: /^Send sales/ }).check();
  await ann.press("Create API key");
  await ann.heading("Order service: copy these now");
  const keys = { key: await page.getByLabel("API key", { exact: true }).inputValue(), secret: await page.getByLabel("Signing secret", { exact: true }).inputValue() };
  await ann.looks();
  // A key alone has told nothing yet.
  await home(4);

  await sell(keys, { externalEventId: `order-of-${setup.name}`, amountCents: 9900, customerId: "cus_1", clickToken });
  await ann.heading(/^Getting started/, false).then(() => page.getByRole("heading", { name: /^Getting started/ }).waitFor({ state: "detached" }));
  await page.locator('[data-figure="conversions"]', { hasText: /^1$/ }).waitFor();
  const commission = page.locator(".sales").getByRole("link", { name: "$24.75" });
  await commission.waitFor();
  await ann.looks();
  await commission.click();
  await ann.heading("Ledger");
  await ann.looks();
});
