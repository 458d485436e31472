//! What the facts mean: pure functions from the [`Catalog`] to findings.

use super::{
    catalog::{Catalog, Kind},
    plan::{self, FIRST},
};
use crate::operations::doctor::finding::Finding;

pub(super) const CLUSTER: &str = "cluster";
const SET_COMMANDS: &str = "set commands";
const TRIGGERS: &str = "triggers";
const NODES: &str = "nodes";
const LOGIN: &str = "login";
const TABLES: &str = "tables";
const COPIES: &str = "copied tables";
const POLICIES: &str = "policies";
const NAMES: &str = "names";
const FUNCTIONS: &str = "functions";
const DISTRIBUTE: &str = "run `rekomi scale distribute` with DATABASE_OWNER_URL";
/// Why a ledger can't serve whose tables have lost keys, but are all here.
pub(super) const INTERRUPTED: &str = "`rekomi scale distribute` was interrupted before its first table";
/// As many names as fit on a line.
const NAMES_MAX: usize = 8;

/// All findings: of a single server, what is left to do; of a cluster, what is wrong with it.
pub(super) fn findings(catalog: &Catalog) -> Vec<Finding> {
    let Some(version) = &catalog.version else { return single(catalog) };
    let mut findings = vec![Finding::passed(CLUSTER, format!("Citus {version}"))];
    findings.extend(settings(catalog));
    findings.push(nodes(catalog));
    findings.push(login(catalog));
    findings.push(tables(catalog));
    if catalog.tables.iter().any(|table| table.kind == Kind::Distributed) {
        findings.push(copies(catalog));
        findings.push(policies(catalog));
        findings.push(names(catalog));
        findings.push(functions(catalog));
    }
    findings
}

/// What must be right before the first table is distributed.
pub(super) fn obstacles(catalog: &Catalog) -> Vec<Finding> {
    if catalog.version.is_none() {
        let cure = if catalog.is_available {
            "create it as a superuser: `create extension citus`"
        } else {
            "install Citus, add it to shared_preload_libraries, restart Postgres, then `create extension citus`"
        };
        return vec![Finding::failed(CLUSTER, "this database has no Citus", cure)];
    }
    let findings = settings(catalog).into_iter().chain([nodes(catalog), login(catalog)]);
    findings.filter(Finding::is_failed).collect()
}

/// One server. Nothing is wrong with that; these are the steps to more.
fn single(catalog: &Catalog) -> Vec<Finding> {
    let citus = if catalog.is_available {
        "Citus is installed, but this database doesn't use it: `create extension citus`"
    } else {
        "one server, without Citus; docs/self-hosting/scaling.md says at which load that is worth changing"
    };
    let out = catalog.foreign_keys.iter().filter(|key| !catalog.is_tenant_table(&key.target)).count();
    vec![
        Finding::skipped(CLUSTER, citus),
        Finding::skipped(TABLES, format!("{} would be distributed by organization", catalog.tables.len())),
        Finding::skipped(COPIES, format!("{} would be on every server", catalog.global.len())),
        Finding::skipped(POLICIES, format!("{} would be written without subqueries", catalog.subquery_policies)),
        Finding::skipped(
            NAMES,
            format!("{} unique indexes and {out} foreign keys would be created anew", catalog.unique.len()),
        ),
    ]
}

fn settings(catalog: &Catalog) -> Vec<Finding> {
    let set_commands = match catalog.set_commands.as_deref() {
        Some("local") => {
            Finding::passed(SET_COMMANDS, "the other servers know which organization a transaction is for")
        }
        _ => Finding::failed(
            SET_COMMANDS,
            "citus.propagate_set_commands isn't 'local': the other servers would show no rows",
            "run `alter database … set citus.propagate_set_commands = 'local'`, then connect again",
        ),
    };
    let triggers = match catalog.unsafe_triggers.as_deref() {
        Some("on") => Finding::passed(TRIGGERS, "tables with triggers can be distributed"),
        _ => Finding::failed(
            TRIGGERS,
            "citus.enable_unsafe_triggers isn't on: tables with triggers can't be distributed",
            "run as a superuser `alter database … set citus.enable_unsafe_triggers = on`, then connect again",
        ),
    };
    vec![set_commands, triggers]
}

fn nodes(catalog: &Catalog) -> Finding {
    let address = |host: &str, port: i32| format!("{host}:{port}");
    if !catalog.nodes.iter().any(|node| node.is_coordinator) {
        let cure = "run `select citus_set_coordinator_host('HOST', 5432)` with the address that the workers can reach";
        return Finding::failed(NODES, "the coordinator isn't among the servers", cure);
    }
    let workers: Vec<_> = catalog.nodes.iter().filter(|node| !node.is_coordinator).collect();
    if workers.is_empty() {
        let cure = "run `select citus_add_node('HOST', 5432)` for each; two are enough to begin with";
        return Finding::failed(NODES, "there are no workers", cure);
    }
    let away: Vec<String> =
        workers.iter().filter(|node| !node.responds).map(|node| address(&node.host, node.port)).collect();
    if !away.is_empty() {
        return Finding::failed(
            NODES,
            format!("no answer from {}: organizations there can't be served", listed(&away)),
            "start it, or promote its standby and name that with `select citus_update_node(…)`",
        );
    }
    let inactive: Vec<String> =
        workers.iter().filter(|node| !node.is_active).map(|node| address(&node.host, node.port)).collect();
    if !inactive.is_empty() {
        let cure = "run `select citus_activate_node('HOST', 5432)` for each";
        return Finding::failed(NODES, format!("not active: {}", listed(&inactive)), cure);
    }
    Finding::passed(NODES, format!("a coordinator and {} workers responded", workers.len()))
}

fn login(catalog: &Catalog) -> Finding {
    if catalog.without_login.is_empty() {
        return Finding::passed(LOGIN, "rekomi_app may log in on every worker");
    }
    Finding::failed(
        LOGIN,
        format!("rekomi_app can't log in on {}", listed(&catalog.without_login)),
        "run `rekomi migrate` on the coordinator, which sets its password everywhere, and allow it in pg_hba.conf",
    )
}

fn tables(catalog: &Catalog) -> Finding {
    let local = catalog.local();
    let (all, left) = (catalog.tables.len(), local.len());
    if left == 0 {
        return Finding::passed(TABLES, format!("all {all} are distributed by organization"));
    }
    if left == all {
        let mut keys = catalog.foreign_keys.iter().filter(|key| key.table == FIRST);
        let has_keys = keys.any(|key| !catalog.is_tenant_table(&key.target));
        return if has_keys {
            Finding::skipped(TABLES, format!("none of {all} is distributed yet: {DISTRIBUTE}"))
        } else {
            Finding::failed(TABLES, INTERRUPTED, DISTRIBUTE)
        };
    }
    let local: Vec<String> = local.into_iter().map(str::to_owned).collect();
    Finding::failed(TABLES, half_distributed(&local), DISTRIBUTE)
}

/// Why a ledger can't serve.
pub(super) fn half_distributed(local: &[String]) -> String {
    format!("some tables are distributed, but not {}", listed(local))
}

fn copies(catalog: &Catalog) -> Finding {
    let missing = catalog.global.iter().filter(|table| table.kind != Kind::Reference);
    let missing: Vec<String> = missing.map(|table| table.name.clone()).collect();
    if missing.is_empty() {
        return Finding::passed(COPIES, format!("{} are on every server", catalog.global.len()));
    }
    Finding::failed(COPIES, format!("not on every server: {}", listed(&missing)), DISTRIBUTE)
}

fn policies(catalog: &Catalog) -> Finding {
    match catalog.subquery_policies {
        0 => Finding::passed(POLICIES, "written as the other servers take them"),
        count => Finding::failed(POLICIES, format!("{count} have a subquery, which shards can't have"), DISTRIBUTE),
    }
}

fn names(catalog: &Catalog) -> Finding {
    if catalog.unique.is_empty() {
        return Finding::passed(NAMES, "the registry decides what only one organization may have");
    }
    let across: Vec<String> = catalog.unique.iter().map(|index| index.name.clone()).collect();
    Finding::failed(NAMES, format!("unique across organizations: {}", listed(&across)), DISTRIBUTE)
}

fn functions(catalog: &Catalog) -> Finding {
    if catalog.missing_functions > 0 {
        let problem = format!("{} are only on this server", catalog.missing_functions);
        return Finding::failed(FUNCTIONS, problem, DISTRIBUTE);
    }
    let here: Vec<String> = plan::not_delegated(catalog).into_iter().map(|(name, _)| name.to_owned()).collect();
    if here.is_empty() {
        return Finding::passed(FUNCTIONS, "on every server, and erasing runs where an organization's rows are");
    }
    Finding::failed(FUNCTIONS, format!("erasing would be refused: not delegated: {}", listed(&here)), DISTRIBUTE)
}

/// The first names of a list.
fn listed(all: &[String]) -> String {
    let shown = all.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
