//! The job that processes Stripe's notifications about transfers, bank payouts and the balance. An event only says that
//! something changed, so the job asks Stripe for the current state. Notifications about accounts are processed in
//! `payout_account`.

use std::{collections::HashMap, time::Duration};

use payout_core::stripe::{Answer, Call, StripeError, reversal, sent_to_bank, transfer};
use shared::{
    id::{OrganizationId, PayoutId},
    seal::Secret,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    bank,
    lease_store::{self, KeyError},
    returned, row_store,
    stripe_notification_store::{self, DueNotification, Portion},
};
use crate::payout_connection::client;
use kit::{error::Error, jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(1);
const TENANTS_PER_PAGE: usize = 1_000;
/// Tenants whose notifications are processed at the same time, one by one within a tenant; this limits the database
/// connections.
const TENANTS_AT_ONCE: usize = 4;
/// Notifications of a tenant before other tenants get their turn and newer, more important notifications come first.
const NOTIFICATIONS_AT_ONCE: i64 = 10;
/// Pages of a bank payout's contents: no bank payout has more than ten thousand payments.
const PAGES_MAX: usize = 100;

/// Runs until the process stops, then finishes what is under way.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut working = Working::default();
    let mut round = 0;
    while rounds.begin() {
        round += 1;
        let taken = working.take(&state, &rounds, round).await;
        rounds.ended(&taken);
        if let Err(error) = taken {
            tracing::warn!(
                event = "stripe_notification.failed",
                job = "stripe_notifications",
                "processing Stripe notifications failed: {error:?}"
            );
        }
        tokio::select! {
            () = rounds.pause(POLL) => {}
            () = working.one_ends(), if !working.tasks.is_empty() => {}
        }
    }
    while !working.tasks.is_empty() {
        working.one_ends().await;
    }
}

/// The tenants whose notifications are being processed, each separately, so that one with many of them, or with Stripe
/// problems, holds up no other.
#[derive(Debug, Default)]
struct Working {
    tasks: JoinSet<()>,
    whose: HashMap<tokio::task::Id, Uuid>,
}

impl Working {
    /// Takes due notifications. Each round begins with another page of tenants, so that none is always last.
    async fn take(&mut self, state: &AppState, rounds: &Rounds, round: usize) -> Result<(), Error> {
        let tenants = state.db.all_tenants().await?;
        let mut pages: Vec<_> = tenants.chunks(TENANTS_PER_PAGE).collect();
        let first = round % pages.len().max(1);
        pages.rotate_left(first);
        for page in pages {
            let room = TENANTS_AT_ONCE.saturating_sub(self.tasks.len());
            if room == 0 || state.is_stopping() {
                break;
            }
            let busy: Vec<Uuid> = self.whose.values().copied().collect();
            let connections = i64::try_from(room).unwrap_or(1);
            let mut tx = state.db.tenants(page.to_vec()).await?;
            // Taking a notification reserves it for a while, and counts the try before it begins.
            let portion = Portion { connections, notifications: NOTIFICATIONS_AT_ONCE, busy: &busy };
            let notifications = stripe_notification_store::take(&mut tx, state.clock.now(), portion).await?;
            tx.commit().await?;
            self.begin(state, rounds, notifications);
        }
        Ok(())
    }

    fn begin(&mut self, state: &AppState, rounds: &Rounds, notifications: Vec<DueNotification>) {
        let mut by_tenant: HashMap<Uuid, Vec<DueNotification>> = HashMap::new();
        for notification in notifications {
            by_tenant.entry(notification.organization.uuid()).or_default().push(notification);
        }
        for (tenant, mut notifications) in by_tenant {
            notifications.sort_by_key(DueNotification::is_of_bank);
            let (counted, work) = (rounds.task(), all(state.clone(), notifications));
            let task = self.tasks.spawn(async move {
                work.await;
                drop(counted);
            });
            self.whose.insert(task.id(), tenant);
        }
    }

    async fn one_ends(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(panicked)) => {
                // What it had taken becomes due again automatically.
                tracing::error!(
                    event = "stripe_notification.panicked",
                    job = "stripe_notifications",
                    "processing a Stripe notification panicked: {panicked}"
                );
                panicked.id()
            }
            None => return,
        };
        self.whose.remove(&id);
    }
}

async fn all(state: AppState, notifications: Vec<DueNotification>) {
    for notification in notifications {
        if state.is_stopping() {
            break;
        }
        if let Err(error) = one(&state, &notification).await {
            tracing::warn!(
                event = "stripe_notification.repeated",
                job = "stripe_notifications",
                stripe_event = notification.event,
                "a Stripe notification is processed again: {error:?}"
            );
        }
    }
}

async fn one(state: &AppState, notification: &DueNotification) -> Result<(), Error> {
    match follow(state, notification).await {
        Ok(()) => {
            let mut tx = state.db.tenant(notification.organization).await?;
            stripe_notification_store::done(&mut tx, notification).await?;
            tx.commit().await?;
        }
        Err(FollowError::Early) => {
            let mut tx = state.db.tenant(notification.organization).await?;
            stripe_notification_store::again(&mut tx, notification, state.clock.now()).await?;
            tx.commit().await?;
        }
        // It waits, like all notifications of a connection without a key.
        Err(FollowError::NoKey) => {}
        Err(FollowError::Stripe(failure)) => {
            tracing::warn!(
                event = "stripe_notification.retried",
                stripe_event = notification.event,
                kind = notification.kind,
                "a Stripe notification is retried after a failed call: {failure:?}"
            );
        }
        Err(FollowError::Ours(error)) => {
            tracing::error!(
                event = "stripe_notification.postponed",
                job = "stripe_notifications",
                stripe_event = notification.event,
                kind = notification.kind,
                "a Stripe notification is postponed: {error:?}"
            );
        }
    }
    Ok(())
}

/// Why a notification couldn't be processed.
#[derive(Debug)]
enum FollowError {
    Stripe(StripeError),
    Ours(Error),
    /// The connection was paused in the meantime, or its key can't be decrypted.
    NoKey,
    /// It concerns a transfer of a payout that isn't settled yet.
    Early,
}

impl From<StripeError> for FollowError {
    fn from(failure: StripeError) -> Self {
        Self::Stripe(failure)
    }
}

impl From<Error> for FollowError {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<sqlx::Error> for FollowError {
    #[track_caller]
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

async fn follow(state: &AppState, notification: &DueNotification) -> Result<(), FollowError> {
    if notification.kind.starts_with("balance.") {
        let mut tx = state.db.tenant(notification.organization).await?;
        stripe_notification_store::money_came(&mut tx, notification, state.clock.now()).await?;
        return Ok(tx.commit().await?);
    }
    let Some(object) = &notification.object else { return Ok(()) };
    let key = key(state, notification).await?.ok_or(FollowError::NoKey)?;
    if notification.kind.starts_with("transfer.") {
        return of_transfer(state, notification.organization, &key, object).await;
    }
    match &notification.account {
        Some(account) => of_bank(state, notification.organization, &key, (object, account)).await,
        // A payout to the brand's own bank: none of ours.
        None => Ok(()),
    }
}

async fn key(state: &AppState, notification: &DueNotification) -> Result<Option<Secret>, FollowError> {
    let mut tx = state.db.tenant(notification.organization).await?;
    match lease_store::key(&mut tx, &state.config.keys, notification.connection, None).await {
        Ok(key) => Ok(key),
        Err(KeyError::Database(error)) => Err(error.into()),
        Err(KeyError::Seal(_)) => Ok(None),
    }
}

async fn of_transfer(
    state: &AppState,
    organization: OrganizationId,
    key: &Secret,
    object: &str,
) -> Result<(), FollowError> {
    let Some(answer) = fetch(state, key, &reversal::retrieve(object)).await? else { return Ok(()) };
    let found = transfer::read(&answer)?;
    let mut early = false;
    let mut tx = state.db.tenant(organization).await?;
    match row_store::of_transfer(&mut tx, &found.id).await? {
        Some(payout) => {
            returned::apply(&mut tx, state, payout, &found).await?;
        }
        // A transfer of ours whose answer was lost or hasn't arrived yet: the payout is looked up now. What came back
        // of it can be booked once it is settled.
        None => {
            let group: Option<PayoutId> = found.transfer_group.as_deref().and_then(|group| group.parse().ok());
            if let Some(payout) = group {
                stripe_notification_store::arrived(&mut tx, payout, state.clock.now()).await?;
                early = found.amount_reversed > 0
                    && stripe_notification_store::is_to_be_settled(&mut tx, payout, &found.id).await?;
            }
        }
    }
    tx.commit().await?;
    if early { Err(FollowError::Early) } else { Ok(()) }
}

async fn of_bank(
    state: &AppState,
    organization: OrganizationId,
    key: &Secret,
    (object, account): (&str, &str),
) -> Result<(), FollowError> {
    let Some(answer) = fetch(state, key, &sent_to_bank::retrieve(object, account)).await? else { return Ok(()) };
    let payout = sent_to_bank::read(&answer)?;
    let fate = payout.fate();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let call = sent_to_bank::contents(object, account, after.as_deref());
        let Some(answer) = fetch(state, key, &call).await? else { return Ok(()) };
        let page = sent_to_bank::read_contents(&answer)?;
        let mut tx = state.db.tenant(organization).await?;
        bank::record_results(&mut tx, state, &page.transfers, (&fate, payout.failure_code.as_deref())).await?;
        tx.commit().await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// Returns `None` if Stripe has no such object for this key.
async fn fetch(state: &AppState, key: &Secret, call: &Call) -> Result<Option<Answer>, FollowError> {
    let answer = client::call(state, key, call).await?;
    if (200..=299).contains(&answer.status) {
        return Ok(Some(answer));
    }
    match answer.error() {
        StripeError::Refused(_) => Ok(None),
        failure => Err(failure.into()),
    }
}
