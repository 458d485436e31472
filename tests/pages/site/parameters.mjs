// Visitors arrive by each platform's parameter, by one of the brand's own, and through a link; played by tests/edge/script/parameters.rs.
import { check } from "../kit.mjs";
import { hold, play, same, serve, setup, tag } from "./site.mjs";

await play(async (enter) => {
  const tokens = [];
  serve(tag(setup.tag));
  for (const [name, value] of setup.parameters) {
    const visitor = await enter();
    await visitor.arrive(`/pricing?utm_source=mail&${name}=${encodeURIComponent(value)}`);
    const known = await visitor.knows();
    same([known.referral, known.byMethod, known.affiliate?.slug, known.campaign?.id], [setup.slug, setup.slug, setup.slug, setup.tag.program], name);
    check(/^rkc_[\w-]+$/.test(known.clickToken), `${name}: no token`);
    same(visitor.clicks.length, 1, `${name}: clicks`);
    tokens.push(known.clickToken);
    await visitor.leave();
  }

  // The slug is known at once, the affiliate after the lookup; `ready` waits for it.
  const early = await enter();
  const release = hold(early);
  await early.load(`/?via=${setup.slug}`);
  const before = await early.knows();
  same([before.referral, before.affiliate, before.clickToken], [setup.slug, null, null], "before the lookup");
  await early.page.evaluate(() => { window.Rekomi.ready((given) => { window.seen = given.affiliate.slug; }); });
  same(await early.page.evaluate(() => window.seen ?? null), null, "ready waits");
  release();
  await early.page.waitForFunction((slug) => window.seen === slug, setup.slug);
  await early.leave();

  // A word that is no affiliate's doesn't hide the one that is.
  const several = await enter();
  await several.arrive(`/?ref=newsletter&aff=${setup.slug}`);
  same([(await several.knows()).referral, several.clicks.map(({ via }) => via)], [setup.slug, ["newsletter", setup.slug]], "the second slug");
  await several.leave();
  const nobody = await enter();
  await nobody.arrive("/?ref=newsletter");
  same([(await nobody.knows()).referral, await nobody.keeps()], [null, { cookies: [], entries: [] }], "nobody's slug");
  await nobody.leave();

  // The brand's own parameter comes first; through a link, the link's own does.
  serve(tag(setup.tag, { "data-param": "partner" }));
  const own = await enter();
  await own.arrive(`/?partner=${setup.slug}&via=${setup.other}`);
  same((await own.knows()).referral, setup.slug, "data-param");
  await own.leave();
  const linked = await enter();
  await linked.arrive(`${setup.edge}/${setup.linked}?partner=${setup.slug}`);
  const known = await linked.knows();
  same(new URL(linked.page.url()).origin, setup.origin, "the link leads to the site");
  same([known.referral, linked.clicks.length], [setup.linked, 1], "through a link");
  const carried = new URL(linked.page.url()).searchParams.get("rk");
  same([linked.clicks[0].clickToken, known.clickToken], [carried, carried], "the link's token");
  await linked.leave();

  // Another platform's link to a domain that leads to us now.
  serve(tag(setup.tag));
  const moved = await enter();
  await moved.arrive(`${setup.edge}/?fpr=${setup.moved}`);
  same([(await moved.knows()).referral, moved.clicks.length], [setup.moved, 1], "a link's root");
  await moved.leave();
  return { tokens };
});
