// Applies every migration, in order, to a fresh database: `node migrate.cjs <superuser url> <database> <folder>`.
// Only `cargo xtask prepare` uses it: the ledger itself can't migrate before its queries are known.
const fs = require("node:fs");
const path = require("node:path");
const { Client } = require("pg");

async function main() {
  const [admin, database, folder] = process.argv.slice(2);
  const first = new Client({ connectionString: admin });
  await first.connect();
  await first.query(`drop database if exists ${database} with (force)`);
  await first.query(`create database ${database}`);
  await first.end();
  const url = new URL(admin);
  url.pathname = database;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".sql")).sort()) {
    await client.query(fs.readFileSync(path.join(folder, file), "utf8")).catch((error) => {
      throw new Error(`${file}: ${error.message}`);
    });
  }
  await client.end();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
