//! Goal: every statement can be sent to the one place that has its organization's rows, so that tables may be distributed.
//! Method: each statement is parsed; each tenant table in it must have `organization_id = $n`, for itself or by a join, or a
//! reason in a list that only gets shorter. Two more rules hold what a cluster refuses in writes, and in reads and locks.
//!
//! It needs no cluster. `cargo xtask test --citus` runs the same statements on one.

mod exceptions;
mod from;
mod functions;
mod reads;
mod scope;
mod statements;
mod tree;
mod writes;

use std::collections::BTreeMap;

use self::{
    exceptions::{BATCHES, DUE, FILLED_IN, FUNCTIONS, INSTALLATION, LOOKUPS},
    statements::{migrations, statements, tables},
};

/// How often each place leaves the same tables without an organization.
type Places = BTreeMap<(String, String), usize>;

#[test]
fn each_table_in_a_statement_names_its_organization() {
    let tables = tables();
    assert!(tables.len() > 100, "{} tenant tables", tables.len());
    let statements = statements();
    assert!(statements.len() > 1_000, "{} statements", statements.len());
    let mut found = Places::new();
    let mut shown = BTreeMap::new();
    for statement in &statements {
        let unbound = scope::unbound(&statement.sql, &tables, &[]);
        if !unbound.is_empty() {
            let place = (statement.path.clone(), listed(unbound));
            shown.insert(place.clone(), statement.sql.as_str());
            *found.entry(place).or_default() += 1;
        }
    }
    let allowed = counted([BATCHES, DUE, LOOKUPS, INSTALLATION, FILLED_IN].into_iter().flatten());
    let too_many = beyond(&found, &allowed);
    let shown: Vec<String> =
        too_many.iter().map(|place| format!("{} leaves out {}:\n{}\n", place.0, place.1, shown[place])).collect();
    assert!(shown.is_empty(), "write `organization_id = $n` for each of these tables:\n{}", shown.join("\n"));
    let gone = beyond(&allowed, &found);
    assert!(gone.is_empty(), "take these out of the lists, they name their organization now: {gone:#?}");
}

#[test]
fn so_does_each_table_in_a_function() {
    let migrations = migrations();
    let bodies = functions::bodies(migrations.iter().map(String::as_str));
    assert!(bodies.len() >= 15, "{} functions", bodies.len());
    let tables = tables();
    let unbound = bodies.iter().map(|(name, body)| (name, functions::unbound(body, &tables)));
    let found: Places = unbound
        .filter(|(_, unbound)| !unbound.is_empty())
        .map(|(name, unbound)| ((name.clone(), listed(unbound)), 1))
        .collect();
    assert_eq!(found, counted(FUNCTIONS));
}

#[test]
fn writes_are_such_as_a_distributed_table_takes() {
    let tables = tables();
    let mut found = Vec::new();
    for statement in statements() {
        for offence in writes::offences(&statement.sql, &tables) {
            found.push(format!("{}: write {offence}:\n{}\n", statement.path, statement.sql));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn reads_and_locks_are_such_as_a_cluster_takes() {
    let tables = tables();
    let migrations = migrations();
    let functions = reads::queries(migrations.iter().map(String::as_str), &tables);
    assert!(functions.contains("rekomi_sold"), "{functions:?}");
    let mut found = Vec::new();
    for statement in statements() {
        for offence in reads::offences(&statement.sql, &tables, &functions) {
            found.push(format!("{}: write {offence}:\n{}\n", statement.path, statement.sql));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn listed(mut tables: Vec<String>) -> String {
    tables.sort();
    tables.join(" ")
}

fn counted(list: impl IntoIterator<Item = &'static (&'static str, &'static str)>) -> Places {
    let mut places = Places::new();
    for (path, tables) in list {
        *places.entry(((*path).to_owned(), (*tables).to_owned())).or_default() += 1;
    }
    places
}

/// The places that are more often in the first than in the second.
fn beyond(first: &Places, second: &Places) -> Vec<(String, String)> {
    let more = first.iter().filter(|(place, count)| **count > second.get(*place).copied().unwrap_or(0));
    more.map(|(place, _)| place.clone()).collect()
}
