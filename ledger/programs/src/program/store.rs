//! SQL for creating and changing programs.

use shared::{id::ProgramId, timestamp::Timestamp};

use kit::{
    api::view::{Checks, ClaimedSales},
    db::TenantTx,
};
use rules::attribution::policy::Worth;

/// A program about to be created.
#[derive(Debug)]
pub struct NewProgram {
    pub id: ProgramId,
    pub slug: String,
    pub name: String,
    pub public_key: String,
    pub allowed_origins: Vec<String>,
    /// One of the modes of [`outbox::edge_config::gpc_mode`].
    pub gpc_mode: String,
    /// The default destination of links.
    pub destination: Option<String>,
}

/// A program's attribution and review rules, spelled as in the database.
#[derive(Debug)]
pub struct Policy {
    pub attribution_model: String,
    pub window_days: i32,
    pub customer_binding: String,
    pub checks: Checks,
    pub claimed_sales: ClaimedSales,
}

/// # Errors
/// Constraint `programs_organization_id_slug_key` if another program has the slug.
pub async fn insert(tx: &mut TenantTx, program: &NewProgram, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into programs (organization_id, id, slug, name, public_key, allowed_origins, created_at, gpc_mode,
                               destination)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.organization().uuid(),
        program.id.uuid(),
        program.slug,
        program.name,
        program.public_key,
        &program.allowed_origins,
        now,
        program.gpc_mode,
        program.destination,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn name(tx: &mut TenantTx, program: ProgramId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select name from programs where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn has_slug(tx: &mut TenantTx, slug: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from programs where organization_id = $1 and slug = $2",
        tx.organization().uuid(),
        slug
    );
    Ok(found.fetch_optional(tx.conn()).await?.is_some())
}

/// Replaces the given values. Returns whether the program exists.
pub async fn update(
    tx: &mut TenantTx,
    program: ProgramId,
    name: Option<&str>,
    allowed_origins: Option<&[String]>,
    gpc_mode: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update programs set name = coalesce($3, name), allowed_origins = coalesce($4, allowed_origins),
                             gpc_mode = coalesce($5, gpc_mode)
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
        name,
        allowed_origins,
        gpc_mode,
    )
    .execute(tx.conn())
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Sets the default destination of links; `None` removes it.
pub async fn set_destination(
    tx: &mut TenantTx,
    program: ProgramId,
    destination: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update programs set destination = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
        destination,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sets whether applicants are approved as soon as they confirm their email address.
pub async fn set_auto_approve(tx: &mut TenantTx, program: ProgramId, auto_approve: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update programs set auto_approve = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
        auto_approve,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Archives the program as of a time, or unarchives it.
pub async fn archive(tx: &mut TenantTx, program: ProgramId, archived_at: Option<Timestamp>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update programs set archived_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
        archived_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Inserts the policy that applies from `effective_at` on.
pub async fn insert_policy(
    tx: &mut TenantTx,
    program: ProgramId,
    policy: &Policy,
    effective_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days,
                                       customer_binding, flag_self_referral, flag_duplicate_customer, velocity_per_hour,
                                       min_click_to_sale_seconds, created_at, claims, claims_max_amount, claims_per_day,
                                       claims_per_affiliate_day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tx.organization().uuid(),
        program.uuid(),
        effective_at,
        policy.attribution_model,
        policy.window_days,
        policy.customer_binding,
        policy.checks.self_referral,
        policy.checks.duplicate_customer,
        policy.checks.velocity_per_hour,
        policy.checks.min_click_to_sale_seconds,
        now,
        policy.claimed_sales.worth().unwrap_or(Worth::Review).as_str(),
        policy.claimed_sales.max_amount_cents,
        policy.claimed_sales.per_day,
        policy.claimed_sales.per_affiliate_per_day,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The program's last policy, with the time from which it applies.
pub async fn last_policy(tx: &mut TenantTx, program: ProgramId) -> Result<Option<(Timestamp, Policy)>, sqlx::Error> {
    let row = sqlx::query!(
        "select effective_at, attribution_model, window_days, customer_binding, flag_self_referral,
                flag_duplicate_customer, velocity_per_hour, min_click_to_sale_seconds, claims, claims_max_amount,
                claims_per_day, claims_per_affiliate_day
         from program_policies where organization_id = $1 and program_id = $2 order by effective_at desc limit 1",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let checks = Checks {
            self_referral: row.flag_self_referral,
            duplicate_customer: row.flag_duplicate_customer,
            velocity_per_hour: row.velocity_per_hour,
            min_click_to_sale_seconds: row.min_click_to_sale_seconds,
        };
        let policy = Policy {
            attribution_model: row.attribution_model,
            window_days: row.window_days,
            customer_binding: row.customer_binding,
            checks,
            claimed_sales: ClaimedSales {
                mode: row.claims.to_lowercase(),
                max_amount_cents: row.claims_max_amount,
                per_day: row.claims_per_day,
                per_affiliate_per_day: row.claims_per_affiliate_day,
            },
        };
        (row.effective_at, policy)
    }))
}

/// Sets a program's mode for Global Privacy Control. Returns whether the program exists.
pub async fn set_gpc_mode(tx: &mut TenantTx, program: ProgramId, mode: Option<&str>) -> Result<bool, sqlx::Error> {
    let set = sqlx::query!(
        "update programs set gpc_mode = coalesce($3, gpc_mode) where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
        mode,
    );
    Ok(set.execute(tx.conn()).await?.rows_affected() == 1)
}

/// The name and Global Privacy Control mode of every program, newest first, at most 200.
pub async fn gpc_modes(tx: &mut TenantTx) -> Result<Vec<(ProgramId, String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, gpc_mode from programs where organization_id = $1 order by id desc limit 200",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name, row.gpc_mode)).collect())
}
