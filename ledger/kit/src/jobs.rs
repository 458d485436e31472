//! Scheduled work: the jobs that the process runs repeatedly until it stops.
//!
//! A [`Job`] is a name and a loop. Between two rounds it sleeps; it wakes early when the process stops, or when all due
//! work is requested ([`Jobs::run_due`]: `POST /dev/run-jobs`). That call waits until each job has started and finished
//! another round, and until all work started by earlier rounds has ended.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{config::Config, error::Error, state::AppState};

/// The running jobs and their progress.
#[derive(Debug)]
pub struct Jobs {
    /// How often all due work was requested.
    requested: watch::Sender<u64>,
    progress: watch::Sender<BTreeMap<&'static str, Progress>>,
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
    pub ran: Vec<&'static str>,
    /// Jobs that took longer than the caller was willing to wait.
    pub under_way: Vec<&'static str>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { requested: watch::channel(0).0, progress: watch::channel(BTreeMap::new()).0 }
    }
}

impl Jobs {
    /// Makes every job run its next round now, and waits until it ends.
    pub async fn run_due(&self, patience: Duration) -> Ran {
        let mut number = 0;
        self.requested.send_modify(|requested| {
            *requested += 1;
            number = *requested;
        });
        let is_over = |one: &Progress| one.answered >= number && one.under_way == 0;
        let mut progress = self.progress.subscribe();
        // An error would mean that the sender was dropped, but `self` holds it.
        let all_over = progress.wait_for(|all| all.values().all(is_over));
        drop(tokio::time::timeout(patience, all_over).await);
        let (mut ran, mut under_way) = (Vec::new(), Vec::new());
        for (name, one) in self.progress.borrow().iter() {
            if is_over(one) { ran.push(*name) } else { under_way.push(*name) }
        }
        Ran { ran, under_way }
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(|all| change(all.entry(name).or_default()));
    }
}

/// A job's rounds, from its start to its end: `while rounds.begin() { …; rounds.pause(EVERY).await }`.
#[derive(Debug)]
pub struct Rounds {
    state: AppState,
    name: &'static str,
    requested: watch::Receiver<u64>,
    /// The number of requests when this round began.
    answers: u64,
    is_requested: bool,
}

impl Rounds {
    pub fn new(state: &AppState, name: &'static str) -> Self {
        state.jobs.change(name, |_| {});
        Self {
            state: state.clone(),
            name,
            requested: state.jobs.requested.subscribe(),
            answers: 0,
            is_requested: false,
        }
    }

    /// Starts a round. Returns false once the process stops.
    pub fn begin(&mut self) -> bool {
        let requested = *self.requested.borrow_and_update();
        self.is_requested = requested > self.answers;
        self.answers = requested;
        !self.state.is_stopping()
    }

    /// Whether this round was requested: then it also does work that other rounds leave for later.
    pub const fn is_requested(&self) -> bool {
        self.is_requested
    }

    /// Ends the round, and sleeps until the next one. May be canceled by something else that wakes the job.
    pub async fn pause(&mut self, pause: Duration) {
        let answers = self.answers;
        self.state.jobs.change(self.name, |progress| progress.answered = answers);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.state.stopped() => {}
            // An error would mean that the sender was dropped, but `state` holds it.
            _ = self.requested.changed() => {}
        }
    }

    /// Returns a guard that counts as work in progress until it is dropped.
    pub fn task(&self) -> Task {
        self.state.jobs.change(self.name, |progress| progress.under_way += 1);
        Task { state: self.state.clone(), name: self.name }
    }
}

impl Drop for Rounds {
    /// Removes the job, so that no caller waits for one that ended.
    fn drop(&mut self) {
        self.state.jobs.progress.send_modify(|all| {
            all.remove(self.name);
        });
    }
}

/// Work that a round started and doesn't wait for.
#[derive(Debug)]
pub struct Task {
    state: AppState,
    name: &'static str,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.state.jobs.progress.send_modify(|all| {
            if let Some(progress) = all.get_mut(self.name) {
                progress.under_way = progress.under_way.saturating_sub(1);
            }
        });
    }
}

/// How long a job sleeps between two rounds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    steady: Duration,
    /// In development, where the clock is moved manually.
    eager: Duration,
    after_failure: Option<Duration>,
}

impl Pace {
    pub const fn steady(every: Duration) -> Self {
        Self { steady: every, eager: every, after_failure: None }
    }

    #[must_use]
    pub const fn eager(mut self, every: Duration) -> Self {
        self.eager = every;
        self
    }

    #[must_use]
    pub const fn after_failure(mut self, pause: Duration) -> Self {
        self.after_failure = Some(pause);
        self
    }

    fn pause(self, config: &Config, has_failed: bool) -> Duration {
        self.after_failure.filter(|_| has_failed).unwrap_or_else(|| config.maintenance_every(self.steady, self.eager))
    }
}

type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A loop that runs until the process stops.
#[derive(Clone)]
pub struct Job {
    /// Used in logs and as a label of metrics: `snake_case`.
    pub name: &'static str,
    run: Arc<dyn Fn(AppState) -> Ending + Send + Sync>,
}

impl fmt::Debug for Job {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Job").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Job {
    /// Creates a job with its own loop: it keeps state between rounds, or starts work that takes longer than one.
    pub fn new<F>(name: &'static str, run: impl Fn(AppState, Rounds) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::apart(name, move |state| {
            let rounds = Rounds::new(&state, name);
            run(state, rounds)
        })
    }

    /// Creates a job that depends on time alone: it has no due work, and no one can request a round.
    pub fn apart<F>(name: &'static str, run: impl Fn(AppState) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Arc::new(move |state| Box::pin(run(state))) }
    }

    /// Creates a job that does the same after each pause. A failed round is logged, and the next one tries again.
    pub fn every<F, E>(
        name: &'static str,
        pace: Pace,
        once: impl Fn(AppState) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Error> + Send,
    {
        Self::new(name, move |state, mut rounds| {
            let once = once.clone();
            async move {
                while rounds.begin() {
                    let began = Instant::now();
                    let outcome = once(state.clone()).await.map_err(Into::into);
                    metrics::histogram!("rekomi_job_seconds", "job" => name).record(began.elapsed());
                    if let Err(error) = &outcome {
                        failed(name, error);
                    }
                    rounds.pause(pace.pause(&state.config, outcome.is_err())).await;
                }
            }
        })
    }

    /// Runs the job until the process stops.
    pub async fn run(&self, state: AppState) {
        (self.run)(state).await;
    }
}

fn failed(name: &'static str, error: &Error) {
    metrics::counter!("rekomi_job_failures_total", "job" => name).increment(1);
    let code = &error.body().code;
    tracing::warn!(job = name, %code, "the job {name} failed and will be retried: {}", error.cause());
}
