//! SQL that copies a program between the tenants of one transaction: from the live organization to its test mode.

use shared::{
    id::{OrganizationId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};

use kit::db::{
    TenantTx,
    names_store::{self, Name},
};

/// A program and its copy. The transaction reaches both tenants, and belongs to the copy's.
#[derive(Debug)]
pub(super) struct Copied<'a> {
    pub(super) live: OrganizationId,
    pub(super) original: ProgramId,
    pub(super) id: ProgramId,
    pub(super) public_key: String,
    pub(super) destination: Option<&'a str>,
    /// From when on the rules apply that are in force now.
    pub(super) since: Timestamp,
    pub(super) now: Timestamp,
}

/// Locks the transaction's organization until it ends.
pub(super) async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("select id from tenants where id = $1 for no key update", tx.organization().uuid())
        .fetch_one(tx.conn())
        .await
        .map(drop)
}

pub(super) async fn program(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into programs (organization_id, id, slug, name, public_key, allowed_origins, created_at, gpc_mode,
                               destination, auto_approve)
         select $1, $2, slug, name, $3, allowed_origins, $4, gpc_mode, $5, auto_approve
         from programs where organization_id = $6 and id = $7
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.public_key,
        copy.now,
        copy.destination,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Copies the rules for credit in force, or if none is in force yet, the first ones.
pub(super) async fn policy(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days,
             customer_binding, flag_self_referral, flag_duplicate_customer, velocity_per_hour,
             min_click_to_sale_seconds, created_at, claims, claims_max_amount, claims_per_day,
             claims_per_affiliate_day)
         select $1, $2, $3, attribution_model, window_days, customer_binding, flag_self_referral,
                flag_duplicate_customer, velocity_per_hour, min_click_to_sale_seconds, $4, claims, claims_max_amount,
                claims_per_day, claims_per_affiliate_day
         from program_policies where organization_id = $5 and program_id = $6
         order by effective_at > $4, case when effective_at > $4 then effective_at end, effective_at desc limit 1
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.since,
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Copies the program's own plan version in force, or if none is in force yet, the first one.
pub(super) async fn plan(tx: &mut TenantTx, copy: &Copied<'_>, id: PlanVersionId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, note,
                                    created_at)
         select $1, $2, $3, $4, components, hold_days, note, $5
         from plan_versions
         where organization_id = $6 and program_id = $7 and affiliate_id is null and segment is null
         order by effective_at > $5, case when effective_at > $5 then effective_at end, effective_at desc limit 1
         returning 1 as one",
        tx.organization().uuid(),
        id.uuid(),
        copy.id.uuid(),
        copy.since,
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn click_rules(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into click_rules (organization_id, program_id, effective_at, visitors_per_affiliate, daily_budget,
                                  currency, review_growth, created_at)
         select $1, $2, $3, visitors_per_affiliate, daily_budget, currency, review_growth, $4
         from click_rules where organization_id = $5 and program_id = $6
         order by effective_at > $4, case when effective_at > $4 then effective_at end, effective_at desc limit 1
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.since,
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn sub_affiliate_config(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, months,
                                            created_at)
         select $1, $2, $3, enabled, percent_ppm, months, $4
         from sub_affiliate_configs where organization_id = $5 and program_id = $6
         order by effective_at desc limit 1
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.since,
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn terms(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into program_terms (organization_id, program_id, version, body, since)
         select $1, $2, 1, body, $3 from program_terms where organization_id = $4 and program_id = $5
         order by version desc limit 1
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Copies the program page as a draft with an address of its own; returns whether there is one.
pub(super) async fn page(tx: &mut TenantTx, copy: &Copied<'_>, suffix: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into program_pages (organization_id, program_id, handle, headline, introduction, color, fields,
                                    blocks, created_at)
         select $1, $2, left(handle, 53) || '-test-' || $3, headline, introduction, color, fields, blocks, $4
         from program_pages where organization_id = $5 and program_id = $6
         returning handle",
        tx.organization().uuid(),
        copy.id.uuid(),
        suffix,
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in &done {
        names_store::claim(tx, Name::Handle(&row.handle)).await?;
    }
    Ok(!done.is_empty())
}

pub(super) async fn logo(tx: &mut TenantTx, copy: &Copied<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into program_logos (organization_id, program_id, content_type, bytes, width, height, updated_at)
         select $1, $2, content_type, bytes, width, height, $3
         from program_logos where organization_id = $4 and program_id = $5
         returning 1 as one",
        tx.organization().uuid(),
        copy.id.uuid(),
        copy.now,
        copy.live.uuid(),
        copy.original.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
