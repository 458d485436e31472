//! Evaluates license expressions (SPDX, and Cargo's older form with a slash for "or"). Does no I/O.

use anyhow::{Result, bail};

/// Returns whether the allowed licenses satisfy an expression such as `(MIT OR Apache-2.0) AND ISC`.
///
/// # Errors
/// Where the text isn't an expression.
pub(crate) fn satisfied(expression: &str, allowed: impl Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let answer = either(&mut words, &allowed)?;
    match words.next() {
        None => Ok(answer),
        Some(word) => bail!("unexpected {word:?}"),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &impl Fn(&str) -> bool) -> Result<bool> {
    let mut answer = both(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        answer |= both(words, allowed)?;
    }
    Ok(answer)
}

fn both(words: &mut Words<'_>, allowed: &impl Fn(&str) -> bool) -> Result<bool> {
    let mut answer = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        answer &= one(words, allowed)?;
    }
    Ok(answer)
}

fn one(words: &mut Words<'_>, allowed: &impl Fn(&str) -> bool) -> Result<bool> {
    let Some(word) = words.next() else { bail!("it ends too early") };
    if word == "(" {
        let answer = either(words, allowed)?;
        if words.next() != Some(")") {
            bail!("a parenthesis isn't closed");
        }
        return Ok(answer);
    }
    if matches!(word, ")" | "AND" | "OR" | "WITH") {
        bail!("unexpected {word:?}");
    }
    if words.next_if_eq(&"WITH").is_some() {
        let Some(exception) = words.next() else { bail!("it ends too early") };
        return Ok(allowed(&format!("{word} WITH {exception}")));
    }
    Ok(allowed(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(expression: &str, licenses: &[&str]) -> bool {
        satisfied(expression, |license| licenses.contains(&license)).unwrap()
    }

    #[test]
    fn and_binds_before_or_and_with_before_both() {
        assert!(by("MIT OR Apache-2.0", &["MIT"]));
        assert!(by("MIT/Apache-2.0", &["Apache-2.0"]));
        assert!(!by("MIT AND BSD-3-Clause", &["MIT"]));
        assert!(by("GPL-3.0 OR MIT AND ISC", &["MIT", "ISC"]));
        assert!(!by("GPL-3.0 OR MIT AND ISC", &["ISC"]));
        assert!(!by("(GPL-3.0 OR MIT) AND ISC", &["MIT"]));
        assert!(!by("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
        assert!(by("Apache-2.0 WITH LLVM-exception OR MIT", &["MIT"]));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND", "MIT WITH"] {
            assert!(satisfied(text, |_| true).is_err(), "{text}");
        }
    }
}
