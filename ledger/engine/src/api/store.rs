//! SQL of the API's lists. The same statement serves a resource's list and its single object (by the `id` filter), except
//! for what is read most: [`conversion()`], [`commission()`], and the list of conversions without a filter.
//!
//! Filters and the sort order are optional parameters of one checked statement. A generic plan would miss the index
//! that fits the given filters, so Postgres plans each statement for its actual values; `case` then folds away too.

use shared::{
    id::{AffiliateId, ClickId, CommissionId, ConversionId, CouponId, CustomerId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::{
    api::{
        pagination::PER_PAGE_MAX,
        view::{Checks, ClaimedSales, Commission, Conversion, Link, Program},
    },
    compiled_once,
    db::{TenantTx, plan_store},
};

/// The filters of a list, and which page of it is requested.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter<P> {
    pub id: Option<Uuid>,
    pub program: Option<ProgramId>,
    pub affiliate: Option<AffiliateId>,
    pub conversion: Option<ConversionId>,
    /// That won the sale, or brought its customer.
    pub coupon: Option<CouponId>,
    pub status: Option<&'static str>,
    pub external_event_id: Option<String>,
    /// Flagged, with no decision yet.
    pub in_review: bool,
    pub customer_id: Option<String>,
    pub slug: Option<String>,
    pub host: Option<String>,
    /// The kind of conversion or commission.
    pub kind: Option<&'static str>,
    /// The source of the report.
    pub source: Option<&'static str>,
    pub currency: Option<String>,
    /// Of a link or program: whether it is retired.
    pub retired: Option<bool>,
    /// By the list's own timestamp.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<P>,
    pub oldest: bool,
    pub limit: i64,
}

/// Matches everything. Not derived, because `P` (a position in the list) has no default.
impl<P> Default for Filter<P> {
    fn default() -> Self {
        Self {
            id: None,
            program: None,
            affiliate: None,
            conversion: None,
            coupon: None,
            status: None,
            external_event_id: None,
            in_review: false,
            customer_id: None,
            slug: None,
            host: None,
            kind: None,
            source: None,
            currency: None,
            retired: None,
            from: None,
            to: None,
            after: None,
            oldest: false,
            limit: 0,
        }
    }
}

impl<P: Copy + PartialEq> Filter<P> {
    /// Whether the list is requested as it is: all of it, newest first.
    fn is_open(&self) -> bool {
        *self == Self { after: self.after, limit: self.limit, ..Self::default() }
    }
}

/// Applies to a program without a plan.
const HOLD_DAYS: i32 = 30;

/// Programs as they are at `now`, or before a program's start, as they will be then.
#[compiled_once]
pub async fn programs(tx: &mut TenantTx, filter: &Filter<Uuid>, now: Timestamp) -> Result<Vec<Program>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select p.id, p.slug, p.name, y.attribution_model, y.window_days, y.customer_binding, y.flag_self_referral,
                  y.flag_duplicate_customer, y.velocity_per_hour, y.min_click_to_sale_seconds, y.claims, y.claims_max_amount,
                  y.claims_per_day, y.claims_per_affiliate_day, v.hold_days as "hold_days?",
                  p.public_key, p.allowed_origins, p.destination, p.auto_approve, p.gpc_mode, p.archived_at, p.created_at
           from programs p
           cross join lateral (
               select * from program_policies y where y.organization_id = $1 and y.program_id = p.id
               order by y.effective_at <= $5 desc, y.effective_at desc limit 1) y
           left join lateral (
               select hold_days from plan_versions v
               where v.organization_id = $1 and v.program_id = p.id and v.affiliate_id is null
                 and v.segment is null
               order by v.effective_at <= $5 desc, abs(extract(epoch from v.effective_at - $5)) limit 1) v on true
           where p.organization_id = $1 and ($2::uuid is null or p.id = $2)
             and ($6::text is null or p.slug = lower($6)) and ($7::boolean is null or $7 = (p.archived_at is not null))
             and ($8::timestamptz is null or p.created_at >= $8) and ($9::timestamptz is null or p.created_at < $9)
             and ($3::uuid is null or (not $10 and p.id < $3) or ($10 and p.id > $3))
           order by case when $10 then p.id end, case when not $10::boolean then p.id end desc limit $4"#,
        tx.organization().uuid(),
        filter.id,
        filter.after,
        filter.limit,
        now,
        filter.slug,
        filter.retired,
        filter.from,
        filter.to,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Program {
        id: row.id,
        slug: row.slug,
        name: row.name,
        attribution_model: row.attribution_model,
        cookie_window_days: row.window_days,
        hold_days: row.hold_days.unwrap_or(HOLD_DAYS),
        customer_binding: row.customer_binding,
        review: Checks {
            self_referral: row.flag_self_referral,
            duplicate_customer: row.flag_duplicate_customer,
            velocity_per_hour: row.velocity_per_hour,
            min_click_to_sale_seconds: row.min_click_to_sale_seconds,
        },
        claimed_sales: ClaimedSales {
            mode: row.claims.to_lowercase(),
            max_amount_cents: row.claims_max_amount,
            per_day: row.claims_per_day,
            per_affiliate_per_day: row.claims_per_affiliate_day,
        },
        public_key: row.public_key,
        allowed_origins: row.allowed_origins,
        destination: row.destination,
        auto_approve: row.auto_approve,
        archived_at: row.archived_at,
        gpc_mode: row.gpc_mode,
        created_at: row.created_at,
    });
    Ok(view.collect())
}

/// `scheme` is the URL scheme of link hosts.
pub async fn links(tx: &mut TenantTx, filter: &Filter<Uuid>, scheme: &str) -> Result<Vec<Link>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select id, program_id, affiliate_id, host, slug, destination, disabled_at, created_at from links
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or program_id = $3)
             and ($4::uuid is null or affiliate_id = $4) and ($5::text is null or slug_key = lower($5))
             and ($8::text is null or host = lower($8)) and ($9::boolean is null or $9 = (disabled_at is not null))
             and ($10::timestamptz is null or created_at >= $10) and ($11::timestamptz is null or created_at < $11)
             and ($6::uuid is null or (not $12 and id < $6) or ($12 and id > $6))
           order by case when $12 then id end, case when not $12::boolean then id end desc limit $7"#,
        tx.organization().uuid(),
        filter.id,
        filter.program.map(ProgramId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.slug,
        filter.after,
        filter.limit,
        filter.host,
        filter.retired,
        filter.from,
        filter.to,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Link {
        id: row.id,
        program_id: ProgramId::new(row.program_id),
        affiliate_id: AffiliateId::new(row.affiliate_id),
        url: format!("{scheme}://{}/{}", row.host, row.slug),
        host: row.host,
        slug: row.slug,
        destination: row.destination,
        disabled_at: row.disabled_at,
        created_at: row.created_at,
    });
    Ok(view.collect())
}

/// Reads conversions as the API shows them: `$from` are their rows, as `c`, and `$limits` is the statement from its
/// conditions on.
macro_rules! read_conversions {
    ($from:tt, $limits:tt, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Conversion,
            r#"select c.id as "id: ConversionId", c.external_id as external_event_id, c.kind, c.status,
                      c.program_id as "program_id: ProgramId", c.affiliate_id as "affiliate_id: AffiliateId",
                      b.external_id as "customer_id?", c.amount as amount_cents, c.refunded as refunded_cents, c.currency,
                      c.occurred_at, c.source, c.verified, c.credited_by, c.flags, c.review, c.dispute, c.issues,
                      c.click_id as "click_id: ClickId", c.coupon_id as "coupon_id: CouponId", c.created_at
               from "# + $from + r#" c
               left join customers b on b.organization_id = $1 and b.id = c.customer_id
               where c.organization_id = $1 and "# + $limits,
            $($value),*
        )
    };
}

/// A page of conversions by their time.
pub async fn conversions(
    tx: &mut TenantTx,
    filter: &Filter<(Timestamp, Uuid)>,
) -> Result<Vec<Conversion>, sqlx::Error> {
    if filter.is_open() { newest_conversions(tx, filter).await } else { filtered_conversions(tx, filter).await }
}

/// The list that is requested most, for which Postgres keeps the plan: planning takes twice as long as reading it. The inner
/// limit is that of the longest page. Without it, Postgres expects a tenth of all rows for a limit that it doesn't know, and
/// plans each page for its own.
async fn newest_conversions(
    tx: &mut TenantTx,
    filter: &Filter<(Timestamp, Uuid)>,
) -> Result<Vec<Conversion>, sqlx::Error> {
    const { assert!(PER_PAGE_MAX == 100) };
    read_conversions!(
        r#"(select * from conversions
            where organization_id = $1 and (occurred_at, id) <
                  (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
            order by occurred_at desc, id desc limit 101)"#,
        "true order by c.occurred_at desc, c.id desc limit $4",
        tx.organization().uuid(),
        filter.after.map(|(moment, _)| moment),
        filter.after.map(|(_, id)| id),
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}

#[compiled_once]
async fn filtered_conversions(
    tx: &mut TenantTx,
    filter: &Filter<(Timestamp, Uuid)>,
) -> Result<Vec<Conversion>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    read_conversions!(
        "conversions",
        r#"($2::uuid is null or c.id = $2)
           and ($3::uuid is null or c.program_id = $3) and ($4::uuid is null or c.affiliate_id = $4)
           and ($5::text is null or c.status = $5) and ($6::text is null or c.external_id = $6)
           and ($7::text is null or c.customer_id = any (array(
                select o.id from customers n
                join customers o on o.organization_id = n.organization_id and o.group_id = n.group_id
                                 and o.buyer_id = n.buyer_id
                where n.organization_id = $1 and (n.external_id = $7 or n.id = $17))))
           and ($8::timestamptz is null or c.occurred_at >= $8)
           and ($9::timestamptz is null or c.occurred_at < $9)
           and ($10::timestamptz is null or (not $14 and (c.occurred_at, c.id) < ($10, $11))
                or ($14 and (c.occurred_at, c.id) > ($10, $11)))
           and (not $13::boolean or (c.flags <> '{}' and c.review is null))
           and ($15::text is null or c.kind = $15) and ($16::text is null or c.source = $16)
           and ($18::text is null or c.currency = $18) and ($19::uuid is null or c.coupon_id = $19)
           order by case when $14 then c.occurred_at end, case when $14 then c.id end,
                    case when not $14::boolean then c.occurred_at end desc,
                    case when not $14::boolean then c.id end desc
           limit $12"#,
        tx.organization().uuid(),
        filter.id,
        filter.program.map(ProgramId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.status,
        filter.external_event_id,
        filter.customer_id,
        filter.from,
        filter.to,
        filter.after.map(|(moment, _)| moment),
        filter.after.map(|(_, id)| id),
        filter.limit,
        filter.in_review,
        filter.oldest,
        filter.kind,
        filter.source,
        filter.customer_id.as_deref().and_then(|text| text.parse::<CustomerId>().ok()).map(CustomerId::uuid),
        filter.currency,
        filter.coupon.map(CouponId::uuid),
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn conversion(tx: &mut TenantTx, id: ConversionId) -> Result<Option<Conversion>, sqlx::Error> {
    read_conversions!("conversions", "c.id = $2", tx.organization().uuid(), id.uuid()).fetch_optional(tx.conn()).await
}

/// Reads commissions as the API shows them; `$limits` is the statement from its conditions on.
macro_rules! read_commissions {
    ($limits:tt, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Commission,
            r#"select id as "id: CommissionId", kind, conversion_id as "conversion_id: ConversionId",
                      of_commission_id as "of_commission_id: CommissionId", affiliate_id as "affiliate_id: AffiliateId",
                      program_id as "program_id: ProgramId", amount as amount_cents, earned as earned_cents,
                      paid as paid_cents, reserved as in_payout_cents, currency, status, held as held_for, hold_until, reason,
                      created_at
               from commissions where organization_id = $1 and "# + $limits,
            $($value),*
        )
    };
}

pub async fn commissions(tx: &mut TenantTx, filter: &Filter<Uuid>) -> Result<Vec<Commission>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    read_commissions!(
        r#"($2::uuid is null or id = $2) and ($3::uuid is null or program_id = $3)
           and ($4::uuid is null or affiliate_id = $4) and ($5::uuid is null or conversion_id = $5)
           and ($6::text is null or status = $6) and ($9::text is null or kind = $9)
           and ($10::text is null or currency = $10)
           and ($11::timestamptz is null or created_at >= $11) and ($12::timestamptz is null or created_at < $12)
           and ($7::uuid is null or (not $13 and id < $7) or ($13 and id > $7))
           order by case when $13 then id end, case when not $13::boolean then id end desc limit $8"#,
        tx.organization().uuid(),
        filter.id,
        filter.program.map(ProgramId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.conversion.map(ConversionId::uuid),
        filter.status,
        filter.after,
        filter.limit,
        filter.kind,
        filter.currency,
        filter.from,
        filter.to,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await
}

/// One commission. Unlike that of the list, the statement's plan is kept.
pub async fn commission(tx: &mut TenantTx, id: CommissionId) -> Result<Option<Commission>, sqlx::Error> {
    read_commissions!("id = $2", tx.organization().uuid(), id.uuid()).fetch_optional(tx.conn()).await
}
