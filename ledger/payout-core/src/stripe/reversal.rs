//! Reversed transfers, and reading transfers in general: one by one, and by page for reconciliation.
//!
//! Source: <https://docs.stripe.com/api/transfers/list>, <https://docs.stripe.com/api/transfer_reversals/create>.

use serde::Deserialize;
use shared::money::Money;

use super::{Answer, Call, StripeError, segment, transfer::Transfer, transfer::TransferList, unit};

/// Maximum transfers per page.
pub const PAGE: usize = 100;

pub fn retrieve(transfer: &str) -> Call {
    Call::get(format!("/v1/transfers/{}", segment(transfer)))
}

/// Lists a page of the transfers created at `since` (Unix seconds) or later, newest first: the first page, or the one
/// after `after`.
pub fn list(since: i64, after: Option<&str>) -> Call {
    let call = Call::get("/v1/transfers").field("created[gte]", since.to_string()).field("limit", PAGE.to_string());
    match after {
        Some(after) => call.field("starting_after", after),
        None => call,
    }
}

/// A page of transfers.
#[derive(Debug, Clone)]
pub struct Page {
    pub transfers: Vec<Transfer>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<String>,
}

pub fn page(answer: &Answer) -> Result<Page, StripeError> {
    let list: TransferList = answer.read()?;
    let next = list.data.last().map(|last| last.id.clone()).filter(|_| list.has_more);
    Ok(Page { transfers: list.data, next })
}

/// Reverses a transfer, in full or in part. `key` identifies this reversal: sent twice under the same key, it happens
/// once.
pub fn create(transfer: &str, amount: Option<Money>, key: &str) -> Call {
    let call = Call::post(format!("/v1/transfers/{}/reversals", segment(transfer)));
    let call = match amount {
        Some(amount) => call.field("amount", unit::to_stripe(amount).to_string()),
        None => call,
    };
    call.key(key)
}

/// A reversal, as Stripe returns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reversal {
    /// `trr_…`.
    pub id: String,
    /// In Stripe's units.
    pub amount: i64,
    pub currency: String,
    pub transfer: String,
}
