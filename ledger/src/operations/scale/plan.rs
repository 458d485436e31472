//! The steps from a single server's schema to a distributed one: pure, from the facts to the statements.
//!
//! Each step checks what is there, so an interrupted run is continued by the next one. The order is the one that a cluster
//! accepts: functions come first, as policies call them; tables are distributed while no foreign key leads to a table that stays
//! behind; then the tables that every server needs are copied, and the keys to them are created again. No index stops to reach across organizations before the first
//! table is distributed: from then on the registry of names refuses what the index did, and no ledger serves until the end.

use std::collections::BTreeSet;

use super::catalog::{Catalog, Kind};

/// The first table; all others are placed beside its rows.
pub(super) const FIRST: &str = "organizations";
/// The foreign keys to tables that every server has.
const GLOBAL_KEYS: [(&str, &str, &str); 4] = [
    ("organizations", "organizations_organization_id_fkey", "foreign key (organization_id) references tenants"),
    ("memberships", "memberships_user_id_fkey", "foreign key (user_id) references users"),
    ("invitations", "invitations_accepted_by_fkey", "foreign key (accepted_by) references users on delete set null"),
    ("oauth_grants", "oauth_grants_user_id_fkey", "foreign key (user_id) references users"),
];

/// Functions that write the rows of one organization with the owner's rights, in transactions that write as the role that
/// serves. A cluster refuses that, unless they run on the server that has the rows.
const DELEGATED: [(&str, &str); 5] = [
    ("rekomi_delete_old", "text, uuid, timestamptz, integer"),
    ("rekomi_redact_addresses", "uuid, text[], text[]"),
    ("rekomi_redact_event", "uuid, uuid, text, bytea"),
    ("rekomi_redact_searched_texts", "uuid, text[], text[], boolean, jsonb"),
    ("rekomi_search_texts", "uuid, text[]"),
];

/// Copies our functions that the workers don't have.
const COPY_FUNCTIONS: &str = "select create_distributed_function(p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'rekomi\\_%'
      and not exists (select from pg_catalog.pg_dist_object o
                      where o.classid = 'pg_proc'::regclass and o.objid = p.oid)";

/// A step, and the statements that take it, each sent alone: the other servers get the whole text that contains a `set local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) what: String,
    pub(super) statements: Vec<String>,
}

fn step(what: impl Into<String>, sql: impl Into<String>) -> Step {
    Step { what: what.into(), statements: vec![sql.into()] }
}

/// A step of several statements, all or none of which take effect.
fn atomic_step(what: impl Into<String>, statements: impl IntoIterator<Item = String>) -> Step {
    let (begin, commit) = ("begin".to_owned(), "commit".to_owned());
    Step { what: what.into(), statements: [begin].into_iter().chain(statements).chain([commit]).collect() }
}

/// The steps that are missing; none if everything is distributed.
pub(super) fn plan(catalog: &Catalog, shards: u32) -> Vec<Step> {
    let mut steps = Vec::new();
    if catalog.missing_functions > 0 {
        // Their bodies name tables that the other servers don't have yet.
        let statements = ["set local check_function_bodies = off", COPY_FUNCTIONS].map(str::to_owned);
        steps.push(atomic_step("copy the functions to every server", statements));
    }
    let tables = in_order(catalog);
    if !tables.is_empty() {
        steps.extend(foreign_keys(catalog));
        steps.push(step("write policies without subqueries", "call rekomi_write_policies()"));
        let grant = "grant update on tenants to rekomi_app";
        steps.push(step("allow row locks on copies of `tenants`, which have no rights on single columns", grant));
    }
    let (first, others): (Vec<&str>, Vec<&str>) = tables.into_iter().partition(|table| *table == FIRST);
    steps.extend(first.into_iter().map(|table| distribution(catalog, table, shards)));
    // Once another table is distributed, the names were claimed, and the tables that have them may be distributed, too.
    if catalog.tables.iter().all(|table| table.kind != Kind::Distributed || table.name == FIRST) {
        steps.push(step("claim the names that only one organization may have", "call rekomi_claim_names()"));
    }
    steps.extend(unique(catalog));
    steps.extend(others.into_iter().map(|table| distribution(catalog, table, shards)));
    for table in catalog.global.iter().filter(|table| table.kind != Kind::Reference) {
        let sql = format!("select create_reference_table('public.{}')", table.name);
        steps.push(step(format!("copy {} to every server", table.name), sql));
    }
    for (table, name, definition) in GLOBAL_KEYS {
        let is_there = catalog.foreign_keys.iter().any(|key| key.table == table && key.name == name);
        if catalog.is_tenant_table(table) && (!is_there || catalog.kind(table) != Kind::Distributed) {
            let sql = format!("alter table {table} add constraint {name} {definition}");
            steps.push(step(format!("create the foreign key {name} again"), sql));
        }
    }
    for (name, arguments) in not_delegated(catalog) {
        let sql = format!(
            "select create_distributed_function('public.{name}({arguments})', distribution_arg_name => 'organization', \
             colocate_with => 'public.{FIRST}', force_delegation => true)"
        );
        steps.push(step(format!("run {name} where the organization's rows are"), sql));
    }
    steps
}

/// The functions that aren't delegated.
pub(super) fn not_delegated(catalog: &Catalog) -> Vec<(&'static str, &'static str)> {
    let is_missing = |(name, _): &(&str, &str)| catalog.delegated.iter().all(|known| known != name);
    DELEGATED.into_iter().filter(is_missing).collect()
}

/// Foreign keys of tables that are still to be distributed to tables that aren't of organizations.
fn foreign_keys(catalog: &Catalog) -> Vec<Step> {
    let leads_out = catalog
        .foreign_keys
        .iter()
        .filter(|key| !catalog.is_tenant_table(&key.target) && catalog.kind(&key.table) != Kind::Distributed);
    leads_out
        .map(|key| {
            let returns = GLOBAL_KEYS.iter().any(|(table, name, _)| key.table == *table && key.name == *name);
            let until = if returns { "until its target is on every server" } else { "as its target stays on this one" };
            step(
                format!("drop the foreign key {} to {}, {until}", key.name, key.target),
                format!("alter table {} drop constraint {}", key.table, key.name),
            )
        })
        .collect()
}

/// A unique index gets the organization as its first column, and a plain one beside it finds a row by the name alone.
fn unique(catalog: &Catalog) -> Vec<Step> {
    let mut steps = Vec::new();
    for index in &catalog.unique {
        let Some((before, columns)) = index.definition.split_once(" USING btree (") else { continue };
        let drop = if index.is_constraint {
            format!("alter table {} drop constraint {}", index.table, index.name)
        } else {
            format!("drop index {}", index.name)
        };
        let within = format!("{before} USING btree (organization_id, {columns}");
        let by_name =
            format!("create index if not exists {}_by_name on {} using btree ({columns}", index.name, index.table);
        steps.push(atomic_step(
            format!("make {} unique within an organization; the registry of names reaches across", index.name),
            [drop, within, by_name],
        ));
    }
    steps
}

/// The tables that are still to be distributed, each after those that its foreign keys lead to.
fn in_order(catalog: &Catalog) -> Vec<&str> {
    let mut waiting = catalog.local();
    waiting.sort_by_key(|name| *name != FIRST);
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().copied().collect();
        let is_ready = |table: &&str| {
            let mut keys = catalog.foreign_keys.iter().filter(|key| key.table == **table && key.target != **table);
            keys.all(|key| !names.contains(key.target.as_str()))
        };
        let (ready, later): (Vec<&str>, Vec<&str>) = waiting.iter().partition(|table| is_ready(table));
        // Keys that lead in a circle would stop here; the rest then follows in the order of names.
        let is_circle = ready.is_empty();
        ordered.extend(if is_circle { later.clone() } else { ready });
        waiting = if is_circle { Vec::new() } else { later };
    }
    ordered
}

/// A table without foreign keys is distributed while it is in use, if the server's log has what that needs. Citus 15 on
/// Postgres 18 can't do so with partitions: it names a check after the table's shard, and doesn't find it in those of the
/// partitions ("child table is missing constraint").
fn distribution(catalog: &Catalog, table: &str, shards: u32) -> Step {
    let has_keys = catalog.foreign_keys.iter().any(|key| key.table == table || key.target == table);
    let is_partitioned = catalog.partitioned.iter().any(|name| name == table);
    let is_online = !has_keys && !is_partitioned && catalog.wal_level.as_deref() == Some("logical");
    let (function, how) = if is_online {
        ("create_distributed_table_concurrently", "online")
    } else {
        ("create_distributed_table", "locked")
    };
    let place = if table == FIRST { format!("shard_count => {shards}") } else { format!("colocate_with => '{FIRST}'") };
    step(
        format!("distribute {table} ({how})"),
        format!("select {function}('public.{table}', 'organization_id', {place})"),
    )
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
