// A sample of every email, as a mail program shows it: as wide as a mail program's pane and as a phone, in light and in dark, with
// axe-core's eyes too; in the other languages, whether it fits. Driven by tests/journey/emails.rs.
import { check, context, faults, listen, open } from "./kit.mjs";

const [ledger, pictures] = process.argv.slice(2);
const WIDTHS = [[600, 800], [360, 740]];
/** The samples' logo is nowhere: this stands for it. */
const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32" fill="#b4451f"/></svg>';

const text = async (path) => {
  const answer = await fetch(ledger + path);
  check(answer.ok, `${path} answers ${answer.status}`);
  return answer.text();
};

/** Pictures without a text for whoever can't see them, or that didn't arrive. */
const blind = (page) => page.evaluate(() => [...document.images].filter((image) => !image.alt || image.naturalWidth === 0).map((image) => `a picture without a text or content: ${image.outerHTML}`));

const wide = async (page) => {
  const found = [];
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height });
    const whole = await page.evaluate(() => document.documentElement.scrollWidth);
    if (whole > width) found.push(`is ${whole} px wide at ${width} px`);
  }
  return found;
};

const kinds = [...new Set([...(await text("/dev/mail/samples")).matchAll(/\/dev\/mail\/samples\/([a-z_]+)/g)].map(([, kind]) => kind))];
const browser = await open();
const wrong = [];
let looked = 0;
try {
  check(kinds.length > 40, `only ${kinds.length} kinds of email`);
  const page = await (await context(browser, "light")).newPage();
  await page.route("https://acme.test/**", (route) => route.fulfill({ contentType: "image/svg+xml", body: LOGO }));
  const complaints = listen(page);
  for (const kind of kinds) {
    for (const language of ["en", "de", "es"]) {
      complaints.length = 0;
      looked += 1;
      await page.setContent(await text(`/dev/mail/samples/${kind}?lang=${language}`), { waitUntil: "load" });
      const found = language === "en" ? [...await faults(page, null, WIDTHS, true), ...await blind(page)] : await wide(page);
      if (found.length > 0) await page.screenshot({ path: `${pictures}/${kind}-${language}.png`, fullPage: true });
      wrong.push(...[...found, ...complaints].map((fault) => `${kind}, ${language}: ${fault}`));
    }
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
