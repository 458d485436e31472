//! The letter that says that a run waits for somebody's approval.

use askama::Template;
use shared::id::{OrganizationId, PayoutRunId};

use super::read_store;
use crate::{
    access::role::Role,
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Letter, LetterKind, Words},
    notification::store::people,
    page::format::money,
    state::AppState,
};

/// Who may approve a run.
const APPROVERS: &[Role] = &[Role::Owner, Role::Admin, Role::Manager];

#[derive(Debug)]
struct Waiting {
    brand: String,
    amount: String,
    payouts: i64,
    excluded: i64,
    /// A scheduled run waits for the decision.
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
        format!("{}: payouts of {} wait for your approval", self.brand, self.amount)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        WaitingText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        WaitingHtml { words: self }.render()
    }
}

/// To everybody who may approve it, in the transaction that leaves it waiting, or finds it `in_the_way` of a scheduled one.
///
/// # Errors
/// Of the database.
pub(super) async fn waiting(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    run: PayoutRunId,
    in_the_way: bool,
) -> Result<()> {
    let found = read_store::read(tx, organization, run).await?.ok_or_else(Error::not_found)?;
    for approver in people(tx, organization, APPROVERS).await? {
        let words = Waiting {
            brand: approver.brand,
            amount: money(found.gross(), found.currency.code()),
            payouts: found.count(),
            excluded: found.excluded,
            in_the_way,
            link: format!("{}/dashboard/payouts/runs/{run}?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Letter::new(approver.email, LetterKind::PayoutRunWaiting, &words)?).await?;
    }
    Ok(())
}

/// What the letter looks like, for whoever develops.
///
/// # Errors
/// Where a template can't be rendered.
pub(crate) fn sample(brand: &str, to: &str) -> Result<Letter> {
    let words = Waiting {
        brand: brand.to_owned(),
        amount: money(250_000, "USD"),
        payouts: 12,
        excluded: 1,
        in_the_way: true,
        link: "https://rekomi.test/dashboard/payouts/runs/sample".to_owned(),
    };
    Letter::new(to, LetterKind::PayoutRunWaiting, &words)
}
