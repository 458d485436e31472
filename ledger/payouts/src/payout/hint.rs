//! The job that follows Stripe's hints about transfers, bank payouts and the balance: an event says only that something is
//! to be looked at again, so each is answered by asking Stripe what is so. Hints about accounts are the accounts' own.

use std::{collections::HashMap, time::Duration};

use payment::stripe::{Answer, Call, Trouble, reversal, sent_to_bank, transfer};
use shared::{
    id::{OrganizationId, PayoutId},
    seal::Secret,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    bank,
    hint_store::{self, Hint, Portion},
    lease_store::{self, KeyError},
    returned, row_store,
};
use crate::payout_connection::client;
use kit::{error::Error, jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(1);
const TENANTS_PER_PAGE: usize = 1_000;
/// Tenants whose hints are worked off at once, each one by one: so many connections to the database are held at most.
const TENANTS_AT_ONCE: usize = 4;
/// Hints of a tenant before it is somebody else's turn, and a newer one that matters more comes first.
const HINTS_AT_ONCE: i64 = 10;
/// Pages of a bank payout's contents: more than ten thousand payments are in none.
const PAGES_MAX: usize = 100;

/// Runs until the process stops; what is under way then is finished.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut working = Working::default();
    let mut round = 0;
    while rounds.begin() {
        round += 1;
        if let Err(error) = working.take(&state, &rounds, round).await {
            tracing::warn!("Stripe\u{2019}s hints about payouts: {error:?}");
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

/// Tenants whose hints are worked off now, each for itself, so that one with many of them, or with trouble at Stripe, holds
/// up no other.
#[derive(Debug, Default)]
struct Working {
    tasks: JoinSet<()>,
    whose: HashMap<tokio::task::Id, Uuid>,
}

impl Working {
    /// Each round begins with another page of tenants, so that none is always the last.
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
            // Whoever takes one has it for a while, and counts the try before it begins.
            let portion = Portion { connections, hints: HINTS_AT_ONCE, busy: &busy };
            let hints = hint_store::take(&mut tx, state.clock.now(), portion).await?;
            tx.commit().await?;
            self.begin(state, rounds, hints);
        }
        Ok(())
    }

    fn begin(&mut self, state: &AppState, rounds: &Rounds, hints: Vec<Hint>) {
        let mut by_tenant: HashMap<Uuid, Vec<Hint>> = HashMap::new();
        for hint in hints {
            by_tenant.entry(hint.organization.uuid()).or_default().push(hint);
        }
        for (tenant, mut hints) in by_tenant {
            hints.sort_by_key(Hint::is_of_bank);
            let (counted, work) = (rounds.task(), all(state.clone(), hints));
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
                // What it had taken is due again by itself.
                tracing::error!("following hints: {panicked}");
                panicked.id()
            }
            None => return,
        };
        self.whose.remove(&id);
    }
}

async fn all(state: AppState, hints: Vec<Hint>) {
    for hint in hints {
        if state.is_stopping() {
            break;
        }
        if let Err(error) = one(&state, &hint).await {
            tracing::warn!(event = hint.event, "a hint is followed again: {error:?}");
        }
    }
}

async fn one(state: &AppState, hint: &Hint) -> Result<(), Error> {
    match follow(state, hint).await {
        Ok(()) => {
            let mut tx = state.db.tenant(hint.organization).await?;
            hint_store::done(&mut tx, hint).await?;
            tx.commit().await?;
        }
        Err(Untold::Early) => {
            let mut tx = state.db.tenant(hint.organization).await?;
            hint_store::again(&mut tx, hint, state.clock.now()).await?;
            tx.commit().await?;
        }
        // It waits, as all of a connection without a key do.
        Err(Untold::NoKey) => {}
        Err(Untold::Stripe(trouble)) => {
            tracing::warn!(event = hint.event, kind = hint.kind, "a hint is followed later: {trouble:?}");
        }
        Err(Untold::Ours(error)) => {
            tracing::error!(event = hint.event, kind = hint.kind, "a hint is followed later: {error:?}");
        }
    }
    Ok(())
}

/// Why a hint couldn't be followed.
#[derive(Debug)]
enum Untold {
    Stripe(Trouble),
    Ours(Error),
    /// The connection was paused meanwhile, or its key can't be read.
    NoKey,
    /// It is about a transfer of a payout that isn't settled yet.
    Early,
}

impl From<Trouble> for Untold {
    fn from(trouble: Trouble) -> Self {
        Self::Stripe(trouble)
    }
}

impl From<Error> for Untold {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<sqlx::Error> for Untold {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

async fn follow(state: &AppState, hint: &Hint) -> Result<(), Untold> {
    if hint.kind.starts_with("balance.") {
        let mut tx = state.db.tenant(hint.organization).await?;
        hint_store::money_came(&mut tx, hint, state.clock.now()).await?;
        return Ok(tx.commit().await?);
    }
    let Some(object) = &hint.object else { return Ok(()) };
    let key = key(state, hint).await?.ok_or(Untold::NoKey)?;
    if hint.kind.starts_with("transfer.") {
        return of_transfer(state, hint.organization, &key, object).await;
    }
    match &hint.account {
        Some(account) => of_bank(state, hint.organization, &key, (object, account)).await,
        // The brand's own bank: none of ours.
        None => Ok(()),
    }
}

async fn key(state: &AppState, hint: &Hint) -> Result<Option<Secret>, Untold> {
    let mut tx = state.db.tenant(hint.organization).await?;
    let connection = (hint.organization, hint.connection);
    match lease_store::key(&mut tx, &state.config.keys, connection, None).await {
        Ok(key) => Ok(key),
        Err(KeyError::Database(error)) => Err(error.into()),
        Err(KeyError::Seal(_)) => Ok(None),
    }
}

async fn of_transfer(state: &AppState, organization: OrganizationId, key: &Secret, object: &str) -> Result<(), Untold> {
    let Some(answer) = ask(state, key, &reversal::retrieve(object)).await? else { return Ok(()) };
    let found = transfer::read(&answer)?;
    let mut early = false;
    let mut tx = state.db.tenant(organization).await?;
    match row_store::of_transfer(&mut tx, organization, &found.id).await? {
        Some(payout) => {
            let back = found.returned().map_or(0, |back| back.minor);
            returned::apply(&mut tx, state, organization, payout, back).await?;
        }
        // One of ours whose answer was lost, or didn't come yet: it is looked up now. What came back of it can be booked once
        // it is settled.
        None => {
            let group: Option<PayoutId> = found.transfer_group.as_deref().and_then(|group| group.parse().ok());
            if let Some(payout) = group {
                hint_store::arrived(&mut tx, organization, payout, state.clock.now()).await?;
                early = found.amount_reversed > 0
                    && hint_store::is_to_be_settled(&mut tx, organization, payout, &found.id).await?;
            }
        }
    }
    tx.commit().await?;
    if early { Err(Untold::Early) } else { Ok(()) }
}

async fn of_bank(
    state: &AppState,
    organization: OrganizationId,
    key: &Secret,
    (object, account): (&str, &str),
) -> Result<(), Untold> {
    let Some(answer) = ask(state, key, &sent_to_bank::retrieve(object, account)).await? else { return Ok(()) };
    let fate = sent_to_bank::read(&answer)?.fate();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let call = sent_to_bank::contents(object, account, after.as_deref());
        let Some(answer) = ask(state, key, &call).await? else { return Ok(()) };
        let page = sent_to_bank::read_contents(&answer)?;
        let mut tx = state.db.tenant(organization).await?;
        bank::told(&mut tx, state, organization, &page.transfers, &fate).await?;
        tx.commit().await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// `None` where Stripe has no such thing for this key.
async fn ask(state: &AppState, key: &Secret, call: &Call) -> Result<Option<Answer>, Untold> {
    let answer = client::call(state, key, call).await?;
    if (200..=299).contains(&answer.status) {
        return Ok(Some(answer));
    }
    match answer.trouble() {
        Trouble::Refused(_) => Ok(None),
        trouble => Err(trouble.into()),
    }
}
