//! SQL for plan versions and affiliates' segments.

use shared::{
    id::{AffiliateId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::{plan_view::Plan, rate_increase::VersionStart};
use engine::commission::store::scope;
use kit::{compiled_once, db::TenantTx};
use rules::commission::plan::{Component, PlanVersion, Scope, identify, in_words, with_ids};

/// The constraint that allows one version per scope and instant.
pub const ONE_AT_A_TIME: &str = "plan_versions_organization_id_program_id_affiliate_id_segme_key";

const fn affiliate(scope: &Scope) -> Option<AffiliateId> {
    match scope {
        Scope::Affiliate(id) => Some(*id),
        Scope::Program | Scope::Segment(_) => None,
    }
}

fn segment(scope: &Scope) -> Option<&str> {
    match scope {
        Scope::Segment(name) => Some(name),
        Scope::Program | Scope::Affiliate(_) => None,
    }
}

/// The components of the scope's previous version; empty if the scope had none.
async fn before(tx: &mut TenantTx, version: &PlanVersion) -> Result<Vec<Component>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select components as "components: Json<Vec<Component>>" from plan_versions
           where organization_id = $1 and program_id = $2 and affiliate_id is not distinct from $3
             and segment is not distinct from $4 and effective_at < $5
           order by effective_at desc, id desc limit 1"#,
        tx.organization().uuid(),
        version.program_id.uuid(),
        affiliate(&version.scope).map(|id| id.uuid()),
        segment(&version.scope),
        version.effective_at,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten().map(|components| components.0).unwrap_or_default())
}

/// Inserts a version that someone decided on; components without an id get one.
///
/// # Errors
/// Constraint [`ONE_AT_A_TIME`].
pub async fn insert(
    tx: &mut TenantTx,
    version: &PlanVersion,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    insert_version(tx, version, (note, false), now).await
}

/// Like [`insert`], for a version that a raise writes.
///
/// # Errors
/// Constraint [`ONE_AT_A_TIME`].
pub async fn insert_of_raise(
    tx: &mut TenantTx,
    version: &PlanVersion,
    note: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    insert_version(tx, version, (Some(note), true), now).await
}

async fn insert_version(
    tx: &mut TenantTx,
    version: &PlanVersion,
    (note, of_raise): (Option<&str>, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut components = version.components.clone();
    if let Some(components) = &mut components {
        identify(components, &before(tx, version).await?);
    }
    sqlx::query!(
        "insert into plan_versions (organization_id, id, program_id, affiliate_id, segment, effective_at, hold_days,
                                    components, note, of_raise, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tx.organization().uuid(),
        version.id.uuid(),
        version.program_id.uuid(),
        affiliate(&version.scope).map(|id| id.uuid()),
        segment(&version.scope),
        version.effective_at,
        i32::from(version.hold_days),
        components.as_ref().map(Json) as _,
        note,
        of_raise,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// When the scope's versions begin that apply from a time on or later.
pub async fn starts(
    tx: &mut TenantTx,
    program: ProgramId,
    scope: &Scope,
    from: Timestamp,
) -> Result<Vec<VersionStart>, sqlx::Error> {
    let rows = sqlx::query!(
        "select effective_at, of_raise from plan_versions
         where organization_id = $1 and program_id = $2 and affiliate_id is not distinct from $3
           and segment is not distinct from $4 and effective_at >= $5",
        tx.organization().uuid(),
        program.uuid(),
        affiliate(scope).map(|id| id.uuid()),
        segment(scope),
        from,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| VersionStart { effective_at: row.effective_at, of_raise: row.of_raise }).collect())
}

/// Repeats a version at other times, which a raise had planned for something else.
pub async fn repeat(
    tx: &mut TenantTx,
    version: PlanVersionId,
    repeats: &[(PlanVersionId, Timestamp)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = repeats.iter().map(|(id, _)| id.uuid()).collect();
    let moments: Vec<Timestamp> = repeats.iter().map(|(_, moment)| *moment).collect();
    sqlx::query!(
        "insert into plan_versions (organization_id, id, program_id, affiliate_id, segment, effective_at, hold_days,
                                    components, note, of_raise, created_at)
         select $1, n.id, v.program_id, v.affiliate_id, v.segment, n.effective_at, v.hold_days, v.components, v.note,
                true, v.created_at
         from unnest($3::uuid[], $4::timestamptz[]) n (id, effective_at)
         join plan_versions v on v.organization_id = $1 and v.id = $2
         returning 1 as one",
        tx.organization().uuid(),
        version.uuid(),
        &ids,
        &moments,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// The filter for a program's versions.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub program: ProgramId,
    pub id: Option<PlanVersionId>,
    /// Only versions of the program itself, or only overrides.
    pub of_program: Option<bool>,
    /// Also versions that another one of their scope replaced within a second, such as a correction of the same day.
    pub replaced: bool,
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// Lists versions, latest effective date first.
///
/// # Errors
/// Database errors, including a stored plan that this build can't decode.
pub async fn list(tx: &mut TenantTx, filter: Filter, now: Timestamp) -> Result<Vec<Plan>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.program_id, v.affiliate_id, v.segment, v.effective_at, v.hold_days, v.note,
                  v.components as "components: Json<Vec<Component>>", v.created_at,
                  v.effective_at <= $6 and coalesce(v.next_at > $6, true) as "in_force!"
           from (select id, program_id, affiliate_id, segment, effective_at, hold_days, note, components, created_at,
                        lead(effective_at) over (partition by affiliate_id, segment order by effective_at) as next_at
                 from plan_versions
                 where organization_id = $1 and program_id = $2
                   and ($8::boolean is null or $8 = (affiliate_id is null and segment is null))) v
           where ($3::uuid is null or v.id = $3)
             and ($4::timestamptz is null or (v.effective_at, v.id) < ($4, $5))
             and ($9::boolean or coalesce(v.next_at >= v.effective_at + interval '1 second', true))
           order by v.effective_at desc, v.id desc limit $7"#,
        tx.organization().uuid(),
        filter.program.uuid(),
        filter.id.map(|id| id.uuid()),
        filter.after.map(|(moment, _)| moment),
        filter.after.map(|(_, id)| id),
        now,
        filter.limit,
        filter.of_program,
        filter.replaced,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| {
        let components = row.components.map(|components| with_ids(components.0));
        Plan {
            id: row.id,
            program_id: row.program_id,
            scope: scope(row.affiliate_id, row.segment).into(),
            effective_at: row.effective_at,
            in_force: row.in_force,
            hold_days: row.hold_days,
            note: row.note,
            summary: components.iter().flatten().map(in_words).collect(),
            components,
            created_at: row.created_at,
        }
    });
    Ok(view.collect())
}

/// The program's own current version; before its first one takes effect, the upcoming one.
#[compiled_once]
pub async fn in_force(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<Option<Plan>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from plan_versions
         where organization_id = $1 and program_id = $2 and affiliate_id is null and segment is null
         order by effective_at <= $3 desc, abs(extract(epoch from effective_at - $3)) limit 1",
        tx.organization().uuid(),
        program.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(id) = id else { return Ok(None) };
    let filter = Filter { program, id: Some(id), of_program: Some(true), replaced: true, after: None, limit: 1 };
    Ok(list(tx, filter, now).await?.pop())
}

/// The hold of the version that a new one of this scope follows; if the scope has none, that of the program's version.
pub async fn hold_days(
    tx: &mut TenantTx,
    program: ProgramId,
    scope: &Scope,
    before: Timestamp,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select hold_days from plan_versions
         where organization_id = $1 and program_id = $2 and effective_at <= $5
           and (affiliate_id is not distinct from $3 and segment is not distinct from $4
                or affiliate_id is null and segment is null)
         order by affiliate_id is null and segment is null, effective_at desc limit 1",
        tx.organization().uuid(),
        program.uuid(),
        affiliate(scope).map(|id| id.uuid()),
        segment(scope),
        before,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Whether the scope has a version of its own at that time, other than one that ended the override.
pub async fn has_override(
    tx: &mut TenantTx,
    program: ProgramId,
    scope: &Scope,
    at_moment: Timestamp,
) -> Result<bool, sqlx::Error> {
    let last = sqlx::query_scalar!(
        r#"select components is not null as "pays!" from plan_versions
           where organization_id = $1 and program_id = $2 and affiliate_id is not distinct from $3
             and segment is not distinct from $4 and effective_at <= $5
           order by effective_at desc limit 1"#,
        tx.organization().uuid(),
        program.uuid(),
        affiliate(scope).map(|id| id.uuid()),
        segment(scope),
        at_moment,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(last.unwrap_or(false))
}

/// Whether any conversion or paid click that this scope's plans decide has occurred since that time.
pub async fn has_happened_since(
    tx: &mut TenantTx,
    program: ProgramId,
    scope: &Scope,
    from: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from (
                   select c.affiliate_id from conversions c
                   where c.organization_id = $1 and c.program_id = $2 and c.occurred_at >= $3
                   union all
                   select c.affiliate_id from commissions c
                   where c.organization_id = $1 and c.program_id = $2 and c.kind = 'Click'
                     and c.day >= ($3::timestamptz at time zone 'UTC')::date) happened
               where ($4::uuid is null or affiliate_id = $4)
                 and ($5::text is null or exists (
                     select from affiliate_segments s
                     where s.organization_id = $1 and s.affiliate_id = happened.affiliate_id and s.segment = $5))
           ) as "happened!""#,
        tx.organization().uuid(),
        program.uuid(),
        from,
        affiliate(scope).map(|id| id.uuid()),
        segment(scope),
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether the affiliate has had a conversion or paid click since that time, which their segment may have decided.
pub async fn affiliate_has_earned_since(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    from: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from conversions c
               where c.organization_id = $1 and c.affiliate_id = $2 and c.occurred_at >= $3
               union all
               select from commissions c
               where c.organization_id = $1 and c.affiliate_id = $2 and c.kind = 'Click'
                 and c.day >= ($3::timestamptz at time zone 'UTC')::date) as "earned!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether the affiliate's segment changes exactly at that time.
pub async fn has_segment_at(tx: &mut TenantTx, affiliate: AffiliateId, moment: Timestamp) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliate_segments
                          where organization_id = $1 and affiliate_id = $2 and effective_at = $3) as "has!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        moment,
    )
    .fetch_one(tx.conn())
    .await
}

/// # Errors
/// Constraint `affiliate_segments_pkey` if a change exists at that time.
pub async fn insert_segment(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    segment: Option<&str>,
    effective_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_segments (organization_id, affiliate_id, effective_at, segment, created_at)
         values ($1, $2, $3, $4, $5)",
        tx.organization().uuid(),
        affiliate.uuid(),
        effective_at,
        segment,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
