//! Time: the wall clock, and waiting for something to become true. Nothing here sleeps for a fixed time, and no limit proves
//! anything: it only ends a test that would wait for ever.

use std::{
    io::Write,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use shared::timestamp::Timestamp;

use crate::http::Response;

/// How many times slower a machine may be that is busy with other suites.
const SLOWER: u32 = 6;
/// How often the ledger may be too busy for one request.
const TRIES: usize = 30;

#[expect(clippy::disallowed_methods, reason = "tests play callers, who have clocks of their own")]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap()).unwrap()
}

/// How long to wait for what takes so many seconds at most on an idle machine.
pub fn patience(seconds: u64) -> Duration {
    Duration::from_secs(seconds) * SLOWER
}

/// Asks again and again until `check` has an answer. `seconds` are what an idle machine needs at most.
///
/// # Panics
/// After several times as long ([`patience`]), naming what was waited for.
pub async fn until<T>(what: &str, seconds: u64, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let (started, patience) = (Instant::now(), patience(seconds));
    loop {
        if let Some(found) = check().await {
            note(what, started);
            return found;
        }
        assert!(started.elapsed() < patience, "waited {patience:?} in vain for: {what}");
        tokio::time::sleep(pause(started)).await;
    }
}

/// The pause before something is asked again: an eighth of what was waited already. Whoever waits for half a minute with
/// others at once doesn't need to know within the tenth of a second, and each question costs the ledger as much as work does.
pub fn pause(started: Instant) -> Duration {
    (started.elapsed() / 8).clamp(Duration::from_millis(10), Duration::from_millis(400))
}

/// Asks again while the answer is 503, after the pause that it names, as every caller of the ledger does: it refuses whom it
/// would keep waiting too long, and nothing is changed then.
///
/// # Panics
/// Where it is busy for ever, or doesn't say when to come again.
pub async fn patient<F: Future<Output = Response>>(ask: impl Fn() -> F) -> Response {
    for _ in 0..TRIES {
        let answer = ask().await;
        if answer.status != 503 {
            return answer;
        }
        let pause = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
        tokio::time::sleep(Duration::from_secs(pause.expect("a 503 that says when to come again"))).await;
    }
    panic!("the ledger is busy for ever");
}

/// Into the file `REKOMI_TEST_WAITS`, if there is one: which test waited for what, and how many milliseconds.
pub fn note(what: &str, started: Instant) {
    let Some(path) = std::env::var_os("REKOMI_TEST_WAITS") else { return };
    let thread = std::thread::current();
    let line = format!("{}\t{}\t{what}\n", started.elapsed().as_millis(), thread.name().unwrap_or_default());
    let file = std::fs::File::options().create(true).append(true).open(path);
    drop(file.and_then(|mut file| file.write_all(line.as_bytes())));
}
