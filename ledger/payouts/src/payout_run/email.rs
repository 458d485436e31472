//! The email about a run that waits for approval.

use shared::{
    id::PayoutRunId,
    money::{Currency, Money},
};

use super::read_store;
use identity::notification::store::people;
use kit::{
    access::role::Role,
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

/// The roles that may approve a run.
const APPROVERS: &[Role] = &[Role::Owner, Role::Admin, Role::Manager];

#[derive(Debug)]
struct Waiting {
    brand: String,
    amount: Money,
    payouts: i64,
    excluded: i64,
    /// Whether a scheduled run waits for the decision.
    in_the_way: bool,
    link: String,
}

fn content(waiting: Waiting) -> EmailContent {
    let look = Branding::rekomi();
    let (t, brand) = (look.t, &waiting.brand);
    let amount = t.money(waiting.amount.minor, waiting.amount.currency.code());
    let subject = t.say("email-run-waiting-subject").with("brand", brand).with("amount", &amount);
    let message = t.say("email-run-waiting-message").with("brand", brand).with("amount", &amount);
    let mut content = EmailContent::new(look, subject, t.say("email-run-waiting-why").with("brand", brand))
        .paragraph(message.with("count", waiting.payouts));
    if waiting.excluded > 0 {
        content = content.paragraph(t.say("email-run-waiting-excluded").with("count", waiting.excluded));
    }
    content = content.paragraph(t.say("email-run-waiting-approval"));
    if waiting.in_the_way {
        content = content.paragraph(t.say("email-run-waiting-in-the-way"));
    }
    content.button(t.say("email-run-waiting-button"), waiting.link)
}

/// Emails everyone who may approve the run, in the transaction that leaves it waiting, or that finds it `in_the_way` of
/// a scheduled one.
pub(super) async fn waiting(tx: &mut TenantTx, state: &AppState, run: PayoutRunId, in_the_way: bool) -> Result<()> {
    let organization = tx.organization();
    let found = read_store::read(tx, run).await?.ok_or_else(Error::not_found)?;
    for approver in people(tx, APPROVERS).await? {
        let content = content(Waiting {
            brand: approver.brand,
            amount: Money::new(found.gross(), found.currency),
            payouts: found.count(),
            excluded: found.excluded,
            in_the_way,
            link: format!("{}/dashboard/payouts/runs/{run}?organization={organization}", state.config.public_url),
        });
        mail::post(tx.conn(), state, content.to(&approver.email, EmailKind::PayoutRunWaiting)?).await?;
    }
    Ok(())
}

/// A sample email for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let content = content(Waiting {
        brand: brand.to_owned(),
        amount: Money::new(250_000, Currency::USD),
        payouts: 12,
        excluded: 1,
        in_the_way: true,
        link: "https://rekomi.test/dashboard/payouts/runs/sample".to_owned(),
    });
    content.to(to, EmailKind::PayoutRunWaiting)
}
