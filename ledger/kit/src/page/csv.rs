//! Writes CSV files (RFC 4180). A spreadsheet may open them, so no cell is a formula. A [`Listing`] is streamed while its
//! rows are read, so that its length doesn't matter.

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
};
use futures_util::stream;
use payout_core::rail::cell;
use shared::{
    id::OrganizationId,
    money::{Currency, Money},
};

use crate::{
    db::{Db, TenantTx},
    error::{Error, Result},
};

/// The `Content-Type` of a CSV file.
pub const KIND: &str = "text/csv; charset=utf-8";

/// A list to export: what it contains, and how far it has been read.
pub trait Listing: Send + 'static {
    /// Reads the page after the last one. Each page has its own short transaction.
    fn page(&mut self, tx: &mut TenantTx) -> impl Future<Output = sqlx::Result<Page>> + Send;
}

/// A page of a [`Listing`].
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub lines: String,
    /// Whether another page may follow.
    pub more: bool,
}

impl Page {
    /// Another page may follow if there are as many lines as requested.
    pub fn new(lines: impl ExactSizeIterator<Item = String>, requested: i64) -> Self {
        let more = i64::try_from(lines.len()).is_ok_and(|count| count >= requested);
        Self { lines: lines.collect(), more }
    }
}

/// Exports a listing as `{name}.csv`.
///
/// # Errors
/// If `name` isn't a valid file name.
pub fn export<'a>(
    db: &Db,
    organization: OrganizationId,
    name: &str,
    head: impl IntoIterator<Item = &'a str>,
    listing: impl Listing,
) -> Result<Response> {
    attachment(&format!("{name}.csv"), KIND, pages(db, organization, line(head), listing))
}

/// Streams a listing after its head. An error breaks off the response, which a client can detect.
pub fn pages(db: &Db, organization: OrganizationId, head: String, listing: impl Listing) -> Body {
    let start = (db.clone(), Some(listing), head);
    Body::from_stream(stream::try_unfold(start, move |(db, listing, mut text)| async move {
        let Some(mut listing) = listing else { return Ok(None) };
        let mut tx = db.tenant(organization).await?;
        let page = listing.page(&mut tx).await?;
        tx.commit().await?;
        text.push_str(&page.lines);
        Ok::<_, sqlx::Error>(Some((Bytes::from(text), (db, page.more.then_some(listing), String::new()))))
    }))
}

/// Returns a file to download. `name` contains no quotes.
///
/// # Errors
/// If `name` isn't a valid file name.
pub fn attachment(name: &str, kind: &'static str, body: impl Into<Body>) -> Result<Response> {
    let name =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(|error| Error::internal(error))?;
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Formats an amount in major units with the currency's decimals: `59.40`.
pub fn major(minor: i64, currency: &str) -> String {
    currency.parse::<Currency>().map_or_else(|_| minor.to_string(), |currency| Money::new(minor, currency).major())
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
    fn another_page_follows_a_full_one() {
        let page = |lines: [&str; 2], requested| Page::new(lines.into_iter().map(str::to_owned), requested);
        assert_eq!(page(["a", "b"], 2), Page { lines: "ab".to_owned(), more: true });
        assert_eq!(page(["a", "b"], 3), Page { lines: "ab".to_owned(), more: false });
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
