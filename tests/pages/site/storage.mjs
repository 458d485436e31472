// What the script keeps, and what it does where it may keep nothing; played by tests/edge/script/storage.rs.
import { check } from "../kit.mjs";
import { hold, play, same, serve, setup, tag } from "./site.mjs";

const DAY = 86_400;
const name = `rekomi_${setup.tag.program}`;

/** As where the browser blocks a site's storage: every use of it throws. */
const BLOCKED = () => {
  const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
  Object.defineProperty(window, "localStorage", { get: refuse });
  Object.defineProperty(Document.prototype, "cookie", { get: refuse, set: refuse });
};
const PRIVATE = () => { Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }); };

await play(async (enter) => {
  serve(tag(setup.tag));
  const visitor = await enter();
  const { context, page } = visitor;
  const cookie = async () => (await context.cookies(setup.origin)).find((one) => one.name === name);
  await visitor.arrive(`/?via=${setup.via}`);
  const { clickToken } = await visitor.knows();
  same(await visitor.keeps(), { cookies: [name], entries: [name] }, "what is kept");
  const [slug, token, ends] = decodeURIComponent((await cookie()).value).split("|");
  same([slug, token], [setup.via, clickToken], "the cookie");
  const left = (await cookie()).expires - Date.now() / 1000;
  check(left > 59 * DAY && left < 61 * DAY, `the cookie lasts ${left} s`);

  // Known on the next page, without asking again, and the end stays where it is.
  await visitor.arrive("/pricing");
  const next = await visitor.knows();
  same([next.referral, next.clickToken, next.affiliate.slug, visitor.clicks.length], [setup.via, clickToken, setup.via, 1], "the next page");
  same(decodeURIComponent((await cookie()).value).split("|")[2], ends, "the end of the window");
  // Either one is enough, and brings back the other.
  await page.evaluate(() => localStorage.clear());
  await visitor.arrive("/by-cookie");
  same([(await visitor.knows()).clickToken, visitor.clicks.at(-1).clickToken], [clickToken, clickToken], "by the cookie");
  await context.clearCookies();
  await visitor.arrive("/by-entry");
  same([(await visitor.knows()).clickToken, await visitor.keeps()], [clickToken, { cookies: [name], entries: [name] }], "by the entry");
  // A reload is no click, nor is a word that is no affiliate's.
  await visitor.arrive(`/?via=${setup.via}`);
  const after = visitor.clicks.length;
  await page.reload();
  await page.waitForFunction(() => window.Rekomi?.convert);
  await visitor.isReady();
  same(visitor.clicks.length, after, "a reload");
  const latest = (await visitor.knows()).clickToken;
  await visitor.arrive("/?ref=newsletter");
  same([(await visitor.knows()).referral, (await visitor.knows()).clickToken], [setup.via, latest], "nobody's slug");
  // The edge is out of reach as somebody else's link is followed: neither is lost.
  visitor.isCut = true;
  await visitor.arrive(`/?via=${setup.other}`);
  same([(await visitor.knows()).referral, (await visitor.knows()).clickToken], [setup.other, null], "out of reach");
  same(decodeURIComponent((await cookie()).value).split("|")[1], latest, "what is certain stays in the cookie");
  visitor.isCut = false;
  await visitor.arrive("/later");
  const later = await visitor.knows();
  same([later.referral, later.affiliate.slug], [setup.other, setup.other], "in reach again");
  check(later.clickToken !== latest, "the click was told later");
  await visitor.leave();

  // Reloading the page on which an earlier affiliate's link led takes nothing from the later one, whose page is open beside it.
  for (const link of [`${setup.edge}/`, `${setup.origin}/?via=`]) {
    const both = await enter();
    const beside = await both.context.newPage();
    await both.arrive(link + setup.via);
    await beside.goto(link + setup.other);
    await beside.waitForFunction(() => window.Rekomi?.convert);
    const token = await beside.evaluate(() => new Promise((done) => { window.Rekomi.ready(() => done(window.Rekomi.clickToken)); }));
    const reported = both.clicks.length;
    await both.page.reload();
    await both.page.waitForFunction(() => window.Rekomi?.convert);
    await both.isReady();
    same([(await both.knows()).referral, (await both.knows()).clickToken, both.clicks.length], [setup.other, token, reported], `${link}: a reload`);
    await both.leave();
  }

  // A page whose script didn't run at first, as a consent banner had held it back, was never arrived on: its reload counts.
  const late = await enter();
  await late.arrive(`/?via=${setup.via}`);
  const held = "**/loader.js*";
  await late.page.route(held, (route) => route.abort());
  await late.page.goto(`${setup.origin}/?via=${setup.other}`);
  await late.page.unroute(held);
  await late.page.reload();
  await late.page.waitForFunction(() => window.Rekomi?.convert);
  await late.isReady();
  same((await late.knows()).referral, setup.other, "a reload of a page whose script was held back");
  await late.leave();

  // Under first click the first one stays, though the edge's own cookie is another site's here.
  serve(tag(setup.first));
  const early = await enter();
  await early.arrive(`/?via=${setup.firstVia}`);
  const first = await early.knows();
  await early.arrive(`/?via=${setup.firstOther}`);
  same([(await early.knows()).referral, (await early.knows()).clickToken], [setup.firstVia, first.clickToken], "first click");
  same(early.clicks.map(({ previousToken }) => previousToken ?? null), [null, first.clickToken], "what was held is told");
  // Nor does a redirect replace it, whose host couldn't know it.
  await early.arrive(`${setup.edge}/${setup.firstOther}`);
  same([(await early.knows()).referral, (await early.knows()).clickToken], [setup.firstVia, first.clickToken], "first click, then a redirect");
  const redirected = early.clicks.at(-1);
  check(redirected.clickToken && redirected.clickToken !== first.clickToken, "the redirect's token is sent");
  same(redirected.previousToken, first.clickToken, "and what was held");
  await early.leave();

  // A tag needn't say how long the program remembers visitors, or that it ignores Global Privacy Control.
  serve(tag(setup.wide));
  const wide = await enter({ init: PRIVATE });
  await wide.arrive(`/?via=${setup.wideVia}`);
  const wideName = `rekomi_${setup.wide.program}`;
  const wideCookie = async () => (await wide.context.cookies(setup.origin)).find((one) => one.name === wideName);
  const wideLeft = (await wideCookie()).expires - Date.now() / 1000;
  check(wideLeft > 89 * DAY && wideLeft < 91 * DAY, `the cookie lasts ${wideLeft} s, not 90 days`);
  const wideEnds = decodeURIComponent((await wideCookie()).value).split("|")[2];
  await wide.arrive("/pricing");
  same([(await wide.knows()).referral, decodeURIComponent((await wideCookie()).value).split("|")[2]], [setup.wideVia, wideEnds], "the next page of a program with its own window");
  await wide.leave();
  // The first lookup fails, with a token of a link or without one: a later answer names the window all the same.
  for (const path of [`/?via=${setup.wideVia}`, `${setup.edge}/${setup.wideVia}`]) {
    const cut = await enter();
    const lasts = async (days, what) => {
      const left = (await cut.context.cookies(setup.origin)).find((one) => one.name === wideName).expires - Date.now() / 1000;
      check(left > (days - 1) * DAY && left < (days + 1) * DAY, `${path}, ${what}: the cookie lasts ${left} s, not ${days} days`);
    };
    cut.isCut = true;
    await cut.arrive(path);
    await lasts(60, "without an answer");
    cut.isCut = false;
    await cut.arrive("/pricing");
    await lasts(90, "the next page");
    await cut.leave();
  }
  // A tag may store before the answer, which decides: this program doesn't ignore the signal.
  serve(tag(setup.tag, { "data-gpc": "ignore" }));
  const hasty = await enter({ init: PRIVATE });
  const release = hold(hasty);
  await hasty.load(`/?via=${setup.via}`);
  same(await hasty.keeps(), { cookies: [name], entries: [name] }, "before the program's answer");
  release();
  await hasty.isReady();
  same([(await hasty.knows()).affiliate.slug, await hasty.keeps()], [setup.via, { cookies: [], entries: [] }], "after it");
  await hasty.leave();
  serve(tag(setup.tag));

  // What an earlier version of the script kept.
  const known = await enter();
  await known.load("/");
  await known.page.evaluate(([r, t]) => {
    localStorage.setItem("rekomi", JSON.stringify({ r, t, a: { slug: r }, c: null, x: Date.now() + 864e5 }));
  }, [setup.via, clickToken]);
  await known.arrive("/");
  same([(await known.knows()).clickToken, (await known.keeps()).cookies], [clickToken, [name]], "an earlier version");
  await known.leave();

  // Nothing may be kept: the page itself knows, and can report a sale.
  for (const init of [BLOCKED, PRIVATE]) {
    const blocked = await enter({ init });
    await blocked.arrive(`/?via=${setup.via}`);
    const { referral, affiliate } = await blocked.knows();
    same([referral, affiliate.slug], [setup.via, setup.via], init.name);
    same((await blocked.context.cookies(setup.origin)).length, 0, `${init.name}: cookies`);
    const answer = await blocked.convert({ externalEventId: `${setup.order}-${init === BLOCKED ? "blocked" : "private"}`, amountCents: 5000 });
    same([answer.ok, answer.status], [true, 202], `${init.name}: a sale`);
    if (init === PRIVATE) same(await blocked.keeps(), { cookies: [], entries: [] }, "a private visitor");
    await blocked.leave();
  }
  // A frame without an origin can't keep anything, and isn't heard; it breaks nothing.
  const framed = await enter();
  await framed.page.goto(`${setup.origin}/frame`);
  const frame = framed.page.frame({ name: "within" });
  await frame.waitForFunction(() => window.Rekomi?.convert);
  await frame.evaluate(() => new Promise((done) => { window.Rekomi.ready(() => done()); }));
  same(await frame.evaluate(() => [window.Rekomi.referral, window.Rekomi.affiliate]), [setup.via, null], "a frame");
  await framed.leave();
  return { latest };
});
