//! Goal: no key of a tenant table betrays or reaches another tenant: primary keys, foreign keys and unique indexes start
//! with the organization.
//! Method: the catalogue is asked; exceptions stand in a list that may only shrink, each with its reason.

use world::database::{Database, Server};

/// Unique for all tenants together, on purpose.
const GLOBAL: [(&str, &str); 6] = [
    ("api_keys_bearer", "whoever holds a bearer finds its key before the tenant is known; a bearer is 256 random bits"),
    ("edge_config_key", "a key of another tenant can't be taken over; the edge knows no tenants"),
    (
        "invitations_token",
        "whoever holds an invitation's link finds it before they belong anywhere; a token is 256 random bits",
    ),
    ("link_hosts_host", "a visitor names a host, not a tenant; that a host is taken is public anyway"),
    (
        "network_listings_handle_key",
        "a visitor names a listing, not a tenant; that a handle is taken is public as soon as the program is listed",
    ),
    ("program_pages_handle", "a visitor names a page, not a tenant; that a handle is taken is public anyway"),
];

async fn names(database: &Database, query: &str) -> Vec<String> {
    database.texts(query).await.into_iter().flatten().collect()
}

const TENANT_TABLES: &str = "select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'organization_id'";

#[tokio::test]
async fn unique_indexes_start_with_the_organization() {
    let database = Server::of_this_run().migrated().await;
    let others = names(
        &database,
        &format!(
            "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
             where i.indisunique and i.indrelid in ({TENANT_TABLES}) and a.attname <> 'organization_id'
             union
             select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
             where i.indisunique and i.indkey[0] = 0 and i.indrelid in ({TENANT_TABLES}) order by 1"
        ),
    )
    .await;
    assert_eq!(others, GLOBAL.map(|(name, _)| name));
}

#[tokio::test]
async fn every_tenant_table_has_a_primary_key() {
    let database = Server::of_this_run().migrated().await;
    let without = names(
        &database,
        &format!(
            "select t.oid::regclass::text from ({TENANT_TABLES}) t
             where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)"
        ),
    )
    .await;
    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test]
async fn foreign_keys_between_tenant_tables_start_with_the_organization() {
    let database = Server::of_this_run().migrated().await;
    let crossing = names(
        &database,
        &format!(
            "select k.conrelid::regclass::text || '.' || k.conname from pg_constraint k
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
             join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
             where k.contype = 'f' and k.conrelid in ({TENANT_TABLES}) and k.confrelid in ({TENANT_TABLES})
               and (a.attname <> 'organization_id' or f.attname <> 'organization_id')"
        ),
    )
    .await;
    assert!(crossing.is_empty(), "{crossing:?}");
    let all = "select count(*) from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace";
    assert!(database.count(all).await > 20);
}

/// A column that names a row of a tenant table has a foreign key there; exceptions with their reason.
#[tokio::test]
async fn what_names_a_row_is_bound_to_it() {
    const FREE: [&str; 0] = [];
    let database = Server::of_this_run().migrated().await;
    let free = names(
        &database,
        &format!(
            "select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
             where c.oid in ({TENANT_TABLES}) and not c.relispartition and a.attname in ('customer_id', 'conversion_id')
               and not exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid and a.attnum = any (k.conkey))"
        ),
    )
    .await;
    assert_eq!(free, FREE);
}
