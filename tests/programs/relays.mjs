// The relays of shops with the messages that those send, as `tests/journey/relays.rs` starts it.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

const [folder, edgeUrl, apiKey, signingSecret, order, slug] = process.argv.slice(2);
const relay = async (name) => (await import(`${folder}/${name}`)).default;
const [gumroad, lemonSqueezy] = [await relay("gumroad.ts"), await relay("lemon-squeezy.ts")];
const path = "4f1c9e0b7a2d8c650f3e9b1d7a6c2e48";
const env = {
  REKOMI_EDGE_URL: edgeUrl, REKOMI_API_KEY: apiKey, REKOMI_SIGNING_SECRET: signingSecret,
  GUMROAD_PATH: path, LEMON_SQUEEZY_SECRET: "lemon-secret",
};

// Gumroad's fields, as https://gumroad.com/ping lists them.
const sale = {
  seller_id: "kL0psVL2admJSYRNs-OCMg==", product_id: "32-nPAicqbLj8B_WswVlMw==", product_name: "A course",
  product_permalink: "https://brand.gumroad.com/l/course", short_product_id: "course", email: `${order}@buyers.test`,
  price: "4900", gumroad_fee: "490", currency: "eur", quantity: "1", order_number: "524459995", sale_id: order,
  sale_timestamp: "2026-11-01T12:00:00Z", "url_params[via]": slug, ip_country: "Germany",
  refunded: "false", resource_name: "sale", disputed: "false", dispute_won: "false",
};
const ping = (fields, target = path) =>
  gumroad.fetch(new Request(`https://relay.test/${target}`, { method: "POST", body: new URLSearchParams(fields) }), env);
const stored = async (response) => {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(text, /^evt_/);
  return text;
};
const ignored = async (response) => {
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "nothing to report");
};

const first = await stored(await ping(sale));
assert.equal(await stored(await ping(sale)), first);
assert.equal((await ping({ ...sale, sale_id: `${order}-forged` }, "guessed")).status, 404);
assert.equal((await gumroad.fetch(new Request("https://relay.test/", { method: "POST", body: "" }), { ...env, GUMROAD_PATH: "" })).status, 404);
await ignored(await ping({ ...sale, sale_id: `${order}-own`, test: "true" }));
await ignored(await ping({ ...sale, resource_name: "dispute", disputed: "true" }));
// A partial refund, without its amount, and then the whole.
await ignored(await ping({ ...sale, resource_name: "refund" }));
await stored(await ping({ ...sale, resource_name: "refund", refunded: "true" }));
// What isn't a slug is left out, and the sale is reported.
await stored(await ping({ ...sale, sale_id: `${order}-odd`, "url_params[via]": "a b" }));

// Lemon Squeezy's messages, as its API documentation has them.
const attributes = {
  store_id: 1, customer_id: order, user_name: "Ann", user_email: `lemon-${order}@buyers.test`, currency: "EUR",
  subtotal: 999, discount_total: 0, tax: 200, total: 1199, refunded_amount: 0,
};
const message = (event_name, id, changed = {}, custom_data = undefined) =>
  JSON.stringify({ meta: { event_name, test_mode: false, custom_data }, data: { type: "orders", id, attributes: { ...attributes, ...changed } } });
const post = (body, secret = env.LEMON_SQUEEZY_SECRET) => {
  const headers = { "X-Signature": createHmac("sha256", secret).update(body).digest("hex") };
  return lemonSqueezy.fetch(new Request("https://relay.test/", { method: "POST", body, headers }), env);
};

await stored(await post(message("order_created", order, { first_order_item: { product_id: 7 } }, { rekomi_ref: slug })));
assert.equal((await post(message("order_created", `${order}-forged`), "other")).status, 401);
assert.equal((await lemonSqueezy.fetch(new Request("https://relay.test/", { method: "POST", body: "{}" }), env)).status, 401);
await ignored(await post(message("subscription_payment_success", order, { billing_reason: "initial", subscription_id: 3 })));
await stored(await post(message("subscription_payment_success", `${order}-2`, { billing_reason: "renewal", subscription_id: 3 })));
await stored(await post(message("order_refunded", order, { refunded_amount: 600 })));
// A trial is a lead, and its first payment, which names no one, is credited by it.
const trial = { customer_id: `${order}-trial`, user_email: `trial-${order}@buyers.test` };
await stored(await post(message("order_created", `${order}-3`, { ...trial, subtotal: 0, tax: 0, total: 0 }, { rekomi_ref: slug })));
await stored(await post(message("subscription_payment_success", `${order}-4`, { ...trial, billing_reason: "renewal", subscription_id: 4 })));
