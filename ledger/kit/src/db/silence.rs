//! Servers that vanish without a word: the machine lost power, its address moved, or a firewall forgot the connection.
//! The client isn't told, so what waits for an answer needs a limit, and so does the test of a connection that comes
//! back.

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection, Postgres, pool::PoolOptions};

/// A connection that was used within this time needn't be asked whether it is still there, which would cost each
/// transaction a round trip.
const FRESH: Duration = Duration::from_secs(1);
/// After this time, a connection is replaced, as its server process remembers ever more of tables and statements. A new one
/// has yet to read all that, which makes its first statements many times slower: so only one in so many returns of an old
/// connection ends it, and they don't all end together.
const LIVES_FOR: Duration = Duration::from_secs(3_600);
const OLD_ENDS_IN: u32 = 500;
/// How long an answer to something that touches no row may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// For this long after an answer didn't come, every connection is asked.
const DOUBTS_FOR: Duration = Duration::from_secs(60);

/// When the server last didn't answer in time.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Option<Instant>>);

impl Silence {
    /// The options of a pool whose connections are tested: those that were idle for a while before they are used, and
    /// those that come back after others didn't answer. They stay open until they are old, however long they are idle.
    pub(super) fn options(self: &Arc<Self>, connections: u32, waits: Duration) -> PoolOptions<Postgres> {
        let (before, after) = (Arc::clone(self), Arc::clone(self));
        PoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(waits)
            // Both would close all connections of the same age at once.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| {
                let must_ping = meta.idle_for > FRESH || before.is_recent();
                Box::pin(is_there(connection, must_ping))
            })
            .after_release(move |connection, meta| {
                let is_old = meta.age > LIVES_FOR && rand::random_ratio(1, OLD_ENDS_IN);
                let must_ping = after.is_recent();
                Box::pin(async move { Ok(!is_old && is_there(connection, must_ping).await?) })
            })
    }

    /// Waits for a connection, so long at most, and for one short answer. The connection that doesn't answer is closed.
    ///
    /// # Errors
    /// If either takes too long, and those of the work.
    pub(super) async fn limited<T>(
        &self,
        waits: Duration,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        // It outlives the `match`: its connection must not come back before the silence is known.
        let mut work = pin!(work);
        match tokio::time::timeout(waits + ANSWERS_WITHIN, work.as_mut()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                *self.lock() = Some(Instant::now());
                Err(sqlx::Error::PoolTimedOut)
            }
        }
    }

    fn is_recent(&self) -> bool {
        self.lock().is_some_and(|at| at.elapsed() < DOUBTS_FOR)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pings a connection. The pool closes and replaces it if that fails.
async fn is_there(connection: &mut PgConnection, must_ping: bool) -> Result<bool, sqlx::Error> {
    if must_ping {
        let answer = tokio::time::timeout(ANSWERS_WITHIN, connection.ping()).await;
        answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    }
    Ok(true)
}
