// Every page, in light and in dark, as kit.mjs looks at it; driven by tests/journey/every_page.rs, which names the pages.
import { context, listen, open, signIn, visit } from "./kit.mjs";

const [ledger, email, password, entry, pictures, ...paths] = process.argv.slice(2);
const browser = await open();
const wrong = [];
const nameOf = (path) => path.split("?")[0].replaceAll("/", "-").slice(1) || "home";
try {
  let looked = 0;
  const page = await (await context(browser, "light")).newPage();
  const complaints = listen(page);
  const look = async (path) => {
    looked += 1;
    for (const fault of await visit(page, ledger + path, complaints, `${pictures}/${nameOf(path)}`)) wrong.push(`${path}: ${fault}`);
  };
  for (const path of ["/login", "/signup", "/forgot", "/a/link", "/network/join", "/status", "/security"]) await look(path);
  await signIn(page, ledger, email, password);
  // The affiliate's own pages want their session, too; an email's link is used once.
  await page.goto(entry);
  await page.getByRole("button").first().click();
  await page.waitForURL(/\/a$/);
  // Whoever is in the portal becomes a creator of the network with a click.
  await page.goto(`${ledger}/network/join`);
  await page.getByRole("button", { name: "Continue as" }).click();
  await page.waitForURL(/\/a\/network/);
  for (const path of paths) await look(path);
  if (wrong.length > 0) {
    console.error(wrong.join("\n"));
    process.exitCode = 1;
  } else {
    console.log(`${looked} looked at`);
  }
} finally {
  await browser.close();
}
