//! What the page of an import shows and asks about past sales.

use shared::money::Currency;

use super::{
    row_store::Sum,
    sale_row::{SaleTerms, Settled, Unpaid},
};
use kit::{
    error::{Error, Result},
    form::Fields,
};
use rules::format::{self, count};

/// The totals of past sales that were settled in one way.
#[derive(Debug)]
pub(super) struct SumView {
    pub(super) words: &'static str,
    pub(super) rows: String,
    pub(super) amount: String,
    pub(super) earned: String,
}

impl SumView {
    pub(super) fn of(sum: &Sum) -> Self {
        let words = match sum.settled {
            Settled::Paid => "Paid before the move",
            Settled::SettledThere => "Unpaid, left to the other platform",
            Settled::PaidHere => "Unpaid, to be paid here",
        };
        let money = |minor| format::money(minor, sum.currency.code());
        Self { words, rows: count(sum.rows.unsigned_abs()), amount: money(sum.amount), earned: money(sum.earned) }
    }
}

/// The terms of past sales, if the form has them.
///
/// # Errors
/// 400 at `currency`, if it isn't a currency that we support.
pub(super) fn terms(form: &Fields) -> Result<Option<SaleTerms>> {
    let terms = known_terms(form);
    if terms.is_some()
        && let Some(typed) = form.given("currency")
    {
        typed.parse::<Currency>().map_err(|error| Error::field("currency", format!("currency {error}")))?;
    }
    Ok(terms)
}

/// Like [`terms`], without a currency that we don't support.
pub(super) fn known_terms(form: &Fields) -> Option<SaleTerms> {
    Some(SaleTerms {
        unpaid: Unpaid::parse(form.raw("unpaid"))?,
        taxed_there: form.is_ticked("taxed"),
        currency: form.raw("currency").parse().ok(),
        in_cents: form.is_ticked("cents"),
    })
}
