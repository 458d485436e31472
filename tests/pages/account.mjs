// Signing up, in two steps, and an account's pages in a real browser, without a script; driven by
// tests/public/account/browser.rs. The mailbox stands for the person's mail, a few lines below for their authenticator app.
import { createHmac } from "node:crypto";
import { check, open, patient } from "./kit.mjs";

const [ledger, pictures, affiliate] = process.argv.slice(2);
const email = "ann@newbrand.test";
const password = "seven lazy otters";

async function newestEmail(to, kind) {
  for (let round = 0; round < 600; round += 1) {
    const { data } = await (await fetch(`${ledger}/dev/mailbox?to=${to}`)).json();
    const found = data.find((one) => one.kind === kind);
    if (found) return found;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error(`no email ${kind} to ${to}`);
}

// RFC 6238, by what Node brings along.
function code(key, ahead = 0) {
  const bits = [...key.replaceAll(" ", "")].map((digit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(digit).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const hash = createHmac("sha1", bytes).update(step).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

const browser = await open();
try {
  const context = await patient(browser, { javaScriptEnabled: false, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems = [];
  // A refusal is an answer, which browsers call an error too.
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 4")) problems.push(message.text()); });
  const seen = async (name) => {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const body = await page.locator("main").boundingBox();
      check(body.width <= width, `${name} is ${body.width} px wide at ${width} px`);
      for (const control of await page.locator("input:not([type=hidden]), select, button:not(.ov-tabs *), summary, svg, code").all()) {
        const box = await control.boundingBox();
        if (box) check(box.x >= 0 && box.x + box.width <= width + 1, `a part of ${name} leaves the page at ${width} px`);
      }
    }
  };
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const heading = (name) => page.getByRole("heading", { name, exact: true }).waitFor();

  await page.goto(`${ledger}/login`);
  await seen("login");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Your name").fill("Ann");
  await page.getByLabel("Your organization").fill("New Brand");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("password1234");
  await press("Create account");
  await page.getByText("This password is too common.").waitFor();
  check(await page.getByLabel("Your name").inputValue() === "Ann", "what was right stays");
  check(await page.getByLabel("Password").inputValue() === "", "a password doesn't come back");
  await seen("signup-mistake");
  await page.getByLabel("Password").fill(password);
  await press("Create account");
  await heading("Check your inbox");
  await seen("signup-sent");

  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await press("Sign in");
  await page.getByText("Confirm your email address with the link").waitFor();
  await seen("unverified");
  await press("Resend email");
  await page.getByText("We've emailed you a link.").waitFor();
  await page.goto((await newestEmail(email, "verify_email")).links[0]);
  await seen("verify");
  await press("Confirm");
  await heading("Email confirmed");
  await page.goto(`${ledger}/verify?token=nonsense`);
  await heading("This link has expired");
  await seen("spent");

  await page.goto(`${ledger}/account`);
  await page.getByText("Confirmed", { exact: true }).waitFor();
  await page.locator("#new_password").fill("too short");
  await page.locator("#password").fill(password);
  await press("Change password");
  await page.getByText("at least 12 characters. A short phrase").waitFor();
  await seen("account-mistake");

  await page.getByRole("link", { name: "Set up two-step sign-in" }).click();
  await seen("two-factor-begin");
  await page.getByLabel("Your password").fill(password);
  await press("Continue");
  await page.getByRole("img", { name: "QR code of the key below" }).waitFor();
  await seen("two-factor-scan");
  const key = await page.locator("main code").innerText();
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await press("Turn on");
  await page.getByText("That code is incorrect").waitFor();
  await page.getByLabel("Code", { exact: true }).fill(code(key));
  await press("Turn on");
  await heading("Your recovery codes");
  check(await page.locator("main code").count() === 10, "ten codes");
  await seen("recovery-codes");
  await page.getByRole("link", { name: "I’ve saved them" }).click();
  await page.getByText("Recovery codes left: 10").waitFor();
  await seen("account");
  await page.getByRole("link", { name: "Manage two-step sign-in" }).click();
  await seen("two-factor-on");

  await press("Sign out");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await press("Sign in");
  await heading("Enter your code");
  await seen("login-code");
  await page.getByLabel("Code", { exact: true }).fill(code(key, 1));
  await press("Sign in");
  await heading("Overview");

  await page.goto(`${ledger}/forgot`);
  await seen("forgot");
  await page.getByLabel("Email").fill(email);
  await press("Send link");
  await heading("Check your inbox");
  await page.goto((await newestEmail(email, "password_reset")).links[0]);
  await seen("reset");

  await page.goto(`${ledger}/a/link`);
  await seen("affiliate-link");
  await page.getByLabel("Email").fill(affiliate);
  await press("Send sign-in link");
  const entry = (await newestEmail(affiliate, "affiliate_link")).links[0];
  await page.goto(entry);
  await seen("affiliate-enter");
  await press("Go to the portal");
  await page.getByRole("heading", { name: /^Hi Lauren/ }).waitFor();
  await seen("portal");
  await page.locator("form[action='/a/terms']").evaluate((form) => { form.noValidate = true; });
  await press("Accept terms");
  await page.getByText("Check the box to accept the terms.").waitFor();
  await seen("portal-unticked");
  await page.getByRole("checkbox").check();
  await press("Accept terms");
  await page.getByText(/^You accepted the terms of/).waitFor();
  await seen("portal-accepted");
  await page.getByRole("button", { name: /^Account:/ }).click();
  await press("Sign out");
  await page.goto(entry);
  await heading("This link no longer works");
  await seen("affiliate-spent");

  await page.goto(`${ledger}/dev/mail`);
  await heading("Mailbox");
  await seen("dev-mail");
  check(problems.length === 0, `the browser complained: ${problems.join("; ")}`);

  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const kind of ["verify_email", "password_reset", "second_factor"]) {
      await page.goto(`${ledger}/dev/mail/${(await newestEmail(email, kind)).id}`);
      for (const width of [700, 390]) {
        await page.setViewportSize({ width, height: 700 });
        await page.screenshot({ path: `${pictures}/email-${kind}-${colorScheme}-${width}.png`, fullPage: true });
        check((await page.locator(".paper").last().boundingBox()).width <= width, `email ${kind} at ${width} px`);
      }
    }
  }
  console.log("done");
} finally {
  await browser.close();
}
