// The script on the brand's own domain, where the edge's cookie is the site's own; played by tests/edge/script/own_domain.rs.
import { check } from "../kit.mjs";
import { play, same, serve, setup, tag } from "./site.mjs";

await play(async (enter) => {
  const edgeCookie = async ({ context }) => (await context.cookies()).find(({ name }) => name === "_rkmi");
  serve(tag(setup.tag, {}, setup.own));
  const visitor = await enter();
  await visitor.arrive(`/?via=${setup.via}`);
  same(visitor.calls.map(({ address }) => address), [`${setup.own}/api/v1/track/click`], "where it is sent");
  const { clickToken } = await visitor.knows();
  const cookie = await edgeCookie(visitor);
  const host = new URL(setup.own).hostname;
  same([cookie?.value, cookie?.domain, cookie?.httpOnly, cookie?.sameSite], [clickToken, host, true, "Lax"], "the edge's cookie");
  check(!(await visitor.page.evaluate(() => document.cookie)).includes("_rkmi"), "no script reads it");

  // With all that the script keeps gone, and without a script, the cookie still says whose visitor it is.
  await visitor.page.evaluate(() => localStorage.clear());
  await visitor.context.clearCookies({ name: `rekomi_${setup.tag.program}` });
  serve("");
  await visitor.page.goto(`${setup.origin}/thanks`);
  const image = `${setup.own}/api/tracking/pixel.gif?public_key=${setup.tag.key}&external_event_id=${setup.order}&amount_cents=9900`;
  const seen = await visitor.page.evaluate((src) => new Promise((done) => {
    const pixel = new Image();
    pixel.onload = () => done(true);
    pixel.onerror = () => done(false);
    pixel.referrerPolicy = "origin";
    pixel.src = src;
  }), image);
  same(seen, true, "the image");
  await visitor.leave();

  // From another site's domain the script works all the same, only without that cookie; `data-api` sends it elsewhere.
  serve(tag(setup.tag, { "data-api": setup.edge }, setup.own));
  const foreign = await enter();
  await foreign.arrive(`/?via=${setup.via}`);
  same([(await foreign.knows()).affiliate.slug, await edgeCookie(foreign) ?? null], [setup.via, null], "another site's cookie");
  await foreign.leave();
  return { clickToken };
});
