// A brand's own program with the TypeScript client, as `tests/journey/client.rs` starts it: what it finds goes out as one JSON.
import assert from "node:assert/strict";
import { Rekomi, RekomiError } from "../../clients/typescript/src/rekomi.ts";

const [baseUrl, apiKey, programId] = process.argv.slice(2);
const rekomi = new Rekomi({ baseUrl, apiKey });

// Writes, one of them twice with one key.
const made = [];
for (let number = 1; number <= 5; number += 1) {
  made.push(await rekomi.affiliates.create({ name: `Creator ${number}`, email: `creator-${number}@creators.test` }));
}
const input = { programId, affiliateId: made[0].id, destination: "https://acme.test/pricing" };
const first = await rekomi.links.create(input, { idempotencyKey: "once" });
const again = await rekomi.links.create(input, { idempotencyKey: "once" });
assert.equal(first.id, again.id);
assert.notEqual((await rekomi.links.create(input)).id, first.id);

// One page, every page, the first few.
const page = await rekomi.affiliates.list({ perPage: 2 });
assert.equal(page.data.length, 2);
assert.ok(page.nextCursor);
const names = [];
for await (const affiliate of rekomi.affiliates.list({ perPage: 2, status: undefined })) names.push(affiliate.name);
assert.deepEqual(names.slice(0, 5), [5, 4, 3, 2, 1].map((number) => `Creator ${number}`));
assert.equal((await rekomi.affiliates.list({ perPage: 2 }).all(3)).length, 3);
assert.equal((await rekomi.affiliates.get(made[2].id)).email, "creator-3@creators.test");

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
const missing = await refused(() => rekomi.affiliates.get("aff_01kdvdna00fec9rpb7dk6gd3hy", { requestId: "req_of_a_test" }));
assert.deepEqual([missing.status, missing.code, missing.requestId], [404, "not_found", "req_of_a_test"]);
const wrong = await refused(() => rekomi.affiliates.list({ perPage: 500 }));
assert.deepEqual([wrong.status, wrong.code, wrong.field], [400, "validation_failed", "perPage"]);
const stranger = await refused(() => new Rekomi({ baseUrl, apiKey: "rk_live_nobody" }).programs.list());
assert.equal(stranger.status, 401);
const silent = await refused(() => new Rekomi({ baseUrl: "http://127.0.0.1:1", apiKey, retries: 0 }).programs.list());
assert.deepEqual([silent.status, silent.code], [0, "no_answer"]);

// What passes by itself is tried again: a busy ledger, a broken line; a write with its one key.
const seen = [];
const flaky = (answers) => async (url, init) => {
  seen.push(init.headers.get("Idempotency-Key"));
  const answer = answers.shift();
  if (answer === "broken") throw new TypeError("fetch failed");
  return answer ?? fetch(url, init);
};
const busy = () => new Response('{"error":"unavailable","message":"busy"}', { status: 503, headers: { "Retry-After": "0" } });
const patient = new Rekomi({ baseUrl, apiKey, fetch: flaky([busy(), "broken"]) });
await patient.affiliates.create({ name: "Patient", email: "patient@creators.test" });
assert.equal(seen.length, 3);
assert.equal(new Set(seen).size, 1);
assert.ok(seen[0]);
const given = await refused(() => new Rekomi({ baseUrl, apiKey, retries: 1, fetch: flaky([busy(), busy()]) }).programs.list());
assert.equal(given.status, 503);
const later = new Response('{"error":"too_many_letters","message":"later"}', { status: 429, headers: { "Retry-After": "3600" } });
const limited = await refused(() => new Rekomi({ baseUrl, apiKey, fetch: flaky([later]) }).programs.list());
assert.deepEqual([limited.status, limited.retryAfter], [429, 3600]);

// A file is requested once, and one that is sent has its own type.
const exported = await rekomi.auditLog.export({ format: "csv" });
assert.ok(exported.headers.get("Content-Disposition").includes("audit-log.csv"));
assert.ok((await exported.text()).startsWith('"id"'));
assert.equal((await rekomi.auditLog.list({ action: "audit_log.exported" }).all()).length, 1);
const run = "run_01kdvdna00e5v8r2m6q1w9d3xk";
const unknown = await refused(() => rekomi.payoutRuns.import(run, "payoutId,status\npo_01kdvdna00e5v8r2m6q1w9d3xk,Sent\n"));
assert.deepEqual([unknown.status, unknown.code], [404, "not_found"]);

// A success that isn't JSON is no reason to repeat the request.
const portal = new Response("<html>", { status: 200 });
const proxied = await refused(() => new Rekomi({ baseUrl, apiKey, fetch: flaky([portal]) }).programs.list());
assert.deepEqual([proxied.status, proxied.code], [200, "unknown"]);

console.log(JSON.stringify({ affiliates: names.length, link: first.id }));
