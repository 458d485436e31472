// A brand's own server with the TypeScript client of the edge, as `tests/journey/client.rs` starts it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RekomiEdge, RekomiError, sign } from "../../clients/typescript/src/rekomi.ts";

const [edgeUrl, apiKey, signingSecret, order, slug] = process.argv.slice(2);
const edge = new RekomiEdge({ edgeUrl, apiKey, signingSecret });

// The example that the docs publish.
const page = readFileSync(new URL("../../docs/api/signing.md", import.meta.url), "utf8");
const [, secret, at, body, header] = page.match(/secret `(\w+)`, time `(\d+)`, body `(.+?)`: `(t=\d+,v1=[0-9a-f]{64})`/);
assert.equal(await sign(secret, body, Number(at)), header);
assert.match(await sign(secret, "\u00fc"), /^t=\d{10},v1=[0-9a-f]{64}$/);

// A sale, reported twice, and its refund.
const sale = { externalEventId: order, amountCents: 9900, currency: "USD", affiliateSlug: slug, customerId: `u-${order}`, metadata: { plan: "pr\u00f6" } };
const first = await edge.send(sale);
assert.match(first.eventId, /^evt_/);
assert.deepEqual(await edge.send(sale), first);
await edge.send({ type: "refund", externalEventId: `${order}-back`, refundOf: order, amountCents: 4950 });
await edge.send({ type: "lead", externalEventId: `${order}-lead`, affiliateSlug: slug, customerEmail: "ann@buyers.test" });

// Errors are objects to branch on.
const refused = async (call) => {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof RekomiError, String(error));
    return error;
  }
  throw new Error("it passed");
};
const wrong = await refused(() => edge.send({ ...sale, externalEventId: `${order}-wrong`, amountCents: -1 }));
assert.deepEqual([wrong.status, wrong.code, wrong.field], [400, "validation_failed", "amountCents"]);
const forged = await refused(() => new RekomiEdge({ edgeUrl, apiKey, signingSecret: "rks_wrong" }).send(sale));
assert.deepEqual([forged.status, forged.code], [401, "signature_invalid"]);

// What passes by itself is tried again, signed anew.
const signatures = [];
const answers = [new Response('{"error":"not_durable","message":"later"}', { status: 503, headers: { "Retry-After": "1" } })];
const patient = new RekomiEdge({
  edgeUrl, apiKey, signingSecret,
  fetch: async (url, init) => {
    signatures.push(init.headers["Rekomi-Signature"]);
    return answers.shift() ?? fetch(url, init);
  },
});
assert.deepEqual(await patient.send(sale), first);
assert.equal(signatures.length, 2);
assert.notEqual(signatures[0], signatures[1]);
