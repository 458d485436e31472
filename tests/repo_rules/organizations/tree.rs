//! A statement as a tree: words and signs, with what stands in parentheses, brackets and `case … end` as groups.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A word in small letters, a parameter, an operator, or [`TEXT`] and [`FILLED_IN`].
    Word(String),
    Group(Vec<Node>),
}

/// A text, whatever it says.
pub(super) const TEXT: &str = "'";
/// What a format string fills in.
pub(super) const FILLED_IN: &str = "{}";

const OPERATORS: &str = "-+*/<>=~!@#%^&|`?:";

impl Node {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Group(_) => None,
        }
    }

    pub(super) fn group(&self) -> Option<&[Self]> {
        match self {
            Self::Group(nodes) => Some(nodes),
            Self::Word(_) => None,
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }
}

/// Whether the nodes are a statement of their own.
pub(super) fn is_statement(nodes: &[Node]) -> bool {
    match nodes.first() {
        Some(Node::Word(word)) => ["select", "with", "insert", "update", "delete"].contains(&word.as_str()),
        Some(Node::Group(inner)) => is_statement(inner),
        None => false,
    }
}

/// The parts between these words.
pub(super) fn split<'n>(nodes: &'n [Node], words: &[&str]) -> Vec<&'n [Node]> {
    nodes.split(|node| node.word().is_some_and(|word| words.contains(&word))).collect()
}

pub(super) fn tree(sql: &str) -> Vec<Node> {
    let mut open: Vec<Vec<Node>> = vec![Vec::new()];
    for word in words(sql) {
        match word.as_str() {
            "(" | "[" => open.push(Vec::new()),
            "case" => open.push(vec![Node::Word(word)]),
            ")" | "]" | "end" => close(&mut open),
            _ => open.last_mut().unwrap().push(Node::Word(word)),
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.remove(0)
}

/// Ends the innermost group, if one is open.
fn close(open: &mut Vec<Vec<Node>>) {
    if open.len() > 1 {
        let group = open.pop().unwrap();
        open.last_mut().unwrap().push(Node::Group(group));
    }
}

fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(sign) = rest.chars().next() {
        let len = if sign.is_whitespace() {
            sign.len_utf8()
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some((kind, len)) = quoted(rest) {
            words.push(kind);
            len
        } else {
            let len = plain(rest, sign);
            words.push(rest[..len].to_lowercase());
            len
        };
        rest = &rest[len..];
    }
    words
}

/// A text, a name in quotes, or what a format string fills in, with its length.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let escaped = rest.strip_prefix(['e', 'E']).filter(|after| after.starts_with('\''));
    if let Some(after) = escaped {
        return Some((TEXT.to_owned(), 1 + closed(after, '\'', true)));
    }
    match rest.chars().next()? {
        '\'' => Some((TEXT.to_owned(), closed(rest, '\'', false))),
        '"' => {
            let len = closed(rest, '"', false);
            Some((rest[..len].to_owned(), len))
        }
        '{' => Some((FILLED_IN.to_owned(), rest.find('}').map_or(rest.len(), |at| at + 1))),
        _ => None,
    }
}

/// The length of a text with its quotes. Two quotes side by side are two texts, which comes to the same.
fn closed(rest: &str, quote: char, backslash: bool) -> usize {
    let mut skip = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if skip => skip = false,
            '\\' if backslash => skip = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The length of a word, a parameter, an operator or another sign.
fn plain(rest: &str, first: char) -> usize {
    let run = |of: fn(char) -> bool| rest.find(|sign: char| !of(sign)).unwrap_or(rest.len());
    if is_of_name(first) {
        run(is_of_name)
    } else if first == '$' {
        1 + rest[1..].find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len() - 1)
    } else if rest.starts_with("::") {
        2
    } else if OPERATORS.contains(first) {
        run(|sign| OPERATORS.contains(sign))
    } else {
        first.len_utf8()
    }
}

#[test]
fn a_statement_is_a_tree() {
    let shown = |sql: &str| show(&tree(sql));
    assert_eq!(
        shown("SELECT a.b, 'x''(' FROM t -- (\n WHERE c=$12::uuid"),
        "select a . b , ' ' from t where c = $12 :: uuid"
    );
    assert_eq!(shown("x in (select 1) and y <> any ($1) "), "x in (select 1) and y <> any ($1)");
    assert_eq!(shown("case when a or b then 1 end = 2"), "(case when a or b then 1) = 2");
    assert_eq!(shown("array[1, 2] \"x!\" E'\\'(' {table}"), "array (1 , 2) \"x!\" ' {}");
    assert_eq!(shown("a /* ( */ b) c"), "a b c");
}

#[cfg(test)]
fn show(nodes: &[Node]) -> String {
    let shown = nodes.iter().map(|node| match node {
        Node::Word(word) => word.clone(),
        Node::Group(inner) => format!("({})", show(inner)),
    });
    shown.collect::<Vec<_>>().join(" ")
}
