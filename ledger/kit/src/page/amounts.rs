//! Amounts in the texts of the books, such as `20% of USD 99.00 = USD 19.80`, as pages write them.

use std::iter;

use rules::format;
use shared::money::Currency;

/// Writes the amounts in a text as lists do: `20% of $99.00 = $19.80`. All else stays as it is.
pub fn with_symbols(text: &str) -> String {
    let mut words = text.split(' ').peekable();
    let written = iter::from_fn(|| {
        let word = words.next()?;
        let amount = words.peek().and_then(|next| amount(word, next));
        if amount.is_some() {
            words.next();
        }
        Some(amount.unwrap_or_else(|| word.to_owned()))
    });
    written.collect::<Vec<_>>().join(" ")
}

/// Two words that are an amount, with the punctuation around it: `(USD` and `99.00)`.
fn amount(word: &str, next: &str) -> Option<String> {
    let (before, code) = word.split_at_checked(word.len().checked_sub(3)?)?;
    if before.contains(char::is_alphanumeric) || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let currency: Currency = code.parse().ok()?;
    let (sign, digits) = next.strip_prefix('-').map_or((1, next), |digits| (-1, digits));
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at_checked(end)?;
    let (decimals, after) = match usize::try_from(currency.exponent()).ok()? {
        0 => ("", rest),
        places => rest.strip_prefix('.')?.split_at_checked(places)?,
    };
    let is_over = !after.starts_with(|c: char| c.is_ascii_alphanumeric());
    let minor: i64 = format!("{whole}{decimals}").parse().ok().filter(|_| is_over && !whole.is_empty())?;
    Some(format!("{before}{}{after}", format::money(minor.checked_mul(sign)?, code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_in_lists() {
        for (text, written) in [
            ("20% of USD 99.00 = USD 19.80 (rounded half up)", "20% of $99.00 = $19.80 (rounded half up)"),
            (
                "JPY 250 of JPY 1000 refunded, leaving EUR 15.00.",
                "\u{a5}250 of \u{a5}1,000 refunded, leaving \u{20ac}15.00.",
            ),
            ("capped (USD 1234.50); USD -0.05", "capped ($1,234.50); \u{2212}$0.05"),
            ("KWD 1.005 for each sale", "KWD\u{a0}1.005 for each sale"),
            ("USD", "USD"),
            ("", ""),
        ] {
            assert_eq!(with_symbols(text), written);
        }
        for text in
            ["in USD 3 times", "XYZ 5.00", "usd 5.00", "aUSD 5.00", "USD 5.001", "USD 5.0", "USD .50", "the USA 1.00"]
        {
            assert_eq!(with_symbols(text), text, "no amount");
        }
    }
}
