//! SQL of commissions: loads plan versions and affiliates, loads and saves commissions, in sets.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, OrganizationId, PlanVersionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx, corrupt_column},
};
use rules::{
    commission::{
        Commission, CommissionStatus, EarnedBy, Held,
        partner::Partner,
        plan::{Component, PlanVersion, Scope, with_ids},
        sub_affiliate::Recruited,
    },
    customer::mailbox::email_key,
};

/// All versions of these programs' plans that may apply to these affiliates.
///
/// # Errors
/// Database errors, including a stored plan that this build can't read.
#[compiled_once]
pub async fn plan_versions(
    tx: &mut TenantsTx,
    programs: &[(OrganizationId, ProgramId)],
    affiliates: &[(OrganizationId, AffiliateId)],
) -> Result<Vec<PlanVersion>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, program_id, affiliate_id, segment, effective_at, components as "components: Json<Vec<Component>>",
                  hold_days
           from plan_versions
           where (organization_id, program_id) in (select * from unnest($1::uuid[], $2::uuid[]))
             and (affiliate_id is null or (organization_id, affiliate_id) in (select * from unnest($3::uuid[], $4::uuid[])))"#,
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
        &affiliates.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &affiliates.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PlanVersion {
                id: row.id,
                program_id: row.program_id,
                scope: scope(row.affiliate_id, row.segment),
                effective_at: row.effective_at,
                components: row.components.map(|components| with_ids(components.0)),
                hold_days: u16::try_from(row.hold_days).map_err(|_| corrupt_column("plan_versions.hold_days"))?,
            })
        })
        .collect()
}

/// Builds the scope from the two columns.
pub fn scope(affiliate: Option<Uuid>, segment: Option<String>) -> Scope {
    match (affiliate, segment) {
        (Some(affiliate), _) => Scope::Affiliate(AffiliateId::new(affiliate)),
        (None, Some(segment)) => Scope::Segment(segment),
        (None, None) => Scope::Program,
    }
}

/// These affiliates' email addresses, segments, statuses, payout accounts and recruiters, with their effective dates.
pub async fn partners(
    tx: &mut TenantsTx,
    affiliates: &[(OrganizationId, AffiliateId)],
) -> Result<HashMap<AffiliateId, Partner>, sqlx::Error> {
    let organizations: Vec<Uuid> = affiliates.iter().map(|key| key.0.uuid()).collect();
    let ids: Vec<Uuid> = affiliates.iter().map(|key| key.1.uuid()).collect();
    let rows = sqlx::query!(
        "select id, email from affiliates where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut partners: HashMap<AffiliateId, Partner> = rows
        .into_iter()
        .map(|row| {
            let emails = vec![(Timestamp::EPOCH, email_key(&row.email))];
            (AffiliateId::new(row.id), Partner { emails, ..Partner::default() })
        })
        .collect();
    let rows = sqlx::query!(
        r#"select affiliate_id as "affiliate_id!", effective_at as "effective_at!", what as "what!", value
           from (select organization_id, affiliate_id, effective_at, 'segment' as what, segment as value
                 from affiliate_segments
                 union all
                 select organization_id, affiliate_id, effective_at, 'status', status from affiliate_statuses
                 union all
                 select organization_id, affiliate_id, effective_at, 'email', email_key from affiliate_emails
                 union all
                 select organization_id, affiliate_id, effective_at, 'account', account_key from payout_account_keys
                 union all
                 select organization_id, affiliate_id, since, 'recruiter', recruiter_id::text from affiliate_recruits) h
           where (organization_id, affiliate_id) in (select * from unnest($1::uuid[], $2::uuid[]))
           order by effective_at"#,
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let Some(partner) = partners.get_mut(&AffiliateId::new(row.affiliate_id)) else { continue };
        let from = row.effective_at;
        match (row.what.as_str(), row.value) {
            ("segment", segment) => partner.segments.push((from, segment)),
            ("status", status) => partner.approved.push((from, status.as_deref() == Some("Approved"))),
            ("account", account) => partner.accounts.push((from, account)),
            ("recruiter", recruiter) => partner.recruited.push(Recruited {
                since: from,
                recruiter: recruiter.and_then(|id| Uuid::try_parse(&id).ok()).map(AffiliateId::new),
            }),
            // The first row is the address from the beginning; the rows then contain every address.
            ("email", Some(email)) if from <= Timestamp::EPOCH => partner.emails = vec![(from, email)],
            (_, Some(email)) => partner.emails.push((from, email)),
            (_, None) => {}
        }
    }
    Ok(partners)
}

/// A query for commissions by a condition, followed by its parameters.
macro_rules! commissions {
    ($condition:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select organization_id, id, kind, conversion_id, day, affiliate_id, program_id, plan_version_id, component,
                    component_id, amount, earned, paid, reserved, currency, status, held, hold_until, approved_at, reason,
                    of_commission_id
             from commissions where " + $condition,
            $($parameter),*
        )
    };
}

/// The commissions of these conversions, with their tenants.
#[compiled_once]
pub async fn load(
    tx: &mut TenantsTx,
    conversions: &[(OrganizationId, ConversionId)],
) -> Result<Vec<(OrganizationId, Commission)>, sqlx::Error> {
    if conversions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = commissions!(
        "(organization_id, conversion_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &conversions.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &conversions.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::commission).collect()
}

/// Commissions with these ids.
#[compiled_once]
pub async fn by_id(tx: &mut TenantTx, ids: &[CommissionId]) -> Result<Vec<Commission>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = commissions!("organization_id = $1 and id = any ($2)", tx.organization().uuid(), &ids)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(|row| Ok(row.commission()?.1)).collect()
}

/// Commissions of all the transaction's tenants whose hold is over at `now`, oldest first, at most `limit`.
pub async fn due(
    tx: &mut TenantTx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(OrganizationId, Commission)>, sqlx::Error> {
    let rows = commissions!(
        "status = 'Pending' and held is null and hold_until <= $1 order by hold_until limit $2",
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::commission).collect()
}

/// The commissions with an outstanding amount on an affiliate's payable account in one currency.
pub async fn payable(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    currency: &str,
) -> Result<Vec<Commission>, sqlx::Error> {
    let rows = commissions!(
        "organization_id = $1 and affiliate_id = $2 and currency = $3 and amount <> paid + reserved and status <> 'Pending'
         and (status in ('Approved', 'Paid') or paid <> 0 or reserved <> 0) order by id",
        tx.organization().uuid(),
        affiliate.uuid(),
        currency,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok(row.commission()?.1)).collect()
}

/// The commissions that were booked for clicks since a day.
pub async fn of_clicks(tx: &mut TenantTx, from: Timestamp) -> Result<Vec<Commission>, sqlx::Error> {
    let rows =
        commissions!("organization_id = $1 and kind = 'Click' and day >= $2", tx.organization().uuid(), from.date(),)
            .fetch_all(tx.conn())
            .await?;
    rows.into_iter().map(|row| Ok(row.commission()?.1)).collect()
}

#[derive(Debug)]
struct Row {
    organization_id: Uuid,
    id: Uuid,
    kind: String,
    conversion_id: Option<Uuid>,
    day: Option<Date>,
    affiliate_id: Uuid,
    program_id: Uuid,
    plan_version_id: Option<Uuid>,
    component: i32,
    component_id: Option<String>,
    amount: i64,
    earned: i64,
    paid: i64,
    reserved: i64,
    currency: String,
    status: String,
    held: Option<String>,
    hold_until: Timestamp,
    approved_at: Option<Timestamp>,
    reason: String,
    of_commission_id: Option<Uuid>,
}

impl Row {
    fn commission(self) -> Result<(OrganizationId, Commission), sqlx::Error> {
        let currency = self.currency.parse().map_err(|_| corrupt_column("commissions.currency"))?;
        let earned_by = match (self.kind.as_str(), self.conversion_id, self.day) {
            ("Override", Some(conversion), _) => EarnedBy::Override {
                conversion: ConversionId::new(conversion),
                of: self
                    .of_commission_id
                    .map(CommissionId::new)
                    .ok_or_else(|| corrupt_column("commissions.of_commission_id"))?,
            },
            ("Conversion", Some(conversion), _) => EarnedBy::Conversion(ConversionId::new(conversion)),
            ("Click", _, Some(day)) => EarnedBy::Clicks(midnight(day)),
            ("Bonus", _, Some(day)) => EarnedBy::Bonus(midnight(day)),
            ("Adjustment", _, Some(day)) => EarnedBy::Adjustment(midnight(day)),
            _ => return Err(corrupt_column("commissions.kind")),
        };
        let commission = Commission {
            id: CommissionId::new(self.id),
            earned_by,
            affiliate_id: AffiliateId::new(self.affiliate_id),
            program_id: ProgramId::new(self.program_id),
            plan_version_id: self.plan_version_id.map(PlanVersionId::new),
            component: self.component,
            component_id: self.component_id,
            amount: self.amount,
            earned: Money::new(self.earned, currency),
            paid: self.paid,
            reserved: self.reserved,
            status: CommissionStatus::parse(&self.status).ok_or_else(|| corrupt_column("commissions.status"))?,
            held: self
                .held
                .map(|text| Held::parse(&text).ok_or_else(|| corrupt_column("commissions.held")))
                .transpose()?,
            hold_until: self.hold_until,
            approved_at: self.approved_at,
            reason: self.reason,
        };
        Ok((OrganizationId::new(self.organization_id), commission))
    }
}

fn midnight(day: Date) -> Timestamp {
    Timestamp::from_date_time(day.midnight().assume_utc())
}

/// Saves commissions: inserts new ones, updates existing ones. With each comes when it is news to its affiliate, if
/// this change makes it news. That is written only once.
#[compiled_once]
pub async fn save(
    tx: &mut TenantsTx,
    commissions: &[(OrganizationId, &Commission, Option<Timestamp>)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if commissions.is_empty() {
        return Ok(());
    }
    let ids = |of: fn(&Commission) -> Uuid| commissions.iter().map(|(_, row, _)| of(row)).collect::<Vec<_>>();
    let maybe_ids =
        |of: fn(&Commission) -> Option<Uuid>| commissions.iter().map(|(_, row, _)| of(row)).collect::<Vec<_>>();
    let day = |row: &Commission| row.day().map(|day| day.date());
    let saved = sqlx::query!(
        "insert into commissions (organization_id, id, kind, conversion_id, day, affiliate_id, program_id, plan_version_id,
                                  component, amount, earned, paid, currency, status, held, hold_until, approved_at, reason,
                                  reserved, component_id, of_commission_id, news_at, happened_at, created_at,
                                  updated_at)
         select n.*, coalesce((select v.occurred_at from conversions v
                               where v.organization_id = o.organization_id and v.id = n.conversion_id),
                              n.day::timestamp at time zone 'UTC', n.hold_until),
                $23::timestamptz, $23::timestamptz
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::date[], $6::uuid[], $7::uuid[], $8::uuid[],
                     $9::integer[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[],
                     $16::timestamptz[], $17::timestamptz[], $18::text[], $19::bigint[], $20::text[], $21::uuid[],
                     $22::timestamptz[])
              n (organization_id, id, kind, conversion_id, day, affiliate_id, program_id, plan_version_id, component, amount,
                 earned, paid, currency, status, held, hold_until, approved_at, reason, reserved, component_id,
                 of_commission_id, news_at)
         join organizations o on o.organization_id = n.organization_id
         on conflict (organization_id, id) do update set
             program_id = excluded.program_id, component = excluded.component, component_id = excluded.component_id,
             plan_version_id = excluded.plan_version_id, amount = excluded.amount, earned = excluded.earned,
             paid = excluded.paid, reserved = excluded.reserved, currency = excluded.currency, status = excluded.status, held = excluded.held,
             hold_until = excluded.hold_until, approved_at = excluded.approved_at, reason = excluded.reason,
             updated_at = excluded.updated_at, news_at = coalesce(commissions.news_at, excluded.news_at)",
        &commissions.iter().map(|(organization, ..)| organization.uuid()).collect::<Vec<_>>(),
        &ids(|row| row.id.uuid()),
        &commissions.iter().map(|(_, row, _)| row.earned_by.as_str().to_owned()).collect::<Vec<_>>(),
        &maybe_ids(|row| row.conversion().map(|id| id.uuid())) as &[Option<Uuid>],
        &commissions.iter().map(|(_, row, _)| day(row)).collect::<Vec<_>>() as &[Option<Date>],
        &ids(|row| row.affiliate_id.uuid()),
        &ids(|row| row.program_id.uuid()),
        &maybe_ids(|row| row.plan_version_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &commissions.iter().map(|(_, row, _)| row.component).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.amount).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.earned.minor).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.paid).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.earned.currency.code().to_owned()).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.status.as_str().to_owned()).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.held.map(|held| held.as_str().to_owned())).collect::<Vec<_>>()
            as &[Option<String>],
        &commissions.iter().map(|(_, row, _)| row.hold_until).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.approved_at).collect::<Vec<_>>() as &[Option<Timestamp>],
        &commissions.iter().map(|(_, row, _)| row.reason.clone()).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.reserved).collect::<Vec<_>>(),
        &commissions.iter().map(|(_, row, _)| row.component_id.clone()).collect::<Vec<_>>() as &[Option<String>],
        &maybe_ids(|row| row.parent().map(|id| id.uuid())) as &[Option<Uuid>],
        &commissions.iter().map(|(.., news_at)| *news_at).collect::<Vec<_>>() as &[Option<Timestamp>],
        now,
    )
    .execute(tx.conn())
    .await?;
    // A commission of an organization that the transaction doesn't see would have no row to join.
    if usize::try_from(saved.rows_affected()) == Ok(commissions.len()) { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Updates the time of commissions whose conversions turned out to have happened at another time.
pub async fn move_to(
    tx: &mut TenantsTx,
    moved: &[(OrganizationId, ConversionId, Timestamp)],
) -> Result<(), sqlx::Error> {
    if moved.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update commissions m set happened_at = n.happened_at
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) n (organization_id, conversion_id, happened_at)
         where m.organization_id = n.organization_id and m.conversion_id = n.conversion_id",
        &moved.iter().map(|(organization, ..)| organization.uuid()).collect::<Vec<_>>(),
        &moved.iter().map(|(_, conversion, _)| conversion.uuid()).collect::<Vec<_>>(),
        &moved.iter().map(|(.., happened_at)| *happened_at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
