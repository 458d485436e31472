//! Decides what to do with a row of a past sale. Pure, and the same for the check and the run.

use std::collections::HashMap;

use shared::id::AffiliateId;

use super::{
    decide::{Decision, Knowledge, Outcome},
    row::Refusal,
    sale_row::SaleRow,
};
use rules::conversion::Conversion;

/// What is stored of the rows' sales and leads, by the rows' ids.
#[derive(Debug, Default)]
pub struct Stored {
    /// Under the row's id, or another id of the same payment; without claims that the import takes the place of.
    pub known: HashMap<String, Conversion>,
    /// The id of a sale that was reported here and may be the row's.
    pub similar: HashMap<String, String>,
    /// Other ids of the rows' payments, as far as gateways named them.
    pub names: HashMap<String, Vec<String>>,
}

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
        if let Some(known) = stored.known.get(&row.external_id) {
            same(known, row, affiliate)?;
            return Ok(Decision { action: None, outcome: Outcome::Unchanged, added: Vec::new(), notes });
        }
        let mut names = stored.names.get(&row.external_id).into_iter().flatten();
        if let Some(name) = names.find(|name| self.seen.contains(name.as_str())) {
            let message = format!("Duplicate: this sale appears earlier in the file as {name}.");
            return Err(Refusal::new("duplicate", message));
        }
        if let Some(similar) = stored.similar.get(&row.external_id) {
            notes.push(format!(
                "A sale of this customer with the same amount was reported here at about the same time, as {similar}. \
                 If it's this sale, remove the row."
            ));
        }
        Ok(Decision { action: Some(affiliate), outcome: Outcome::New, added: Vec::new(), notes })
    }
}

const fn what(row: &SaleRow) -> &'static str {
    if row.is_lead { "lead" } else { "sale" }
}

fn same(known: &Conversion, row: &SaleRow, affiliate: AffiliateId) -> Result<(), Refusal> {
    let Some(past) = known.details.past else {
        let message = if !known.provenance.is_verified() {
            format!("Your pages reported this {}, and its commission here is in a payout.", what(row))
        } else if row.is_lead {
            "This lead was already reported here.".to_owned()
        } else if known.external_id == row.external_id {
            "A sale with this ID was already reported here, so it earned its commission here.".to_owned()
        } else {
            format!("This sale was already reported here as {}, so it earned its commission here.", known.external_id)
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
