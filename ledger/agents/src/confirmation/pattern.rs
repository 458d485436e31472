//! Regular expressions as the API's description has them: anchored at both ends, of characters, classes, groups with
//! alternatives, and counts. Any other isn't read.

/// A regular expression that a whole text has to match.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Vec<Part>>);

#[derive(Debug)]
struct Part {
    atom: Atom,
    least: usize,
    most: usize,
}

#[derive(Debug)]
enum Atom {
    /// One character within some ranges, or outside all of them.
    Class { ranges: Vec<(char, char)>, is_negated: bool },
    /// One of these.
    Group(Vec<Vec<Part>>),
}

impl Pattern {
    /// `None` for an expression with anything else in it.
    pub(super) fn of(text: &str) -> Option<Self> {
        let inner: Vec<char> = text.strip_prefix('^')?.strip_suffix('$')?.chars().collect();
        let mut reader = Reader { left: &inner };
        let alternatives = reader.alternatives()?;
        // `^a|b$` is anchored at one end each.
        (reader.left.is_empty() && alternatives.len() == 1).then_some(Self(alternatives))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.0.iter().any(|parts| all(parts, &text, &|left| left.is_empty()))
    }
}

struct Reader<'t> {
    left: &'t [char],
}

impl Reader<'_> {
    fn take(&mut self) -> Option<char> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(*first)
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_next = self.left.first() == Some(&sign);
        if is_next {
            self.left = &self.left[1..];
        }
        is_next
    }

    /// Up to the end, or to the group's.
    fn alternatives(&mut self) -> Option<Vec<Vec<Part>>> {
        let mut all = vec![Vec::new()];
        while let Some(next) = self.left.first().filter(|next| **next != ')') {
            if *next == '|' {
                self.take()?;
                all.push(Vec::new());
            } else {
                let atom = self.atom()?;
                let (least, most) = self.count()?;
                all.last_mut()?.push(Part { atom, least, most });
            }
        }
        Some(all)
    }

    fn atom(&mut self) -> Option<Atom> {
        match self.take()? {
            '(' if self.left.first() != Some(&'?') => {
                let group = self.alternatives()?;
                self.takes(')').then_some(Atom::Group(group))
            }
            '[' => {
                let is_negated = self.takes('^');
                let mut ranges = Vec::new();
                while !self.takes(']') {
                    let first = self.character()?;
                    // A hyphen at the end is itself.
                    let is_range = matches!(self.left, ['-', last, ..] if *last != ']');
                    let last = if is_range { self.take().and_then(|_| self.character())? } else { first };
                    ranges.push((first, last));
                }
                Some(Atom::Class { ranges, is_negated })
            }
            '\\' => {
                let sign = self.escaped()?;
                Some(Atom::Class { ranges: vec![(sign, sign)], is_negated: false })
            }
            '.' | '*' | '+' | '?' | '{' | '}' | ']' | '^' | '$' | '(' => None,
            sign => Some(Atom::Class { ranges: vec![(sign, sign)], is_negated: false }),
        }
    }

    /// In a class.
    fn character(&mut self) -> Option<char> {
        match self.take()? {
            '\\' => self.escaped(),
            sign => Some(sign),
        }
    }

    /// Only characters, not classes such as `\d`.
    fn escaped(&mut self) -> Option<char> {
        match self.take()? {
            'u' => {
                let (digits, left) = self.left.split_at_checked(4)?;
                self.left = left;
                u32::from_str_radix(&digits.iter().collect::<String>(), 16).ok().and_then(char::from_u32)
            }
            sign if sign.is_ascii_punctuation() => Some(sign),
            _ => None,
        }
    }

    fn count(&mut self) -> Option<(usize, usize)> {
        match self.left.first() {
            Some('*') => self.take().map(|_| (0, usize::MAX)),
            Some('+') => self.take().map(|_| (1, usize::MAX)),
            Some('?') => self.take().map(|_| (0, 1)),
            Some('{') => {
                let end = self.left.iter().position(|sign| *sign == '}')?;
                let inner: String = self.left.get(1..end)?.iter().collect();
                self.left = self.left.get(end + 1..)?;
                let (least, most) = inner.split_once(',').unwrap_or((inner.as_str(), inner.as_str()));
                let most = if most.is_empty() { usize::MAX } else { most.parse().ok()? };
                Some((least.parse().ok()?, most))
            }
            _ => Some((1, 1)),
        }
    }
}

/// Whether a text begins with all parts, and `then` accepts what is left of it.
fn all(parts: &[Part], text: &[char], then: &dyn Fn(&[char]) -> bool) -> bool {
    let Some((part, others)) = parts.split_first() else { return then(text) };
    match &part.atom {
        Atom::Class { ranges, is_negated } => {
            let is_in = |sign: &char| ranges.iter().any(|(first, last)| (first..=last).contains(&sign)) != *is_negated;
            let most = text.iter().take(part.most).take_while(|sign| is_in(sign)).count();
            (part.least..=most).rev().any(|count| text.get(count..).is_some_and(|left| all(others, left, then)))
        }
        Atom::Group(alternatives) => {
            repeated(alternatives, (part.least, part.most), text, &|left| all(others, left, then))
        }
    }
}

/// Whether a text begins with one of the alternatives so often, and `then` accepts what is left of it.
fn repeated(
    alternatives: &[Vec<Part>],
    (least, most): (usize, usize),
    text: &[char],
    then: &dyn Fn(&[char]) -> bool,
) -> bool {
    let again = |left: &[char]| {
        // What matched nothing would match nothing for ever.
        left.len() < text.len() && repeated(alternatives, (least.saturating_sub(1), most - 1), left, then)
    };
    (most > 0 && alternatives.iter().any(|parts| all(parts, text, &again))) || (least == 0 && then(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_text_matches_or_does_not() {
        for (pattern, right, wrong) in [
            (
                "^aff_[0-7][0-9a-hjkmnp-tv-z]{25}$",
                &["aff_01kdvdna00fec9rpb7dk6gd3hy"][..],
                &["aff_01kdvdna00fec9rpb7dk6gd3h", "aff_01kdvdna00fec9rpb7dk6gd3hyy", "aff_81kdvdna00fec9rpb7dk6gd3hy"]
                    [..],
            ),
            ("^(cus|aff)_[a-z]+$", &["cus_a", "aff_bc"][..], &["com_a", "cus_", "cus_A", ""][..]),
            ("^[A-Z]{3}$", &["USD"][..], &["US", "USDX", "usd", "USD\n"][..]),
            ("^[A-Za-z0-9_-]{3,5}$", &["a-_", "A0b1c"][..], &["ab", "abcdef", "a b"][..]),
            ("^[^\\u0000]*$", &["", "\u{e4} b"][..], &["a\0"][..]),
            ("^[!-~]([ -~]*[!-~])?$", &["a", "a b", "ab"][..], &["", " a", "a "][..]),
            ("^a(b|cd){2}\\.x?$", &["abb.", "acdb.x"][..], &["ab.", "abbb.", "abbx"][..]),
        ] {
            let read = Pattern::of(pattern).unwrap();
            assert!(right.iter().all(|text| read.matches(text)), "{pattern}");
            assert!(!wrong.iter().any(|text| read.matches(text)), "{pattern}");
        }
    }

    #[test]
    fn any_other_expression_is_not_read() {
        for pattern in ["a", "^a", "a$", "^a|b$", "^.$", "^\\d$", "^(?i)a$", "^(a$", "^a)$", "^[a$", "^a{b}$", "^*$"] {
            assert!(Pattern::of(pattern).is_none(), "{pattern}");
        }
    }
}
