//! The form of a scheduled job: a name, and a loop that runs until the process stops.
//!
//! No job begins with the process. If all did, they would need every database connection at once, and each connection plans
//! its statements anew. So each job's first round has a time of its own.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use kit::{config::Config, error::Error, jobs::Rounds, state::AppState, trace};

/// Within this time after the start of the process, each job with its own loop begins.
const BEGIN_WITHIN: Duration = Duration::from_secs(1);
/// The longest time before the first round of any other job, so that a process that is often restarted does its work too.
const FIRST_WITHIN: Duration = Duration::from_secs(120);

/// How long a job sleeps between two rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    steady: Duration,
    /// In development, where the clock is moved manually.
    eager: Duration,
    after_failure: Option<Duration>,
}

impl Pace {
    pub(crate) const fn steady(every: Duration) -> Self {
        Self { steady: every, eager: every, after_failure: None }
    }

    #[must_use]
    pub(crate) const fn eager(mut self, every: Duration) -> Self {
        self.eager = every;
        self
    }

    #[must_use]
    pub(crate) const fn after_failure(mut self, pause: Duration) -> Self {
        self.after_failure = Some(pause);
        self
    }

    fn pause(self, config: &Config, has_failed: bool) -> Duration {
        self.after_failure.filter(|_| has_failed).unwrap_or_else(|| config.maintenance_every(self.steady, self.eager))
    }
}

/// The time before the first round of a job with this pause: in the second half of the pause.
fn first_pause(name: &str, pause: Duration) -> Duration {
    let half = pause.min(FIRST_WITHIN) / 2;
    half + place(name, half)
}

/// A job's own place within a time.
fn place(name: &str, within: Duration) -> Duration {
    let hash = name.bytes().fold(0_u8, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte));
    within / 256 * u32::from(hash)
}

type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A loop that runs until the process stops.
#[derive(Clone)]
pub(crate) struct Job {
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
    pub(crate) fn new<F>(name: &'static str, run: impl Fn(AppState, Rounds) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::after(name, move |_| place(name, BEGIN_WITHIN), run)
    }

    /// Creates a job that begins after a first pause, or as soon as a round is requested.
    fn after<F>(
        name: &'static str,
        first: impl Fn(&Config) -> Duration + Send + Sync + 'static,
        run: impl Fn(AppState, Rounds) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let run = Arc::new(run);
        Self::apart(name, move |state| {
            let mut rounds = Rounds::new(&state.jobs, name);
            let (first, run) = (first(&state.config), Arc::clone(&run));
            async move {
                rounds.pause(first).await;
                run(state, rounds).await;
            }
        })
    }

    /// Creates a job that depends on time alone: it has no due work, and no one can request a round.
    pub(crate) fn apart<F>(name: &'static str, run: impl Fn(AppState) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Arc::new(move |state| Box::pin(run(state))) }
    }

    /// Creates a job that does the same after each pause. A failed round is logged, and the next one tries again.
    pub(crate) fn every<F, E>(
        name: &'static str,
        pace: Pace,
        once: impl Fn(AppState) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Error> + Send,
    {
        let first = move |config: &Config| first_pause(name, pace.pause(config, false));
        Self::after(name, first, move |state, mut rounds| {
            let once = once.clone();
            async move {
                while rounds.begin() {
                    let began = Instant::now();
                    // Boxed, because the rounds of some jobs are large.
                    let round = trace::within(rounds.span(), Box::pin(once(state.clone())));
                    let outcome = round.await.map_err(|error| -> Error { error.into() });
                    metrics::histogram!("rekomi_job_seconds", "job" => name).record(began.elapsed());
                    rounds.ended(&outcome);
                    if let Err(error) = &outcome {
                        failed(name, error);
                        if let Some(span) = rounds.span() {
                            span.failed(error.body().code.as_str().to_owned());
                        }
                    }
                    rounds.pause(pace.pause(&state.config, outcome.is_err())).await;
                }
            }
        })
    }

    /// Runs the job until the process stops.
    pub(crate) async fn run(&self, state: AppState) {
        (self.run)(state).await;
    }
}

fn failed(name: &'static str, error: &Error) {
    let code = error.body().code.as_str();
    tracing::warn!(
        event = "job.failed",
        job = name,
        code,
        at = error.at(),
        "the job {name} failed and will be retried: {}",
        error.cause()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_job_begins_with_the_process_or_much_later() {
        let [seconds, hour] = [4, 3_600].map(Duration::from_secs);
        for name in ["maintenance", "end_trials", "fetch_exchange_rates", ""] {
            assert!((seconds / 2..seconds).contains(&first_pause(name, seconds)), "{name}");
            assert!((FIRST_WITHIN / 2..FIRST_WITHIN).contains(&first_pause(name, hour)), "{name}");
        }
        assert_ne!(first_pause("end_trials", hour), first_pause("maintenance", hour), "each has a time of its own");
    }
}
