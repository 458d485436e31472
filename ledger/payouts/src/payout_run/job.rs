//! The job that proposes scheduled runs, and ends runs whose payouts have all ended.
//!
//! Everything that is due for an organization is written in one transaction, with the time of the next run: after a
//! crash before its end it is still due, and of two processes one finds it done. Runs that were missed while no process
//! ran are made up for once. The job waits until payouts were reconciled with Stripe.
//!
//! If a proposal in a currency waits for approval, the scheduled run of that currency is postponed until there is a
//! decision: the approvers get one email, and the period isn't lost.

use std::time::Duration;

use shared::{
    id::{OrganizationId, PayoutRunId},
    money::Currency,
};

use super::{
    candidate_store, decide, email, job_store as store,
    propose::{self, By, Hand, Proposed},
    store as runs,
};
use crate::payout_settings::{
    settings::{self, Settings},
    store as settings_store,
};
use crate::reconciliation::before_run;
use engine::book;
use identity::{access::actor::Actor, audit};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    jobs::OneByOne,
    state::AppState,
};
use programs::payout_account::hold_store;

pub const EVERY: Duration = Duration::from_secs(1);
const TENANTS_PER_PAGE: usize = 1_000;

/// # Errors
/// The last failing organization's, which stays due; the others' runs are proposed nevertheless.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("start_payout_runs");
    for tenants in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let now = state.clock.now();
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let due = store::due(&mut tx, now).await?;
        let done = store::finish(&mut tx, now).await?;
        tx.commit().await?;
        for organization in done {
            drop(state.news.send(organization));
        }
        for organization in due {
            one_by_one.note(organization, scheduled(state, organization).await);
        }
    }
    one_by_one.result()
}

async fn scheduled(state: &AppState, organization: OrganizationId) -> Result<()> {
    if !before_run::is_compared(state, organization).await? {
        return Ok(());
    }
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let mut settings = settings_store::lock(&mut tx, now).await?;
    let before = settings.clone();
    // Holds are otherwise ended every few minutes: no one waits for the next run because of one that is over.
    hold_store::end_own(&mut tx, now).await?;
    make_up(&mut tx, state, &mut settings).await?;
    if let Some(due) = settings.next_run_at.filter(|due| *due <= now) {
        if let Some(schedule) = settings.plan.schedule() {
            let local = settings_store::local(&mut tx, due).await?;
            // If the time zone changed since this time was set, its date may be in another period than the run.
            let run = schedule.last(local).unwrap_or(local);
            let period = schedule.period(run.date());
            for currency in candidate_store::currencies(&mut tx).await? {
                let open = of_currency(&mut tx, state, &settings, currency, &period).await?;
                if let Some(open) = open {
                    email::waiting(&mut tx, state, open, true).await?;
                    settings.postponed.insert(currency.code().to_owned(), period.clone());
                }
            }
        }
        settings.next_run_at = settings::next(&mut tx, settings.plan, now).await?;
    }
    if settings == before {
        return Ok(());
    }
    settings_store::save(&mut tx, &settings, now).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    Ok(())
}

/// Proposes postponed runs that are no longer blocked.
async fn make_up(tx: &mut TenantTx, state: &AppState, settings: &mut Settings) -> Result<()> {
    for (code, period) in std::mem::take(&mut settings.postponed) {
        let Ok(currency) = code.parse() else { continue };
        if of_currency(tx, state, settings, currency, &period).await?.is_some() {
            settings.postponed.insert(code, period);
        }
    }
    Ok(())
}

/// Proposes the run of a currency. Returns the open run that blocks it, if one waits for approval.
async fn of_currency(
    tx: &mut TenantTx,
    state: &AppState,
    settings: &Settings,
    currency: Currency,
    period: &str,
) -> Result<Option<PayoutRunId>> {
    if runs::of_period(tx, currency, period).await?.is_some() {
        return Ok(None);
    }
    let by = By { actor: decide::SCHEDULE.to_owned(), person: None, hand: Hand::Schedule };
    let now = state.clock.now();
    match propose::propose(tx, state, &by, currency, Some(period)).await? {
        // Everyone who is owed money waits for something: the overview says for what.
        Proposed::Nothing(_) => Ok(None),
        Proposed::Open(open) => Ok(Some(open)),
        Proposed::Made(id, entry) => {
            audit::record(tx, &Actor::system(), now, entry).await?;
            if settings.second_approver {
                email::waiting(tx, state, id, false).await?;
                return Ok(None);
            }
            let entry = decide::approve(tx, state, id, &by).await?;
            let entry = entry.ok_or_else(|| Error::internal("a run that was approved before it was there"))?;
            audit::record(tx, &Actor::system(), now, entry).await?;
            Ok(None)
        }
    }
}
