//! Emails about runs: one waits for approval, or the rule of a second person was turned off.

use askama::Template;
use shared::id::{OrganizationId, PayoutRunId};

use super::read_store;
use identity::{access::actor::Actor, audit::names, notification::store::people};
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
        format!("{}: payouts of {} wait for your approval", self.brand, self.amount)
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
        mail::post(tx.conn(), state, Email::new(approver.email, EmailKind::PayoutRunWaiting, &words)?).await?;
    }
    Ok(())
}

#[derive(Debug)]
struct RuleEnded {
    brand: String,
    by: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/second_approver_off.txt")]
struct RuleEndedText<'a> {
    words: &'a RuleEnded,
}

#[derive(Template)]
#[template(path = "mail/second_approver_off.html")]
struct RuleEndedHtml<'a> {
    words: &'a RuleEnded,
}

impl Words for RuleEnded {
    fn subject(&self) -> String {
        format!("{}: payout runs no longer need a second person", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        RuleEndedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        RuleEndedHtml { words: self }.render()
    }
}

/// Emails all owners, including the one who turned the rule off.
pub(super) async fn rule_ended(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
) -> Result<()> {
    let names = names::of(tx, organization, std::iter::once(actor.who.as_str())).await?;
    for owner in people(tx, organization, &[Role::Owner]).await? {
        let words = RuleEnded {
            brand: owner.brand,
            by: names::actor_name(&names, &actor.who),
            link: format!("{}/dashboard/payouts/settings?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Email::new(owner.email, EmailKind::SecondApproverOff, &words)?).await?;
    }
    Ok(())
}

/// Sample emails for development.
pub fn samples(brand: &str, to: &str) -> Result<[Email; 2]> {
    let ended = RuleEnded {
        brand: brand.to_owned(),
        by: "Nina Berg".to_owned(),
        link: "https://rekomi.test/dashboard/payouts/settings".to_owned(),
    };
    let words = Waiting {
        brand: brand.to_owned(),
        amount: money(250_000, "USD"),
        payouts: 12,
        excluded: 1,
        in_the_way: true,
        link: "https://rekomi.test/dashboard/payouts/runs/sample".to_owned(),
    };
    Ok([Email::new(to, EmailKind::PayoutRunWaiting, &words)?, Email::new(to, EmailKind::SecondApproverOff, &ended)?])
}
