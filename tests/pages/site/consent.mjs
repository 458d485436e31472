// Nothing before a visitor agrees, and nothing after they refuse; played by tests/edge/script/consent.rs.
import { hold, play, same, serve, setup, tag, until } from "./site.mjs";

const NOTHING = { cookies: [], entries: [] };
const name = `rekomi_${setup.tag.program}`;
const ask = ({ page }, answer) => page.evaluate((yes) => window.Rekomi.consent(yes), answer);

await play(async (enter) => {
  serve(tag(setup.tag, { "data-consent": "required" }));
  const visitor = await enter();
  await visitor.arrive(`/?via=${setup.via}`);
  const before = await visitor.knows();
  same([before.referral, before.affiliate, visitor.clicks.length], [setup.via, null, 0], "before an answer");
  same(await visitor.keeps(), NOTHING, "before an answer");
  // A sale is reported with what the page itself says, and nothing of ours.
  const answer = await visitor.convert({ externalEventId: `${setup.order}-before`, amountCents: 5000 });
  same(answer.status, 202, "a sale before an answer");
  same(Object.keys(visitor.calls[0].body), ["public_key", "external_event_id", "amount_cents"], "what is told");

  await ask(visitor, true);
  await visitor.isReady();
  const { clickToken, affiliate } = await visitor.knows();
  same([affiliate.slug, visitor.clicks.length], [setup.via, 1], "after yes");
  same(await visitor.keeps(), { cookies: [name], entries: [name] }, "after yes");
  await ask(visitor, true);
  await visitor.isReady();
  same(visitor.clicks.length, 1, "yes twice is one click");

  // The next page asks nothing of what is kept until its own answer.
  await visitor.arrive("/pricing");
  same((await visitor.knows()).referral, null, "the next page, before its answer");
  await ask(visitor);
  await visitor.isReady();
  same([(await visitor.knows()).clickToken, visitor.clicks.length], [clickToken, 1], "the next page, after it");
  await visitor.convert({ externalEventId: setup.order, amountCents: 9900 });

  // A later no deletes what an earlier yes allowed.
  await visitor.arrive("/account");
  await ask(visitor, false);
  same([(await visitor.knows()).referral, await visitor.keeps()], [null, NOTHING], "after no");
  await visitor.leave();

  // Without the attribute a page need not ask; a no counts all the same, even while the lookup runs.
  serve(tag(setup.tag));
  const refusing = await enter();
  const release = hold(refusing);
  await refusing.load(`/?via=${setup.via}`);
  await ask(refusing, false);
  release();
  await until("the edge answers", () => refusing.calls.some(({ isAnswered }) => isAnswered));
  await refusing.isReady();
  same([(await refusing.knows()).referral, await refusing.keeps()], [null, NOTHING], "a no during the lookup");
  await refusing.leave();
  return { clickToken };
});
