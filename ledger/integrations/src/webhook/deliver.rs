//! The job that sends webhooks: takes due deliveries, a few per endpoint, sends them, and records the results.
//!
//! The deliveries of one endpoint are sent concurrently, and the endpoint gets no more until all of them are recorded,
//! so a slow endpoint delays no other. If more endpoints are due than are served at a time, they take turns. The
//! transaction that takes a delivery counts the attempt and sets the time after which it is considered lost; the call
//! is made outside any transaction. A crash at any point causes only a repetition under the same id.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use shared::timestamp::Timestamp;
use tokio::{
    sync::Semaphore,
    task::{Id, JoinSet},
};
use uuid::Uuid;

use super::{
    attempt::{Ready, attempt},
    delivery::{Attempt, Due, LOST_AFTER_MS, Then, Verdict},
    email,
    endpoint::EndpointKind,
    endpoint_secret, endpoint_store,
    naming::{action, shown_id},
    queue_store, recipient, schedule,
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{access::secret::SecretError, db::TenantTx, error::Error, jobs::Rounds, state::AppState};
use outbox::webhook::event::EventKind;

const POLL: Duration = Duration::from_secs(1);
/// Messages sent to one endpoint concurrently.
const EACH: i64 = 10;
/// Endpoints served concurrently.
const ENDPOINTS: usize = 256;
const TENANTS_PER_PAGE: usize = 1_000;
/// The most database connections that the job may hold at a time, because requests need the rest.
const CONNECTIONS: usize = 4;

const FAILED_TOO_LONG: &str = "Every delivery failed for five days.";
const GONE: &str = "The endpoint responded 410 Gone.";

/// Runs until the process stops, and lets the deliveries in progress finish.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut sending: JoinSet<()> = JoinSet::new();
    let mut busy: HashMap<Id, Uuid> = HashMap::new();
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let mut turns = Turns::default();
    while rounds.begin() {
        let taken = take(&state, &busy, &mut turns).await;
        rounds.ended(&taken);
        match taken {
            Ok(sets) => {
                for (endpoint, set) in sets {
                    let (counted, work) = (rounds.task(), send(state.clone(), set, Arc::clone(&connections)));
                    let task = sending.spawn(async move {
                        work.await;
                        drop(counted);
                    });
                    busy.insert(task.id(), endpoint);
                }
            }
            Err(error) => tracing::warn!(
                event = "webhook.due_not_loaded",
                job = "deliver_webhooks",
                "loading due webhooks failed: {error}"
            ),
        }
        tokio::select! {
            () = state.webhooks_due.notified() => {}
            () = rounds.pause(POLL) => {}
            Some(ended) = sending.join_next_with_id() => drop(busy.remove(&ended_id(&ended))),
        }
        while let Some(ended) = sending.try_join_next_with_id() {
            busy.remove(&ended_id(&ended));
        }
    }
    while sending.join_next().await.is_some() {}
}

fn ended_id(ended: &Result<(Id, ()), tokio::task::JoinError>) -> Id {
    match ended {
        Ok((id, ())) => *id,
        Err(panicked) => {
            tracing::error!(
                event = "webhook.panicked",
                job = "deliver_webhooks",
                "a webhook delivery panicked: {panicked}"
            );
            panicked.id()
        }
    }
}

/// Which endpoints are next if there isn't room for all that are due.
#[derive(Debug, Default)]
struct Turns {
    round: usize,
    /// By page of tenants: the endpoint that was served last.
    served: HashMap<usize, Uuid>,
}

impl Turns {
    /// The pages in the order of the next round, each with the endpoint that was served last. Each round begins with
    /// another page.
    fn begin(&mut self, pages: usize) -> Vec<(usize, Uuid)> {
        let round = self.round;
        self.round = round.wrapping_add(1);
        let in_order = (0..pages).map(|at| (round % pages + at) % pages);
        in_order.map(|page| (page, self.served.get(&page).copied().unwrap_or_default())).collect()
    }
}

/// Takes the due deliveries, by endpoint.
async fn take(
    state: &AppState,
    busy: &HashMap<Id, Uuid>,
    turns: &mut Turns,
) -> Result<BTreeMap<Uuid, Vec<Due>>, sqlx::Error> {
    let mut sets: BTreeMap<Uuid, Vec<Due>> = BTreeMap::new();
    let now = state.clock.now();
    let lost_at = now.plus_millis(LOST_AFTER_MS);
    let busy: Vec<Uuid> = busy.values().copied().collect();
    let tenants = state.db.all_tenants().await?;
    let pages: Vec<_> = tenants.chunks(TENANTS_PER_PAGE).collect();
    for (at, served) in turns.begin(pages.len()) {
        let room = ENDPOINTS.saturating_sub(busy.len() + sets.len());
        if room == 0 {
            break;
        }
        let page = pages.get(at).copied().unwrap_or_default();
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let room = i64::try_from(room).unwrap_or(i64::MAX);
        let due = queue_store::take(&mut tx, (now, lost_at), (room, EACH), (&busy, served)).await?;
        tx.commit().await?;
        if let Some(last) = due.last() {
            turns.served.insert(at, last.key.endpoint);
        }
        for one in due {
            sets.entry(one.key.endpoint).or_default().push(one);
        }
    }
    Ok(sets)
}

/// Sends the deliveries of one endpoint.
async fn send(state: AppState, mut set: Vec<Due>, connections: Arc<Semaphore>) {
    set.sort_by_key(|due| due.key.message);
    let ready = {
        let _held = connections.acquire().await;
        ready(&state, &set).await
    };
    let ready = match ready {
        Ok(ready) => ready,
        Err(error) => {
            // The deliveries are taken again once they are considered lost.
            tracing::error!(
                event = "webhook.not_prepared",
                job = "deliver_webhooks",
                "preparing a webhook delivery failed: {error}"
            );
            return;
        }
    };
    join_all(set.iter().map(async |due| {
        let made = attempt(&state, due, &ready).await;
        let _held = connections.acquire().await;
        if let Err(error) = settle(&state, due, &made).await {
            tracing::error!(
                event = "webhook.not_recorded", job = "deliver_webhooks", message = %due.key.message,
                "a webhook was sent but recording it failed, so it is sent again: {error:?}"
            );
        }
    }))
    .await;
}

/// Loads what sending a set of one endpoint needs.
pub async fn ready(state: &AppState, set: &[Due]) -> Result<Ready, SecretError> {
    let Some(first) = set.first() else { return Ok(Ready { secrets: Vec::new(), addresses: HashMap::new() }) };
    let organization = first.key.organization;
    let mut tx = state.db.tenant(organization).await?;
    let keys = &state.config.keys;
    let secrets = endpoint_secret::read(&mut tx, keys, first.key.endpoint, state.clock.now()).await?;
    let addresses = match first.kind {
        EndpointKind::Webhook => HashMap::new(),
        EndpointKind::CustomerIo => recipient::addresses(&mut tx, set).await?,
    };
    tx.commit().await?;
    Ok(Ready { secrets, addresses })
}

/// Stores the result of an attempt, for the delivery and for its endpoint.
pub async fn settle(state: &AppState, due: &Due, made: &Attempt) -> Result<(), Error> {
    let (organization, endpoint) = (due.key.organization, due.key.endpoint);
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    queue_store::settle(&mut tx, due, made, next(due, made, now), now).await?;
    match &made.verdict {
        Verdict::Delivered => endpoint_store::succeeded(&mut tx, endpoint, now).await?,
        Verdict::Failed { message, .. } if !counts(due, made) => {
            endpoint_store::keep_error(&mut tx, endpoint, message, now).await?;
        }
        Verdict::Failed { message, then, .. } => {
            let since = endpoint_store::failed(&mut tx, endpoint, message, now).await?;
            let too_long = since.is_some_and(|since| since.plus_days(schedule::GIVE_UP_DAYS) <= now);
            if *then == Then::Disable {
                disable(&mut tx, state, due, GONE).await?;
            } else if too_long {
                disable(&mut tx, state, due, FAILED_TOO_LONG).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Whether a failure may disable the endpoint. A test may not, as it isn't retried; nor may an event for which the
/// receiver wasn't called.
fn counts(due: &Due, made: &Attempt) -> bool {
    made.called && due.event != EventKind::WebhookTest.as_str()
}

fn next(due: &Due, made: &Attempt, now: Timestamp) -> Option<Timestamp> {
    let Verdict::Failed { then: Then::Retry(retry_after), .. } = &made.verdict else { return None };
    let pause = schedule::pause(due.tries, *retry_after, rand::random())?;
    Some(now.plus_millis(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)))
}

/// Disables an endpoint and notifies the owners and admins.
async fn disable(tx: &mut TenantTx, state: &AppState, due: &Due, reason: &str) -> Result<(), Error> {
    let (endpoint, now) = (due.key.endpoint, state.clock.now());
    if !endpoint_store::disable(tx, endpoint, reason, now).await? {
        return Ok(());
    }
    let action = action(due.kind, "webhook.disabled", "destination.disabled");
    let entry =
        Entry::new(action, shown_id(due.kind, endpoint)).after(serde_json::json!({"enabled": false, "reason": reason}));
    audit::record(tx, &Actor::system(), now, entry).await?;
    email::disabled(tx, state, (due.kind, endpoint), reason).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_the_first_in_turn_and_goes_on_after_its_own_last_endpoint() {
        let mut turns = Turns::default();
        assert!(turns.begin(0).is_empty());
        let (first, last) = (Uuid::from_u128(1), Uuid::from_u128(9));
        turns.served.extend([(0, first), (2, last)]);
        assert_eq!(turns.begin(3), [(1, Uuid::nil()), (2, last), (0, first)]);
        assert_eq!(turns.begin(3), [(2, last), (0, first), (1, Uuid::nil())]);
        assert_eq!(turns.begin(3), [(0, first), (1, Uuid::nil()), (2, last)]);
    }
}
