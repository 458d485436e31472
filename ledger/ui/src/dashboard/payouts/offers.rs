//! What a person can pay now, in each currency: the page's buttons, and how many affiliates are ready.

use payout_core::select::Reason;
use shared::{id::PayoutRunId, money::MoneyError, timestamp::Timestamp};

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
    pub people: usize,
    /// `3 affiliates`.
    pub whom: String,
    pub total: String,
    /// The run that waits for approval; `total` is its amount then.
    pub open: Option<PayoutRunId>,
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
        let mut offer = Offer::of(&selection).map_err(|error| Error::internal(error))?;
        if let Some(open) = store::proposed(tx, currency).await?
            && let Some(run) = read_store::read(tx, open).await?
        {
            offer.open = Some(open);
            offer.total = format::money(run.worth().0, currency.code());
        }
        offers.push(offer);
        selections.push(selection);
    }
    offers.sort_by_key(|offer| std::cmp::Reverse(offer.people));
    Ok((offers, selections))
}

impl Offer {
    fn of(selection: &Selection) -> Result<Self, MoneyError> {
        let (people, code) = (selection.paid.len(), selection.currency.code());
        Ok(Self {
            currency: code.to_owned(),
            people,
            whom: format!("{people} affiliate{}", if people == 1 { "" } else { "s" }),
            total: format::money(selection.sums()?.gross, code),
            open: None,
            ready: ready(selection),
        })
    }

    /// Whether there is something for a person to do.
    pub const fn is_due(&self) -> bool {
        self.people > 0 || self.open.is_some()
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

const fn words(reason: Reason) -> &'static str {
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
