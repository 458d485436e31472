// The database of `cargo xtask bench edge --self-hosted`: `node edge_store.cjs <owner's url> fill|tally`.
// `fill` stores the links that clicks are sent to. `tally` takes all messages out, and prints what they hold.
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { Client } = require("pg");

const LINKS = 200;

async function fill(client) {
  const store = await import(pathToFileURL(path.join(__dirname, "../../edge/bench/store.mjs")));
  for (let number = 0; number < LINKS; number++) {
    const key = `link:go.bench.test/link-${number}`;
    const response = store.default.fetch({ method: "GET", url: `https://store.test/${encodeURIComponent(key)}` });
    await client.query("insert into edge_values (store, key, value) values ('CONFIG', $1, $2)", [
      key,
      Buffer.from(await response.arrayBuffer()),
    ]);
  }
}

async function tally(client) {
  const { rows } = await client.query("delete from edge_messages returning body");
  const ids = new Set();
  const total = { messages: rows.length, bytes: 0, events: 0, human: 0, distinct: 0, largest: 0 };
  for (const { body } of rows) {
    const { events } = JSON.parse(body);
    total.bytes += Buffer.byteLength(body);
    total.events += events.length;
    total.largest = Math.max(total.largest, events.length);
    for (const event of events) {
      ids.add(event.id);
      total.human += event.payload.click?.class === "human" ? 1 : 0;
    }
  }
  total.distinct = ids.size;
  console.log(JSON.stringify(total));
}

async function main() {
  const [url, what] = process.argv.slice(2);
  const client = new Client({ connectionString: url });
  await client.connect();
  await (what === "fill" ? fill(client) : tally(client));
  await client.end();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
