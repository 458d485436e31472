//! The question that the page for paying asks once: what runs do about affiliates without a valid tax form. Until an owner
//! or admin answers it, here or in the payout settings, such affiliates are paid, and the brand is warned.

use axum::response::Response;
use payout_core::tax::gate::Gate;
use shared::money::Currency;

use super::preview::Selection;
use crate::payout_settings::settings::{self, Changes, Ending, Settings};
use identity::{access::session::Session, audit};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, flash::Flash},
    state::AppState,
};

/// A W-9 is on file, which says that tax must be withheld: no form is missing.
const HAS_FORM: &str = "subject_to_withholding";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct TaxQuestion {
    /// How many of those who can be paid have no valid form.
    people: usize,
    /// The rule that is selected.
    pub(super) selected: &'static str,
}

impl TaxQuestion {
    /// `None` if the rule is chosen, or no one who can be paid lacks a form.
    pub(super) fn of(all: &Selection, settings: &Settings) -> Option<Self> {
        let warnings = all.paid.iter().filter_map(|one| one.payment.warning);
        let people = warnings.filter(|code| *code != HAS_FORM).count();
        let country = all.connection.as_ref().map(|connection| connection.country.as_str());
        (!settings.is_tax_gate_chosen && people > 0).then(|| Self { people, selected: usual(country).as_str() })
    }

    /// `3 affiliates have`.
    pub(super) fn who_has(&self) -> String {
        if self.people == 1 { "1 affiliate has".to_owned() } else { format!("{} affiliates have", self.people) }
    }
}

/// What to select for a brand whose Stripe account is in this country. The forms are those of payers in the US: other
/// brands' affiliates rarely owe them one.
fn usual(country: Option<&str>) -> Gate {
    if country == Some("US") { Gate::Hold } else { Gate::Warn }
}

/// Stores the answer, and shows the page for paying again.
///
/// # Errors
/// 404 for what isn't the person's, 403 for people who may not change settings, 400 for an unknown rule.
pub(super) async fn answer(state: &AppState, session: &Session, fields: &Fields) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let currency = fields.text("currency").parse::<Currency>();
    let currency = currency.map_err(|error| Error::field("currency", format!("currency {error}")))?;
    let changes = Changes { tax_gate: Some(fields.text("taxGate").to_owned()), ..Changes::default() };
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = settings::change(&mut tx, state, changes, Ending::Refused).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    let target = format!("{}?organization={}&currency={}", super::pay::PAGE, member.organization, currency.code());
    Ok(Flash::done("Rule for tax forms saved").redirect(&target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brands_in_the_us_hold_payments_by_default() {
        assert_eq!(usual(Some("US")), Gate::Hold);
        assert_eq!((usual(Some("DE")), usual(None)), (Gate::Warn, Gate::Warn));
    }

    #[test]
    fn the_question_counts_people() {
        let of = |people| TaxQuestion { people, selected: "Warn" }.who_has();
        assert_eq!((of(1), of(3)), ("1 affiliate has".to_owned(), "3 affiliates have".to_owned()));
    }
}
