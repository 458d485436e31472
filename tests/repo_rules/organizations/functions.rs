//! The statements of the functions and triggers that migrations create.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    scope::unbound_in,
    tree::{Node, is_statement, split, tree},
};

/// What stands for an organization in them: the parameter, and the row of a trigger.
const CONSTANTS: [&str; 4] = ["organization", "new", "old", "tenant"];
const STARTS: [&str; 6] = ["select", "with", "insert", "update", "delete", "perform"];
/// What ends one step of a function's body and begins another.
const STEPS: [&str; 7] = [";", "begin", "then", "else", "elsif", "loop", "declare"];

/// The bodies in dollar quotes by the functions' names. A function that is created again has its last body.
pub(super) fn bodies<'s>(migrations: impl IntoIterator<Item = &'s str>) -> BTreeMap<String, String> {
    let mut bodies = BTreeMap::new();
    for sql in migrations {
        let parts: Vec<&str> = sql.split("$$").collect();
        for pair in parts.chunks_exact(2) {
            let head = pair[0].rsplit(';').next().unwrap_or_default().to_lowercase();
            let words: Vec<&str> = head.split(|sign: char| sign.is_whitespace() || sign == '(').collect();
            let kind = words.iter().position(|word| ["function", "procedure"].contains(word));
            if let Some(name) = kind.and_then(|at| words[at + 1..].iter().find(|word| !word.is_empty())) {
                bodies.insert((*name).to_owned(), pair[1].to_owned());
            }
        }
    }
    bodies
}

/// The tables that a body reads or writes without naming their organization. What it puts together as a text isn't seen.
pub(super) fn unbound(body: &str, tables: &BTreeSet<String>) -> Vec<String> {
    let nodes = tree(body);
    let mut found = Vec::new();
    for step in split(&nodes, &STEPS) {
        let start = step.iter().position(|node| node.word().is_some_and(|word| STARTS.contains(&word)));
        let (before, statement) = step.split_at(start.unwrap_or(step.len()));
        groups(before, &mut |nodes: &[Node]| found.extend(unbound_in(nodes, tables, &CONSTANTS)));
        found.extend(unbound_in(statement, tables, &CONSTANTS));
    }
    found
}

/// Calls `each` with the statements in the parentheses of an expression.
fn groups(nodes: &[Node], each: &mut impl FnMut(&[Node])) {
    for inner in nodes.iter().filter_map(Node::group) {
        if is_statement(inner) {
            each(inner);
        } else {
            groups(inner, each);
        }
    }
}

#[test]
fn a_body_is_read_step_by_step() {
    let tables: BTreeSet<String> = ["sales", "people"].map(str::to_owned).into_iter().collect();
    let migration = "create table sales (a text);
        do $$ begin delete from sales; end $$;
        create or replace function first(organization uuid) returns void language plpgsql as $$
        begin
            if exists (select from people where organization_id = organization) then
                delete from sales where organization_id = organization;
            end if;
            for target in select id from sales loop
                update people set a = 1 where organization_id = organization;
            end loop;
            perform from people where id = target.id for update;
        end
        $$;";
    let bodies = bodies([migration]);
    assert_eq!(bodies.keys().collect::<Vec<_>>(), ["first"]);
    assert_eq!(unbound(&bodies["first"], &tables), ["sales", "people"]);
}
