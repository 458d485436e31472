//! Which tables a statement reads or writes without naming their organization.
//!
//! A table is bound where its `organization_id` must equal a parameter: by a condition that always applies, or by being equal
//! to that of a table that is bound beside it. Conditions under `or`, `not` or `case` don't count, and those of a left join
//! only for what is joined. A subquery doesn't inherit the binding of the statement around it: a planner that sends a
//! statement to one place must see the parameter there too. Only where the statement is for several organizations
//! (`= any ($1)`) there is none to name, and an equality with the outer table will do.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    from::{FromClause, Reach, Table, Written, clauses, column_of, reaches, take},
    tree::{FILLED_IN, Node, is_statement, split, tree},
};

pub(super) const KEY: &str = "organization_id";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// To one organization.
    One,
    /// To those of an array.
    Many,
}

/// A column with the alias of its table.
type Column = (String, String);

/// What is known of the tables around a subquery.
type Known = BTreeMap<Column, Bound>;

#[derive(Debug, Default)]
struct Facts {
    bound: Vec<(Reach, Written, Bound)>,
    equal: Vec<(Reach, Written, Written)>,
}

#[derive(Debug)]
struct Reader<'t> {
    tables: &'t BTreeSet<String>,
    /// Names that stand for an organization: the parameter of a function, or the row of a trigger.
    constants: &'t [&'t str],
    unbound: Vec<String>,
}

/// The tables that aren't bound, each as often as it appears.
pub(super) fn unbound(sql: &str, tables: &BTreeSet<String>, constants: &[&str]) -> Vec<String> {
    unbound_in(&tree(sql), tables, constants)
}

pub(super) fn unbound_in(nodes: &[Node], tables: &BTreeSet<String>, constants: &[&str]) -> Vec<String> {
    let mut reader = Reader { tables, constants, unbound: Vec::new() };
    reader.query(nodes, &BTreeSet::new(), &Known::new());
    reader.unbound
}

impl Reader<'_> {
    fn query(&mut self, nodes: &[Node], hidden: &BTreeSet<String>, outer: &Known) {
        let mut hidden = hidden.clone();
        let rest = self.common_table_expressions(nodes, &mut hidden, outer);
        for part in split(rest, &["union", "except", "intersect"]) {
            let part = if part.first().is_some_and(|node| node.is("all")) { &part[1..] } else { part };
            match part.first() {
                Some(Node::Group(inner)) => {
                    self.query(inner, &hidden, outer);
                    self.within(&part[1..], &hidden, outer);
                }
                Some(Node::Word(word)) if word == "insert" => self.insert(part, &hidden, outer),
                Some(_) => self.block(part, &hidden, outer),
                None => {}
            }
        }
    }

    /// Reads what `with` defines; returns the statement after it.
    fn common_table_expressions<'n>(
        &mut self,
        nodes: &'n [Node],
        hidden: &mut BTreeSet<String>,
        outer: &Known,
    ) -> &'n [Node] {
        let Some((first, mut rest)) = nodes.split_first() else { return nodes };
        if !first.is("with") {
            return nodes;
        }
        let is_recursive = take(&mut rest, &["recursive"]);
        while let Some((Node::Word(name), after)) = rest.split_first() {
            rest = after;
            if is_recursive {
                hidden.insert(name.clone());
            }
            if let Some((Node::Group(_), after)) = rest.split_first() {
                rest = after;
            }
            take(&mut rest, &["as"]);
            while take(&mut rest, &["not", "materialized"]) {}
            if let Some((Node::Group(body), after)) = rest.split_first() {
                self.query(body, hidden, outer);
                rest = after;
            }
            hidden.insert(name.clone());
            if !take(&mut rest, &[","]) {
                break;
            }
        }
        rest
    }

    /// The statements within expressions.
    fn within(&mut self, nodes: &[Node], hidden: &BTreeSet<String>, outer: &Known) {
        for inner in nodes.iter().filter_map(Node::group) {
            if is_statement(inner) {
                self.query(inner, hidden, outer);
            } else {
                self.within(inner, hidden, outer);
            }
        }
    }

    /// A row says whose it is by its column.
    fn insert(&mut self, part: &[Node], hidden: &BTreeSet<String>, outer: &Known) {
        let Some(name) = part.get(2).and_then(Node::word) else { return };
        let columns = part.iter().position(|node| node.group().is_some());
        let names = columns.and_then(|at| part[at].group()).unwrap_or_default();
        if self.is_tenant_table(name, hidden) && !names.iter().any(|node| node.is(KEY)) {
            self.unbound.push(name.to_owned());
        }
        let source = columns.map_or(&part[3..], |at| &part[at + 1..]);
        let ends = |at: &usize| {
            source[*at].is("returning")
                || (source[*at].is("on") && source.get(at + 1).is_some_and(|next| next.is("conflict")))
        };
        let end = (0..source.len()).find(ends).unwrap_or(source.len());
        let (source, tail) = source.split_at(end);
        if is_statement(source) {
            self.query(source, hidden, outer);
        } else {
            self.within(source, hidden, outer);
        }
        self.within(tail, hidden, outer);
    }

    /// One `select`, `update` or `delete`.
    fn block(&mut self, part: &[Node], hidden: &BTreeSet<String>, outer: &Known) {
        let (target, clauses) = clauses(part);
        let mut from = FromClause::default();
        from.tables.extend(target);
        from.read(clauses.from);
        let facts = self.facts(&from, clauses.condition);
        let known = self.known(&from, &facts, hidden, outer);
        let tenants = from.tables.iter().filter(|table| self.is_tenant_table(&table.name, hidden));
        let is_unbound = |table: &&Table| !known.contains_key(&(table.alias.clone(), KEY.to_owned()));
        let names: Vec<String> = tenants.filter(is_unbound).map(|table| table.name.clone()).collect();
        self.unbound.extend(names);
        for inner in &from.inner {
            if is_statement(inner) {
                self.query(inner, hidden, &known);
            } else {
                self.within(inner, hidden, &known);
            }
        }
        for (_, condition) in &from.conditions {
            self.within(condition, hidden, &known);
        }
        for other in clauses.others {
            self.within(other, hidden, &known);
        }
        self.within(clauses.condition, hidden, &known);
    }

    fn is_tenant_table(&self, name: &str, hidden: &BTreeSet<String>) -> bool {
        name == FILLED_IN || (self.tables.contains(name) && !hidden.contains(name))
    }

    fn facts(&self, from: &FromClause<'_>, condition: &[Node]) -> Facts {
        let mut facts = Facts::default();
        self.conjunction(condition, &None, &mut facts);
        for (reach, condition) in &from.conditions {
            self.conjunction(condition, reach, &mut facts);
        }
        for (reach, alias, columns) in &from.using {
            let before = from.tables.iter().take_while(|table| table.alias != *alias);
            for other in before {
                for column in columns {
                    let of = |alias: &String| (Some(alias.clone()), column.clone());
                    facts.equal.push((reach.clone(), of(&other.alias), of(alias)));
                }
            }
        }
        facts
    }

    /// The columns that are bound in a block, and those of the blocks around it.
    fn known(&self, from: &FromClause<'_>, facts: &Facts, hidden: &BTreeSet<String>, outer: &Known) -> Known {
        let is_here = |alias: &str| from.tables.iter().any(|table| table.alias == alias);
        let stored: Vec<&Table> =
            from.tables.iter().filter(|table| !table.name.is_empty() && !hidden.contains(&table.name)).collect();
        let is_stored = |alias: &str| stored.iter().any(|table| table.alias == alias);
        let tenants: Vec<&&Table> = stored.iter().filter(|table| self.is_tenant_table(&table.name, hidden)).collect();
        // Without an alias, Postgres takes the only table that has the column, or the one of `using`.
        let full = |(alias, column): &Written| -> Option<Column> {
            let only = || match tenants.as_slice() {
                [table] => Some(table.alias.clone()),
                [table, ..] if !from.using.is_empty() => Some(table.alias.clone()),
                _ => None,
            };
            Some((alias.clone().or_else(only)?, column.clone()))
        };
        let mut here = Known::new();
        for (reach, written, bound) in &facts.bound {
            let column = full(written).filter(|column| reaches(reach, &column.0));
            here.extend(column.map(|column| (column, *bound)));
        }
        loop {
            let mut more = Known::new();
            for (reach, one, other) in &facts.equal {
                let (Some(one), Some(other)) = (full(one), full(other)) else { continue };
                for (given, to) in [(&one, &other), (&other, &one)] {
                    let bound = if is_here(&given.0) {
                        here.get(given).filter(|_| is_stored(&given.0))
                    } else {
                        outer.get(given).filter(|bound| **bound == Bound::Many)
                    };
                    if let Some(bound) = bound
                        && is_stored(&to.0)
                        && reaches(reach, &to.0)
                        && !here.contains_key(to)
                    {
                        more.insert(to.clone(), *bound);
                    }
                }
            }
            if more.is_empty() {
                break;
            }
            here.extend(more);
        }
        let visible = outer.iter().filter(|(column, _)| !is_here(&column.0));
        here.extend(visible.map(|(column, bound)| (column.clone(), *bound)));
        here
    }

    fn conjunction(&self, nodes: &[Node], reach: &Reach, facts: &mut Facts) {
        if nodes.iter().any(|node| node.is("or")) {
            return;
        }
        for part in split(nodes, &["and"]) {
            match part {
                [Node::Group(inner)] if !is_statement(inner) && !inner.first().is_some_and(|node| node.is("case")) => {
                    self.conjunction(inner, reach, facts);
                }
                _ => self.equality(part, reach, facts),
            }
        }
    }

    fn equality(&self, nodes: &[Node], reach: &Reach, facts: &mut Facts) {
        let [left, right] = split(nodes, &["="])[..] else { return };
        if let ([Node::Group(left)], [Node::Group(right)]) = (left, right) {
            let (left, right) = (split(left, &[","]), split(right, &[","]));
            for (left, right) in left.iter().zip(&right).filter(|_| left.len() == right.len()) {
                self.pair(left, right, reach, facts);
            }
        } else {
            self.pair(left, right, reach, facts);
        }
    }

    fn pair(&self, left: &[Node], right: &[Node], reach: &Reach, facts: &mut Facts) {
        for (column, value) in [(left, right), (right, left)] {
            if let (Some(column), Some(bound)) = (column_of(column), self.value(value)) {
                facts.bound.push((reach.clone(), column, bound));
                return;
            }
        }
        if let (Some(left), Some(right)) = (column_of(left), column_of(right)) {
            facts.equal.push((reach.clone(), left, right));
        }
    }

    /// Whether it is a parameter, or an array of them.
    fn value(&self, nodes: &[Node]) -> Option<Bound> {
        match nodes {
            [Node::Word(any), Node::Group(inner)] if any == "any" => self.value(inner).map(|_| Bound::Many),
            [Node::Word(first), rest @ ..] if first.starts_with('$') && first.len() > 1 => {
                (rest.is_empty() || rest[0].is("::")).then_some(Bound::One)
            }
            [Node::Word(only)] if self.constants.contains(&only.as_str()) => Some(Bound::One),
            [Node::Word(row), Node::Word(dot), Node::Word(key)] if dot == "." && key == KEY => {
                self.constants.contains(&row.as_str()).then_some(Bound::One)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> BTreeSet<String> {
        ["sales", "people", "notes"].map(str::to_owned).into_iter().collect()
    }

    fn found(sql: &str) -> Vec<String> {
        unbound(sql, &tables(), &["organization", "new"])
    }

    #[test]
    fn a_table_is_bound_by_a_parameter() {
        for sql in [
            "select * from sales where organization_id = $1",
            "select * from sales s where (s.organization_id = $1::uuid and s.paid between 1 and 2)",
            "select 1 from sales s join people p on p.organization_id = s.organization_id where $1 = s.organization_id",
            "select 1 from sales s left join people p using (organization_id, id) where s.organization_id = $1",
            "select 1 from sales s, people p where (s.organization_id, s.id) = (p.organization_id, p.id) and p.organization_id = $1",
            "update sales s set a = b.c from (select c from people where organization_id = $1) b where s.organization_id = $1",
            "delete from sales using people p where sales.organization_id = $1 and p.organization_id = $1",
            "with due as (select 1 from sales where organization_id = $1) select * from due",
            "select 1 from sales s where organization_id = any ($1) and exists (
                 select from people p where p.organization_id = s.organization_id)",
            "insert into sales (organization_id, a) values ($1, (select a from people where organization_id = $1))
             on conflict do nothing",
            "select a is distinct from b from sales where organization_id = $1 order by a limit 1",
            "select 1 from sales where organization_id = organization union all select 2 from people where organization_id = $1",
            "update sales set a = 1 where organization_id = new.organization_id",
            "select case when a or b then 1 end from sales where case when a or b then c end and organization_id = $1",
            "select 1 from other where id = $1",
        ] {
            assert!(found(sql).is_empty(), "{sql}: {:?}", found(sql));
        }
    }

    #[test]
    fn and_by_nothing_else() {
        for (sql, tables) in [
            ("select * from sales", "sales"),
            ("select * from sales where organization_id = $1 or a", "sales"),
            ("select * from sales where not organization_id = $1", "sales"),
            ("select * from sales where organization_id <> $1", "sales"),
            ("select * from sales where case when a and organization_id = $1 and b then c end", "sales"),
            ("select * from sales s left join people p on s.organization_id = $1 and p.organization_id = $1", "sales"),
            (
                "select * from people p right join sales s on s.organization_id = $1 where p.organization_id = $1",
                "sales",
            ),
            (
                "select * from sales s where s.organization_id = $1 and exists (
                 select from people p where p.organization_id = s.organization_id)",
                "people",
            ),
            ("select (select a from people where id = s.id) from sales s where organization_id = $1", "people"),
            (
                "with a as (select * from sales) select * from people p join a on p.organization_id = a.organization_id",
                "sales people",
            ),
            ("with sales as (select * from sales) select * from sales", "sales"),
            ("update sales set organization_id = $1 where id = $2", "sales"),
            ("delete from sales where (organization_id, id) in (select * from unnest($1, $2))", "sales"),
            ("insert into sales (a) values ($1)", "sales"),
            ("insert into sales (organization_id) select id from people", "people"),
            (
                "select * from (select * from notes) n, sales s join people p on p.organization_id = s.organization_id
              where s.organization_id = $1",
                "notes",
            ),
            ("delete from {table} where id = $1", "{}"),
            ("select a from sales where organization_id = $1 union select a from people", "people"),
            (
                "select 1 where exists (select from sales s where s.organization_id = $1 limit (select 1 from notes))",
                "notes",
            ),
        ] {
            assert_eq!(found(sql).join(" "), tables, "{sql}");
        }
    }
}
