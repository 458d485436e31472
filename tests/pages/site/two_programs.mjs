// Two programs of a brand on one page; played by tests/edge/script/two_programs.rs.
import { check } from "../kit.mjs";
import { play, same, serve, setup, tag } from "./site.mjs";

const names = [setup.one.program, setup.two.program].map((id) => `rekomi_${id}`).sort();
const QUEUE = "<script>window.Rekomi = window.Rekomi || { q: [] }; window.ran = []; window.Rekomi.q.push((given) => window.ran.push(given === window.Rekomi));</script>";

await play(async (enter) => {
  const both = async ({ page }, path) => {
    const ids = [setup.one.program, setup.two.program];
    await page.goto(setup.origin + path);
    await page.waitForFunction((all) => window.Rekomi?.convert && all.every((id) => window.Rekomi.programs[id]), ids);
    await page.evaluate((all) => Promise.all(all.map((id) => new Promise((done) => { window.Rekomi.programs[id].ready(() => done()); }))), ids);
    // After five seconds without an answer a page is ready, too, and then says an affiliate whom the edge hasn't confirmed.
    await page.waitForFunction((all) => all.map((id) => window.Rekomi.programs[id]).every(({ referral, campaign }) => !referral || campaign), ids);
  };
  serve(QUEUE + tag(setup.one) + tag(setup.two));
  const visitor = await enter();
  await both(visitor, `/?via=${setup.viaOne}`);
  same([(await visitor.knows(setup.one.program)).referral, (await visitor.knows(setup.two.program)).referral], [setup.viaOne, null], "the first's affiliate");
  await both(visitor, `/?ref=${setup.viaTwo}`);
  const [one, two] = [await visitor.knows(setup.one.program), await visitor.knows(setup.two.program)];
  same([one.referral, two.referral], [setup.viaOne, setup.viaTwo], "each has its own");
  same([one.campaign.id, two.campaign.id], [setup.one.program, setup.two.program], "each is of its program");
  check(one.clickToken && two.clickToken && one.clickToken !== two.clickToken, "each has a token of its own");
  const kept = await visitor.keeps();
  same([kept.cookies.sort(), kept.entries.sort()], [names, names], "what is kept");

  // `window.Rekomi` is the first tag's, whichever is there first, and takes what waited for it.
  same(await visitor.page.evaluate((id) => window.Rekomi === window.Rekomi.programs[id], setup.one.program), true, "the first tag's");
  same(await visitor.page.evaluate(() => window.ran), [true], "what waited");
  const sell = (program, order) => visitor.page.evaluate(([id, externalEventId]) => window.Rekomi.programs[id].convert({ externalEventId, amountCents: 10_000 }), [program, order]);
  same([(await sell(setup.one.program, setup.orderOne)).status, (await sell(setup.two.program, setup.orderTwo)).status], [202, 202], "a sale of each");

  // The same tag twice is one, and a late first tag is still the first.
  const late = await enter();
  let release;
  const released = new Promise((done) => { release = done; });
  await late.page.route(`${setup.edge}/api/v1/r/loader.js`, async (route) => {
    await released;
    await route.continue();
  });
  const elsewhere = tag(setup.two, {}, setup.edge.replace("127.0.0.1", "localhost"));
  serve(QUEUE + tag(setup.one) + elsewhere + elsewhere);
  await late.page.goto(`${setup.origin}/?ref=${setup.viaTwo}`, { waitUntil: "commit" });
  await late.page.waitForFunction((id) => window.Rekomi?.programs?.[id]?.referral, setup.two.program);
  same(await late.page.evaluate(() => [typeof window.Rekomi.convert, typeof window.Rekomi.ready, window.ran.length]), ["undefined", "function", 0], "before the first tag");
  release();
  await late.page.waitForFunction((id) => window.Rekomi.convert && window.Rekomi === window.Rekomi.programs[id], setup.one.program);
  await late.page.waitForFunction(() => window.ran.length === 1);
  same(late.clicks.filter(({ programId }) => programId === setup.two.program).length, 1, "a tag twice is one click");
  await late.leave();

  // One visitor, one answer.
  await visitor.page.evaluate((id) => window.Rekomi.programs[id].consent(false), setup.two.program);
  same([(await visitor.knows(setup.one.program)).referral, await visitor.keeps()], [null, { cookies: [], entries: [] }], "a no is for both");
  await visitor.leave();
});
