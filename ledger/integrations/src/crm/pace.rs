//! Keeps the calls to an account within the vendor's limits, no matter who makes them: syncs, test calls and pickers,
//! in any process. [`connector::RecentCalls`] decides, and [`pace_store`] stores what it needs to know.

use std::time::Duration;

use connector::{Account, Descriptor, PacedCall};
use hmac::Mac;
use sqlx::PgConnection;

use super::pace_store;
use kit::state::AppState;

/// How long to wait at most before asking again: other processes' calls may have been answered in the meantime.
pub const ASKS_AGAIN: Duration = Duration::from_millis(500);

/// The pace of an account at a vendor.
#[derive(Debug, Clone)]
pub struct AccountPace {
    /// A keyed hash of the vendor and the credentials, since the limits are the account's.
    account: [u8; 32],
    descriptor: &'static Descriptor,
    /// A speed factor for development and tests, which may send faster than the vendor allows.
    factor: u32,
}

impl AccountPace {
    pub fn of(state: &AppState, descriptor: &'static Descriptor, account: &Account) -> Self {
        let credentials = serde_json::to_vec(&account.credentials).unwrap_or_default();
        let parts: [&[u8]; 4] = [b"crm pace\0", descriptor.slug.as_bytes(), b"\0", &credentials];
        let account = state.config.keys.pages.current().mac(&parts).finalize().into_bytes().into();
        Self { account, descriptor, factor: state.config.crm_pace_factor }
    }

    /// Counts the call if it may be sent now; the caller commits and then sends it right away. Otherwise returns how
    /// long to wait before asking again, at most [`ASKS_AGAIN`] at a time.
    pub async fn admit(&self, conn: &mut PgConnection, call: &PacedCall) -> Result<Option<Duration>, sqlx::Error> {
        let (mut recent, now) = pace_store::lock(conn, &self.account).await?;
        match recent.admit(self.descriptor, self.factor, call, now) {
            Ok(()) => pace_store::keep(conn, &self.account, &recent).await.map(|()| None),
            Err(wait) => Ok(Some(wait)),
        }
    }

    /// Records that a call was answered, or given up.
    pub async fn answered(&self, conn: &mut PgConnection, id: u32) -> Result<(), sqlx::Error> {
        let (mut recent, now) = pace_store::lock(conn, &self.account).await?;
        recent.answered(id, now);
        pace_store::keep(conn, &self.account, &recent).await
    }
}

/// A call of the pace that its request names.
pub fn call(pace: &'static str) -> PacedCall {
    PacedCall { pace, id: rand::random(), chance: rand::random() }
}
