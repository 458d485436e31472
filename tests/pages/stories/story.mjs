// What the stories share: people at browsers of their own, who click and type on what they see. Whatever a browser complains of
// (an error on the console, a script's error, an answer of 400 or more that nobody expects, something that the page's own policy
// blocks) ends the story; so does a page wider than a phone, or one in which axe-core finds something serious.
import { createHmac } from "node:crypto";
import { request } from "node:http";
import { check, faults, open, patient } from "../kit.mjs";

const DESKTOP = { width: 1440, height: 900 };
/** What a person leaves behind by going on, besides a page that was about to come: the stream of news, and what it made the page
 * fetch. Files end a visit, too. */
const LEFT = /^\/dashboard\/(events|live|imports\/.*\.csv)$/;

/** What the test tells: the ledger's address, who there is, a folder for pictures. */
export const setup = JSON.parse(process.argv[2]);

const lines = process.stdin[Symbol.asyncIterator]();

/** Asks the test for something that isn't done in a browser, and waits until it is. */
export const ask = async (what) => {
  console.log(what);
  await lines.next();
};

/** A story that takes longer hangs, even beside other suites. In milliseconds. */
const STORY_MAX = 20 * 60_000;

/** Tells a story: its pictures are taken where it ends badly. */
export const play = async (story) => {
  const browser = await open();
  const people = [];
  try {
    const late = new Promise((_, fail) => {
      setTimeout(() => fail(new Error("the story hangs")), STORY_MAX).unref();
    });
    await Promise.race([story((more) => enter(browser, people, more)), late]);
    for (const person of people) person.isContent();
    console.log("done");
  } catch (error) {
    for (const [number, { page, complaints }] of people.entries()) {
      await page.screenshot({ path: `${setup.pictures}/end-${number}.png`, fullPage: true }).catch(() => {});
      console.error(`person ${number} is at ${page.url()}; heard: ${complaints.join("; ")}`);
    }
    console.error(error);
    process.exitCode = 1;
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
};

const enter = async (browser, people, more = {}) => {
  // Robots' clicks don't count, and a headless browser says that it is one.
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
  const context = await patient(browser, { viewport: DESKTOP, reducedMotion: "reduce", userAgent, ...more });
  // Notices leave after six seconds, and a button that copied says so for two; a busy machine may need longer to look at them.
  await context.addInitScript(() => {
    const set = window.setTimeout;
    const isShown = (after) => after >= 6_000 || after === 2_000;
    window.setTimeout = (work, after, ...more) => set(work, isShown(after) ? after * 20 : after, ...more);
  });
  const complaints = [];
  let expected = null;
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // Answers of 400 or more are heard below, with their addresses.
      if (message.type() === "error" && !message.text().includes("status of")) complaints.push(message.text());
    });
    page.on("requestfailed", (request) => {
      const isLeft = request.isNavigationRequest() || LEFT.test(new URL(request.url()).pathname);
      const left = request.failure()?.errorText === "net::ERR_ABORTED" && isLeft;
      if (!left) complaints.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
    });
    page.on("response", (response) => {
      if (response.status() < 400) return;
      if (response.status() === expected?.status && response.request().isNavigationRequest()) expected.seen += 1;
      else complaints.push(`${response.request().method()} ${response.url()} answers ${response.status()}`);
    });
  });
  const page = await context.newPage();
  const isContent = () => check(complaints.length === 0, `at ${page.url()} the browser complains: ${complaints.join("; ")}`);
  const person = {
    page,
    context,
    complaints,
    isContent,
    press: (name, exact = true) => page.getByRole("button", { name, exact }).click(),
    follow: (name, exact = true) => page.getByRole("link", { name, exact }).click(),
    heading: (name, exact = true) => page.getByRole("heading", { name, exact }).waitFor(),
    reads: (text) => page.getByText(text).first().waitFor(),
    /** Looks at the page as it is, on a wide screen and on a phone. */
    looks: async () => {
      const wrong = (await faults(page)).map((fault) => `${page.url()} ${fault}`);
      await page.setViewportSize(DESKTOP);
      check(wrong.length === 0, wrong.join("\n"));
      isContent();
    },
    /** Looks at a page that reloads itself while work goes on, served without that; afterwards it reloads itself again. */
    looksStill: async () => {
      const address = page.url();
      const still = async (route) => {
        const response = await route.fetch();
        const { refresh: _, ...headers } = response.headers();
        await route.fulfill({ response, headers });
      };
      await page.route(address, still);
      await page.goto(address);
      await person.looks();
      await page.unroute(address, still);
      await page.goto(address);
    },
    /** Does what is answered with this status, once. */
    isRefused: async (status, what) => {
      expected = { status, seen: 0 };
      await what();
      check(expected.seen === 1, `${status} was answered ${expected.seen} times`);
      isContent();
      expected = null;
    },
    signIn: async (email, password) => {
      await page.goto(`${setup.ledger}/login`);
      await page.getByLabel("Email").fill(email);
      await page.getByLabel("Password").fill(password);
      await person.press("Sign in");
      await person.heading(/^Overview/, false);
    },
    /** What a button beside some text puts on the clipboard. */
    copies: async (text) => {
      await person.press(`Copy ${text}`);
      await page.getByRole("button", { name: `Copied ${text}`, exact: true }).waitFor();
      check(await page.evaluate(() => navigator.clipboard.readText()) === text, `${text} isn't what was copied`);
    },
  };
  people.push(person);
  return person;
};

/** May use the clipboard, as people may who press a button. */
export const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** Tries until it is so: what is worked off takes its time. */
export const until = async (what, holds, seconds = 180) => {
  const end = Date.now() + seconds * 1000;
  while (!await holds()) {
    check(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
};

/** A person's newest email of a kind. */
export const newestEmail = async (to, kind) => {
  let found;
  await until(`the email ${kind} to ${to}`, async () => {
    const { data } = await (await fetch(`${setup.ledger}/dev/mailbox?to=${to}`)).json();
    found = data.find((one) => one.kind === kind);
    return found !== undefined;
  });
  return found;
};

/** The brand's own backend tells a sale, signed as documented. */
export const sell = async (keys, sale) => {
  const body = JSON.stringify(sale);
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", keys.secret).update(`${at}.${body}`).digest("hex");
  const answer = await fetch(`${setup.edge}/api/tracking/s2s`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${keys.key}`, "Rekomi-Signature": `t=${at},v1=${signature}` },
    body,
  });
  check(answer.status === 202, `the sale is answered with ${answer.status}: ${await answer.text()}`);
};

/** Waits until the edge knows a link, which takes it seconds. It looks only, which counts for nothing; on this machine, where not
 * every resolver knows the names below localhost. */
export const known = (link) => until(`${link} leads on`, () => new Promise((resolve) => {
  const { host, port, pathname, search } = new URL(link);
  const look = request({ host: "127.0.0.1", port, path: pathname + search, method: "HEAD", headers: { Host: host } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode === 302 && answer.headers.location.includes("via="));
  });
  look.on("error", () => resolve(false)).end();
}));

/** Follows a link as a customer would; what the brand's own page finds in its address. */
export const visit = async (person, link) => {
  await known(link);
  await person.page.goto(link);
  await person.heading("Demo landing page");
  person.isContent();
  return (await person.page.locator("dd.token").innerText()).trim();
};
