// The blocks of a program page are ordered in a real browser: by keyboard, by pointer, and without a script by their buttons;
// driven by tests/dashboard/programs/page_order.rs.
import { check, context, faults, open, patient, signIn } from "./kit.mjs";

const [ledger, email, password, pictures, program, handle] = process.argv.slice(2);
const USUAL = "about offer calculator steps rewards faq video quotes terms form";

const browser = await open();
try {
  /** The editor in a browser of its own. */
  const enter = async (ours) => {
    const page = await ours.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    // A form that is refused answers 4xx, which a browser notes.
    page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 4")) problems.push(message.text()); });
    await signIn(page, ledger, email, password);
    await page.goto(`${ledger}/dashboard/programs/${program}/page`);
    /** The fields that the form sends, in their order. */
    const order = async () => (await Promise.all((await page.locator("input[name=block]").all()).map((one) => one.getAttribute("value")))).join(" ");
    const isOrder = async (expected, when) => {
      const found = await order();
      check(found === expected, `${when}: ${found}, not ${expected}`);
    };
    const saves = (button) => Promise.all([page.waitForEvent("load"), button.click()]);
    return { page, problems, isOrder, saves };
  };
  const isContent = (problems) => check(problems.length === 0, `the browser complains: ${problems.join("; ")}`);

  const { page, problems, isOrder, saves } = await enter(await context(browser, "light"));
  const grip = (name) => page.getByRole("button", { name: `Reorder ${name}`, exact: true });
  const reports = (text) => page.getByText(text, { exact: true }).waitFor({ state: "attached" });
  const button = (name) => page.getByRole("button", { name, exact: true });
  /** A button that moves a block without dragging. The name of its block is hidden, which puts a space before it. */
  const mover = (where, direction, block) => where.getByRole("button", { name: `Move ${direction} : ${block}`, exact: true });
  await isOrder(USUAL, "at first");
  check(await page.getByRole("button", { name: /^Reorder / }).count() === 10, "each block has a handle");
  check(await page.getByText("Unsaved changes").isHidden(), "nothing has changed yet");
  const wrong = await faults(page, `${pictures}/editor`);
  check(wrong.length === 0, wrong.join("\n"));
  await page.setViewportSize({ width: 1440, height: 900 });

  // By keyboard: one place at a time, or to an end; the focus stays, and each move is announced.
  await grip("Calculator").focus();
  await page.keyboard.press("ArrowDown");
  await reports("Calculator is now 4 of 10.");
  check(await page.evaluate(() => document.getAnimations().every(({ effect }) => !effect.target.matches("li"))), "with little motion nothing slides");
  await page.keyboard.press("ArrowDown");
  await reports("Calculator is now 5 of 10.");
  await isOrder("about offer steps rewards calculator faq video quotes terms form", "two places down");
  await page.keyboard.press("ArrowUp");
  await reports("Calculator is now 4 of 10.");
  check(await grip("Calculator").evaluate((one) => one === document.activeElement), "the focus stays on the handle");
  await grip("Application form").focus();
  await page.keyboard.press("Home");
  await reports("Application form is now 1 of 10.");
  await page.keyboard.press("ArrowUp");
  await isOrder("form about offer steps calculator rewards faq video quotes terms", "the first stays the first");
  check(await mover(page, "up", "Application form").count() === 0 && await mover(page, "up", "Introduction").count() === 1, "the first block can't move up");
  check(await mover(page, "down", "Terms").count() === 0, "the last block can't move down");

  // The form knows: it isn't saved, the preview follows, and what is discarded is as it was.
  await page.getByText("Unsaved changes").waitFor();
  await page.waitForFunction(() => document.querySelector("#page-preview .offer-main h2")?.textContent === "Apply");
  await button("Discard").click();
  await isOrder(USUAL, "once discarded");
  await page.getByText("Unsaved changes").waitFor({ state: "hidden" });

  // By pointer: each block is one line then; Escape puts it back.
  const middle = async (name) => {
    const { x, y, width, height } = await grip(name).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  const drag = async (name, above) => {
    await grip(name).scrollIntoViewIfNeeded();
    const [x, y] = await middle(name);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y - 6, { steps: 2 });
    check(await page.locator(".sorting").count() === 1, "a drag begins");
    check(await page.getByLabel("Example price").isHidden(), "each block is one line");
    const [, to] = await middle(above);
    await page.mouse.move(x, to - 10, { steps: 6 });
  };
  await drag("Rates and rules", "Introduction");
  await page.mouse.up();
  await reports("Rates and rules is now 1 of 10.");
  const dragged = "rewards about offer calculator steps faq video quotes terms form";
  await isOrder(dragged, "dragged to the top");
  await drag("Video", "Offer");
  await isOrder("rewards about video offer calculator steps faq quotes terms form", "on its way");
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await isOrder(dragged, "put back");
  check(await page.locator(".sorting, .held").count() === 0, "the blocks are open again");

  // It is sent by the fields that are there without a script, too.
  await saves(page.locator(".save-bar").getByRole("button", { name: "Save changes" }));
  await isOrder(dragged, "saved");

  // Several mistakes are listed by the labels of their fields.
  await page.getByLabel("Example price").fill("0");
  await page.getByLabel(/^You reply within/).fill("x");
  await saves(page.locator(".save-bar").getByRole("button", { name: "Save changes" }));
  await page.getByRole("link", { name: "Example price: Enter an amount above zero.", exact: true }).waitFor();
  await page.getByRole("link", { name: /^You reply within \(days\): Enter a number/ }).waitFor();
  await isOrder(dragged, "refused");
  await page.goto(`${ledger}/p/${handle}`);
  const first = await page.locator(".offer-main h2").first().textContent();
  check(first === "The program at a glance", `the page begins with ${first}`);
  isContent(problems);

  // Without a script nothing offers to be dragged, and the buttons do what they say.
  const still = await enter(await patient(browser, { javaScriptEnabled: false }));
  check(await still.page.getByRole("button", { name: /^Reorder / }).count() === 0, "no handle without a script");
  check(await still.page.getByText("Drag a block by its handle").isHidden(), "nothing says that blocks can be dragged");
  check(await mover(still.page, "up", "Rates and rules").count() === 0, "the first block can't move up");
  await still.saves(mover(still.page, "down", "Rates and rules"));
  await still.isOrder("about rewards offer calculator steps faq video quotes terms form", "moved by its button");
  isContent(still.problems);
  console.log("done");
} finally {
  await browser.close();
}
