//! What the database says about itself: its tables, and the cluster that it coordinates, if it does.
//!
//! The statements aren't checked at compile time, because the cluster's catalog exists only where Citus is installed.

use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};

use super::catalog::{Catalog, ForeignKey, Kind, Node, Table, Unique};

/// A statement about the tables `t` with rows of organizations, without their partitions.
macro_rules! about_tables {
    ($beginning:literal, $end:literal) => {
        concat!(
            $beginning,
            " (select c.oid, c.relname::text as name from pg_class c
               join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition) t ",
            $end
        )
    };
}

/// How tables are spread over the cluster; `None` on a single server.
pub(super) async fn distributed(connection: &mut PgConnection) -> Result<Option<Vec<(String, Kind)>>, sqlx::Error> {
    let exists: bool = sqlx::query_scalar("select to_regclass('pg_catalog.pg_dist_partition') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        return Ok(None);
    }
    let rows: Vec<(String, bool, bool)> = sqlx::query_as(
        "select c.relname::text, d.partmethod = 'h', d.partmethod = 'n' and d.repmodel = 't'
         from pg_catalog.pg_dist_partition d join pg_class c on c.oid = d.logicalrelid
         where c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(connection)
    .await?;
    let kind = |(name, by_hash, is_reference): (String, bool, bool)| match (by_hash, is_reference) {
        (true, _) => (name, Kind::Distributed),
        (false, true) => (name, Kind::Reference),
        (false, false) => (name, Kind::Local),
    };
    Ok(Some(rows.into_iter().map(kind).collect()))
}

/// Whether a run began and ended before its first table: it has dropped the key of organizations.
pub(super) async fn is_interrupted(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select not exists (select from pg_constraint where conname = 'organizations_organization_id_fkey'
                            and conrelid = 'public.organizations'::regclass)",
    )
    .fetch_one(connection)
    .await
}

/// The names of the tenant tables.
pub(super) async fn tenant_tables(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(about_tables!("select t.name from", "order by t.name")).fetch_all(connection).await
}

/// Those of them that are split into partitions.
async fn partitioned(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(about_tables!(
        "select t.name from",
        "join pg_partitioned_table p on p.partrelid = t.oid order by t.name"
    ))
    .fetch_all(connection)
    .await
}

pub(super) async fn read(connection: &mut PgConnection) -> Result<Catalog, sqlx::Error> {
    let version: Option<String> = sqlx::query_scalar("select extversion from pg_extension where extname = 'citus'")
        .fetch_optional(&mut *connection)
        .await?;
    let is_available: bool =
        sqlx::query_scalar("select exists (select from pg_available_extensions where name = 'citus')")
            .fetch_one(&mut *connection)
            .await?;
    let kinds = distributed(connection).await?.unwrap_or_default();
    let kind = |name: &str| kinds.iter().find(|(own, _)| own == name).map_or(Kind::Local, |(_, kind)| *kind);
    let tables = tenant_tables(connection).await?;
    let tables = tables.into_iter().map(|name| Table { kind: kind(&name), name }).collect();
    let global = ["tenants", "users"].map(|name| Table { kind: kind(name), name: name.to_owned() });
    Ok(Catalog {
        is_available,
        set_commands: setting(connection, "citus.propagate_set_commands").await?,
        unsafe_triggers: setting(connection, "citus.enable_unsafe_triggers").await?,
        wal_level: setting(connection, "wal_level").await?,
        nodes: if version.is_some() { nodes(connection).await? } else { Vec::new() },
        without_login: if version.is_some() { without_login(connection).await? } else { Vec::new() },
        missing_functions: if version.is_some() { missing_functions(connection).await? } else { 0 },
        delegated: if version.is_some() { delegated(connection).await? } else { Vec::new() },
        version,
        tables,
        global: global.into(),
        foreign_keys: foreign_keys(connection).await?,
        partitioned: partitioned(connection).await?,
        unique: unique(connection).await?,
        subquery_policies: subquery_policies(connection).await?,
    })
}

async fn setting(connection: &mut PgConnection, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("select current_setting($1, true)").bind(name).fetch_one(connection).await
}

async fn nodes(connection: &mut PgConnection) -> Result<Vec<Node>, sqlx::Error> {
    let rows = sqlx::query(
        "select nodename::text as host, nodeport as port, groupid = 0 as is_coordinator, isactive as is_active,
                groupid = 0 or coalesce(citus_check_connection_to_node(nodename::text, nodeport), false) as responds
         from pg_catalog.pg_dist_node where noderole = 'primary' order by groupid",
    )
    .fetch_all(connection)
    .await?;
    let node = |row: &PgRow| -> Result<Node, sqlx::Error> {
        Ok(Node {
            host: row.try_get("host")?,
            port: row.try_get("port")?,
            is_coordinator: row.try_get("is_coordinator")?,
            is_active: row.try_get("is_active")?,
            responds: row.try_get("responds")?,
        })
    };
    rows.iter().map(node).collect()
}

/// The workers on which the role that serves may not log in, or that don't answer.
async fn without_login(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select nodename || ':' || nodeport from run_command_on_workers(
             'select rolcanlogin from pg_roles where rolname = ''rekomi_app''')
         where not success or result is distinct from 't' order by 1",
    )
    .fetch_all(connection)
    .await
}

/// The foreign keys of tenant tables, each to the table that it names.
async fn foreign_keys(connection: &mut PgConnection) -> Result<Vec<ForeignKey>, sqlx::Error> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(about_tables!(
        "select t.name, k.conname::text, r.relname::text from",
        "join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.conparentid = 0
         join pg_class r on r.oid = k.confrelid order by 1, 2"
    ))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(table, name, target)| ForeignKey { table, name, target }).collect())
}

/// The unique indexes of tenant tables that don't have the organization among their columns.
async fn unique(connection: &mut PgConnection) -> Result<Vec<Unique>, sqlx::Error> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(about_tables!(
        "select t.name, i.relname::text, pg_get_indexdef(x.indexrelid),
                exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u'))
         from",
        "join pg_index x on x.indrelid = t.oid and x.indisunique
         join pg_class i on i.oid = x.indexrelid
         where not exists (select from pg_attribute a
                           where a.attrelid = t.oid and a.attname = 'organization_id'
                             and a.attnum = any (x.indkey::int2[]))
         order by 1, 2"
    ))
    .fetch_all(connection)
    .await?;
    let unique = |(table, name, definition, is_constraint): (String, String, String, bool)| Unique {
        table,
        name,
        definition,
        is_constraint,
    };
    Ok(rows.into_iter().map(unique).collect())
}

/// How many policies of tenant tables have a subquery, which shards can't have.
async fn subquery_policies(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(about_tables!(
        "select count(*) from",
        "join pg_policy p on p.polrelid = t.oid
         where concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ilike '%select %'"
    ))
    .fetch_one(connection)
    .await
}

/// How many of our functions the workers don't have: those that were created before the cluster.
async fn missing_functions(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "select count(*) from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.proname like 'rekomi\\_%'
           and not exists (select from pg_catalog.pg_dist_object o
                           where o.classid = 'pg_proc'::regclass and o.objid = p.oid)",
    )
    .fetch_one(connection)
    .await
}

/// The functions that run on the server of the organization that they are called for.
async fn delegated(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select p.proname::text from pg_catalog.pg_dist_object o join pg_proc p on p.oid = o.objid
         where o.classid = 'pg_proc'::regclass and o.force_delegation order by 1",
    )
    .fetch_all(connection)
    .await
}

/// Drops the shards that tables left on this server when they were moved online. Citus does so automatically, but a little
/// later; until then, they look like tables of their own.
pub(super) async fn clean_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let has_citus: bool = sqlx::query_scalar("select exists (select from pg_extension where extname = 'citus')")
        .fetch_one(&mut *connection)
        .await?;
    if has_citus { run(connection, "call citus_cleanup_orphaned_resources()").await } else { Ok(()) }
}

/// Waits until no other run of this command, and no migration, is under way; held until the connection ends.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_lock(7236512)").execute(connection).await.map(drop)
}

/// Runs a statement of the plan.
pub(super) async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.map(drop)
}
