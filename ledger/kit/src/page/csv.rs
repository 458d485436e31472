//! Writes CSV files (RFC 4180). A spreadsheet may open them, so no cell is a formula; they are streamed while rows are
//! read, so that their length doesn't matter.

use std::future::Future;

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures_util::stream;
use payout_core::rail::cell;
use shared::money::{Currency, Money};

use crate::error::{Error, Result};

/// Streams a file page by page: `next` returns a page's lines and the position of the next page, or `None` at the end.
/// An error breaks off the response, which a client can detect. `name` contains no quotes.
///
/// # Errors
/// If `name` isn't a valid file name.
pub fn download<P, N, F, E>(name: &str, head: String, place: P, next: N) -> Result<Response>
where
    P: Send + 'static,
    N: Fn(P) -> F + Send + 'static,
    F: Future<Output = std::result::Result<Option<(String, Option<P>)>, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\""))
        .map_err(|error| Error::internal(error))?;
    let pages = stream::try_unfold((next, Some(place), head), |(next, place, mut text)| async move {
        let Some(place) = place else { return Ok(None) };
        let place = match next(place).await? {
            None => None,
            Some((lines, place)) => {
                text.push_str(&lines);
                place
            }
        };
        Ok::<_, E>(Some((Bytes::from(text), (next, place, String::new()))))
    });
    let mut response = Body::from_stream(pages).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Returns a result for [`download`]: lines, and the next position if there were as many as requested.
pub fn portion<P>(lines: String, (count, requested): (usize, i64), on: P) -> Option<(String, Option<P>)> {
    let full = i64::try_from(count).is_ok_and(|count| count >= requested);
    Some((lines, full.then_some(on)))
}

/// Formats an amount in major units with the currency's decimals: `59.40`.
pub fn major(minor: i64, currency: &str) -> String {
    let Ok(currency) = currency.parse::<Currency>() else { return minor.to_string() };
    let text = Money { minor, currency }.to_string();
    text.split(' ')
        .find(|part| part.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-'))
        .map_or_else(|| minor.to_string(), str::to_owned)
}

/// Returns one line with its line ending. Every cell is quoted.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\r\n"
}

/// An apostrophe before a formula makes it text. A plain negative number stays one, so that amounts can be summed.
fn quoted(text: &str) -> String {
    if cell::is_formula(text) && !is_number(text) {
        cell::in_quotes(&format!("'{text}"))
    } else {
        cell::in_quotes(text)
    }
}

/// Whether the text is a number such as `-50.00`, and nothing that could be evaluated.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text.strip_prefix('-').unwrap_or(text);
    plain.split_once('.').map_or_else(|| digits(plain), |(whole, rest)| digits(whole) && digits(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_lines_end_as_the_rfc_says() {
        assert_eq!(line(["a", "b,c", "say \"hi\"", ""]), "\"a\",\"b,c\",\"say \"\"hi\"\"\",\"\"\r\n");
        assert_eq!(line(["two\nlines"]), "\"two\nlines\"\r\n");
    }

    #[test]
    fn a_full_portion_has_another_one() {
        assert_eq!(portion(String::new(), (2, 2), 'a'), Some((String::new(), Some('a'))));
        assert_eq!(portion(String::new(), (1, 2), 'a'), Some((String::new(), None)));
    }

    #[test]
    fn amounts_have_their_currencys_digits() {
        assert_eq!(major(5_940, "USD"), "59.40");
        assert_eq!(major(5_940, "JPY"), "5940");
        assert_eq!(major(5_940, "KWD"), "5.940");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for bad in [
            "=1+1",
            "+1",
            "-1+1",
            "-",
            "-.5",
            "-1.2.3",
            " -1",
            "-1E5",
            "-A1",
            "@SUM(A1)",
            "\tx",
            "\r=1",
            " =cmd|' /C calc'!A0",
        ] {
            assert_eq!(line([bad]), format!("\"'{bad}\"\r\n"));
        }
        assert_eq!(line(["a=1"]), "\"a=1\"\r\n");
    }

    #[test]
    fn an_amount_below_nothing_is_a_number() {
        assert_eq!(line([major(-5_000, "USD").as_str()]), "\"-50.00\"\r\n");
        assert_eq!(line([major(-5_000, "JPY").as_str(), "-0.005"]), "\"-5000\",\"-0.005\"\r\n");
    }
}
