//! What a run would contain at a given time: who is paid what and how, and who isn't and why.

use std::collections::HashSet;

use payout_core::{
    rail::Rail,
    select::{self, Account, Candidate, Choice, Payment, Reason, Terms},
};
use shared::{
    id::AffiliateId,
    money::{Currency, MoneyError},
    timestamp::Timestamp,
};

use super::candidate_store as store;
use crate::payout_settings::{settings::Settings, store as settings_store};
use crate::{
    payout_account::destination::Destination,
    payout_connection::{self, store::Row as Connection},
    tax,
};
use kit::db::TenantTx;

#[derive(Debug)]
pub struct Selection {
    pub currency: Currency,
    pub cutoff: Timestamp,
    pub paid: Vec<Paid>,
    pub left_out: Vec<LeftOut>,
    pub connection: Option<Connection>,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
}

#[derive(Debug, Clone)]
pub struct Paid {
    pub affiliate: Person,
    pub payment: Payment,
    pub destination: Destination,
}

#[derive(Debug, Clone)]
pub struct LeftOut {
    pub affiliate: Person,
    /// The amount payable to them; less than 0 if they were overpaid.
    pub amount: i64,
    pub reason: Reason,
}

/// Sums over everyone who is paid, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub gross: i64,
    pub withheld: i64,
    /// The amount that the Stripe balance must cover.
    pub by_stripe: i64,
}

impl Selection {
    /// Leaves out these affiliates because a person wants to.
    pub fn exclude(&mut self, affiliates: &HashSet<AffiliateId>) {
        let all = std::mem::take(&mut self.paid).into_iter();
        let (out, paid): (Vec<Paid>, Vec<Paid>) = all.partition(|one| affiliates.contains(&one.affiliate.id));
        self.paid = paid;
        let excluded =
            |one: Paid| LeftOut { affiliate: one.affiliate, amount: one.payment.amount, reason: Reason::Excluded };
        self.left_out.extend(out.into_iter().map(excluded));
    }

    /// # Errors
    /// Fails if a sum overflows.
    pub fn sums(&self) -> Result<Sums, MoneyError> {
        let add = |one: i64, other: i64| one.checked_add(other).ok_or(MoneyError::Overflow);
        self.paid.iter().try_fold(Sums::default(), |sums, paid| {
            let one = paid.payment;
            let by_stripe = if one.rail == Rail::Stripe { one.amount - one.withheld } else { 0 };
            Ok(Sums {
                gross: add(sums.gross, one.amount)?,
                withheld: add(sums.withheld, one.withheld)?,
                by_stripe: add(sums.by_stripe, by_stripe)?,
            })
        })
    }
}

/// Selects as of `now`. Hold the book's lock to keep the result valid.
pub async fn select(tx: &mut TenantTx, currency: Currency, now: Timestamp) -> Result<Selection, sqlx::Error> {
    of(tx, currency, (now, now), None).await
}

/// Like [`select()`], with only what was payable at `cutoff`, which isn't after `now`.
pub async fn select_until(
    tx: &mut TenantTx,
    currency: Currency,
    cutoff: Timestamp,
    now: Timestamp,
) -> Result<Selection, sqlx::Error> {
    of(tx, currency, (cutoff, now), None).await
}

/// Like [`select()`], for these affiliates only.
pub async fn select_of(
    tx: &mut TenantTx,
    currency: Currency,
    now: Timestamp,
    affiliates: &[AffiliateId],
) -> Result<Selection, sqlx::Error> {
    of(tx, currency, (now, now), Some(affiliates)).await
}

async fn of(
    tx: &mut TenantTx,
    currency: Currency,
    (cutoff, now): (Timestamp, Timestamp),
    only: Option<&[AffiliateId]>,
) -> Result<Selection, sqlx::Error> {
    let settings: Settings = settings_store::read(tx).await?;
    let connection = payout_connection::store::current(tx).await?;
    let owed = store::owed(tx, currency, cutoff, only).await?;
    let ids: Vec<AffiliateId> = owed.iter().map(|one| one.affiliate).collect();
    let form_statuses = tax::gate::statuses(tx, &ids, now).await?;
    let terms = Terms { currency, minimum: settings.minimum(currency) };
    let (mut paid, mut left_out) = (Vec::new(), Vec::new());
    for one in owed {
        let candidate = Candidate {
            payable: one.payable,
            is_approved: one.is_approved,
            is_in_payout: one.is_in_payout,
            is_on_hold: one.is_on_hold,
            method: one.method,
            account: account(connection.is_some(), one.account.as_deref()),
            tax: tax::gate::decide(settings.tax_gate, form_statuses.of(one.affiliate)),
        };
        let affiliate = Person { id: one.affiliate, name: one.name, email: one.email };
        match select::choose(&candidate, terms) {
            Choice::Paid(payment) => paid.push(Paid { affiliate, payment, destination: one.destination }),
            Choice::LeftOut(reason) => left_out.push(LeftOut { affiliate, amount: one.payable, reason }),
        }
    }
    Ok(Selection { currency, cutoff, paid, left_out, connection })
}

fn account(offered: bool, status: Option<&str>) -> Account {
    match status {
        _ if !offered => Account::NotOffered,
        None => Account::None,
        Some("Ready") => Account::Ready,
        Some(_) => Account::NotReady,
    }
}
