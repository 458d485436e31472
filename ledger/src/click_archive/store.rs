//! SQL of archives: what is known of each stored file, and its state.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    TABLE,
    month::Month,
    object::Stored,
    row::{COLUMNS, Totals},
};
use kit::db::{TenantTx, TenantsTx, corrupt_column};

/// An archive that isn't destroyed.
#[derive(Debug, Clone)]
pub struct Archive {
    pub id: Uuid,
    pub month: Month,
    pub format: i16,
    pub state: State,
    pub sealed_key: String,
    pub totals: Totals,
    pub stored: Stored,
    pub verified_at: Option<Timestamp>,
    pub restored_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The table still has the clicks.
    Verified,
    /// Only the object has them.
    Archived,
    /// Both have them.
    Restored,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Archived => "archived",
            Self::Restored => "restored",
        }
    }

    fn of(text: &str) -> Result<Self, sqlx::Error> {
        let all = [Self::Verified, Self::Archived, Self::Restored];
        all.into_iter().find(|state| state.as_str() == text).ok_or_else(|| corrupt_column("click_archives.state"))
    }
}

/// Lets no other process work on this month of the organization until the transaction ends. Returns false if one does.
pub async fn lock(tx: &mut TenantTx, month: Month) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1::text || '/' || $2::text || '/' || $3::text, 0)) as "free!""#,
        TABLE,
        tx.organization().to_string(),
        month.to_string(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The archives with clicks, by month; of one month, if it is given.
pub async fn list(tx: &mut TenantTx, month: Option<Month>) -> Result<Vec<Archive>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, month, format, state, sealed_key as "sealed_key!", clicks, mark, column_digests, bytes, stored_bytes,
                  sha256 as "sha256!", first_at, last_at, verified_at, restored_at
           from click_archives
           where organization_id = $1 and state in ('verified', 'archived', 'restored') and ($2::date is null or month = $2)
           order by month"#,
        tx.organization().uuid(),
        month.map(Month::date),
    )
    .fetch_all(tx.conn())
    .await?;
    let micros = |at: Option<Timestamp>| at.map(|at| at.millis().saturating_mul(1_000));
    let archives = rows.into_iter().map(|row| {
        let columns = <[i64; COLUMNS]>::try_from(row.column_digests);
        let size = |bytes: i64| u64::try_from(bytes).map_err(|_| corrupt_column("click_archives.bytes"));
        Ok::<_, sqlx::Error>(Archive {
            id: row.id,
            month: Month::of(row.month),
            format: row.format,
            state: State::of(&row.state)?,
            sealed_key: row.sealed_key,
            totals: Totals {
                clicks: row.clicks,
                mark: row.mark,
                columns: columns.map_err(|_| corrupt_column("click_archives.column_digests"))?,
                first_at: micros(row.first_at),
                last_at: micros(row.last_at),
            },
            stored: Stored {
                bytes: size(row.bytes)?,
                stored_bytes: size(row.stored_bytes)?,
                sha256: row.sha256.try_into().map_err(|_| corrupt_column("click_archives.sha256"))?,
            },
            verified_at: row.verified_at,
            restored_at: row.restored_at,
        })
    });
    archives.collect()
}

/// Records an archive before its object is put.
pub async fn begin(
    tx: &mut TenantTx,
    id: Uuid,
    (month, format): (Month, i16),
    sealed_key: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into click_archives (organization_id, id, month, format, state, sealed_key, created_at)
         values ($1, $2, $3, $4, 'writing', $5, $6)",
        tx.organization().uuid(),
        id,
        month.date(),
        format,
        sealed_key,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records what was read back and compared, in place of an earlier archive of the month. Returns false if this one was
/// destroyed in the meantime.
pub async fn verified(
    tx: &mut TenantTx,
    (id, month): (Uuid, Month),
    (totals, stored): (&Totals, &Stored),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let at = |micros: Option<i64>| micros.map(|micros| Timestamp::EPOCH.plus_millis(micros.div_euclid(1_000)));
    sqlx::query!(
        "update click_archives set state = 'destroyed', sealed_key = null, destroyed_at = $4
         where organization_id = $1 and month = $2 and id <> $3 and state in ('writing', 'verified', 'restored')",
        tx.organization().uuid(),
        month.date(),
        id,
        now,
    )
    .execute(tx.conn())
    .await?;
    let done = sqlx::query!(
        "update click_archives
         set state = 'verified', verified_at = $3, clicks = $4, mark = $5, column_digests = $6, bytes = $7,
             stored_bytes = $8, sha256 = $9, first_at = $10, last_at = $11
         where organization_id = $1 and id = $2 and state = 'writing'",
        tx.organization().uuid(),
        id,
        now,
        totals.clicks,
        totals.mark,
        &totals.columns[..],
        i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        i64::try_from(stored.stored_bytes).unwrap_or(i64::MAX),
        &stored.sha256[..],
        at(totals.first_at),
        at(totals.last_at),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that an object was read back again and was right. Clicks that are in the table may be removed after that.
pub async fn checked(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update click_archives set verified_at = $3, state = case when state = 'restored' then 'verified' else state end
         where organization_id = $1 and id = $2 and state in ('verified', 'restored')",
        tx.organization().uuid(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// As [`checked`], for an archive that was only looked at.
pub async fn looked_at(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update click_archives set verified_at = $3
         where organization_id = $1 and id = $2 and state in ('verified', 'archived', 'restored')",
        tx.organization().uuid(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records that the table has the clicks again. Returns false if the archive is another by now.
pub async fn restored(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update click_archives set state = 'restored', restored_at = $3
         where organization_id = $1 and id = $2 and state = 'archived'",
        tx.organization().uuid(),
        id,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Destroys the archives of a month that the table doesn't need: those that were never finished, and `id`.
pub async fn destroy(tx: &mut TenantTx, month: Month, id: Option<Uuid>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update click_archives set state = 'destroyed', sealed_key = null, destroyed_at = $4
         where organization_id = $1 and month = $2
           and (state = 'writing' or id = $3 and state in ('verified', 'restored'))",
        tx.organization().uuid(),
        month.date(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Destroys the archives whose last click is older; returns how many. The retention of clicks holds for them, too.
pub async fn expire(tx: &mut TenantTx, before: Timestamp, now: Timestamp) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "update click_archives set state = 'destroyed', sealed_key = null, destroyed_at = $3
         where organization_id = $1 and state in ('verified', 'archived', 'restored') and last_at < $2",
        tx.organization().uuid(),
        before,
        now,
    )
    .execute(tx.conn())
    .await
    .map(|done| done.rows_affected())
}

/// Destroys archives that were begun before and never finished, of the transaction's tenants.
pub async fn give_up(tx: &mut TenantsTx, before: Timestamp, now: Timestamp) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!(
        "update click_archives set state = 'destroyed', sealed_key = null, destroyed_at = $3
         where organization_id = any ($1) and state = 'writing' and created_at < $2",
        &organizations,
        before,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Those of the transaction's tenants that have objects to be deleted.
pub async fn with_removable(tx: &mut TenantsTx) -> Result<Vec<Uuid>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query_scalar!(
        "select distinct organization_id from click_archives
         where organization_id = any ($1) and state = 'destroyed' and removed_at is null",
        &organizations,
    )
    .fetch_all(tx.conn())
    .await
}

/// The objects to be deleted.
pub async fn removable(tx: &mut TenantTx, limit: i64) -> Result<Vec<(Uuid, Month)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, month from click_archives
         where organization_id = $1 and state = 'destroyed' and removed_at is null order by id limit $2",
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, Month::of(row.month))).collect())
}

pub async fn removed(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update click_archives set removed_at = $3 where organization_id = $1 and id = $2 and state = 'destroyed'",
        tx.organization().uuid(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Why a month of the organization can't be archived yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Its days aren't added up, or its figures by country, website and device.
    ForFigures,
    /// A sale may still be credited to its clicks, by the longest attribution window.
    ForSales,
    /// It was restored a short time ago.
    Restored,
}

impl Waits {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ForFigures => "its days aren't added up yet",
            Self::ForSales => "a program's attribution window reaches back to it",
            Self::Restored => "it was restored less than 30 days ago",
        }
    }
}

/// Checks whether a month can be archived: nothing that is counted or credited may need its clicks any more.
pub async fn waits(
    tx: &mut TenantTx,
    month: Month,
    (now, restored_since): (Timestamp, Timestamp),
) -> Result<Option<Waits>, sqlx::Error> {
    let organization = tx.organization();
    let row = sqlx::query!(
        r#"select coalesce((select day from click_days_until where organization_id = $1) >= $2::date, false) as "added!",
                  coalesce((select passes > 0 from facet_fills where organization_id = $1), true) as "filled!",
                  coalesce((select max(window_days) from program_policies where organization_id = $1), 0) as "window!",
                  exists (select from click_archives where organization_id = $1 and month = $3 and state = 'restored'
                          and restored_at > $4) as "restored!""#,
        organization.uuid(),
        month.next().date(),
        month.date(),
        restored_since,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(if !row.added || !row.filled {
        Some(Waits::ForFigures)
    } else if month.end().plus_days(i64::from(row.window)) > now {
        Some(Waits::ForSales)
    } else if row.restored {
        Some(Waits::Restored)
    } else {
        None
    })
}
