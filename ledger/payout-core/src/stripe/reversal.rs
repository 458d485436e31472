//! Transfers that came back, and reading transfers at large: one by one, and page by page for a comparison.
//!
//! Source: <https://docs.stripe.com/api/transfers/list>, <https://docs.stripe.com/api/transfer_reversals/create>.

use serde::Deserialize;
use shared::money::Money;

use super::{Answer, Call, StripeError, segment, transfer::Transfer, transfer::TransferList, unit};

/// How many transfers a page has at most.
pub const PAGE: usize = 100;

pub fn retrieve(transfer: &str) -> Call {
    Call::get(format!("/v1/transfers/{}", segment(transfer)))
}

/// A page of the transfers made at `since` (Unix seconds) or later, newest first; the first one, or the one after `after`.
pub fn list(since: i64, after: Option<&str>) -> Call {
    let call = Call::get("/v1/transfers").field("created[gte]", since.to_string()).field("limit", PAGE.to_string());
    match after {
        Some(after) => call.field("starting_after", after),
        None => call,
    }
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    pub transfers: Vec<Transfer>,
    /// What the next page is asked with; None where this was the last one.
    pub next: Option<String>,
}

pub fn page(answer: &Answer) -> Result<Page, StripeError> {
    let list: TransferList = answer.read()?;
    let next = list.data.last().map(|last| last.id.clone()).filter(|_| list.has_more);
    Ok(Page { transfers: list.data, next })
}

/// Takes a transfer back, all of it or a part. `key` names this very reversal: what is sent twice under it is one.
pub fn create(transfer: &str, amount: Option<Money>, key: &str) -> Call {
    let call = Call::post(format!("/v1/transfers/{}/reversals", segment(transfer)));
    let call = match amount {
        Some(amount) => call.field("amount", unit::to_stripe(amount).to_string()),
        None => call,
    };
    call.key(key)
}

/// A reversal as Stripe has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reversal {
    /// `trr_…`.
    pub id: String,
    /// In Stripe's units.
    pub amount: i64,
    pub currency: String,
    pub transfer: String,
}
