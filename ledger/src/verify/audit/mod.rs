//! `rekomi audit`: checks whether all stored data is consistent.
//!
//! Each check looks for rows that must not exist and shows the first of them. [`book`], [`figures`] and [`facets`] let
//! the database compute sums; [`rows`] and [`events`] read commissions, conversions and events page by page, and compare them with
//! the ledger's own arithmetic.

mod book;
mod events;
mod facets;
mod figures;
mod rows;

use shared::{id::OrganizationId, keys::KeyRing};

use super::{plans_store, progress::Progress};
use kit::db::{Db, TenantTx};

/// How many offending rows each check shows.
pub const SHOWN: usize = 5;

/// One condition that must always hold.
#[derive(Debug)]
pub struct Check {
    pub name: &'static str,
    pub looked_at: u64,
    pub wrong: u64,
    /// The first offenders, one per line.
    pub first: Vec<String>,
}

impl Check {
    const fn new(name: &'static str) -> Self {
        Self { name, looked_at: 0, wrong: 0, first: Vec::new() }
    }

    fn looked_at(&mut self, count: i64) {
        self.looked_at += count.unsigned_abs();
    }

    fn wrong(&mut self, offender: impl FnOnce() -> String) {
        self.wrong += 1;
        if self.first.len() < SHOWN {
            self.first.push(offender());
        }
    }

    /// Adds `count` offenders, of which a query returned the first.
    fn wrong_rows(&mut self, count: Option<i64>, offenders: impl Iterator<Item = String>) {
        self.wrong += count.unwrap_or(0).unsigned_abs();
        self.first.extend(offenders.take(SHOWN.saturating_sub(self.first.len())));
    }
}

/// All checks, over all tenants checked so far.
#[derive(Debug)]
pub struct Audit {
    sums: Check,
    balances: Check,
    commissions: Check,
    overrides: Check,
    accounts: Check,
    payouts: Check,
    days: Check,
    hours: Check,
    visits: Check,
    clicks: Check,
    facets: Check,
    events: Check,
    quarantine: Check,
    facts: Check,
    given_back: Check,
    buyers: Check,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            sums: Check::new("transfers sum to zero in every currency"),
            balances: Check::new("account balances equal the sum of their transfers"),
            commissions: Check::new("commission amounts, outstanding and paid, match their transfers"),
            overrides: Check::new("overrides are their share of the commissions they belong to"),
            accounts: Check::new("account balances match the commissions"),
            payouts: Check::new("payout amounts match their transfers"),
            days: Check::new("daily totals match a recount"),
            hours: Check::new("hourly totals match a recount"),
            visits: Check::new("click totals agree and are complete"),
            clicks: Check::new("program and daily clicks match the hourly clicks of links"),
            facets: Check::new("figures by country, source and device add up to the totals"),
            events: Check::new("events are intact, and what they report exists"),
            quarantine: Check::new("no event is both applied and quarantined"),
            facts: Check::new("every fact comes from an existing event"),
            given_back: Check::new("refunded amounts match the reported refunds and disputes"),
            buyers: Check::new("buyers who share an address or purchase are grouped together"),
        }
    }
}

impl Audit {
    pub fn checks(&self) -> [&Check; 16] {
        [
            &self.sums,
            &self.balances,
            &self.commissions,
            &self.overrides,
            &self.accounts,
            &self.payouts,
            &self.days,
            &self.hours,
            &self.visits,
            &self.clicks,
            &self.facets,
            &self.events,
            &self.quarantine,
            &self.facts,
            &self.given_back,
            &self.buyers,
        ]
    }

    /// The number of inconsistencies.
    pub fn wrong(&self) -> u64 {
        self.checks().iter().map(|check| check.wrong).sum()
    }

    /// Checks one tenant in its current state.
    ///
    /// # Errors
    /// Database errors, including a stored value that this build doesn't know.
    pub async fn tenant(
        &mut self,
        db: &Db,
        tokens: &KeyRing,
        organization: OrganizationId,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        plans_store::refresh_statistics(db, organization).await?;
        let mut tx = db.snapshot(organization).await?;
        progress.expect(rows_to_read(&mut tx).await?);
        plans_store::compare_whole(&mut tx).await?;
        book::transfers(&mut tx, &mut self.sums, &mut self.balances).await?;
        book::overrides(&mut tx, &mut self.overrides).await?;
        book::accounts(&mut tx, &mut self.accounts).await?;
        book::payouts(&mut tx, &mut self.payouts).await?;
        figures::days(&mut tx, &mut self.days).await?;
        figures::hours(&mut tx, &mut self.hours).await?;
        figures::visits(&mut tx, &mut self.visits).await?;
        figures::clicks(&mut tx, &mut self.clicks).await?;
        facets::facets(&mut tx, &mut self.facets).await?;
        figures::buyers(&mut tx, &mut self.buyers).await?;
        plans_store::compare_rows(&mut tx).await?;
        rows::commissions(&mut tx, &mut self.commissions, progress).await?;
        rows::conversions(&mut tx, &mut self.given_back, progress).await?;
        events::events(&mut tx, tokens, &mut self.events, progress).await?;
        events::quarantine(&mut tx, &mut self.quarantine).await?;
        events::facts(&mut tx, &mut self.facts).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn rows_to_read(tx: &mut TenantTx) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select (select count(*) from events where organization_id = $1)
                + (select count(*) from conversions where organization_id = $1)
                + (select count(*) from commissions where organization_id = $1) as "count!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count.unsigned_abs())
}
