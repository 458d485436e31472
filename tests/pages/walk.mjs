// Every page, in light and in dark, as kit.mjs looks at it; driven by tests/journey/every_page.rs, which names the pages.
import { context, listen, open, signIn, visit } from "./kit.mjs";

const [ledger, email, password, entry, pictures, ...paths] = process.argv.slice(2);
const browser = await open();
const wrong = [];
const nameOf = (path) => path.split("?")[0].replaceAll("/", "-").slice(1) || "home";
try {
  let looked = 0;
  for (const scheme of ["light", "dark"]) {
    const ours = await context(browser, scheme);
    const page = await ours.newPage();
    const complaints = listen(page);
    for (const path of ["/login", "/signup", "/forgot", "/a/link", "/status", "/security"]) {
      looked += 1;
      for (const fault of await visit(page, ledger + path, complaints, `${pictures}/${nameOf(path)}-${scheme}`)) wrong.push(`${path}, ${scheme}: ${fault}`);
    }
    await signIn(page, ledger, email, password);
    // The affiliate's own pages want their session too; an email's link is used once.
    if (scheme === "light") {
      await page.goto(entry);
      await page.getByRole("button").first().click();
      await page.waitForURL(/\/a$/);
    }
    for (const path of paths.filter((one) => scheme === "light" || !one.startsWith("/a"))) {
      looked += 1;
      for (const fault of await visit(page, ledger + path, complaints, `${pictures}/${nameOf(path)}-${scheme}`)) wrong.push(`${path}, ${scheme}: ${fault}`);
    }
    await ours.close();
  }
  if (wrong.length > 0) {
    console.error(wrong.join("\n"));
    process.exitCode = 1;
  } else {
    console.log(`${looked} looked at`);
  }
} finally {
  await browser.close();
}
