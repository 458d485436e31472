// An app that changes its address without loading a page; played by tests/edge/script/single_page.rs.
import { play, same, serve, setup, tag } from "./site.mjs";

await play(async (enter) => {
  serve(tag(setup.tag));
  const visitor = await enter();
  const { page } = visitor;
  const go = (how, to) => page.evaluate(([method, address]) => { window.history[method](null, "", address); }, [how, to]);
  await visitor.arrive(`/?via=${setup.via}`);
  const first = (await visitor.knows()).clickToken;

  // Views of the app, with and without the parameter that is known.
  await go("pushState", "/features");
  await go("pushState", `/pricing?via=${setup.via}`);
  await go("replaceState", `/pricing?via=${setup.via}&plan=pro`);
  await visitor.isReady();
  same([(await visitor.knows()).clickToken, visitor.clicks.length], [first, 1], "the same affiliate");

  // A new parameter is an arrival: known at once, and asked about.
  await go("pushState", `/compare?ref=${setup.other}`);
  same((await visitor.knows()).referral, setup.other, "at once");
  await visitor.isReady();
  const second = await visitor.knows();
  same([second.affiliate.slug, visitor.clicks.length], [setup.other, 2], "another affiliate");
  same([visitor.clicks[1].url, visitor.clicks[1].previousToken], [`${setup.origin}/compare`, first], "what is told");
  same(await page.evaluate((key) => JSON.parse(localStorage.getItem(key)).r, `rekomi_${setup.tag.program}`), setup.other, "what is kept");

  // Back and forth is no arrival.
  for (const [move, path] of [["back", "/pricing"], ["back", "/features"], ["forward", "/pricing"]]) {
    await page.evaluate((where) => new Promise((done) => {
      window.addEventListener("popstate", () => done(), { once: true });
      window.history[where]();
    }), move);
    await visitor.isReady();
    same(new URL(page.url()).pathname, path, move);
  }
  same([(await visitor.knows()).clickToken, visitor.clicks.length], [second.clickToken, 2], "back and forth");
  // What isn't an affiliate's changes nothing.
  await go("pushState", "/blog?ref=newsletter");
  await visitor.isReady();
  same([(await visitor.knows()).referral, (await visitor.knows()).clickToken], [setup.other, second.clickToken], "nobody's slug");
  // After a reload, too, a new parameter is an arrival.
  await page.reload();
  await page.waitForFunction(() => window.Rekomi?.convert);
  await visitor.isReady();
  same((await visitor.knows()).clickToken, second.clickToken, "a reload");
  await go("pushState", `/team?via=${setup.via}`);
  await visitor.isReady();
  same([(await visitor.knows()).referral, visitor.clicks.at(-1).previousToken], [setup.via, second.clickToken], "after a reload");
  await visitor.leave();
  return { first, second: second.clickToken };
});
