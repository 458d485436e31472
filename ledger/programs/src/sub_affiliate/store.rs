//! SQL of sub-affiliates.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, corrupt_column};
use rules::commission::sub_affiliate::Terms;

/// A program's last terms.
pub async fn last_terms(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Terms>, sqlx::Error> {
    let row = sqlx::query!(
        "select effective_at, enabled, percent_ppm, months from sub_affiliate_configs
         where organization_id = $1 and program_id = $2 order by effective_at desc limit 1",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let out_of_range = || corrupt_column("sub_affiliate_configs");
    row.map(|row| {
        Ok(Terms {
            effective_at: row.effective_at,
            enabled: row.enabled,
            percent_ppm: u32::try_from(row.percent_ppm).map_err(|_| out_of_range())?,
            months: row.months.map(u32::try_from).transpose().map_err(|_| out_of_range())?,
        })
    })
    .transpose()
}

pub async fn insert_terms(
    tx: &mut TenantTx,
    program: ProgramId,
    terms: Terms,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, months, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tx.organization().uuid(),
        program.uuid(),
        terms.effective_at,
        terms.enabled,
        i32::try_from(terms.percent_ppm).unwrap_or(i32::MAX),
        terms.months.and_then(|months| i32::try_from(months).ok()),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Who recruited an affiliate, and since when; the recruiter is `None` if a decision removed them.
pub async fn current(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
) -> Result<Option<(Timestamp, Option<AffiliateId>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select since, recruiter_id from affiliate_recruits where organization_id = $1 and affiliate_id = $2
         order by since desc limit 1",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.since, row.recruiter_id.map(AffiliateId::new))))
}

/// A new row about who recruited an affiliate.
#[derive(Debug, Clone, Copy)]
pub struct NewRecruit<'a> {
    pub affiliate: AffiliateId,
    pub recruiter: Option<AffiliateId>,
    pub since: Timestamp,
    /// `Link`, `Form` or `Decision`.
    pub source: &'static str,
    /// Of a decision.
    pub reason: Option<&'a str>,
    pub shows_name: bool,
}

pub async fn insert(tx: &mut TenantTx, recruit: NewRecruit<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_recruits (organization_id, affiliate_id, since, recruiter_id, source, reason, shows_name, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().uuid(),
        recruit.affiliate.uuid(),
        recruit.since,
        recruit.recruiter.map(AffiliateId::uuid),
        recruit.source,
        recruit.reason,
        recruit.shows_name,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether the affiliate is, directly or through others, a recruiter of `of` as things stand.
pub async fn is_above(tx: &mut TenantTx, affiliate: AffiliateId, of: AffiliateId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"with recursive latest as (
               select distinct on (affiliate_id) affiliate_id, recruiter_id from affiliate_recruits
               where organization_id = $1 order by affiliate_id, since desc),
           above (id) as (
               select $3::uuid
               union
               select l.recruiter_id from above a join latest l on l.affiliate_id = a.id where l.recruiter_id is not null)
           select exists (select from above where id = $2) as "found!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        of.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

/// The address of an affiliate who isn't erased.
pub async fn email(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select email from affiliates where organization_id = $1 and id = $2 and erased_at is null",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Someone whom an affiliate recruited.
#[derive(Debug)]
pub struct Row {
    pub affiliate: AffiliateId,
    pub name: String,
    pub status: String,
    pub since: Timestamp,
    pub source: String,
    pub shows_name: bool,
    /// What the recruiter earned by them, by currency.
    pub earned: Vec<(String, i64)>,
}

/// Those whom an affiliate recruited as things stand, newest first.
pub async fn recruits(tx: &mut TenantTx, recruiter: AffiliateId, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with own as (
               select r.affiliate_id, r.since, r.source, r.shows_name from affiliate_recruits r
               where r.organization_id = $1 and r.recruiter_id = $2
                 and not exists (select from affiliate_recruits later
                                 where later.organization_id = $1 and later.affiliate_id = r.affiliate_id
                                   and later.since > r.since)
               order by r.since desc, r.affiliate_id limit $3),
           sums as (
               select p.affiliate_id, m.currency, sum(m.amount)::bigint as amount
               from commissions m
               join commissions p on p.organization_id = $1 and p.id = m.of_commission_id
               where m.organization_id = $1 and m.affiliate_id = $2 and m.kind = 'Override' group by 1, 2)
           select o.affiliate_id, a.name, a.status, o.since, o.source, o.shows_name,
                  array(select currency from sums s where s.affiliate_id = o.affiliate_id order by 1) as "currencies!",
                  array(select amount from sums s where s.affiliate_id = o.affiliate_id order by currency) as "amounts!"
           from own o join affiliates a on a.organization_id = $1 and a.id = o.affiliate_id
           order by o.since desc, o.affiliate_id"#,
        tx.organization().uuid(),
        recruiter.uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        affiliate: AffiliateId::new(row.affiliate_id),
        name: row.name,
        status: row.status,
        since: row.since,
        source: row.source,
        shows_name: row.shows_name,
        earned: row.currencies.into_iter().zip(row.amounts).collect(),
    });
    Ok(rows.collect())
}

/// What is known about who recruited an affiliate.
#[derive(Debug)]
pub struct Known {
    /// With their name and slug; `None` if a decision removed them.
    pub recruiter: Option<(AffiliateId, String, String)>,
    pub since: Timestamp,
    /// `Link`, `Form` or `Decision`.
    pub source: String,
    pub reason: Option<String>,
}

/// Who recruited an affiliate as things stand.
pub async fn known(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select r.since, r.source, r.reason, r.recruiter_id, a.name as "name?", a.slug as "slug?"
           from affiliate_recruits r
           left join affiliates a on a.organization_id = $1 and a.id = r.recruiter_id
           where r.organization_id = $1 and r.affiliate_id = $2 order by r.since desc limit 1"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Known {
        recruiter: row
            .recruiter_id
            .map(|id| (AffiliateId::new(id), row.name.unwrap_or_default(), row.slug.unwrap_or_default())),
        since: row.since,
        source: row.source,
        reason: row.reason,
    }))
}

/// Whether any program pays recruiters, or ever did.
pub async fn is_used(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from sub_affiliate_configs where organization_id = $1) as "exists!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The affiliate with this link name or email address.
pub async fn named(tx: &mut TenantTx, named: &str) -> Result<Option<AffiliateId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: AffiliateId" from affiliates
           where organization_id = $1 and erased_at is null and (slug_key = lower($2) or email = lower($2))
           order by slug_key = lower($2) desc limit 1"#,
        tx.organization().uuid(),
        named,
    )
    .fetch_optional(tx.conn())
    .await
}
