//! `rekomi replay --verify`: recomputes everything from reports, decisions and terms, and compares it with what is
//! stored.
//!
//! [`reports`] reads the events: the effects of each must match its content. [`histories`] recomputes every group of
//! buyers from scratch, with the plans and policies of each sale's own day; [`extras`] checks commissions that no
//! conversion earns. Evidence is taken as it was recorded (a slug refers to its owner at that time), but a click's
//! token is decoded again. Nothing is written.

mod extras;
mod fields;
mod histories;
mod pages;
pub mod reports;
pub mod stored;

use std::sync::Arc;

use anyhow::bail;
use shared::{id::OrganizationId, keys::KeyRing};

use super::{difference::Differences, plans_store, progress::Progress};
use kit::db::{Db, TenantTx};

/// How often two transactions are begun in a cluster.
const BEGINNINGS_MAX: usize = 20;

/// The number of rows checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub events: u64,
    pub conversions: u64,
    pub commissions: u64,
    pub transfers: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Report {
    pub counts: Counts,
    pub differences: Differences,
}

impl Report {
    pub fn extend(&mut self, other: Self) {
        self.counts.add(other.counts);
        self.differences.extend(other.differences);
    }
}

impl Counts {
    const fn add(&mut self, other: Self) {
        self.events += other.events;
        self.conversions += other.conversions;
        self.commissions += other.commissions;
        self.transfers += other.transfers;
    }
}

/// Replays one tenant in its current state. Events and histories are read concurrently, in one snapshot: histories by so many
/// `readers`, of which one calculates while another waits for Postgres. Each has a connection, and so have events.
///
/// # Errors
/// Database errors, including a stored value that this build doesn't know, and amounts beyond 64 bits.
pub async fn verify(
    db: &Db,
    (tokens, pseudonyms): (&KeyRing, &KeyRing),
    organization: OrganizationId,
    readers: u32,
    progress: &Arc<Progress>,
) -> anyhow::Result<Report> {
    plans_store::refresh_statistics(db, organization).await?;
    let (mut events, mut readers, stored) = begin(db, organization, readers).await?;
    for tx in std::iter::once(&mut events).chain(&mut readers) {
        plans_store::find_by_index(tx).await?;
    }
    progress.expect(stored.events + stored.conversions);
    let reported = async {
        let mut found = report(&mut events, tokens, progress).await?;
        found.extend(extras::compare(&mut events).await?);
        anyhow::Ok(found)
    };
    let (mut report, found) = tokio::try_join!(reported, histories::compare(readers, pseudonyms, progress))?;
    report.extend(found);
    for difference in report.counts.unseen(stored) {
        report.differences.add(organization, difference);
    }
    events.commit().await?;
    Ok(report)
}

/// Begins transactions that see the tenant in the same state: one for events, and the others for histories. The servers of a
/// cluster have no snapshot that two can share: there, each of two gets its own, and they begin again until both see the same
/// number of rows, which is most likely the same state. A row that changed between the two is reported as a difference.
async fn begin(
    db: &Db,
    organization: OrganizationId,
    readers: u32,
) -> anyhow::Result<(TenantTx, Vec<TenantTx>, Counts)> {
    if !db.is_cluster() {
        let mut events = db.snapshot(organization).await?;
        let mut rows = Vec::new();
        for _ in 0..readers {
            rows.push(db.same_snapshot(&mut events).await?);
        }
        let stored = rows_there(&mut events).await?;
        return Ok((events, rows, stored));
    }
    for _ in 0..BEGINNINGS_MAX {
        let (mut events, mut rows) = (db.snapshot(organization).await?, db.snapshot(organization).await?);
        let (one, other) = tokio::try_join!(rows_there(&mut events), rows_there(&mut rows))?;
        if one == other {
            return Ok((events, vec![rows], other));
        }
    }
    bail!("{organization} changes too often to be read twice in the same state")
}

async fn report(tx: &mut TenantTx, tokens: &KeyRing, progress: &Progress) -> anyhow::Result<Report> {
    let organization = tx.organization();
    let Report { mut counts, mut differences } = Report::default();
    let mut page = stored::events(tx, None).await?;
    while !page.is_empty() {
        for difference in reports::compare(tx, tokens, &page).await? {
            differences.add(organization, difference);
        }
        counts.events += page.len() as u64;
        progress.advance(page.len() as u64);
        page = stored::events(tx, page.last()).await?;
    }
    Ok(Report { counts, differences })
}

async fn rows_there(tx: &mut TenantTx) -> Result<Counts, sqlx::Error> {
    let row = sqlx::query!(
        r#"select (select count(*) from events where organization_id = $1) as "events!",
                  (select count(*) from conversions where organization_id = $1) as "conversions!",
                  (select count(*) from commissions where organization_id = $1) as "commissions!",
                  -- Tax is withheld of a payout as a whole: no event leads to it, and the audit of the book checks it.
                  (select count(*) from transfers where organization_id = $1 and commission_id is not null) as "transfers!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Counts {
        events: row.events.unsigned_abs(),
        conversions: row.conversions.unsigned_abs(),
        commissions: row.commissions.unsigned_abs(),
        transfers: row.transfers.unsigned_abs(),
    })
}

impl Counts {
    /// Rows that no event, history or commission accounts for.
    fn unseen(self, stored: Self) -> Vec<super::difference::Difference> {
        let kinds = [
            ("events", stored.events, self.events),
            ("conversions", stored.conversions, self.conversions),
            ("commissions", stored.commissions, self.commissions),
            ("transfers", stored.transfers, self.transfers),
        ];
        let unequal = kinds.into_iter().filter(|(_, there, seen)| there != seen);
        unequal
            .map(|(name, there, seen)| super::difference::Difference::new("rows without a source", name, there, seen))
            .collect()
    }
}
