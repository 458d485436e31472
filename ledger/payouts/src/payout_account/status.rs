//! How an affiliate is paid, and whether they can be, in words. Pure except for the loading.

use payout_core::stripe::{
    account::{
        AccountStatus,
        requirement::{self, Need},
    },
    country,
};
use shared::id::AffiliateId;

use super::{
    due_store,
    method::Rail,
    method_store::{self, Chosen},
    store::{self, Row},
};
use kit::db::TenantTx;
use programs::payout_account::hold_store::{self, Hold};

/// Everything about how an affiliate is paid.
#[derive(Debug)]
pub struct Paid {
    pub affiliate: AffiliateId,
    pub account: Option<Row>,
    pub method: Option<Chosen>,
    pub hold: Option<Hold>,
    pub invited_at: Option<shared::timestamp::Timestamp>,
}

pub async fn read(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Paid, sqlx::Error> {
    Ok(Paid {
        affiliate,
        account: store::latest(tx, affiliate).await?,
        method: method_store::read(tx, affiliate).await?,
        hold: hold_store::read(tx, affiliate).await?,
        invited_at: due_store::last_invited(tx, affiliate).await?,
    })
}

impl Paid {
    /// The rail in use; a closed Stripe account doesn't count.
    pub fn rail(&self) -> Option<Rail> {
        let stripe = self.account.as_ref().filter(|row| !row.is_closed()).map(|_| Rail::Stripe);
        self.method.as_ref().map(|chosen| chosen.rail).or(stripe)
    }

    /// Returns whether a run would pay them, regardless of tax forms and amounts.
    pub fn is_ready(&self) -> bool {
        self.hold.is_none() && (self.method.is_some() || self.account.as_ref().is_some_and(Row::is_ready))
    }

    /// Describes the status in a sentence for the brand.
    pub fn to_brand(&self) -> String {
        if let Some(hold) = &self.hold {
            return format!("Payouts on hold: {}", hold.reason);
        }
        match (&self.method, &self.account) {
            (Some(chosen), _) => format!("Paid by {} to {}.", chosen.rail.words(), chosen.hint),
            (None, Some(row)) => of_account(row),
            (None, None) => "No payout method yet.".to_owned(),
        }
    }
}

/// Describes an account's status in a sentence for the brand.
fn of_account(row: &Row) -> String {
    let Some(account_status) = row.account_status else {
        return "Stripe is creating the account. This takes about a minute.".to_owned();
    };
    if account_status == AccountStatus::Closed {
        let text = match row.disabled_reason.as_deref().unwrap_or_default() {
            "left" => "This account was replaced by another one.",
            "erased" => "The affiliate was erased.",
            "platform_changed" => "The brand switched to another Stripe account. Set up a new one.",
            "deauthorized" => "The account is no longer connected to the brand. Set up a new one.",
            reason => match reason.strip_prefix("refused: ") {
                Some(message) => return format!("Stripe didn\u{2019}t create the account: {message}"),
                None => match requirement::disabled(Some(reason)) {
                    Some(text) => return text,
                    None => account_status.to_brand(),
                },
            },
        };
        return text.to_owned();
    }
    let text = account_status.to_brand();
    match requirement::disabled(row.disabled_reason.as_deref()).filter(|_| account_status == AccountStatus::Restricted)
    {
        Some(why) => format!("{text} {why}"),
        None => text.to_owned(),
    }
}

/// What Stripe needs, most urgent first. What it may only need in the future is left out once they can be paid.
pub fn needs(row: &Row) -> Vec<Need> {
    let needs = requirement::needs(&row.requirements, row.details_submitted);
    let counts = |need: &Need| row.is_ready().then_some(()).is_none() || need.when != requirement::When::Later;
    if row.is_closed() { Vec::new() } else { needs.into_iter().filter(counts).collect() }
}

/// The name of a country, or its code.
pub fn country_name(code: &str) -> String {
    country::find(code).map_or_else(|| code.to_owned(), |country| country.name.to_owned())
}
