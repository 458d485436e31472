//! An affiliate's money at a brand, in words for people: on hold, payable, on its way, paid, withheld, and when the
//! brand pays next.

use payout_core::select::{Payment, Reason};
use shared::id::AffiliateId;

use super::store;
use crate::{payout_run::preview, payout_settings::store as settings_store};
use kit::{
    db::TenantTx,
    page::zone::Zone,
    state::AppState,
    text::{Text, Texts},
};

/// A part of the portal's pages; its templates are `portal_money.html` and, on the home page, `portal_balance.html`.
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
    /// When the next part of it becomes payable.
    pub until: Option<String>,
    pub payable: String,
    /// When the payable amount is paid, or what is missing for it.
    pub when: When,
    pub in_payout: Option<String>,
    /// The amount received, without the tax withheld.
    pub paid: String,
    /// What an import left to another platform.
    pub left: Option<String>,
    pub withheld: Option<String>,
}

/// When the payable amount is paid.
#[derive(Debug, Default)]
pub struct When {
    /// In a few words; empty if nothing is payable.
    pub message: String,
    /// Where the affiliate can do something about it: path and label.
    pub link: Option<(&'static str, String)>,
}

const SETUP: &str = "/a/payouts/setup";
const FORM: (&str, &str) = ("/a/tax", "portal-balance-submit-form");
const ADD_METHOD: (&str, &str) = (SETUP, "portal-balance-add-method");
const SEE_MISSING: (&str, &str) = (SETUP, "portal-balance-see-missing");

impl When {
    fn of(t: Texts, message: Text, link: Option<(&'static str, &'static str)>) -> Self {
        Self { message: message.to_string(), link: link.map(|(path, label)| (path, t.say(label).to_string())) }
    }

    fn paid(t: Texts, payment: &Payment) -> Self {
        match payment.withheld_reason {
            None => Self::of(t, t.say("portal-balance-when-next"), None),
            // Another form wouldn't change this.
            Some("subject_to_withholding") => Self::of(t, t.say("portal-balance-when-withheld"), None),
            Some(_) => Self::of(t, t.say("portal-balance-when-withheld-form"), Some(FORM)),
        }
    }

    /// `on_its_way`: something is already reserved for a payout; a proposed payout reserves nothing.
    fn left_out(t: Texts, reason: Reason, minimum: &str, on_its_way: bool) -> Self {
        let (key, link) = match reason {
            Reason::NotApproved => ("portal-balance-when-not-approved", None),
            Reason::InAnotherRun if on_its_way => ("portal-balance-when-after-payout", None),
            Reason::InAnotherRun | Reason::Excluded => ("portal-balance-when-upcoming", None),
            Reason::NegativeBalance => ("portal-balance-when-overpaid", None),
            Reason::OnHold => ("portal-balance-when-held", None),
            Reason::BelowMinimum => {
                return Self::of(t, t.say("portal-balance-when-minimum").with("minimum", minimum), None);
            }
            Reason::NoMethod | Reason::NoAccount => ("portal-balance-when-no-method", Some(ADD_METHOD)),
            Reason::AccountNotReady => ("portal-balance-when-account", Some(SEE_MISSING)),
            Reason::NoTaxForm => ("portal-balance-when-no-form", Some(FORM)),
        };
        Self::of(t, t.say(key), link)
    }
}

async fn when(
    tx: &mut TenantTx,
    state: &AppState,
    t: Texts,
    affiliate: AffiliateId,
    sum: &store::Sums,
) -> Result<When, sqlx::Error> {
    let currency = sum.currency;
    if sum.payable == 0 {
        return Ok(When::default());
    }
    let selection = preview::select_of(tx, currency, state.clock.now(), &[affiliate]).await?;
    if let Some(paid) = selection.paid.first() {
        return Ok(When::paid(t, &paid.payment));
    }
    let minimum = settings_store::read(tx).await?.minimum(currency);
    let minimum = t.money(minimum, currency.code());
    Ok(selection
        .left_out
        .first()
        .map_or_else(When::default, |one| When::left_out(t, one.reason, &minimum, sum.reserved > 0)))
}

/// Loads an affiliate's money, in words of their language and days of their clocks.
pub async fn of(
    tx: &mut TenantTx,
    state: &AppState,
    (t, zone): (Texts, &Zone),
    affiliate: AffiliateId,
) -> Result<Money, sqlx::Error> {
    let sums = store::sums(tx, Some(affiliate)).await?;
    let releases = store::next_releases(tx, affiliate, state.clock.now()).await?;
    let next = store::next_run(tx).await?.filter(|next| *next > state.clock.now());
    let mut balances = Vec::new();
    for sum in sums {
        let money = |minor| t.money(minor, sum.currency.code());
        balances.push(Balance {
            currency: sum.currency.to_string(),
            pending: money(sum.pending),
            until: releases
                .get(sum.currency.code())
                .map(|at| t.say("portal-balance-on-hold-next").with("day", zone.date_in(t, *at)).to_string()),
            payable: money(sum.payable),
            when: when(tx, state, t, affiliate, &sum).await?,
            in_payout: (sum.reserved != 0).then(|| money(sum.reserved)),
            paid: money(sum.received()),
            left: (sum.left != 0).then(|| money(sum.left)),
            withheld: (sum.withheld != 0).then(|| money(sum.withheld)),
        });
    }
    Ok(Money { balances, next: next.map(|next| zone.date_in(t, next)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposed_payout_is_not_on_its_way() {
        let message = |on_its_way| When::left_out(Texts::default(), Reason::InAnotherRun, "$50.00", on_its_way).message;
        assert_eq!(message(false), "in an upcoming payout");
        assert_eq!(message(true), "after the payout that’s on its way");
    }
}
