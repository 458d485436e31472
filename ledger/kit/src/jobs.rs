//! Scheduled work: the jobs that the process runs repeatedly until it stops.
//!
//! A [`Job`] is a name and a loop. Between two rounds it sleeps; it wakes early when the process stops, or when all due
//! work is requested ([`Jobs::request`]: `POST /dev/run-jobs`). That call waits until each job has started and finished
//! another round, and until all work started by earlier rounds has ended.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use shared::id::OrganizationId;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    trace::{self, KeyValue, Span, SpanKind},
};

/// The running jobs and their progress.
#[derive(Debug)]
pub struct Jobs {
    /// How often all due work was requested.
    requested: watch::Sender<u64>,
    progress: watch::Sender<BTreeMap<&'static str, Progress>>,
    stopping: watch::Sender<bool>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    /// The last request that was followed by a complete round.
    answered: u64,
    /// Work started by earlier rounds that hasn't ended.
    under_way: usize,
}

/// The result of [`Jobs::run_due`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ran {
    /// The request's number, with which a caller can wait further.
    pub request: u64,
    pub ran: Vec<&'static str>,
    /// Jobs that took longer than the caller was willing to wait.
    pub under_way: Vec<&'static str>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            requested: watch::channel(0).0,
            progress: watch::channel(BTreeMap::new()).0,
            stopping: watch::channel(false).0,
        }
    }
}

impl Jobs {
    /// Tells jobs and open streams to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Resolves once [`Jobs::stop`] was called.
    pub async fn stopped(&self) {
        // An error would mean that the sender was dropped, but `self` holds it.
        drop(self.stopping.subscribe().wait_for(|stopping| *stopping).await);
    }

    /// Makes every job run its next round now. Returns the request's number, to wait for with [`Jobs::run_due`].
    pub fn request(&self) -> u64 {
        let mut number = 0;
        self.requested.send_modify(|requested| {
            *requested += 1;
            number = *requested;
        });
        number
    }

    /// Waits until the rounds that were requested with that number have ended, at most for `patience`. `None` if this
    /// process never gave that number.
    pub async fn run_due(&self, request: u64, patience: Duration) -> Option<Ran> {
        if request > *self.requested.borrow() {
            return None;
        }
        let is_over = |one: &Progress| one.answered >= request && one.under_way == 0;
        let mut progress = self.progress.subscribe();
        // An error would mean that the sender was dropped, but `self` holds it.
        let all_over = progress.wait_for(|all| all.values().all(is_over));
        drop(tokio::time::timeout(patience, all_over).await);
        let (mut ran, mut under_way) = (Vec::new(), Vec::new());
        for (name, one) in self.progress.borrow().iter() {
            if is_over(one) { ran.push(*name) } else { under_way.push(*name) }
        }
        Some(Ran { request, ran, under_way })
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(|all| change(all.entry(name).or_default()));
    }
}

/// A job's rounds, from its start to its end: `while rounds.begin() { …; rounds.ended(&outcome); rounds.pause(EVERY).await }`.
#[derive(Debug)]
pub struct Rounds {
    jobs: Arc<Jobs>,
    name: &'static str,
    requested: watch::Receiver<u64>,
    /// The number of requests when this round began.
    answers: u64,
    is_requested: bool,
    /// The round's, while one is under way.
    span: Option<Span>,
}

impl Rounds {
    pub fn new(jobs: &Arc<Jobs>, name: &'static str) -> Self {
        jobs.change(name, |_| {});
        metrics::counter!("rekomi_job_failures_total", "job" => name).increment(0);
        let requested = jobs.requested.subscribe();
        Self { jobs: Arc::clone(jobs), name, requested, answers: 0, is_requested: false, span: None }
    }

    /// Starts a round. Returns false once the process stops.
    pub fn begin(&mut self) -> bool {
        let requested = *self.requested.borrow_and_update();
        self.is_requested = requested > self.answers;
        self.answers = requested;
        let goes_on = !self.jobs.is_stopping();
        if goes_on {
            let name = self.name;
            self.span = trace::begin(|| {
                (format!("job {name}").into(), SpanKind::Internal, vec![KeyValue::new("rekomi.job", name)])
            });
        }
        goes_on
    }

    /// The round's span, for what runs in it.
    pub const fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    /// Whether this round was requested: then it also does work that other rounds leave for later.
    pub const fn is_requested(&self) -> bool {
        self.is_requested
    }

    /// Measures whether the job fails: since when, however seldom its rounds are, and how often.
    pub fn ended<T, E>(&self, outcome: &std::result::Result<T, E>) {
        metrics::gauge!("rekomi_job_failing", "job" => self.name).set(if outcome.is_ok() { 0.0 } else { 1.0 });
        if outcome.is_err() {
            metrics::counter!("rekomi_job_failures_total", "job" => self.name).increment(1);
        }
    }

    /// Ends the round, and sleeps until the next one. May be canceled by something else that wakes the job.
    pub async fn pause(&mut self, pause: Duration) {
        let answers = self.answers;
        self.span = None;
        self.jobs.change(self.name, |progress| progress.answered = answers);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.jobs.stopped() => {}
            // An error would mean that the sender was dropped, but `jobs` holds it.
            _ = self.requested.changed() => {}
        }
    }

    /// Returns a guard that counts as work in progress until it is dropped.
    pub fn task(&self) -> Task {
        self.jobs.change(self.name, |progress| progress.under_way += 1);
        Task { jobs: Arc::clone(&self.jobs), name: self.name }
    }
}

impl Drop for Rounds {
    /// Removes the job, so that no caller waits for one that ended.
    fn drop(&mut self) {
        self.jobs.progress.send_modify(|all| {
            all.remove(self.name);
        });
    }
}

/// Work that a round started and doesn't wait for.
#[derive(Debug)]
pub struct Task {
    jobs: Arc<Jobs>,
    name: &'static str,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.jobs.progress.send_modify(|all| {
            if let Some(progress) = all.get_mut(self.name) {
                progress.under_way = progress.under_way.saturating_sub(1);
            }
        });
    }
}

/// The outcome of a round that goes through organizations one by one. One that fails doesn't hold up those after it: its
/// error is logged, and the round fails at its end, so that it counts as failed and all of it is tried again.
#[derive(Debug)]
pub struct OneByOne {
    job: &'static str,
    failed: Option<Error>,
}

impl OneByOne {
    pub const fn of(job: &'static str) -> Self {
        Self { job, failed: None }
    }

    /// Notes what came of one organization.
    pub fn note<E: Into<Error>>(&mut self, organization: OrganizationId, outcome: std::result::Result<(), E>) {
        let Err(error) = outcome else { return };
        let error: Error = error.into();
        tracing::warn!(
            event = "job.organization_failed",
            job = self.job,
            %organization,
            code = error.body().code.as_str(),
            at = error.at(),
            "the job {} failed for an organization and went on with the others: {}",
            self.job,
            error.cause()
        );
        self.failed = Some(error);
    }

    /// # Errors
    /// The last organization's error.
    pub fn result(self) -> Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

/// A round's work of many organizations, which is found in batches: `while batches.begin() { let found = …;
/// batches.found(found.len()); for one in found { … } }`. The further work of organizations that are left out, as they
/// failed, waits for the next round and doesn't take the place of others' in a batch.
#[derive(Debug)]
pub struct Batches {
    /// How many more there may be in this round.
    left: usize,
    left_out: Vec<Uuid>,
}

impl Default for Batches {
    fn default() -> Self {
        Self { left: 20, left_out: Vec::new() }
    }
}

impl Batches {
    /// How much work to look for at once.
    pub const SIZE: i64 = 200;

    /// Whether to look for another batch: not after one that wasn't full, or after so many that other work should have
    /// its turn.
    pub fn begin(&mut self) -> bool {
        let goes_on = self.left > 0;
        self.left = self.left.saturating_sub(1);
        goes_on
    }

    /// Notes how much work was found for this batch.
    pub fn found(&mut self, count: usize) {
        if i64::try_from(count).is_ok_and(|count| count < Self::SIZE) {
            self.left = 0;
        }
    }

    pub fn leave_out(&mut self, organization: OrganizationId) {
        self.left_out.push(organization.uuid());
    }

    pub fn is_left_out(&self, organization: OrganizationId) -> bool {
        self.left_out.contains(&organization.uuid())
    }

    /// The organizations whose work isn't to be looked for anymore.
    pub fn left_out(&self) -> &[Uuid] {
        &self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_end_with_one_that_is_not_full() {
        let full = usize::try_from(Batches::SIZE).unwrap();
        let mut batches = Batches::default();
        assert!(batches.begin());
        batches.found(full);
        assert!(batches.begin(), "there may be more");
        batches.found(full - 1);
        assert!(!batches.begin() && !batches.begin());
        let mut endless = Batches::default();
        let mut count = 0;
        while endless.begin() {
            endless.found(full);
            count += 1;
        }
        assert_eq!(count, 20);
    }

    #[test]
    fn organizations_are_left_out_once_they_failed() {
        let [failed, other] = [1, 2].map(|number| OrganizationId::from_bytes([number; 16]));
        let mut batches = Batches::default();
        batches.leave_out(failed);
        assert!(batches.is_left_out(failed) && !batches.is_left_out(other));
        assert_eq!(batches.left_out(), [failed.uuid()]);
    }
}
