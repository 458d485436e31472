//! Finds the figures in a text, and whether each of them was given. A model may explain figures; it may not make any.

use std::collections::BTreeSet;

use super::Outcome;

/// Words that say a figure without a digit.
const WORDS: [&str; 40] = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "dozen",
    "half",
    "halved",
    "twice",
    "double",
    "doubled",
    "triple",
    "tripled",
    "quarter",
    "quarters",
    "third",
    "thirds",
    "tenfold",
    "twofold",
];

/// Refuses a text with a figure that wasn't given.
///
/// # Errors
/// Names the field and the figure.
pub fn check(field: &str, text: &str, given: &str) -> Outcome<()> {
    let words = |figure| format!("{field} has {figure}, which isn't among the figures that were given");
    unknown(text, given).map_or(Ok(()), |figure| Err(words(figure)))
}

/// The first figure of a text that none of the given texts has.
pub fn unknown(text: &str, given: &str) -> Option<String> {
    let known = of(given);
    of(text).into_iter().find(|figure| !known.contains(figure))
}

/// The figures of a text, so that those of equal value are equal: `1,200.00` is `1200`.
fn of(text: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = words(text).filter(|word| WORDS.contains(&word.as_str())).collect();
    let signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(sign) = signs.get(at) {
        if !sign.is_numeric() {
            at += 1;
            continue;
        }
        let from = at;
        // A separator belongs to a figure if digits are on both sides of it.
        while signs.get(at).is_some_and(|sign| {
            sign.is_numeric()
                || matches!(sign, ',' | '.' | '\u{202f}' | '\u{a0}' | '\'' | '\u{2019}')
                    && signs.get(at + 1).is_some_and(|next| next.is_numeric())
        }) {
            at += 1;
        }
        found.insert(value(&signs[from..at].iter().collect::<String>()));
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Without what groups digits, and without zeros that say nothing.
fn value(figure: &str) -> String {
    let digits: String = figure.chars().filter(|sign| sign.is_numeric() || matches!(sign, '.' | ',')).collect();
    // Of one separator with other than three digits behind it, what follows is the fraction; so it is of the last of two kinds.
    let last = digits.rfind(['.', ',']);
    let kinds = digits.chars().filter(|sign| !sign.is_numeric()).collect::<BTreeSet<_>>().len();
    let many = digits.chars().filter(|sign| !sign.is_numeric()).count();
    let fraction = last.filter(|at| kinds == 2 || (many == 1 && digits.len() - at != 4));
    let (whole, fraction) = fraction.map_or((digits.as_str(), ""), |at| (&digits[..at], &digits[at + 1..]));
    let whole: String = whole.chars().filter(|sign| sign.is_numeric()).collect();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIVEN: &str = "Revenue $1,200.00 (before: $2,400.50), 14 sales, -50%, 22 Oct 2026, 3 affiliates, 0.5%";

    #[test]
    fn figures_that_were_given_are_known_however_they_are_written() {
        for text in [
            "Revenue fell to $1,200 from $2,400.50.",
            "1200 instead of 2.400,50",
            "Only 14 sales, 50% less, since 22 October.",
            "No figure at all, and no one is to blame.",
            "3, 14.",
            "0,5 %",
        ] {
            assert_eq!(unknown(text, GIVEN), None, "{text}");
        }
    }

    #[test]
    fn a_figure_that_nobody_gave_is_found() {
        for (text, figure) in [
            ("It fell by 51%", "51"),
            ("It fell by $1,200.50", "1200.5"),
            ("Half of it is gone", "half"),
            ("It DOUBLED", "doubled"),
            ("1.4 sales", "1.4"),
            ("12002400", "12002400"),
            ("Two partners left", "two"),
            ("in ٣ days", "٣"),
            ("½ of it", "½"),
        ] {
            assert_eq!(unknown(text, GIVEN).as_deref(), Some(figure), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_figure_of_a_text_is_its_own(text in ".{0,80}") {
            prop_assert_eq!(unknown(&text, &text), None);
        }

        #[test]
        fn a_larger_figure_is_never_known(cents in 0_u64..1_000_000_000) {
            let written = |cents: u64| rules::format::money(i64::try_from(cents).unwrap(), "USD");
            let given = written(cents);
            prop_assert_eq!(unknown(&format!("It is {given}."), &given), None);
            let larger = format!("It is {}.", written(cents + 1));
            prop_assert!(unknown(&larger, &given).is_some());
        }
    }
}
