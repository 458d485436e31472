//! Decides what to do with a row of a past sale. Pure, and the same for the check and the run.

use std::collections::HashMap;

use shared::id::AffiliateId;

use super::{
    decide::{Decision, Knowledge, Outcome},
    row::Refusal,
    sale_row::SaleRow,
};
use rules::conversion::Conversion;

/// Stored conversions by external id.
pub type Stored = HashMap<String, Conversion>;

impl Knowledge {
    /// Decides whose the sale is; no action if it was imported before.
    ///
    /// # Errors
    /// A [`Refusal`]: the row contradicts what is stored, or names no affiliate here.
    pub fn sale(&mut self, row: &SaleRow, stored: &Stored) -> Result<Decision<Option<AffiliateId>>, Refusal> {
        let affiliate = self.whose(row.affiliate_email.as_deref(), row.affiliate_slug.as_deref())?;
        self.known(affiliate)?;
        if !self.seen.insert(row.external_id.clone()) {
            let message = format!("Duplicate: this {} appears earlier in the file.", what(row));
            return Err(Refusal::new("duplicate", message));
        }
        let mut notes = row.notes.clone();
        if row.customer_id.is_none() && row.customer_email.is_none() {
            notes.push("The row names no customer, so later purchases aren't recognized.".to_owned());
        }
        let decision = |action, outcome| Decision { action, outcome, added: Vec::new(), notes };
        match stored.get(&row.external_id) {
            None => Ok(decision(Some(affiliate), Outcome::New)),
            Some(known) => same(known, row, affiliate).map(|()| decision(None, Outcome::Unchanged)),
        }
    }
}

const fn what(row: &SaleRow) -> &'static str {
    if row.is_lead { "lead" } else { "sale" }
}

fn same(known: &Conversion, row: &SaleRow, affiliate: AffiliateId) -> Result<(), Refusal> {
    let Some(past) = known.details.past else {
        let message = if row.is_lead {
            "This lead was already reported here."
        } else {
            "A sale with this ID was already reported here, so it earned its commission here."
        };
        return Err(Refusal::new("already_reported", message));
    };
    let whose = known.outcome.credit.as_ref().map(|credit| credit.affiliate_id);
    if (known.amount, past.earned_cents, whose) == (row.amount, row.earned.minor, Some(affiliate)) {
        return Ok(());
    }
    let message = if row.is_lead {
        "This lead was imported before, with another affiliate."
    } else {
        "This sale was imported before, with another amount, commission or affiliate."
    };
    Err(Refusal::new("imported_differently", message))
}
