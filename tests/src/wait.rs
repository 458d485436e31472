//! Time: the wall clock, and waiting for something to become true. Nothing here sleeps for a fixed time.

use std::{
    io::Write,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use shared::timestamp::Timestamp;

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
    loop {
        if let Some(found) = check().await {
            note(what, started);
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(seconds), "waited {seconds} s in vain for: {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// Into the file `REKOMI_TEST_WAITS`, if there is one: which test waited for what, and how many milliseconds.
pub fn note(what: &str, started: Instant) {
    let Some(path) = std::env::var_os("REKOMI_TEST_WAITS") else { return };
    let thread = std::thread::current();
    let line = format!("{}\t{}\t{what}\n", started.elapsed().as_millis(), thread.name().unwrap_or_default());
    let file = std::fs::File::options().create(true).append(true).open(path);
    drop(file.and_then(|mut file| file.write_all(line.as_bytes())));
}
