//! Iterates over all histories of a tenant, in pages.
//!
//! Usually in the order of groups, which is roughly the order in which buyers came. If prices or checks depend on an
//! affiliate's other conversions, it goes affiliate by affiliate in chronological order instead, so that neighbors are
//! on the same page, and few are loaded twice.

use std::collections::{HashSet, VecDeque};

use shared::id::{AffiliateId, CustomerId, EventId, OrganizationId};
use uuid::Uuid;

use crate::verify::PAGE;
use engine::history::HistoryKey;
use kit::db::TenantTx;

/// The maximum number of one affiliate's histories that are recomputed together.
const POOLED_PAGE: usize = 20_000;

#[derive(Debug)]
pub(super) struct Pages {
    organization: OrganizationId,
    pooled: bool,
    /// If pooled: the affiliate that `waiting` belongs to; the histories that no one is credited with come after the
    /// last one.
    affiliate: Uuid,
    waiting: VecDeque<HistoryKey>,
    group: Uuid,
    event: Uuid,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Affiliates,
    Groups,
    Alone,
}

impl Pages {
    pub(super) async fn of(tx: &mut TenantTx) -> Result<Self, sqlx::Error> {
        let organization = tx.organization();
        let pooled = sqlx::query_scalar!(
            r#"select exists (select from plan_versions where organization_id = $1
                              and (components @> '[{"type": "tiers"}]' or components @? '$[*].cap.perAffiliate'))
                   or exists (select from program_policies where organization_id = $1 and (velocity_per_hour is not null or claims = 'Trusted'))
                   as "pooled!""#,
            organization.uuid(),
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(Self {
            organization,
            pooled,
            affiliate: Uuid::nil(),
            waiting: VecDeque::new(),
            group: Uuid::nil(),
            event: Uuid::nil(),
            stage: if pooled { Stage::Affiliates } else { Stage::Groups },
        })
    }

    /// The next page; empty after the last.
    pub(super) async fn next(&mut self, tx: &mut TenantTx) -> Result<HashSet<HistoryKey>, sqlx::Error> {
        if self.stage == Stage::Affiliates {
            let page = self.of_affiliates(tx).await?;
            if !page.is_empty() {
                return Ok(page);
            }
            self.stage = Stage::Groups;
        }
        if self.stage == Stage::Groups {
            let page = self.groups(tx).await?;
            if !page.is_empty() {
                return Ok(page);
            }
            self.stage = Stage::Alone;
        }
        self.alone(tx).await
    }

    async fn of_affiliates(&mut self, tx: &mut TenantTx) -> Result<HashSet<HistoryKey>, sqlx::Error> {
        while self.waiting.is_empty() {
            let next = sqlx::query_scalar!(
                "select id from affiliates where organization_id = $1 and id > $2 order by id limit 1",
                self.organization.uuid(),
                self.affiliate,
            )
            .fetch_optional(tx.conn())
            .await?;
            let Some(next) = next else { return Ok(HashSet::new()) };
            self.affiliate = next;
            self.waiting = credited_with(tx, AffiliateId::new(next)).await?;
        }
        let count = self.waiting.len().min(POOLED_PAGE);
        Ok(self.waiting.drain(..count).collect())
    }

    /// If pooled, only groups that no affiliate is credited with.
    async fn groups(&mut self, tx: &mut TenantTx) -> Result<HashSet<HistoryKey>, sqlx::Error> {
        let groups = sqlx::query_scalar!(
            r#"select g.group_id as "group_id!"
               from (select distinct group_id from customers where organization_id = $1 and group_id > $2) g
               where not $3 or not exists (
                   select from customers c join conversions v on (v.organization_id, v.customer_id) = (c.organization_id, c.id)
                   where c.organization_id = $1 and c.group_id = g.group_id and v.affiliate_id is not null)
               order by g.group_id limit $4"#,
            self.organization.uuid(),
            self.group,
            self.pooled,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        self.group = groups.last().copied().unwrap_or(self.group);
        Ok(groups.into_iter().map(|id| HistoryKey::Group(self.organization, CustomerId::new(id))).collect())
    }

    async fn alone(&mut self, tx: &mut TenantTx) -> Result<HashSet<HistoryKey>, sqlx::Error> {
        let events = sqlx::query_scalar!(
            "select event_id from conversions
             where organization_id = $1 and customer_id is null and event_id > $2
               and (not $3 or affiliate_id is null)
             order by event_id limit $4",
            self.organization.uuid(),
            self.event,
            self.pooled,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        self.event = events.last().copied().unwrap_or(self.event);
        Ok(events.into_iter().map(|id| HistoryKey::Alone(self.organization, EventId::new(id))).collect())
    }
}

/// The histories with conversions of this affiliate, and of none before it; earliest first.
async fn credited_with(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<VecDeque<HistoryKey>, sqlx::Error> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        r#"select c.group_id as "group_id?", case when c.group_id is null then v.event_id end as event_id
           from conversions v left join customers c on (c.organization_id, c.id) = (v.organization_id, v.customer_id)
           where v.organization_id = $1 and v.affiliate_id = $2
             and not exists (
                 select from customers o join conversions w on (w.organization_id, w.customer_id) = (o.organization_id, o.id)
                 where o.organization_id = $1 and o.group_id = c.group_id and w.affiliate_id < $2)
           group by 1, 2 order by min(v.occurred_at)"#,
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match (row.group_id, row.event_id) {
            (Some(group), _) => Some(HistoryKey::Group(organization, CustomerId::new(group))),
            (None, Some(event)) => Some(HistoryKey::Alone(organization, EventId::new(event))),
            (None, None) => None,
        })
        .collect())
}
