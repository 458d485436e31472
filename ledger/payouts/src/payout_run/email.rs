//! The email about a run that waits for approval.

use askama::Template;
use shared::id::PayoutRunId;

use super::read_store;
use identity::notification::store::people;
use kit::{
    access::role::Role,
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};
use rules::format::money;

/// The roles that may approve a run.
const APPROVERS: &[Role] = &[Role::Owner, Role::Admin, Role::Manager];

#[derive(Debug)]
struct Waiting {
    brand: String,
    amount: String,
    payouts: i64,
    excluded: i64,
    /// Whether a scheduled run waits for the decision.
    in_the_way: bool,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/payout_run_waiting.txt")]
struct WaitingText<'a> {
    words: &'a Waiting,
}

#[derive(Template)]
#[template(path = "mail/payout_run_waiting.html")]
struct WaitingHtml<'a> {
    words: &'a Waiting,
}

impl Words for Waiting {
    fn subject(&self) -> String {
        format!("{}: payouts of {} need your approval", self.brand, self.amount)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        WaitingText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        WaitingHtml { words: self }.render()
    }
}

/// Emails everyone who may approve the run, in the transaction that leaves it waiting, or that finds it `in_the_way` of
/// a scheduled one.
pub(super) async fn waiting(tx: &mut TenantTx, state: &AppState, run: PayoutRunId, in_the_way: bool) -> Result<()> {
    let organization = tx.organization();
    let found = read_store::read(tx, run).await?.ok_or_else(Error::not_found)?;
    for approver in people(tx, APPROVERS).await? {
        let words = Waiting {
            brand: approver.brand,
            amount: money(found.gross(), found.currency.code()),
            payouts: found.count(),
            excluded: found.excluded,
            in_the_way,
            link: format!("{}/dashboard/payouts/runs/{run}?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Email::new(approver.email, EmailKind::PayoutRunWaiting, &words)?).await?;
    }
    Ok(())
}

/// A sample email for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let words = Waiting {
        brand: brand.to_owned(),
        amount: money(250_000, "USD"),
        payouts: 12,
        excluded: 1,
        in_the_way: true,
        link: "https://rekomi.test/dashboard/payouts/runs/sample".to_owned(),
    };
    Email::new(to, EmailKind::PayoutRunWaiting, &words)
}
