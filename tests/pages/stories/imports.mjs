// Moving in with five thousand affiliates, from a file with columns of its own; then the same file once more; driven by
// tests/journey/browser_flows.rs.
import { check } from "../kit.mjs";
import { play, setup } from "./story.mjs";

const MANY = 5000;

await play(async (enter) => {
  const owner = await enter();
  const { page } = owner;
  const rows = Array.from({ length: MANY }, (_, n) => `Ann ${n};ann${n}@old.test;ann-${n}-old`);
  const file = { name: "partners.csv", mimeType: "text/csv", buffer: Buffer.from(`Wer;Kontakt;Kürzel\n${rows.join("\n")}\n`) };
  const counts = async () => (await page.locator("dl.outcomes dd").allInnerTexts()).map((text) => Number(text.replaceAll(",", "")));
  const are = async (...expected) => {
    const found = await counts();
    check(found.join() === expected.join(), `new, updated, unchanged, refused: ${found}, not ${expected}`);
  };
  const upload = async () => {
    await page.getByLabel("Source", { exact: true }).selectOption({ label: "Another platform (any CSV)" });
    await page.getByLabel("Link destination").fill("https://acme.test/pricing");
    await page.getByLabel("File", { exact: true }).setInputFiles(file);
    await owner.press("Upload and check");
    await owner.heading("Map columns");
    await owner.looks();
    await page.getByLabel("Name", { exact: true }).selectOption({ label: "Wer" });
    await page.getByLabel("Email", { exact: true }).selectOption({ label: "Kontakt" });
    await page.getByLabel("Link name, slug or token").selectOption({ label: "Kürzel" });
    await owner.press("Check rows");
    await owner.heading("Preview");
    await owner.looks();
  };
  const start = async () => {
    await owner.press("Import affiliates");
    await owner.heading(/^(Progress|Results)$/, false);
  };
  // The page follows it by itself.
  const ends = () => page.getByRole("link", { name: "import their customers" }).waitFor({ timeout: 400_000 });

  await owner.signIn(setup.email, setup.password);
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Recruit", exact: true }).click();
  await owner.follow("Import a file");
  await owner.heading("Import a file");
  await owner.looks();
  await upload();
  await are(MANY, 0, 0, 0);
  await start();
  await page.getByRole("progressbar").waitFor();
  await owner.looksStill();
  await ends();
  await owner.heading("Results");
  await are(MANY, 0, 0, 0);
  await owner.looks();

  const [report] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /CSV/ }).click()]);
  let text = "";
  for await (const part of await report.createReadStream()) text += part;
  check(text.trim().split("\n").length === MANY + 1, "a line for each row");
  check(text.includes('"5001","New"'), "the last row is new");

  // The same file again: nothing is left to do, and nothing is done.
  await owner.follow("import their customers");
  await upload();
  await are(0, 0, MANY, 0);
  await start();
  await ends();
  await are(0, 0, MANY, 0);
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Affiliates", exact: true }).click();
  await page.getByLabel("Name, email or link name").fill("ann4999@old.test");
  await page.getByLabel("Name, email or link name").press("Enter");
  await page.getByRole("link", { name: "Ann 4999" }).waitFor();
  owner.isContent();
});
