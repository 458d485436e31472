// A marketer decides about a commission that was flagged, and its affiliate sees what becomes of it; driven by
// tests/journey/browser_flows.rs, which lets the sale happen.
import { check } from "../kit.mjs";
import { newestEmail, play, setup } from "./story.mjs";

await play(async (enter) => {
  // The affiliate sees that it waits, and not what for.
  const lauren = await enter();
  await lauren.page.goto(`${setup.ledger}/a/link`);
  await lauren.page.getByLabel("Email").fill(setup.affiliate);
  await lauren.press(/link/, false);
  await lauren.page.goto((await newestEmail(setup.affiliate, "affiliate_link")).links[0]);
  await lauren.press("Go to the portal");
  await lauren.page.getByRole("navigation", { name: "Portal" }).getByRole("link", { name: "Sales", exact: true }).click();
  const sale = lauren.page.getByRole("row", { name: /\$20\.00/ });
  await sale.getByText("The brand is reviewing this sale.").waitFor();
  await lauren.looks();

  const marketer = await enter();
  const { page } = marketer;
  await marketer.signIn(setup.email, setup.password);
  await marketer.follow("1 conversion to review");
  await marketer.heading("Review");
  await marketer.reads("the buyer has the affiliate's own email address");
  await marketer.looks();
  await page.getByLabel("Reason", { exact: true }).fill("Her sister bought it, we spoke on the phone");
  await marketer.press("Approve flagged-order");
  await page.getByRole("status").getByText("Approved. The hold period continues as usual.").waitFor();
  await marketer.reads("Nothing to review.");
  await marketer.looks();

  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Commissions", exact: true }).click();
  const row = page.getByRole("row", { name: /\$20\.00/ });
  await row.getByText("On hold", { exact: true }).waitFor();
  await marketer.looks();
  await row.getByRole("link", { name: /^\$20\.00/ }).click();
  await marketer.reads("Her sister bought it, we spoke on the phone");
  await marketer.looks();

  await lauren.page.reload();
  await sale.getByText(/^On hold until .*, 30 days after the sale/).waitFor();
  await lauren.looks();
  await lauren.page.getByRole("link", { name: /^Receipt for \$20\.00/ }).click();
  await lauren.heading("How you earned it");
  check(await lauren.page.getByText("sister").count() === 0, "what the brand wrote to itself stays there");
  await lauren.looks();
});
