//! Reports that a probe of the edge's queue has arrived: from the ledger that received it to the `rekomi doctor` that waits for
//! it. It's a notification of Postgres, which reaches every process and is stored nowhere.

use shared::id::BatchId;
use sqlx::postgres::PgListener;

use super::GlobalTx;

const CHANNEL: &str = "rekomi_queue_probe";

/// Reports a probe to the command that waits for it, once the transaction is committed.
pub async fn report(tx: &mut GlobalTx, probe: BatchId) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, probe.to_string()).fetch_one(tx.conn()).await.map(drop)
}

/// The probes that arrive from now on.
#[derive(Debug)]
pub struct Arrivals(PgListener);

impl Arrivals {
    /// # Errors
    /// If the database can't be reached or refuses the role.
    pub async fn listen(url: &str) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits until this probe arrives, however long it takes.
    pub async fn wait_for(&mut self, probe: BatchId) -> Result<(), sqlx::Error> {
        let probe = probe.to_string();
        loop {
            if self.0.recv().await?.payload() == probe {
                return Ok(());
            }
        }
    }
}
