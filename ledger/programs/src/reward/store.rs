//! SQL for rewards.

use rules::reward::{Kind, Metric, Prize, period::Repeats, rank::Ties};
use shared::{
    id::{OrganizationId, ProgramId, RewardId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{Gift, Goal, Proof, Reward, Rule};
use kit::db::{TenantTx, TenantsTx, corrupt_column};

/// The maximum number of rewards of an organization that aren't archived.
pub const REWARDS_MAX: i64 = 200;

/// Which rewards to list.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub id: Option<RewardId>,
    pub program: Option<ProgramId>,
    pub kind: Option<Kind>,
    pub archived: Option<bool>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

impl Default for Filter {
    fn default() -> Self {
        Self { id: None, program: None, kind: None, archived: None, after: None, limit: REWARDS_MAX }
    }
}

struct Row {
    id: RewardId,
    program_id: ProgramId,
    program_name: String,
    kind: Kind,
    title: String,
    description: Option<String>,
    segments: Vec<String>,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    repeats: Repeats,
    time_zone: Option<String>,
    metric: Option<Metric>,
    metric_currency: Option<String>,
    goal: Option<i64>,
    settled_only: bool,
    winners: Option<i32>,
    ties: Option<Ties>,
    delay_days: i32,
    links_max: Option<i32>,
    link_hosts: Vec<String>,
    needs_text: bool,
    needs_file: bool,
    prize: Prize,
    amounts: Vec<i64>,
    currency: Option<String>,
    hold_days: i32,
    segment: Option<String>,
    rate_ppm: Option<i32>,
    months: Option<i32>,
    gift: Option<String>,
    budget: Option<i64>,
    confirm: bool,
    take_back: bool,
    created_at: Timestamp,
    archived_at: Option<Timestamp>,
}

impl Row {
    fn reward(self) -> Result<Reward, sqlx::Error> {
        Ok(Reward {
            rule: self.rule()?,
            gift: self.gift()?,
            id: self.id,
            program: self.program_id,
            program_name: self.program_name,
            title: self.title,
            description: self.description,
            segments: self.segments,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            repeats: self.repeats,
            time_zone: self.time_zone,
            budget: self.budget,
            created_at: self.created_at,
            archived_at: self.archived_at,
        })
    }

    fn goal(&self) -> Option<Goal> {
        Some(Goal {
            metric: self.metric?,
            currency: self.metric_currency.as_deref().and_then(|code| code.parse().ok()),
            value: self.goal?,
            settled_only: self.settled_only,
        })
    }

    fn rule(&self) -> Result<Rule, sqlx::Error> {
        let rule = match self.kind {
            Kind::Milestone => {
                self.goal().map(|goal| Rule::Milestone { goal, confirm: self.confirm, take_back: self.take_back })
            }
            Kind::Contest => self.contest(),
            Kind::Bounty => Some(Rule::Bounty(Proof {
                links_max: self.links_max.map_or(0, small),
                hosts: self.link_hosts.clone(),
                text: self.needs_text,
                file: self.needs_file,
            })),
        };
        rule.ok_or_else(|| corrupt_column("rewards.kind"))
    }

    fn contest(&self) -> Option<Rule> {
        Some(Rule::Contest {
            goal: self.goal()?,
            winners: small(self.winners?),
            ties: self.ties?,
            delay_days: small(self.delay_days),
        })
    }

    fn gift(&self) -> Result<Gift, sqlx::Error> {
        let gift = match self.prize {
            Prize::Bonus => self.currency.as_deref().and_then(|code| code.parse::<Currency>().ok()).map(|currency| {
                Gift::Bonus { amounts: self.amounts.clone(), currency, hold_days: small(self.hold_days) }
            }),
            Prize::Segment => self.segment.clone().map(Gift::Segment),
            Prize::Rate => self
                .rate_ppm
                .zip(self.months)
                .map(|(rate, months)| Gift::Rate { rate_ppm: rate.unsigned_abs(), months: months.unsigned_abs() }),
            Prize::InKind => self.gift.clone().map(Gift::InKind),
        };
        gift.ok_or_else(|| corrupt_column("rewards.prize"))
    }
}

fn small(number: i32) -> u16 {
    u16::try_from(number).unwrap_or_default()
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Reward>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id as "id: RewardId", r.program_id as "program_id: ProgramId", p.name as program_name,
                  r.kind as "kind: Kind", r.title, r.description, r.segments, r.starts_at, r.ends_at,
                  r.repeats as "repeats: Repeats", r.time_zone, r.metric as "metric: Metric", r.metric_currency, r.goal,
                  r.settled_only, r.winners, r.ties as "ties: Ties", r.delay_days, r.links_max, r.link_hosts, r.needs_text,
                  r.needs_file, r.prize as "prize: Prize", r.amounts, r.currency, r.hold_days, r.segment, r.rate_ppm, r.months, r.gift,
                  r.budget, r.confirm, r.take_back, r.created_at, r.archived_at
           from rewards r
           join programs p on p.organization_id = r.organization_id and p.id = r.program_id
           where r.organization_id = $1 and ($2::uuid is null or r.id = $2)
             and ($3::uuid is null or r.program_id = $3) and ($4::text is null or r.kind = $4)
             and ($5::boolean is null or $5 = (r.archived_at is not null)) and ($6::uuid is null or r.id < $6)
           order by r.id desc limit $7"#,
        tx.organization().uuid(),
        filter.id.map(RewardId::uuid),
        filter.program.map(ProgramId::uuid),
        filter.kind.map(Kind::as_str),
        filter.archived,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::reward).collect()
}

/// Locks a reward against other decisions about it.
pub async fn lock(tx: &mut TenantTx, id: RewardId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select id from rewards where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
    .map(drop)
}

/// Whether no other transaction evaluates a reward; none does then until this one ends.
pub async fn lock_evaluation(tx: &mut TenantTx, id: RewardId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('rewards/' || $1::uuid, 0)) as "alone!""#,
        id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn count_open(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from rewards where organization_id = $1 and archived_at is null"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The columns of a rule, as the table has them.
#[derive(Default)]
struct Columns {
    metric: Option<&'static str>,
    metric_currency: Option<String>,
    goal: Option<i64>,
    settled_only: bool,
    winners: Option<i32>,
    ties: Option<&'static str>,
    delay_days: i32,
    links_max: Option<i32>,
    hosts: Vec<String>,
    text: bool,
    file: bool,
}

impl Columns {
    fn of(rule: &Rule) -> Self {
        let counted = |goal: &Goal| Self {
            metric: Some(goal.metric.as_str()),
            metric_currency: goal.currency.map(|currency| currency.code().to_owned()),
            goal: Some(goal.value),
            settled_only: goal.settled_only,
            ..Self::default()
        };
        match rule {
            Rule::Milestone { goal, .. } => counted(goal),
            Rule::Contest { goal, winners, ties, delay_days } => Self {
                winners: Some(i32::from(*winners)),
                ties: Some(ties.as_str()),
                delay_days: i32::from(*delay_days),
                ..counted(goal)
            },
            Rule::Bounty(proof) => Self {
                links_max: Some(i32::from(proof.links_max)),
                hosts: proof.hosts.clone(),
                text: proof.text,
                file: proof.file,
                ..Self::default()
            },
        }
    }
}

/// Inserts a reward whose days begin in this time zone.
pub async fn insert(tx: &mut TenantTx, reward: &Reward, time_zone: &str) -> Result<(), sqlx::Error> {
    let rule = Columns::of(&reward.rule);
    let (hold_days, segment, rate, months, in_kind) = match &reward.gift {
        Gift::Bonus { hold_days, .. } => (i32::from(*hold_days), None, None, None, None),
        Gift::Segment(segment) => (0, Some(segment), None, None, None),
        Gift::Rate { rate_ppm, months } => (0, None, i32::try_from(*rate_ppm).ok(), i32::try_from(*months).ok(), None),
        Gift::InKind(text) => (0, None, None, None, Some(text)),
    };
    sqlx::query!(
        "insert into rewards (organization_id, id, program_id, kind, title, description, segments, starts_at, ends_at,
                              repeats, metric, metric_currency, goal, settled_only, winners, ties, delay_days, links_max,
                              link_hosts, needs_text, needs_file, prize, amounts, currency, hold_days, segment, rate_ppm,
                              months, gift, budget, confirm, take_back, created_at, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)",
        tx.organization().uuid(),
        reward.id.uuid(),
        reward.program.uuid(),
        reward.kind().as_str(),
        reward.title,
        reward.description,
        &reward.segments,
        reward.starts_at,
        reward.ends_at,
        reward.repeats.as_str(),
        rule.metric,
        rule.metric_currency,
        rule.goal,
        rule.settled_only,
        rule.winners,
        rule.ties,
        rule.delay_days,
        rule.links_max,
        &rule.hosts,
        rule.text,
        rule.file,
        reward.gift.prize().as_str(),
        reward.gift.amounts(),
        reward.gift.currency().map(|currency| currency.code().to_owned()),
        hold_days,
        segment,
        rate,
        months,
        in_kind,
        reward.budget,
        reward.confirms(),
        reward.takes_back(),
        reward.created_at,
        time_zone,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Saves what can change: title, description, segments, end, budget.
pub async fn update(tx: &mut TenantTx, reward: &Reward) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update rewards set title = $3, description = $4, segments = $5, ends_at = $6, budget = $7
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        reward.id.uuid(),
        reward.title,
        reward.description,
        &reward.segments,
        reward.ends_at,
        reward.budget,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn archive(tx: &mut TenantTx, id: RewardId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update rewards set archived_at = $3 where organization_id = $1 and id = $2 and archived_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The rewards of these tenants that a job looks at: milestones and contests that have begun, and ended at most since
/// `watched`.
pub async fn in_use(
    tx: &mut TenantsTx,
    now: Timestamp,
    watched: Timestamp,
) -> Result<Vec<(OrganizationId, RewardId)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select organization_id as "organization_id: OrganizationId", id as "id: RewardId" from rewards
           where organization_id = any ($1) and archived_at is null and kind <> 'Bounty' and starts_at <= $2
             and (ends_at is null or ends_at > $3)
           order by organization_id, id"#,
        &organizations,
        now,
        watched,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.id)).collect())
}
