//! Goal: an operator learns what a cluster of databases would need, and a ledger never serves a database of which only a part
//! is distributed. Names that only one organization may have are in the registry, which a cluster goes by.
//! Method: `rekomi scale` on a database without Citus; then the catalog of Citus is made up in it, as a run leaves it that was
//! interrupted, and a ledger is started. In a run with `--citus`, the tables of the test's own database are distributed.

use serde_json::Value;
use world::{child::Child, database::Server, settings, wait};

/// Whether a command succeeded, and what it printed.
fn scale(server: &Server, database: &str, arguments: &[&str]) -> (bool, String) {
    let output = server.ledger("scale", database).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

#[tokio::test]
async fn one_server_is_whole_and_a_cluster_can_be_planned() {
    let server = Server::of_this_run();
    let database = server.migrated().await;
    let (is_whole, printed) = scale(&server, &database.name, &["check", "--json"]);
    assert!(is_whole, "{printed}");
    if !settings::workers().is_empty() {
        return;
    }
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&document["ok"], &document["checks"][0]["status"]), (&Value::from(true), &Value::from("skipped")));
    let (is_planned, plan) = scale(&server, &database.name, &["distribute", "--dry-run"]);
    assert!(is_planned, "{plan}");
    let tables =
        "select count(*) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
                  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition";
    let distributed = plan.matches("'organization_id'").count();
    assert_eq!(i64::try_from(distributed).unwrap(), database.count(tables).await, "every tenant table once: {plan}");
    let place = |table: &str| plan.find(&format!("distribute {table} ")).unwrap_or_else(|| panic!("{table}: {plan}"));
    assert!(place("organizations") < place("programs") && place("programs") < place("links"), "{plan}");
    let global = "select count(*) from pg_constraint k
                  join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'organization_id'
                  where k.contype = 'f' and k.confrelid in ('tenants'::regclass, 'users'::regclass)";
    let again = plan.matches(" again\n").count();
    assert_eq!(i64::try_from(again).unwrap(), database.count(global).await, "no key to a copied table is lost: {plan}");
    let (is_done, refused) = scale(&server, &database.name, &["distribute"]);
    assert!(!is_done && refused.contains("has no Citus"), "{refused}");
    let keys = "select count(*) from pg_constraint where conname = 'memberships_user_id_fkey'";
    assert_eq!(database.count(keys).await, 1, "nothing was changed");
}

#[tokio::test]
async fn a_half_distributed_database_is_not_served() {
    if !settings::workers().is_empty() {
        return;
    }
    let first = "insert into pg_catalog.pg_dist_partition values ('public.organizations', 'h', 's')";
    is_refused(first, "some tables are distributed, but not").await;
    let before = "alter table organizations drop constraint organizations_organization_id_fkey";
    is_refused(before, "was interrupted before its first table").await;
}

/// Starts a ledger on a database with the catalog of Citus and this change.
async fn is_refused(change: &str, why: &str) {
    let server = Server::of_this_run();
    let database = server.migrated().await;
    let catalog = "set allow_system_table_mods = on;
         create table pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod \"char\", repmodel \"char\");
         grant select on pg_catalog.pg_dist_partition to public";
    database.run(&format!("{catalog}; {change}")).await;
    let folder = settings::folder();
    let mut command = server.ledger("serve", &database.name);
    command.env("REKOMI_LISTEN", format!("127.0.0.1:{}", settings::free_port())).env("REKOMI_FILES", &folder);
    let mut child = Child::start("the ledger", command, &folder.join("ledger.log"));
    let status = wait::until("the ledger to refuse the database", 20, async || child.exited()).await;
    let message = child.last_words();
    assert!(!status.success() && message.contains(why), "{message}");
    assert!(message.contains("rekomi scale distribute"), "{message}");
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn the_registry_has_the_names_that_are_in_use() {
    if !settings::workers().is_empty() {
        return;
    }
    let database = Server::of_this_run().with_demo().await;
    let names = async || {
        let claims = "select kind || ' ' || name || ' ' || tenant_id as claim from claimed_names";
        let mut claims = database.texts(claims).await.concat();
        claims.sort();
        claims
    };
    let claimed = names().await;
    for kind in ["bearer", "host", "handle", "edge_key"] {
        assert!(claimed.iter().any(|claim| claim.starts_with(kind)), "{kind}: {claimed:?}");
    }
    // As `distribute` claims them, from the tables that have them.
    database.run("call rekomi_claim_names()").await;
    assert_eq!(names().await, claimed);
}
