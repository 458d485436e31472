// Connecting Klaviyo with a key that may not do all: what is missing is said where the key is typed; driven by
// tests/journey/browser_flows.rs beside Klaviyo's stand-in.
import { check } from "../kit.mjs";
import { ask, play, setup } from "./story.mjs";

await play(async (enter) => {
  const owner = await enter();
  const { page } = owner;
  await owner.signIn(setup.email, setup.password);
  await owner.follow("CRMs");
  await page.getByRole("link", { name: /^Klaviyo/ }).click();
  await owner.heading("Connect Klaviyo");
  await owner.looks();

  const key = page.getByLabel("Private API key");
  const tries = async () => {
    await key.fill(setup.key);
    await owner.press("Test and connect");
  };
  await owner.isRefused(422, async () => {
    await tries();
    await owner.heading("Connect Klaviyo");
    await page.getByRole("alert").waitFor();
  });
  const beside = await key.getAttribute("aria-describedby");
  check(await key.getAttribute("aria-invalid") === "true", "the key is at fault");
  const message = await page.locator(`#${beside.split(" ")[0]}`).innerText();
  check(message.includes("lists:read") && message.includes("subscriptions:write") && message.includes("new private key"), `beside the key: ${message}`);
  check(!message.includes("profiles"), `no more than is missing: ${message}`);
  check(await page.getByRole("alert").count() === 1, "it is said once");
  check(await key.inputValue() === "", "no secret goes back");
  await owner.looks();

  await ask("grant");
  await tries();
  await owner.reads("Connected.");
  await owner.reads("Canary Candles");
  await owner.looks();
  await page.getByLabel("Choose the list").selectOption({ label: "Affiliates" });
  await owner.press("Save changes");
  await owner.reads("Saved.");
  await page.locator(".status").getByText("Connected", { exact: true }).waitFor();
  await owner.looks();
});
