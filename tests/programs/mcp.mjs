// An AI assistant's host with the official MCP clients, as `tests/api/mcp_clients.rs` starts it: what it finds goes out as one JSON
// on the last line. A line that begins with "sign in" asks the test to send a person to that address, and to answer with the address
// that they come back to.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [base, token, known] = process.argv.slice(2);
const ids = JSON.parse(known);
const endpoint = new URL("/mcp", base);
const host = { name: "test", version: "1" };
const bearer = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };

// What tools need that can't be called without arguments.
const needed = {
  search: { query: "lena" },
  fetch: { id: ids.commission },
  read_program: { id: ids.program },
  list_plans: { id: ids.program },
  read_affiliate: { id: ids.affiliate },
  read_affiliate_balances: { id: ids.affiliate },
  read_statement: { id: ids.affiliate, currency: "USD" },
  read_payout_account: { id: ids.affiliate },
  read_conversion: { id: ids.conversion },
  explain_commission: { id: ids.commission },
  "read_customer_journey": { id: ids.customer },
};

async function code(call) {
  try {
    await call();
  } catch (error) {
    return error.code;
  }
  throw new Error("it passed");
}

// Both clients check each result against the tool's output schema, also that of a refusal.
async function tour(client, notFound) {
  const { tools } = await client.listTools();
  const texts = {};
  for (const tool of tools.filter((tool) => tool.annotations.readOnlyHint)) {
    const result = await client.callTool({ name: tool.name, arguments: needed[tool.name] ?? {} });
    assert.equal(result.isError, false, `${tool.name}: ${JSON.stringify(result.structuredContent)}`);
    texts[tool.name] = result.content[0].text;
    assert.deepEqual(JSON.parse(texts[tool.name]), result.structuredContent, tool.name);
  }
  const refused = await client.callTool({ name: "read_affiliate", arguments: { id: ids.foreign } });
  assert.deepEqual([refused.isError, refused.structuredContent.error], [true, "not_found"]);
  const document = JSON.parse(texts.fetch);
  assert.equal(document.id, ids.commission);
  assert.ok(document.text.startsWith(`# Commission ${ids.commission}`), document.text);
  assert.ok(document.url.startsWith(`${base}/dashboard/commissions/${ids.commission}?`), document.url);
  const found = JSON.parse(texts.search).results;
  assert.deepEqual([found[0].id, found[0].type], [ids.affiliate, "Affiliate"]);
  const unknown = await client.callTool({ name: "fetch", arguments: { id: ids.foreign } });
  assert.equal(unknown.structuredContent.error, "not_found");

  const { resources } = await client.listResources();
  const program = `rekomi://programs/${ids.program}`;
  assert.ok(resources.some((one) => one.uri === program) && resources.some((one) => one.uri === "rekomi://docs/payouts"));
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.equal(resourceTemplates.length, 4);
  const read = async (uri) => (await client.readResource({ uri })).contents[0];
  assert.equal(JSON.parse((await read(program)).text).id, ids.program);
  assert.equal(JSON.parse((await read(`rekomi://affiliates/${ids.affiliate}`)).text).id, ids.affiliate);
  const receipt = await read(`rekomi://receipts/${ids.commission}`);
  assert.deepEqual([receipt.mimeType, receipt.text.split("\n")[0]], ["text/markdown", `# Commission ${ids.commission}`]);
  assert.ok((await read("rekomi://docs/payouts")).text.startsWith("# "));
  for (const missing of [`rekomi://affiliates/${ids.foreign}`, "rekomi://docs/nothing", "https://example.com/"]) {
    assert.equal(await code(() => client.readResource({ uri: missing })), notFound, missing);
  }

  const { prompts } = await client.listPrompts();
  const { messages } = await client.getPrompt({ name: "weekly_review", arguments: { days: "14" } });
  assert.ok(messages[0].content.text.includes("last 14 days"));
  assert.equal(await code(() => client.getPrompt({ name: "draft_a_plan" })), -32602);
  return { tools: tools.map((tool) => tool.name), prompts: prompts.map((prompt) => prompt.name) };
}

// The client of the current generation, in either era, and the one before.
const report = {};
for (const version of ["2026-07-28", "2025-11-25"]) {
  const mode = version === "2026-07-28" ? { pin: version } : "legacy";
  const client = new Client(host, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(endpoint, bearer));
  assert.equal(client.getNegotiatedProtocolVersion(), version);
  // It reads the code of before, -32002, as that of now.
  report[version] = await tour(client, -32602);
  await client.close();
}
const old = new OldClient(host);
await old.connect(new OldTransport(endpoint, bearer));
report.old = await tour(old, -32002);
await old.close();

// Without a token: the client registers, sends a person to us, and exchanges the code.
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const kept = {};
const person = {
  redirectUrl: "http://127.0.0.1:33418/callback",
  clientMetadata: { client_name: "Studio", redirect_uris: ["http://127.0.0.1:33418/callback"], token_endpoint_auth_method: "none" },
  state: () => "the state",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  redirectToAuthorization: (address) => void (kept.address = address),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
};
const connected = async () => {
  const client = new Client(host, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  const transport = new StreamableHTTPClientTransport(endpoint, { authProvider: person });
  return { client, transport, connecting: client.connect(transport) };
};
const first = await connected();
await assert.rejects(first.connecting, UnauthorizedError);
console.log(`sign in ${kept.address.href}`);
const back = new URL((await lines.next()).value);
assert.equal(back.searchParams.get("state"), "the state");
await first.transport.finishAuth(back.searchParams);
const second = await connected();
await second.connecting;
report.app = (await second.client.listTools()).tools.map((tool) => tool.name);
const link = { programId: ids.program, affiliateId: ids.affiliate, destination: "https://acme.test/studio" };
const made = await second.client.callTool({ name: "create_link", arguments: link });
assert.equal(made.isError, false, JSON.stringify(made.structuredContent));
report.link = made.structuredContent.id;
await second.client.close();
console.log(JSON.stringify(report));
process.exit(0);
