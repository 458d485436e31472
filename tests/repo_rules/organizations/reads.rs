//! What a cluster refuses in statements that read or lock rows, or that it would answer wrongly, and how to write it instead.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    functions::bodies,
    scope::KEY,
    tree::{Node, is_statement, tree},
};

const BY_LOCK: &str = "a lock of one organization's rows at a time (`organization_id = $n`, see `kit::db::claim`)";
const BY_RECURSION: &str =
    "a loop in Rust, or `organization_id = $n`, instead of a recursion over several organizations";
const BY_LIMIT: &str =
    "an aggregate, a statement for each organization, or `organization_id = $n` in `lateral (… limit n)`";
const BY_ARRAY: &str =
    "`from organizations o where o.organization_id = any ($1)`, or a join of it, around what subqueries read";
const BY_NOTHING: &str = "`from (select 1 from …)`: a subquery that is read as a table needs a column";
const BY_VALUES: &str = "`insert … select` instead of a subquery in `values`";
const BY_MOVE: &str = "`delete … returning` and `insert`: no row can move to another organization";
const BY_EXCLUDED: &str =
    "`excluded.…`, or a constant: a cluster doesn't know the parameters where an array's row conflicts";
const BY_CALL: &str = "the function's SQL itself: on another server, a call of it finds empty tables";

/// What is wrong with a statement, and the functions that it must not call.
pub(super) fn offences(sql: &str, tables: &BTreeSet<String>, functions: &BTreeSet<String>) -> BTreeSet<&'static str> {
    let nodes = tree(sql);
    let mut found = BTreeSet::new();
    let mut is_recursive = false;
    each_group(&nodes, &mut |group| is_recursive |= group.iter().any(|node| node.is("recursive")));
    each_group(&nodes, &mut |group| {
        let is_spread = reads(group, tables) && !names_one(group);
        if is_spread && locks(group) {
            found.insert(BY_LOCK);
        }
        if is_spread && is_recursive {
            found.insert(BY_RECURSION);
        }
        if reads_array(group) && group.iter().filter_map(Node::group).any(|inner| is_spread_within(inner, tables)) {
            found.insert(BY_ARRAY);
        }
        let conflict = group.iter().position(|node| node.is("conflict"));
        if reads_array(group) && conflict.is_some_and(|at| has_parameter(&group[at..])) {
            found.insert(BY_EXCLUDED);
        }
        for pair in group.windows(2) {
            let [node, next] = pair else { continue };
            if let Some(inner) = next.group() {
                let is_table = ["from", "join", "lateral", ","].iter().any(|word| node.is(word));
                if is_table && inner.first().is_some_and(|first| first.is("select")) && is_at(inner, 1, "from") {
                    found.insert(BY_NOTHING);
                }
                let has_limit = inner.iter().any(|part| part.is("limit"));
                let is_derived = !reads_first(group, tables);
                if node.is("lateral") && has_limit && is_derived && reads(inner, tables) && !names_one(inner) {
                    found.insert(BY_LIMIT);
                }
                if node.is("values") && inner.iter().filter_map(Node::group).any(|part| reads_within(part, tables)) {
                    found.insert(BY_VALUES);
                }
            }
            if node.is("set") && next.is(KEY) {
                found.insert(BY_MOVE);
            }
            if node.word().is_some_and(|word| functions.contains(word)) && next.group().is_some() {
                found.insert(BY_CALL);
            }
        }
    });
    found
}

/// The functions whose body is a query of tenant tables. Postgres makes it a part of the statement around it; a cluster sends
/// the call, and the tables of another server are empty.
pub(super) fn queries<'s>(
    migrations: impl IntoIterator<Item = &'s str>,
    tables: &BTreeSet<String>,
) -> BTreeSet<String> {
    let bodies: BTreeMap<String, String> = bodies(migrations);
    let is_query = |body: &str| {
        let nodes = tree(body);
        is_statement(&nodes) && reads_within(&nodes, tables)
    };
    bodies.into_iter().filter(|(_, body)| is_query(body)).map(|(name, _)| name).collect()
}

fn each_group(nodes: &[Node], each: &mut dyn FnMut(&[Node])) {
    each(nodes);
    for group in nodes.iter().filter_map(Node::group) {
        each_group(group, each);
    }
}

fn is_at(group: &[Node], at: usize, word: &str) -> bool {
    group.get(at).is_some_and(|node| node.is(word))
}

/// Whether a statement reads a tenant table directly, not in a subquery.
fn reads(group: &[Node], tables: &BTreeSet<String>) -> bool {
    let is_source = |node: &Node| ["from", "join", "using", "update", ","].iter().any(|word| node.is(word));
    let mut pairs = group.windows(2);
    is_statement(group)
        && pairs.any(|pair| is_source(&pair[0]) && pair[1].word().is_some_and(|word| tables.contains(word)))
}

/// Whether the first that a statement reads from is a tenant table, and not a subquery or what `with` defines.
fn reads_first(group: &[Node], tables: &BTreeSet<String>) -> bool {
    let from = group.iter().position(|node| node.is("from"));
    let first = from.and_then(|at| group.get(at + 1)).and_then(Node::word);
    first.is_some_and(|word| tables.contains(word))
}

fn reads_within(nodes: &[Node], tables: &BTreeSet<String>) -> bool {
    reads(nodes, tables) || nodes.iter().filter_map(Node::group).any(|inner| reads_within(inner, tables))
}

/// Whether a part, or a subquery in it, reads tenant tables without an organization.
fn is_spread_within(nodes: &[Node], tables: &BTreeSet<String>) -> bool {
    (reads(nodes, tables) && !names_one(nodes))
        || nodes.iter().filter_map(Node::group).any(|inner| is_spread_within(inner, tables))
}

/// Whether a condition in it says `organization_id = $n`.
fn names_one(group: &[Node]) -> bool {
    group
        .windows(3)
        .any(|part| part[0].is(KEY) && part[1].is("=") && part[2].word().is_some_and(|word| word.starts_with('$')))
}

fn locks(group: &[Node]) -> bool {
    (0..group.len()).any(|at| {
        let next = if is_at(group, at + 1, "no") { at + 3 } else { at + 1 };
        group[at].is("for") && ["update", "share", "key"].iter().any(|word| is_at(group, next, word))
    })
}

fn has_parameter(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Word(word) => word.starts_with('$'),
        Node::Group(inner) => has_parameter(inner),
    })
}

/// Whether arrays are all that it reads from.
fn reads_array(group: &[Node]) -> bool {
    let starts = (0..group.len()).any(|at| group[at].is("from") && is_at(group, at + 1, "unnest"));
    starts && group.iter().any(|node| node.is("select")) && !group.iter().any(|node| node.is("join"))
}

#[test]
fn each_offence_is_seen() {
    let tables: BTreeSet<String> = ["sales", "people"].map(str::to_owned).into_iter().collect();
    let migration = "create function sold(a uuid) returns bigint language sql as $$ select 1 from sales $$;
        create function later(a timestamptz) returns timestamptz language sql as $$ select a $$;
        create function gone() returns void language plpgsql as $$ begin delete from sales; end $$;";
    let functions = queries([migration], &tables);
    assert_eq!(functions.iter().collect::<Vec<_>>(), ["sold"]);
    for (sql, offence) in [
        ("with d as (select id from sales where at < $1 limit 9 for update skip locked) delete from x", BY_LOCK),
        ("select 1 from sales where organization_id = any ($1) for no key update", BY_LOCK),
        (
            "with recursive r as (select $1 union select s.a from r join sales s on s.b = r.a) select a from r",
            BY_RECURSION,
        ),
        ("select 1 from d cross join lateral (select 1 from sales s where s.p = d.id limit 1) s", BY_LIMIT),
        ("select o.id from unnest($1::uuid[]) o (id) where exists (select from sales s where s.o = o.id)", BY_ARRAY),
        (
            "insert into people (id) select o.id from unnest($1::uuid[]) o (id)
             where not exists (select 1 from sales s where s.o = o.id)",
            BY_ARRAY,
        ),
        (
            "select 1 from (with recursive r as (select $1 union select s.a from sales s) select a from r) s",
            BY_RECURSION,
        ),
        ("select count(*) from (select from sales where organization_id = $1 limit 9) s", BY_NOTHING),
        ("insert into mails (a) values ($1, case when (select a from sales where id = $2) then 1 end)", BY_VALUES),
        (
            "insert into sales (a) select $1 from unnest($2::uuid[]) on conflict (a) do update
             set b = case when sales.b > 0 then $3 else 0 end",
            BY_EXCLUDED,
        ),
        ("update sales set organization_id = $1 where organization_id = $2", BY_MOVE),
        ("select a from people cross join lateral sold($1) s where organization_id = $1", BY_CALL),
    ] {
        assert_eq!(offences(sql, &tables, &functions).into_iter().collect::<Vec<_>>(), [offence], "{sql}");
    }
    for sql in [
        "with d as (select id from sales where organization_id = $1 limit 9 for update skip locked) delete from x",
        "select 1 from others for update",
        "with recursive r as (select $1 union select s.a from r join sales s on s.organization_id = $1) select a from r",
        "select 1 from d cross join lateral (select max(a) from sales s where s.p = d.id) s",
        "select 1 from people p cross join lateral (select 1 from sales s where s.p = p.id limit 1) s",
        "select 1 from people p cross join lateral (select 1 from sales s where s.organization_id = $1 limit 1) s",
        "select a from unnest($1::uuid[]) o (id) where exists (select from sales where organization_id = $2)",
        "select exists (select from sales where organization_id = $1), later(now())",
        "insert into sales (a) select $1 from unnest($2::uuid[]) on conflict (a) do update set a = excluded.a",
        "insert into sales (a) values ($1) on conflict (a) do update set a = $1",
        "insert into sales (a) values (coalesce($1, (array[1])[1]))",
    ] {
        assert!(offences(sql, &tables, &functions).is_empty(), "{sql}: {:?}", offences(sql, &tables, &functions));
    }
}
