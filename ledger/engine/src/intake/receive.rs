//! Applies one batch in one transaction, and isolates items that the database refuses.
//!
//! A batch is applied as a set. If the database refuses the set because of its data, the set is halved until the item
//! at fault is alone: it goes to quarantine with the database's reason, and its neighbors pass. If another transaction
//! was in the way, the set is retried a few times. If the database is unavailable or busy, the batch is answered with
//! 503 immediately: waiting here would only consume the remaining capacity, and the consumer retries anyway.

use std::{collections::BTreeMap, time::Duration};

use serde_json::value::RawValue;
use shared::{
    batch::{ItemVerdict, Verdict},
    event::Payload,
    id::OrganizationId,
};

use super::{
    booking, clicks,
    item::{Item, outcome, verdict},
    probe, spans, store,
};
use crate::{history::write::BookingError, quarantine::store as quarantine};
use kit::{
    compiled_once,
    db::constraint,
    error::{self, Error, Result},
    state::AppState,
};

/// How often a set that conflicts with another transaction is tried.
const TRIES: u32 = 4;

/// Applies a batch; returns verdicts in the order of the items.
///
/// # Errors
/// 503 if the database is unavailable; items without a verdict are not saved then.
#[compiled_once]
pub async fn batch(state: &AppState, events: &[&RawValue]) -> Result<Vec<ItemVerdict>> {
    let traced = spans::begin(state, events.len());
    let items: Vec<Item<'_>> = events.iter().map(|raw| Item::read(raw)).collect();
    // Before anything is saved, because what fails afterwards would discard the verdicts of a saved batch.
    probe::report(state, &items).await?;
    let mut verdicts: Vec<Option<ItemVerdict>> = items.iter().map(probe::answer).collect();
    // Sets still to be applied; halving a set pushes both halves.
    let mut sets: Vec<Vec<usize>> = vec![(0..items.len()).filter(|index| verdicts[*index].is_none()).collect()];
    while let Some(set) = sets.pop() {
        match apply_with_retries(state, &items, &set).await {
            Ok(answers) => set.iter().zip(answers).for_each(|(index, answer)| verdicts[*index] = Some(answer)),
            Err(Failure::Away(error) | Failure::Beaten(error)) => return Err(error),
            Err(Failure::Data(_)) if set.len() > 1 => {
                let (left, right) = set.split_at(set.len() / 2);
                sets.extend([right.to_vec(), left.to_vec()]);
            }
            Err(Failure::Data(refusal)) => {
                for index in set {
                    verdicts[index] = Some(isolate(state, &items[index], &refusal).await?);
                }
            }
        }
    }
    let verdicts: Vec<ItemVerdict> = verdicts.into_iter().flatten().collect();
    if verdicts.len() != items.len() {
        return Err(Error::internal("a batch item was left without a verdict"));
    }
    announce(state, &items, &verdicts);
    if let Some(traced) = traced {
        traced.end(state, &items, &verdicts);
    }
    Ok(verdicts)
}

/// Why a set was not applied.
#[derive(Debug)]
enum Failure {
    /// The data isn't at fault: the same set may pass later.
    Away(Error),
    /// Another transaction was in the way: the same set may pass immediately.
    Beaten(Error),
    /// The data can't be stored or booked.
    Data(Refusal),
}

/// Why an item can't be stored or booked. The message may contain parts of the item, so it is stored with it in
/// quarantine, for the brand's team; the log gets only the code and the constraint.
#[derive(Debug)]
struct Refusal {
    words: String,
    /// SQLSTATE, or `money`.
    code: String,
    constraint: Option<String>,
}

impl From<sqlx::Error> for Failure {
    #[track_caller]
    fn from(error: sqlx::Error) -> Self {
        match error {
            error if error::is_beaten(&error) => Self::Beaten(error.into()),
            error if error::is_transient(&error) => Self::Away(error.into()),
            error => {
                let database = error.as_database_error();
                let code = database.and_then(|database| database.code()).unwrap_or_default().into_owned();
                let constraint = constraint::violated(&error).map(str::to_owned);
                Self::Data(Refusal { words: error.to_string(), code, constraint })
            }
        }
    }
}

impl From<BookingError> for Failure {
    #[track_caller]
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::Database(error) => error.into(),
            BookingError::Money(error) => {
                Self::Data(Refusal { words: error.to_string(), code: "money".to_owned(), constraint: None })
            }
        }
    }
}

async fn apply_with_retries(
    state: &AppState,
    items: &[Item<'_>],
    set: &[usize],
) -> std::result::Result<Vec<ItemVerdict>, Failure> {
    let mut pause = Duration::from_millis(20);
    for _ in 1..TRIES {
        match apply(state, items, set).await {
            Err(Failure::Beaten(_)) => tokio::time::sleep(pause + pause.mul_f64(rand::random())).await,
            outcome => return outcome,
        }
        pause *= 3;
    }
    apply(state, items, set).await
}

async fn apply(state: &AppState, items: &[Item<'_>], set: &[usize]) -> std::result::Result<Vec<ItemVerdict>, Failure> {
    // The coordinator of a cluster counts what it was given, not what it inserted.
    if !state.db.is_cluster()
        && let Some(answers) = attempt(state, items, set, false).await?
    {
        return Ok(answers);
    }
    let answers = attempt(state, items, set, true).await?;
    answers.ok_or_else(|| Failure::Away(Error::internal("clicks were neither new nor known")))
}

/// Returns `None`, with nothing applied, if only [some of the clicks](clicks::apply) are new and the database wasn't asked
/// `which`.
async fn attempt(
    state: &AppState,
    items: &[Item<'_>],
    set: &[usize],
    which: bool,
) -> std::result::Result<Option<Vec<ItemVerdict>>, Failure> {
    let mut tenants: Vec<OrganizationId> = set.iter().filter_map(|index| items[*index].organization_id()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let mut tx = state.db.tenants(tenants).await?;
    let known = store::known_tenants(&mut tx).await?;
    let mut answers: Vec<Option<ItemVerdict>> = vec![None; set.len()];
    let (mut clicks, mut others) = (Vec::new(), Vec::new());
    for (place, index) in set.iter().enumerate() {
        let item = &items[*index];
        match &item.content {
            _ if !item.organization_id().is_some_and(|id| known.contains(&id)) => {
                let code = item.content.as_ref().err().map_or("unknown_organization", |poison| poison.code);
                answers[place] = Some(verdict(item.event_id(), Verdict::Rejected, Some(code), false));
            }
            Ok(event) if matches!(event.payload, Payload::Click(_)) => clicks.push((place, event, item.raw)),
            Ok(event) => others.push((place, event, item.raw)),
            Err(poison) => {
                if let Some(suspect) = item.suspect(poison.code, &poison.detail) {
                    quarantine::keep(&mut tx, state, suspect).await?;
                }
                answers[place] = Some(verdict(poison.event_id, Verdict::Rejected, Some(poison.code), true));
            }
        }
    }
    let Some(judged) = clicks::apply(&mut tx, state, &clicks, which).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    for (place, answer) in judged {
        answers[place] = Some(answer);
    }
    for (place, answer) in booking::apply(&mut tx, state, &others).await? {
        answers[place] = Some(answer);
    }
    tx.commit().await?;
    let answers: Vec<ItemVerdict> = answers.into_iter().flatten().collect();
    if answers.len() == set.len() {
        Ok(Some(answers))
    } else {
        Err(Failure::Away(Error::internal("an event was left without a verdict")))
    }
}

/// Puts an item that the database refused into its tenant's quarantine.
async fn isolate(state: &AppState, item: &Item<'_>, refusal: &Refusal) -> Result<ItemVerdict> {
    const CODE: &str = "unprocessable";
    let Some(suspect) = item.suspect(CODE, &refusal.words) else {
        return Ok(verdict(item.event_id(), Verdict::Rejected, Some(CODE), false));
    };
    tracing::warn!(
        event = "intake.event_quarantined",
        organization = %suspect.organization, event_id = ?suspect.event_id, code = refusal.code,
        constraint = refusal.constraint, "event quarantined"
    );
    let mut tx = state.db.tenant(suspect.organization).await?;
    quarantine::keep(&mut tx, state, suspect).await?;
    tx.commit().await?;
    Ok(verdict(item.event_id(), Verdict::Rejected, Some(CODE), true))
}

/// Runs after the commit: counts the verdicts on events, and notifies the dashboards of organizations with new ones.
fn announce(state: &AppState, items: &[Item<'_>], verdicts: &[ItemVerdict]) {
    let (mut counts, mut news) = (BTreeMap::new(), Vec::new());
    for (item, verdict) in items.iter().zip(verdicts).filter(|(item, _)| probe::id(item).is_none()) {
        *counts.entry((item.kind(), outcome(verdict.verdict))).or_insert(0) += 1;
        if verdict.verdict != Verdict::Duplicate {
            news.extend(item.organization_id());
        }
    }
    for ((kind, outcome), count) in counts {
        metrics::counter!("rekomi_intake_events_total", "kind" => kind, "verdict" => outcome).increment(count);
    }
    news.sort_unstable();
    news.dedup();
    for organization in news {
        // Having no listeners is fine.
        drop(state.news.send(organization));
    }
}
