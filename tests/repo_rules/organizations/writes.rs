//! What a distributed table refuses in statements that change it, and how to write it instead.

use std::collections::BTreeSet;

use super::tree::{Node, tree};

const BY_CASE: &str = "`case when x = 1 then` instead of `case x when 1 then`";
const BY_ROW: &str = "`from … where a = b` or `using` instead of `(a, b) in (…)`";
const BY_CHANCE: &str =
    "ids from Rust, and `statement_timestamp()`: no function whose result changes within a statement";
const IN_BULK: &str = "`returning 1` or `on conflict` at the end of `insert … select`: otherwise a cluster may copy the rows, which \
                       row-level security forbids";

/// What is wrong with a statement that changes one of these tables.
pub(super) fn offences(sql: &str, tables: &BTreeSet<String>) -> BTreeSet<&'static str> {
    let nodes = tree(sql);
    let mut found = BTreeSet::new();
    if !changed(&nodes).iter().any(|table| tables.contains(*table)) {
        return found;
    }
    // Where a statement also inserts, such functions may belong to its new rows.
    let mut changes_rows = false;
    let mut inserts = false;
    each_group(&nodes, &mut |group| {
        changes_rows |= targets(group, "update").chain(targets(group, "delete")).count() > 0;
        inserts |= targets(group, "insert").count() > 0;
    });
    each_group(&nodes, &mut |group| {
        for (at, node) in group.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| group.get(at));
            let after = group.get(at + 1);
            if node.is("case") && at == 0 && after.is_some_and(|next| !next.is("when")) {
                found.insert(BY_CASE);
            }
            if is_row(node) && !is_call(before) && is_in(&group[at + 1..]) {
                found.insert(BY_ROW);
            }
            if changes_rows
                && !inserts
                && ["gen_random_uuid", "clock_timestamp", "random"].iter().any(|name| node.is(name))
            {
                found.insert(BY_CHANCE);
            }
        }
        if is_silent_bulk(group) {
            found.insert(IN_BULK);
        }
    });
    found
}

/// The tables that a statement inserts into, updates or deletes from.
fn changed(nodes: &[Node]) -> Vec<&str> {
    let mut tables = Vec::new();
    for kind in ["insert", "update", "delete"] {
        tables.extend(targets(nodes, kind));
    }
    for group in nodes.iter().filter_map(Node::group) {
        tables.extend(changed(group));
    }
    tables
}

/// The tables of one kind of change in a group. `for update`, `do update` and `on delete` change nothing themselves.
fn targets<'n>(group: &'n [Node], kind: &'n str) -> impl Iterator<Item = &'n str> {
    let starts = (0..group.len()).filter(move |at| {
        let before = at.checked_sub(1).and_then(|at| group[at].word()).unwrap_or_default();
        group[*at].is(kind) && !["for", "key", "do", "on", "before", "after", "or"].contains(&before)
    });
    starts.filter_map(move |at| {
        let next = group.get(at + 1)?.word()?;
        if ["into", "from", "only"].contains(&next) { group.get(at + 2)?.word() } else { Some(next) }
    })
}

fn each_group(nodes: &[Node], each: &mut dyn FnMut(&[Node])) {
    each(nodes);
    for group in nodes.iter().filter_map(Node::group) {
        each_group(group, each);
    }
}

fn is_row(node: &Node) -> bool {
    node.group().is_some_and(|inner| inner.iter().any(|part| part.is(",")))
}

/// Whether parentheses after this are the arguments of a function.
fn is_call(before: Option<&Node>) -> bool {
    before.and_then(Node::word).is_some_and(|word| {
        word.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
            && !["where", "and", "or", "not", "on", "when", "select"].contains(&word)
    })
}

fn is_in(after: &[Node]) -> bool {
    let after = if after.first().is_some_and(|node| node.is("not")) { &after[1..] } else { after };
    after.first().is_some_and(|node| node.is("in"))
}

fn is_silent_bulk(group: &[Node]) -> bool {
    let word = |at: usize| group.get(at).and_then(Node::word).unwrap_or_default();
    let Some(start) = (0..group.len()).find(|at| word(*at) == "insert") else { return false };
    let has = |name: &str| (start..group.len()).any(|at| word(at) == name);
    has("select") && !has("conflict") && !has("returning")
}

#[test]
fn each_offence_is_seen() {
    let tables: BTreeSet<String> = ["sales"].map(str::to_owned).into_iter().collect();
    for (sql, offence) in [
        ("update sales set a = case b when 1 then 2 end where id = $1", BY_CASE),
        ("delete from sales where (organization_id, id) in (select a, b from old)", BY_ROW),
        ("with d as (select 1) update sales s set a = 1 where not (s.b, s.c) not in (select b, c from d)", BY_ROW),
        ("update sales set a = gen_random_uuid()", BY_CHANCE),
        ("delete from sales where at < clock_timestamp()", BY_CHANCE),
        ("insert into sales (organization_id, a) select $1, * from unnest($2::text[])", IN_BULK),
        (
            "with made as (insert into others (a) values ($1) returning a) insert into sales (a) select a from made",
            IN_BULK,
        ),
    ] {
        assert_eq!(offences(sql, &tables).into_iter().collect::<Vec<_>>(), [offence], "{sql}");
    }
    for sql in [
        "update sales set a = case when b = 1 then 2 end where coalesce(a, b) in (1, 2)",
        "select case a when 1 then 2 end from sales where (a, b) in (select 1, 2) for update",
        "insert into sales (a) values (gen_random_uuid())",
        "insert into sales (a) select * from unnest($1::text[]) on conflict do nothing",
        "insert into sales (a) select * from unnest($1::text[]) returning 1 as one",
        "with made as (insert into sales (a) values ($1) returning a) insert into sales (a) select a from made returning 1",
        "insert into sales (a) values ((select max(a) from others))",
        "update others set a = case b when 1 then 2 end",
    ] {
        assert!(offences(sql, &tables).is_empty(), "{sql}: {:?}", offences(sql, &tables));
    }
}
