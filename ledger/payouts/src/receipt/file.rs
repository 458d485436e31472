//! PDF and CSV files as responses that no cache may store.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use payout_core::document::{
    Document,
    amount::plain,
    yearly::{MONTHS, Yearly},
};

use kit::error::{Error, Result};

const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Returns whether the caller prefers the PDF to JSON.
pub fn wants_pdf(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("application/pdf")
}

/// Prevents caches from storing the response.
pub fn private(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    response
}

/// Returns the document as a PDF file. `name` has no extension and consists of letters, digits, `-` and `_`.
///
/// # Errors
/// Fails if the PDF can't be created.
pub async fn pdf(document: Document, name: &str) -> Result<Response> {
    // A thousand lines take a while, and other requests need this thread.
    let bytes = tokio::task::spawn_blocking(move || document.pdf()).await.map_err(|error| Error::internal(error))?;
    file(
        bytes.map_err(|error| Error::internal(error))?.into(),
        "application/pdf",
        &format!("inline; filename=\"{name}.pdf\""),
    )
}

fn file(body: Body, kind: &'static str, disposition: &str) -> Result<Response> {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(disposition).map_err(|error| Error::internal(error))?);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(private(response))
}

/// Returns a year as CSV: amounts in major units with the currency's decimals, one row per month in which something
/// happened.
///
/// # Errors
/// Fails if a header can't be written.
pub fn yearly_csv(yearly: &Yearly) -> Result<Response> {
    let mut text = String::from("year,currency,month,payouts,commissions,tax_withheld,came_back,received\r\n");
    for part in &yearly.currencies {
        for (name, month) in MONTHS.iter().zip(&part.months).filter(|(_, month)| !month.is_empty()) {
            let money = |minor: i64| plain(minor, part.currency).replace(',', "").replace('\u{2212}', "-");
            text.push_str(&format!(
                "{},{},{name},{},{},{},{},{}\r\n",
                yearly.year,
                part.currency,
                month.payouts,
                money(month.gross),
                money(month.withheld - month.withheld_returned),
                money(month.returned),
                money(month.received()),
            ));
        }
    }
    let name = format!("attachment; filename=\"statement-{}.csv\"", yearly.year);
    file(text.into(), "text/csv; charset=utf-8", &name)
}
