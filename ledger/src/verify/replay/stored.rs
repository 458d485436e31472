//! SQL that loads the effects of a page of events.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{ClickId, CustomerId, EventId, LinkId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::verify::PAGE;
use engine::{conversion, history::facts};
use kit::db::{TenantTx, corrupt_column};
use rules::{
    attribution::touch::TouchKind,
    conversion::Conversion,
    fact::{Basis, DisputeFact, DisputeState, Fact, RefundEffect, RefundFact, ReportedEvent},
};

/// A stored event.
#[derive(Debug)]
pub(in crate::verify) struct EventRow {
    pub id: EventId,
    pub digest: Vec<u8>,
    pub body: String,
    booked_at: Timestamp,
}

/// The next page of a tenant's events in the order in which they were booked.
pub(in crate::verify) async fn events(
    tx: &mut TenantTx,
    after: Option<&EventRow>,
) -> Result<Vec<EventRow>, sqlx::Error> {
    // The index is ordered by descending time and, within the same time, ascending id; it is read backwards.
    let rows = sqlx::query!(
        "select id, digest, body, booked_at from events
         where organization_id = $1 and booked_at >= $2 and (booked_at > $2 or id < $3)
         order by booked_at, id desc limit $4",
        tx.organization().uuid(),
        after.map_or(Timestamp::EPOCH, |row| row.booked_at),
        after.map_or(Uuid::max(), |row| row.id.uuid()),
        PAGE,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| EventRow { id: EventId::new(row.id), digest: row.digest, body: row.body, booked_at: row.booked_at })
        .collect())
}

/// The parts of a touch that the reporting event determines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touched {
    pub kind: TouchKind,
    pub customer: Option<CustomerId>,
    pub reported_at: Timestamp,
    pub touched_at: Timestamp,
    pub click: Option<(ClickId, LinkId)>,
}

/// Rows that these events name, or that refer to them.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub conversions: HashMap<String, Conversion>,
    customers: HashMap<String, CustomerId>,
    pub repeated_reports: HashMap<EventId, (String, Option<CustomerId>)>,
    /// By event and name: one event may report several.
    pub refunds: HashMap<(EventId, String), (Timestamp, RefundFact)>,
    pub disputes: HashMap<EventId, (Timestamp, DisputeFact)>,
    pub aliases: HashSet<(String, String)>,
    pub touches: HashMap<EventId, Vec<Touched>>,
}

impl Stored {
    pub(super) async fn load(tx: &mut TenantTx, reported: &[ReportedEvent]) -> Result<Self, sqlx::Error> {
        let organization = tx.organization();
        let mut stored = Self::default();
        let names: HashSet<&str> =
            reported.iter().filter_map(|reported| Some(reported.conversion()?.external_id.as_str())).collect();
        let names: Vec<_> = names.into_iter().map(|name| (organization, name)).collect();
        for conversion in conversion::store::by_external_id(tx, &names).await? {
            stored.conversions.insert(conversion.external_id.clone(), conversion);
        }
        let events: Vec<Uuid> = reported.iter().map(|reported| reported.event_id.uuid()).collect();
        stored.customers(tx, reported).await?;
        stored.facts(tx, &events).await?;
        stored.aliases(tx, reported).await?;
        stored.touches(tx, &events).await?;
        Ok(stored)
    }

    /// The customer that the event names.
    pub(super) fn customer(&self, report: &ReportedEvent) -> Option<CustomerId> {
        self.customers.get(&report.buyer()?.external_id).copied()
    }

    /// Looks up each name by an index, as `offset 0` does whatever Postgres knows about the table.
    async fn customers(&mut self, tx: &mut TenantTx, reported: &[ReportedEvent]) -> Result<(), sqlx::Error> {
        let names: HashSet<&str> =
            reported.iter().filter_map(|reported| Some(reported.buyer()?.external_id.as_str())).collect();
        let rows = sqlx::query!(
            r#"select c.id as "id!", c.external_id as "external_id!" from unnest($2::text[]) k (external_id)
               cross join lateral (select o.id, o.external_id from customers o
                                   where o.organization_id = $1 and o.external_id = k.external_id offset 0) c"#,
            tx.organization().uuid(),
            &names.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
        .fetch_all(tx.conn())
        .await?;
        self.customers = rows.into_iter().map(|row| (row.external_id, CustomerId::new(row.id))).collect();
        Ok(())
    }

    async fn facts(&mut self, tx: &mut TenantTx, events: &[Uuid]) -> Result<(), sqlx::Error> {
        let organization = tx.organization();
        let rows = sqlx::query!(
            "select event_id, external_id, customer_id from repeated_reports where organization_id = $1 and event_id = any ($2)",
            organization.uuid(),
            events,
        )
        .fetch_all(tx.conn())
        .await?;
        let repeated_report = |customer: Option<Uuid>| customer.map(CustomerId::new);
        self.repeated_reports =
            rows.into_iter().map(|row| (row.event_id, (row.external_id, repeated_report(row.customer_id)))).collect();
        let rows = sqlx::query!(
            r#"select event_id, external_id, refund_of, amount, currency, basis as "basis: Basis",
                      effect as "effect: RefundEffect", occurred_at
               from refunds where organization_id = $1 and event_id = any ($2)"#,
            organization.uuid(),
            events,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let fact = RefundFact {
                external_id: row.external_id,
                refund_of: row.refund_of,
                amount: row.amount,
                currency: row.currency.parse().map_err(|_| corrupt_column("refunds.currency"))?,
                basis: row.basis,
                effect: row.effect,
            };
            self.refunds.insert((row.event_id, fact.external_id.clone()), (row.occurred_at, fact));
        }
        let rows = sqlx::query!(
            r#"select event_id, external_id, dispute_of, amount, total, currency, state as "state: DisputeState",
                      occurred_at
               from disputes where organization_id = $1 and event_id = any ($2)"#,
            organization.uuid(),
            events,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let fact = DisputeFact {
                external_id: row.external_id,
                dispute_of: row.dispute_of,
                amount: row.amount,
                total: row.total,
                currency: row.currency.parse().map_err(|_| corrupt_column("disputes.currency"))?,
                state: row.state,
            };
            self.disputes.insert(row.event_id, (row.occurred_at, fact));
        }
        Ok(())
    }

    async fn aliases(&mut self, tx: &mut TenantTx, reported: &[ReportedEvent]) -> Result<(), sqlx::Error> {
        let facts = reported.iter().flat_map(|reported| &reported.facts);
        let aliases: HashSet<&str> = facts
            .filter_map(|fact| match fact {
                Fact::Alias(alias) => Some(alias.alias.as_str()),
                Fact::Conversion(_) | Fact::Refund(_) | Fact::Dispute(_) => None,
            })
            .collect();
        if aliases.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query!(
            "select alias, name from sale_aliases where organization_id = $1 and alias = any ($2)",
            tx.organization().uuid(),
            &aliases.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
        .fetch_all(tx.conn())
        .await?;
        self.aliases = rows.into_iter().map(|row| (row.alias, row.name)).collect();
        Ok(())
    }

    /// Looks up each event by an index, as `offset 0` does whatever Postgres knows about the table.
    async fn touches(&mut self, tx: &mut TenantTx, events: &[Uuid]) -> Result<(), sqlx::Error> {
        let rows = sqlx::query!(
            r#"select t.event_id as "event_id!", t.customer_id as "customer_id?", t.reported_at as "reported_at!",
                      t.kind as "kind!: TouchKind", t.touched_at as "touched_at!", t.click_id as "click_id?",
                      t.link_id as "link_id?"
               from unnest($2::uuid[]) k (event_id)
               cross join lateral (select o.event_id, o.customer_id, o.reported_at, o.kind, o.touched_at, o.click_id, o.link_id
                                   from touches o
                                   where o.organization_id = $1 and o.event_id = k.event_id offset 0) t"#,
            tx.organization().uuid(),
            events,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let touched = Touched {
                kind: row.kind,
                customer: row.customer_id,
                reported_at: row.reported_at,
                touched_at: row.touched_at,
                // A slug also refers to a link, but that was looked up.
                click: row.click_id.zip(row.link_id).map(|(click, link)| (ClickId::new(click), LinkId::new(link))),
            };
            self.touches.entry(row.event_id).or_default().push(touched);
        }
        Ok(())
    }
}

/// Repeated reports of conversions, by the conversion's name.
#[derive(Debug, Default)]
pub(super) struct RepeatedReports(HashMap<String, Vec<(EventId, Option<CustomerId>)>>);

impl RepeatedReports {
    pub(super) async fn load(tx: &mut TenantTx, names: impl Iterator<Item = String>) -> Result<Self, sqlx::Error> {
        let organization = tx.organization();
        let names: Vec<_> = names.map(|name| (organization, name)).collect();
        let mut repeated = Self::default();
        for (_, repeated_report) in facts::repeated_reports(tx, &names).await? {
            repeated
                .0
                .entry(repeated_report.external_id)
                .or_default()
                .push((repeated_report.event_id, repeated_report.customer));
        }
        Ok(repeated)
    }

    pub(super) fn of(&self, name: &str) -> &[(EventId, Option<CustomerId>)] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The events of reports that aren't `here`.
    pub(super) async fn elsewhere(
        &self,
        tx: &mut TenantTx,
        here: impl Fn(EventId) -> bool,
    ) -> Result<Vec<EventRow>, sqlx::Error> {
        let missing: Vec<Uuid> =
            self.0.values().flatten().map(|reporter| reporter.0).filter(|id| !here(*id)).map(|id| id.uuid()).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "select id, digest, body, booked_at from events where organization_id = $1 and id = any ($2)",
            tx.organization().uuid(),
            &missing,
        )
        .fetch_all(tx.conn())
        .await?;
        let row = |id, digest, body, booked_at| EventRow { id: EventId::new(id), digest, body, booked_at };
        Ok(rows.into_iter().map(|found| row(found.id, found.digest, found.body, found.booked_at)).collect())
    }
}
