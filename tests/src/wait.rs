//! Time: the wall clock, and waiting for something to become true.
//!
//! Whoever waits for what a ledger does by itself has it done: the ledgers that a test started are asked to run what is due
//! (`POST /dev/run-jobs`), so that nobody sits through the pauses of their jobs.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::Write,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use shared::timestamp::Timestamp;

use crate::http::Request;

/// Jobs that take longer go on by themselves.
const PATIENCE: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

thread_local! {
    /// Bases of the ledgers that the test of this thread started, and that run.
    static LEDGERS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

#[expect(clippy::disallowed_methods, reason = "tests play callers, who have clocks of their own")]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap()).unwrap()
}

/// Asks again and again until `check` has an answer.
///
/// # Panics
/// After `seconds`, naming what was waited for.
pub async fn until<T>(what: &str, seconds: u64, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut pause = Duration::from_millis(10);
    let mut due = Due::default();
    loop {
        if let Some(found) = check().await {
            note(what, started);
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(seconds), "waited {seconds} s in vain for: {what}");
        due.run().await;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// The asking of one wait: at once, and then more and more seldom, as each costs what the jobs cost.
#[derive(Debug, Default)]
pub struct Due {
    next: Option<Instant>,
    pause: Duration,
}

impl Due {
    /// Has the ledgers run what is due, if it is time to ask again.
    pub async fn run(&mut self) {
        if self.next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        run_jobs().await;
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.next = Some(Instant::now() + self.pause);
    }
}

/// Has the ledgers of this test run what is due. One that is stopped, busy, or without that door does it in its own time.
async fn run_jobs() {
    let ledgers: Vec<String> = LEDGERS.with(|all| all.borrow().iter().cloned().collect());
    for base in ledgers {
        drop(tokio::time::timeout(PATIENCE, Request::post("/dev/run-jobs", "").send(&base)).await);
    }
}

pub(crate) fn begun(ledger: String) {
    LEDGERS.with(|all| all.borrow_mut().insert(ledger));
}

pub(crate) fn ended(ledger: &str) {
    LEDGERS.with(|all| all.borrow_mut().remove(ledger));
}

/// Into the file `REKOMI_TEST_WAITS`, if there is one: which test waited for what, and how many milliseconds.
pub fn note(what: &str, started: Instant) {
    let Some(path) = std::env::var_os("REKOMI_TEST_WAITS") else { return };
    let thread = std::thread::current();
    let line = format!("{}\t{}\t{what}\n", started.elapsed().as_millis(), thread.name().unwrap_or_default());
    let file = std::fs::File::options().create(true).append(true).open(path);
    drop(file.and_then(|mut file| file.write_all(line.as_bytes())));
}
