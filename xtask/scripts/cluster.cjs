// Makes servers, each with an empty database, one cluster: `node cluster.cjs <password of rekomi_app> <coordinator's owner url>
// <worker's owner url>...`. The steps are those of docs/self-hosting/scaling.md.
const { Client } = require("pg");

const [password, coordinator, ...workers] = process.argv.slice(2);
const ROLE = `do $$ begin
  create role rekomi_app nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
exception when duplicate_object then null; end $$`;

/** Runs statements in a session of their own: a database's settings count from the next one on. */
const run = async (url, ...statements) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};
const port = (url) => new URL(url).port;

async function main() {
  for (const url of [coordinator, ...workers]) {
    const { username, password: own } = new URL(url);
    const logins = `insert into pg_dist_authinfo (nodeid, rolename, authinfo)
      values (0, '${username}', 'password=${own}'), (0, 'rekomi_app', 'password=${password}')`;
    await run(url, ROLE, "create extension citus", logins);
  }
  await run(coordinator, "alter database rekomi set citus.propagate_set_commands = 'local'", "alter database rekomi set citus.enable_unsafe_triggers = on");
  await run(coordinator, `select citus_set_coordinator_host('127.0.0.1', ${port(coordinator)})`,
    ...workers.map((url) => `select citus_add_node('127.0.0.1', ${port(url)})`));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
