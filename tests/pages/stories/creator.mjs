// A creator from a program's page to what a sale of theirs earns; driven by tests/journey/browser_flows.rs.
import { check } from "../kit.mjs";
import { CLIPBOARD, newestEmail, sell, play, setup, until, visit } from "./story.mjs";

const email = `${setup.name}@creators.test`;

await play(async (enter) => {
  const nina = await enter(CLIPBOARD);
  const { page } = nina;
  await page.goto(`${setup.ledger}/p/acme`);
  await nina.follow("Apply now");
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Full name").fill("Nina Berg");
  await page.getByLabel("Website or channel").fill("nina.blog");
  await page.getByLabel("How will you promote us?").fill("A video each month, and a word in my newsletter.");
  await page.getByLabel("Link name").fill(setup.name);
  await nina.looks();
  // Without the terms nothing goes, and nothing that was typed is lost. By then it took as long as people take.
  await page.waitForTimeout(3_100);
  await nina.isRefused(400, async () => {
    await nina.press("Send application");
    await nina.reads("Please fix 1 field.");
  });
  await nina.looks();
  check(await page.getByLabel("Link name").inputValue() === setup.name, "what was typed stays");
  await page.getByLabel(/I accept the terms/).check();
  await nina.press("Send application");
  await nina.heading("Thank you for applying");
  await nina.looks();

  // The brand takes them on.
  const owner = await enter();
  await owner.signIn(setup.email, setup.password);
  await owner.page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Affiliates", exact: true }).click();
  await owner.page.getByRole("link", { name: /^Pending/ }).click();
  await owner.page.getByRole("article", { name: "Nina Berg" }).filter({ hasText: email }).getByRole("link", { name: "Nina Berg" }).click();
  const application = owner.page.getByRole("region", { name: "Nina Berg" });
  await application.getByText("A video each month").waitFor();
  await owner.looks();
  const offer = application.locator("details.edit");
  if (await offer.getAttribute("open") === null) await offer.locator("summary").click();
  await application.getByLabel("Create a link for").selectOption({ label: setup.program });
  await application.getByLabel("Destination").fill(`${setup.ledger}/dev/landing`);
  await owner.looks();
  await owner.page.locator("h1").click();
  await owner.page.keyboard.press("a");
  await owner.reads("Nina Berg approved");
  await owner.page.getByText(email).waitFor({ state: "detached" });
  owner.isContent();

  // The email's link leads into the portal.
  await page.goto((await newestEmail(email, "application_approved")).links.find((link) => link.includes("/a/enter")));
  await nina.heading("Hi Nina Berg");
  await nina.looks();
  await nina.press("Go to the portal");
  await nina.heading("Your link");
  const link = await page.getByRole("region", { name: "Your link" }).getByRole("code").innerText();
  check(link.endsWith(`/${setup.name}`), `${link} has their alias`);
  await nina.copies(link);
  await nina.looks();

  // A link to a page of their choice, with its QR code.
  await nina.follow("All links");
  await page.getByLabel("Page URL", { exact: true }).fill(`${setup.ledger}/dev/landing?plan=pro`);
  await page.getByText(`${link}?plan=pro`).waitFor();
  await nina.press("Get link");
  await nina.heading("Your link to that page");
  const deep = `${link}?plan=pro`;
  await nina.copies(deep);
  const code = page.getByRole("img", { name: `QR code of ${deep}` });
  await code.waitFor();
  await until("the QR code is seen", () => code.evaluate((image) => image.complete && image.naturalWidth > 0));
  // It stays on the page, where the places to share it on fold out.
  await nina.press(`Share ${deep}`);
  const place = page.getByRole("link", { name: "WhatsApp", exact: true });
  check((await place.getAttribute("href")).endsWith(encodeURIComponent(deep)), "the link goes along");
  await page.keyboard.press("Escape");
  await nina.looks();

  // Somebody follows it and buys.
  const clickToken = await visit(await enter(), deep);
  await sell(setup.keys, { externalEventId: `order-of-${setup.name}`, amountCents: 12000, customerId: `buyer-of-${setup.name}`, clickToken });
  await page.getByRole("navigation", { name: "Portal" }).getByRole("link", { name: "Sales", exact: true }).click();
  await until("the sale is there", async () => {
    await page.reload();
    return await page.getByRole("cell", { name: "$24.00" }).count() > 0;
  });
  await nina.looks();
  const tab = (name) => page.getByRole("list", { name: "View" }).getByRole("link", { name });
  await tab("Clicks").click();
  await page.getByRole("row").nth(1).waitFor();
  await nina.looks();
  await tab("Earnings").click();
  await nina.follow(/^Receipt for \$24\.00/, false);
  await nina.heading("How you earned it");
  await nina.reads("Your activity");
  await nina.looks();
  await page.getByRole("navigation", { name: "Portal" }).getByRole("link", { name: "Home", exact: true }).click();
  await nina.reads("$24.00");
  await nina.looks();
});
