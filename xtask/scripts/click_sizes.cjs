// What clicks take up in Postgres, as JSON: `node click_sizes.cjs <owner url>`. `before` is the month
// up to which `bench clicks` archives.
const { Client } = require("pg");

async function main() {
  const client = new Client({ connectionString: process.argv[2] });
  await client.connect();
  await client.query("set statement_timeout = 0");
  await client.query("select set_config('rekomi.tenants', (select string_agg(id::text, ',') from tenants), false)");
  const { rows } = await client.query(`
    select to_char(now() - interval '2 months', 'YYYY-MM') as before, (select count(*) from clicks)::float8 as clicks,
           (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'clicks'::regclass)::float8 as bytes`);
  console.log(JSON.stringify(rows[0]));
  await client.end();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
