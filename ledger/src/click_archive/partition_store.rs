//! SQL that removes archived clicks, and makes room for restored ones. The database's own functions decide whether it may
//! be; they give way to the intake and to readers of clicks, and are tried again.

use std::time::Duration;

use kit::db::{Db, Holder, time_limit_store};
use shared::id::OrganizationId;

use super::month::Month;

const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(300);

/// Whether a month has a partition of its own.
pub async fn exists(db: &Db, month: Month) -> Result<bool, sqlx::Error> {
    let mut tx = db.global(Holder::Nothing).await?;
    let exists = sqlx::query_scalar!(
        r#"select to_regclass('clicks_' || to_char($1::date, 'YYYY_MM')) is not null as "exists!""#,
        month.date(),
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(exists)
}

/// Drops a month's partition, if the table has the very clicks that are in verified archives, for all organizations.
/// Returns how many clicks it removed; `None` without a partition.
///
/// # Errors
/// The database's, which names the organization whose clicks differ. Nothing is removed then.
pub async fn remove_month(db: &Db, month: Month) -> Result<Option<i64>, sqlx::Error> {
    let mut tries = TRIES;
    loop {
        let mut tx = db.global(Holder::Nothing).await?;
        time_limit_store::lift(tx.conn()).await?;
        let removed = sqlx::query_scalar!("select rekomi_remove_archived_month($1)", month.date());
        let outcome = removed.fetch_one(tx.conn()).await;
        match outcome {
            Ok(removed) => return tx.commit().await.map(|()| removed),
            Err(error) if is_locked(&error) && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
        drop(tx);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Removes the clicks of one organization in a month without a partition, if they are the ones in its verified archive.
///
/// # Errors
/// As [`remove_month`].
pub async fn remove_clicks(db: &Db, organization: OrganizationId, month: Month) -> Result<i64, sqlx::Error> {
    let mut tries = TRIES;
    loop {
        let mut tx = db.tenant(organization).await?;
        time_limit_store::lift(tx.conn()).await?;
        let removed = sqlx::query_scalar!(
            r#"select rekomi_remove_archived_clicks($1, $2) as "removed!""#,
            organization.uuid(),
            month.date(),
        );
        let outcome = removed.fetch_one(tx.conn()).await;
        match outcome {
            Ok(removed) => return tx.commit().await.map(|()| removed),
            Err(error) if is_locked(&error) && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
        drop(tx);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Makes a month's partition again, if it has none.
///
/// # Errors
/// Database errors.
pub async fn reopen(db: &Db, month: Month) -> Result<bool, sqlx::Error> {
    let mut tries = TRIES;
    loop {
        let mut tx = db.global(Holder::Nothing).await?;
        time_limit_store::lift(tx.conn()).await?;
        let made = sqlx::query_scalar!(r#"select rekomi_reopen_click_month($1) as "made!""#, month.date());
        let outcome = made.fetch_one(tx.conn()).await;
        match outcome {
            Ok(made) => return tx.commit().await.map(|()| made),
            Err(error) if is_locked(&error) && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
        drop(tx);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Someone else has the lock: `lock_not_available`, or `deadlock_detected`.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "55P03" | "40P01"))
}
