//! The clauses of a statement, and what its `from` reads.

use super::tree::{Node, is_statement, split};

/// A column as it is written, perhaps without an alias.
pub(super) type Written = (Option<String>, String);

/// For which aliases the condition of a join holds; `None`: for all.
pub(super) type Reach = Option<Vec<String>>;

pub(super) fn reaches(reach: &Reach, alias: &str) -> bool {
    reach.as_ref().is_none_or(|aliases| aliases.iter().any(|own| own == alias))
}

#[derive(Debug)]
pub(super) struct Table {
    /// Empty for a subquery or function.
    pub(super) name: String,
    pub(super) alias: String,
}

/// The part after `from`, taken apart.
#[derive(Debug, Default)]
pub(super) struct FromClause<'n> {
    pub(super) tables: Vec<Table>,
    pub(super) conditions: Vec<(Reach, &'n [Node])>,
    /// `join … using (…)`: the alias that is joined, and the columns.
    pub(super) using: Vec<(Reach, String, Vec<String>)>,
    /// Subqueries, and the arguments of functions.
    pub(super) inner: Vec<&'n [Node]>,
    join: Option<Join>,
    /// Where the tables of the join that is being read begin.
    start: usize,
}

#[derive(Debug, Clone, Copy)]
enum Join {
    Inner,
    Left,
    /// Right or full.
    Other,
}

#[derive(Debug)]
pub(super) struct Clauses<'n> {
    pub(super) from: &'n [Node],
    pub(super) condition: &'n [Node],
    pub(super) others: Vec<&'n [Node]>,
}

const ENDS: [&str; 9] = ["group", "order", "having", "limit", "offset", "for", "window", "returning", "fetch"];
const JOINS: [&str; 11] =
    ["join", "left", "right", "inner", "full", "cross", "natural", "on", "using", "lateral", "outer"];

/// Takes a `select`, `update` or `delete` apart: its target, if it has one, and its clauses.
pub(super) fn clauses(part: &[Node]) -> (Option<Table>, Clauses<'_>) {
    let head = part.first().and_then(Node::word).unwrap_or_default();
    let mut rest = part.get(1..).unwrap_or_default();
    let is_delete = head == "delete";
    let mut target = None;
    if is_delete || head == "update" {
        take(&mut rest, &["from"]);
        take(&mut rest, &["only"]);
        if let Some((Node::Word(name), after)) = rest.split_first() {
            rest = after;
            take(&mut rest, &["as"]);
            let alias = rest
                .first()
                .and_then(Node::word)
                .filter(|word| is_name(word) && !["set", "using", "where"].contains(word) && !ENDS.contains(word));
            if alias.is_some() {
                rest = &rest[1..];
            }
            target = Some(Table { name: name.clone(), alias: alias.unwrap_or(name).to_owned() });
        }
    }
    let condition = (0..rest.len()).find(|at| rest[*at].is("where"));
    let begins = |at: &usize| {
        let is_compared = *at > 0 && rest[at - 1].is("distinct") && *at > 1 && is_any(&rest[at - 2], &["is", "not"]);
        (rest[*at].is("from") && !is_compared) || (is_delete && rest[*at].is("using"))
    };
    let from = (0..condition.unwrap_or(rest.len())).find(begins);
    let end_after = |at: usize| (at..rest.len()).find(|at| is_any(&rest[*at], &ENDS)).unwrap_or(rest.len());
    let from_end = from.map(|at| condition.unwrap_or_else(|| end_after(at)));
    let condition_end = condition.map(end_after);
    let head_end = from.or(condition).unwrap_or(rest.len());
    let tail = condition_end.or(from_end).unwrap_or(rest.len());
    let clauses = Clauses {
        from: from.zip(from_end).map_or(&[][..], |(at, end)| &rest[at + 1..end]),
        condition: condition.zip(condition_end).map_or(&[][..], |(at, end)| &rest[at + 1..end]),
        others: vec![&rest[..head_end], &rest[tail..]],
    };
    (target, clauses)
}

fn is_any(node: &Node, words: &[&str]) -> bool {
    node.word().is_some_and(|word| words.contains(&word))
}

/// Takes one of these words from the beginning.
pub(super) fn take(rest: &mut &[Node], words: &[&str]) -> bool {
    match rest.split_first() {
        Some((Node::Word(word), after)) if words.contains(&word.as_str()) => {
            *rest = after;
            true
        }
        _ => false,
    }
}

pub(super) fn column_of(nodes: &[Node]) -> Option<Written> {
    match nodes {
        [Node::Word(column)] if is_name(column) => Some((None, column.clone())),
        [Node::Word(alias), Node::Word(dot), Node::Word(column)] if dot == "." && is_name(alias) => {
            Some((Some(alias.clone()), column.clone()))
        }
        _ => None,
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|sign: char| sign.is_ascii_lowercase() || sign == '_' || sign == '"')
}

impl<'n> FromClause<'n> {
    pub(super) fn read(&mut self, nodes: &'n [Node]) {
        let mut rest = nodes;
        while let Some((first, after)) = rest.split_first() {
            let word = first.word().unwrap_or_default();
            match word {
                "," | "join" => {
                    self.start = self.tables.len();
                    if word == "," {
                        self.join = None;
                    } else if self.join.is_none() {
                        self.join = Some(Join::Inner);
                    }
                }
                "inner" | "cross" => self.join = Some(Join::Inner),
                "left" => self.join = Some(Join::Left),
                "right" | "full" | "natural" => self.join = Some(Join::Other),
                "outer" | "lateral" | "as" | "only" => {}
                "on" => {
                    let len = condition_len(after);
                    let reach = self.reach();
                    self.conditions.push((reach, &after[..len]));
                    rest = &after[len..];
                    continue;
                }
                "using" => {
                    let columns = after.first().and_then(Node::group).unwrap_or_default();
                    let columns = split(columns, &[","]).into_iter().filter_map(|part| part.first()?.word());
                    let columns = columns.map(str::to_owned).collect();
                    let alias = self.tables.last().map(|table| table.alias.clone()).unwrap_or_default();
                    let reach = self.reach();
                    self.using.push((reach, alias, columns));
                    rest = after.get(1..).unwrap_or_default();
                    continue;
                }
                _ => {
                    rest = self.table(rest);
                    continue;
                }
            }
            rest = after;
        }
    }

    /// Where the condition of the join holds that was just read.
    fn reach(&mut self) -> Reach {
        match self.join.take() {
            Some(Join::Inner) => None,
            Some(Join::Left) => Some(self.tables[self.start..].iter().map(|table| table.alias.clone()).collect()),
            Some(Join::Other) | None => Some(Vec::new()),
        }
    }

    /// Reads a table, function or subquery with its alias; returns what comes after it.
    fn table(&mut self, nodes: &'n [Node]) -> &'n [Node] {
        let Some((first, mut rest)) = nodes.split_first() else { return nodes };
        let mut name = String::new();
        match first {
            Node::Group(inner) if is_statement(inner) || inner.first().is_some_and(|node| node.is("values")) => {
                self.inner.push(inner);
            }
            Node::Group(inner) => {
                self.read(inner);
                return rest;
            }
            Node::Word(word) => name.clone_from(word),
        }
        if let [Node::Word(dot), Node::Word(own), after @ ..] = rest
            && dot == "."
        {
            name.clone_from(own);
            rest = after;
        }
        if name == "rows" {
            take(&mut rest, &["from"]);
        }
        if let Some((Node::Group(arguments), after)) = rest.split_first()
            && !name.is_empty()
        {
            self.inner.push(arguments);
            name.clear();
            rest = after;
        }
        if let [with, ordinality, after @ ..] = rest
            && with.is("with")
            && ordinality.is("ordinality")
        {
            rest = after;
        }
        take(&mut rest, &["as"]);
        let alias = rest.first().and_then(Node::word).filter(|word| is_name(word) && !JOINS.contains(word));
        if alias.is_some() {
            rest = &rest[1..];
        }
        let alias = alias.map_or_else(|| name.clone(), str::to_owned);
        if let Some((Node::Group(_), after)) = rest.split_first() {
            rest = after;
        }
        self.tables.push(Table { name, alias });
        rest
    }
}

/// How long the condition of a join is. `left (…)` is a function.
fn condition_len(nodes: &[Node]) -> usize {
    let ends = |at: &usize| {
        let is_call = nodes.get(at + 1).is_some_and(|next| next.group().is_some());
        nodes[*at].word().is_some_and(|word| {
            [",", "join", "inner", "full", "cross", "natural", "on"].contains(&word)
                || (["left", "right"].contains(&word) && !is_call)
        })
    };
    (0..nodes.len()).find(ends).unwrap_or(nodes.len())
}
