//! An affiliate's money at a brand, in words for people: on hold, payable, on its way, paid, withheld, and when the
//! brand pays next.

use payout_core::select::{Payment, Reason};
use shared::id::AffiliateId;

use super::store;
use crate::{payout_run::preview, payout_settings::store as settings_store};
use kit::{db::TenantTx, state::AppState};
use rules::format;

/// A part of the portal's pages; its template is `portal_money.html`.
#[derive(Debug)]
pub struct Money {
    /// One per currency; empty if nothing was ever earned.
    pub balances: Vec<Balance>,
    /// When the brand pays next automatically.
    pub next: Option<String>,
}

/// The balance in one currency, formatted for people.
#[derive(Debug)]
pub struct Balance {
    pub currency: String,
    pub pending: String,
    pub payable: String,
    /// When the payable amount is paid, or what is missing for it.
    pub when: When,
    pub in_payout: Option<String>,
    /// The amount received, without the tax withheld.
    pub paid: String,
    pub withheld: Option<String>,
}

/// When the payable amount is paid.
#[derive(Debug, Default)]
pub struct When {
    /// In a few words; empty if nothing is payable.
    pub message: String,
    /// Where the affiliate can do something about it: path and label.
    pub link: Option<(&'static str, &'static str)>,
}

const SETUP: &str = "/a/payouts/setup";
const FORM: (&str, &str) = ("/a/tax", "Submit tax form");

impl When {
    fn paid(payment: &Payment) -> Self {
        match payment.withheld_reason {
            None => Self { message: "in the next payout".to_owned(), link: None },
            // Another form wouldn't change this.
            Some("subject_to_withholding") => {
                Self { message: "in the next payout, minus 24% backup withholding".to_owned(), link: None }
            }
            Some(_) => Self {
                message: "in the next payout, minus 24% backup withholding until you submit a tax form".to_owned(),
                link: Some(FORM),
            },
        }
    }

    /// `on_its_way`: something is already reserved for a payout; a proposed payout reserves nothing.
    fn left_out(reason: Reason, minimum: &str, on_its_way: bool) -> Self {
        let (message, link) = match reason {
            Reason::NotApproved => ("not paid while you aren’t an approved affiliate".to_owned(), None),
            Reason::InAnotherRun if on_its_way => ("after the payout that’s on its way".to_owned(), None),
            Reason::InAnotherRun => ("in an upcoming payout".to_owned(), None),
            Reason::NegativeBalance => ("overpaid: deducted from your next earnings".to_owned(), None),
            Reason::OnHold => ("payouts on hold: ask the brand why".to_owned(), None),
            Reason::BelowMinimum => (format!("carried over until it reaches {minimum}"), None),
            Reason::NoMethod => {
                ("ready: add a payout method to receive it".to_owned(), Some((SETUP, "Add payout method")))
            }
            Reason::NoAccount => {
                ("ready: add a payout method to receive it".to_owned(), Some((SETUP, "Add payout method")))
            }
            Reason::AccountNotReady => {
                ("waiting until your Stripe account can receive it".to_owned(), Some((SETUP, "See what’s missing")))
            }
            Reason::NoTaxForm => ("waiting for a valid tax form from you".to_owned(), Some(FORM)),
        };
        Self { message, link }
    }
}

async fn when(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    sum: &store::Sums,
) -> Result<When, sqlx::Error> {
    let currency = sum.currency;
    if sum.payable == 0 {
        return Ok(When::default());
    }
    let selection = preview::select_of(tx, currency, state.clock.now(), &[affiliate]).await?;
    if let Some(paid) = selection.paid.first() {
        return Ok(When::paid(&paid.payment));
    }
    let minimum = settings_store::read(tx).await?.minimum(currency);
    let minimum = format::money(minimum, currency.code());
    Ok(selection
        .left_out
        .first()
        .map_or_else(When::default, |one| When::left_out(one.reason, &minimum, sum.reserved > 0)))
}

pub async fn of(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId) -> Result<Money, sqlx::Error> {
    let sums = store::sums(tx, Some(affiliate)).await?;
    let next = store::next_run(tx).await?.filter(|next| *next > state.clock.now());
    let mut balances = Vec::new();
    for sum in sums {
        let money = |minor| format::money(minor, sum.currency.code());
        balances.push(Balance {
            currency: sum.currency.to_string(),
            pending: money(sum.pending),
            payable: money(sum.payable),
            when: when(tx, state, affiliate, &sum).await?,
            in_payout: (sum.reserved != 0).then(|| money(sum.reserved)),
            paid: money(sum.paid),
            withheld: (sum.withheld != 0).then(|| money(sum.withheld)),
        });
    }
    Ok(Money { balances, next: next.map(format::date) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposed_payout_is_not_on_its_way() {
        let message = |on_its_way| When::left_out(Reason::InAnotherRun, "$50.00", on_its_way).message;
        assert_eq!(message(false), "in an upcoming payout");
        assert_eq!(message(true), "after the payout that’s on its way");
    }
}
