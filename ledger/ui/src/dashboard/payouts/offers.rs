//! What a person can pay now, in each currency: the page's buttons, and how many affiliates are ready.

use payout_core::select::Reason;
use shared::{
    id::PayoutRunId,
    money::{Currency, MoneyError},
    timestamp::Timestamp,
};

use super::store::Sums;

use kit::{db::TenantTx, error::Error};
use payouts::payout_run::{
    candidate_store,
    preview::{self, Selection},
    read_store, store,
};
use rules::format;

/// The most reasons that a tile names.
const REASONS: usize = 2;

/// What a run created now would do in a currency, and the run that already waits for approval.
#[derive(Debug)]
pub struct Offer {
    pub currency: String,
    /// Whether someone can be paid.
    is_payable: bool,
    /// The button: `Pay 3 affiliates · $412.80`.
    pub pays: String,
    /// The run that waits for approval, and its amount.
    pub open: Option<(PayoutRunId, String)>,
    /// `3 of 4 ready · 1 without a tax form`; empty if nothing is owed.
    pub ready: String,
}

/// Selects everyone who is owed something, by currency. The offers with most affiliates come first.
///
/// # Errors
/// Database errors.
pub async fn load(tx: &mut TenantTx, now: Timestamp) -> Result<(Vec<Offer>, Vec<Selection>), Error> {
    let (mut offers, mut selections) = (Vec::new(), Vec::new());
    for currency in candidate_store::currencies(tx).await? {
        let selection = preview::select(tx, currency, now).await?;
        let offer = Offer::of(&selection).map_err(|error| Error::internal(error))?;
        offers.push((selection.paid.len(), Offer { open: proposed(tx, currency).await?, ..offer }));
        selections.push(selection);
    }
    offers.sort_by_key(|(people, _)| std::cmp::Reverse(*people));
    Ok((offers.into_iter().map(|(_, offer)| offer).collect(), selections))
}

/// The same for a tab that doesn't list who is paid: from the page's sums, without selecting anyone.
///
/// # Errors
/// Database errors.
pub async fn brief(tx: &mut TenantTx, sums: &[Sums]) -> Result<Vec<Offer>, Error> {
    let mut offers = Vec::new();
    for one in sums {
        let Ok(currency) = one.currency.parse::<Currency>() else { continue };
        offers.push(Offer {
            currency: one.currency.clone(),
            is_payable: one.payable > 0,
            pays: format!("Pay affiliates in {}", one.currency),
            open: proposed(tx, currency).await?,
            ready: String::new(),
        });
    }
    Ok(offers)
}

async fn proposed(tx: &mut TenantTx, currency: Currency) -> Result<Option<(PayoutRunId, String)>, Error> {
    let Some(open) = store::proposed(tx, currency).await? else { return Ok(None) };
    let run = read_store::read(tx, open).await?;
    Ok(run.map(|run| (open, format::money(run.worth().0, currency.code()))))
}

impl Offer {
    fn of(selection: &Selection) -> Result<Self, MoneyError> {
        let (people, code) = (selection.paid.len(), selection.currency.code());
        let total = format::money(selection.sums()?.gross, code);
        Ok(Self {
            currency: code.to_owned(),
            is_payable: people > 0,
            pays: format!("Pay {people} affiliate{} \u{b7} {total}", if people == 1 { "" } else { "s" }),
            open: None,
            ready: ready(selection),
        })
    }

    /// Whether there is something for a person to do.
    pub const fn is_due(&self) -> bool {
        self.is_payable || self.open.is_some()
    }
}

fn ready(selection: &Selection) -> String {
    let waiting: Vec<Reason> = selection.left_out.iter().filter(|one| one.amount > 0).map(|one| one.reason).collect();
    let (ready, all) = (selection.paid.len(), selection.paid.len() + waiting.len());
    if all == 0 {
        return String::new();
    }
    let why = Reason::ALL.into_iter().filter_map(|reason| {
        let count = waiting.iter().filter(|one| **one == reason).count();
        (count > 0).then(|| format!("{count} {}", words(reason)))
    });
    let parts: Vec<String> = std::iter::once(format!("{ready} of {all} ready")).chain(why.take(REASONS)).collect();
    parts.join(" \u{b7} ")
}

/// What a number of people stands before: `4 without a payout method`.
pub const fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::NotApproved => "not approved",
        Reason::InAnotherRun => "in a payout run",
        Reason::NegativeBalance => "below zero",
        Reason::OnHold => "on hold",
        Reason::BelowMinimum => "below the minimum",
        Reason::NoMethod | Reason::NoAccount => "without a payout method",
        Reason::AccountNotReady => "with an unfinished Stripe account",
        Reason::NoTaxForm => "without a tax form",
        Reason::Excluded => "excluded",
    }
}
