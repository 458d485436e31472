//! `/api/v1/programs/{id}/plans`: what a program pays, to whom, and from when on.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::{
    id::{PlanVersionId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    plan_store::{self, Filter},
    plan_view::{self, ComponentSchema, Plan, Scope, ScopeSchema},
    program_rules::{HOLD_DAYS_DEFAULT, HOLD_DAYS_MAX},
    rate_increase,
};
use engine::{book, history::recompute_since, lookup_store};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
        text::{maybe, within},
    },
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use rules::commission::plan::{self, Component, PlanVersion, Scope as PlanScope};

const NOTE_MAX: usize = 1_000;

/// A plan version to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "scope": {"affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy"},
    "effectiveAt": "2026-07-01T00:00:00Z",
    "components": [{"type": "percentage", "ratePercent": "40"}],
    "note": "Lauren's launch month"
}))]
pub struct NewPlan {
    /// Defaults to the program.
    #[schema(value_type = Option<ScopeSchema>)]
    pub scope: Option<Scope>,
    /// When the version takes effect. Defaults to now. A date in the past is accepted only if nothing that the version
    /// would affect has happened since.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub effective_at: Option<Timestamp>,
    /// The number of days a commission stays Pending, 0 to 365. Defaults to that of the previous version.
    pub hold_days: Option<i64>,
    /// What the version pays. Null ends a segment's or affiliate's override, so that the next wider scope applies
    /// again.
    #[serde(deserialize_with = "plan::components_or_null")]
    #[schema(value_type = Option<Vec<ComponentSchema>>, required)]
    pub components: Option<Vec<Component>>,
    /// An internal note.
    pub note: Option<String>,
}

/// List a program's plan versions
///
/// Returns the versions of every scope, including future ones, with the latest effective date first.
#[utoipa::path(get, path = "/api/v1/programs/{id}/plans", tag = "Plans", operation_id = "listPlans",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"), PageParams),
    responses(
        (status = 200, description = "Latest effective date first", body = Page<Plan>),
        Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<Plan>>> {
    let program: ProgramId = id.parse().map_err(|_| Error::not_found())?;
    let pagination: Pagination<(Timestamp, uuid::Uuid)> = query.page()?;
    query.finish()?;
    let (after, limit) = (pagination.after, pagination.limit());
    let filter = Filter { program, id: None, of_program: None, replaced: true, after, limit };
    let mut tx = key.reader(&state).await?;
    if !lookup_store::has_program(&mut tx, program).await? {
        return Err(Error::not_found());
    }
    let rows = plan_store::list(&mut tx, filter, state.clock.now()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| (row.effective_at, row.id.uuid()), |row| row)))
}

/// Create a plan version
///
/// Adds a version for the program, for a segment of affiliates, or for one affiliate. Customers stay bound to the
/// version that was in force at their first conversion, so a new version applies to customers who come on or after its
/// date, and never changes earlier earnings. You can schedule several future versions; two versions of the same scope
/// at the same time are rejected (`plan_exists`). A version for an affiliate also ends raises of their rate that were
/// made before, and outlasts the time at which these would have ended.
#[utoipa::path(post, path = "/api/v1/programs/{id}/plans", tag = "Plans", operation_id = "createPlan",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = NewPlan,
    responses(
        (status = 201, description = "The plan version", body = Plan),
        (status = 404, description = "The program doesn't exist, or (with `field`) the affiliate doesn't exist",
            body = ErrorSchema),
        (status = 409, description = "`plan_exists`, or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewPlan>,
) -> Result<Response> {
    let input = check(body.value)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let plan = add(&mut write.tx, &state, program, input).await?;
    write.audit(entry(&plan)?).await?;
    write.answer(StatusCode::CREATED, &plan).await
}

/// The audit log entry.
///
/// # Errors
/// Doesn't occur in practice.
pub fn entry(plan: &Plan) -> Result<Entry> {
    Ok(Entry::new("plan.created", plan.id).after(serde_json::to_value(plan).map_err(|error| Error::internal(error))?))
}

/// A version after all checks that don't need the database.
#[derive(Debug)]
pub struct Wish {
    scope: PlanScope,
    effective_at: Option<Timestamp>,
    hold_days: Option<i32>,
    components: Option<Vec<Component>>,
    note: Option<String>,
}

/// # Errors
/// 400 naming the field.
pub fn check(input: NewPlan) -> Result<Wish> {
    let scope = input.scope.unwrap_or(Scope::Program).read()?;
    match &input.components {
        Some(components) => plan_view::validate(components)?,
        None if scope == PlanScope::Program => {
            let message = "components must not be null for the program itself. To pay nothing, use a percentage of 0.";
            return Err(Error::field("components", message));
        }
        None => {}
    }
    let effective_at = input.effective_at.map(|moment| plan_view::not_ancient("effectiveAt", moment)).transpose()?;
    let hold_days = input.hold_days.map(|days| within("holdDays", days, 0, HOLD_DAYS_MAX)).transpose()?;
    let note = maybe("note", input.note.as_deref(), NOTE_MAX)?;
    Ok(Wish { scope, effective_at, hold_days, components: input.components, note })
}

/// Inserts the version, and recomputes the histories that it affects.
///
/// # Errors
/// 400, 404 or 409 naming the field.
pub async fn add(tx: &mut TenantTx, state: &AppState, program: ProgramId, wish: Wish) -> Result<Plan> {
    let Wish { scope, effective_at, hold_days, components, note } = wish;
    // The lock prevents bookings until the commit, so everything that has happened is known.
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let effective_at = effective_at.unwrap_or(now);
    exists(tx, program, &scope).await?;
    if effective_at < now && plan_store::has_happened_since(tx, program, &scope, effective_at).await? {
        return Err(Error::field(
            "effectiveAt",
            "effectiveAt must not be in the past, because there have been conversions since. Past earnings don't \
             change.",
        ));
    }
    if components.is_none() && !plan_store::has_override(tx, program, &scope, effective_at).await? {
        let message = "components must not be null, because this scope has no plan of its own at that time";
        return Err(Error::field("components", message));
    }
    let hold_days = match hold_days {
        Some(days) => Some(days),
        None => plan_store::hold_days(tx, program, &scope, effective_at).await?,
    };
    let affiliate = if let PlanScope::Affiliate(id) = &scope { Some(*id) } else { None };
    let version = PlanVersion {
        id: state.new_id(),
        program_id: program,
        scope,
        effective_at,
        components,
        hold_days: u16::try_from(hold_days.unwrap_or(HOLD_DAYS_DEFAULT)).unwrap_or_default(),
    };
    plan_store::insert(tx, &version, note.as_deref(), now)
        .await
        .on_constraint(plan_store::ONE_AT_A_TIME, plan_exists)?;
    outlast_raises(tx, state, &version).await?;
    recompute_since::since(tx, state, Some(program), affiliate, effective_at).await?;
    one(tx, program, version.id, now).await
}

/// Like [`add`], where people choose days: if the scope already has a version at that time, the new one takes its place.
/// It begins a millisecond later, as versions never change.
///
/// # Errors
/// As [`add`].
pub async fn add_or_replace(tx: &mut TenantTx, state: &AppState, program: ProgramId, mut wish: Wish) -> Result<Plan> {
    book::store::lock(tx).await?;
    if let Some(moment) = wish.effective_at {
        let starts = plan_store::starts(tx, program, &wish.scope, moment).await?;
        wish.effective_at = Some(rate_increase::free_among(&starts, moment));
    }
    add(tx, state, program, wish).await
}

/// Makes a version that was just inserted apply until the next one that the brand decided on: without this, what
/// earlier raises have scheduled, such as their end, would take its place.
async fn outlast_raises(tx: &mut TenantTx, state: &AppState, decided: &PlanVersion) -> Result<()> {
    let starts = plan_store::starts(tx, decided.program_id, &decided.scope, decided.effective_at).await?;
    let repeats = rate_increase::repeats(&starts, decided.effective_at);
    if repeats.is_empty() {
        return Ok(());
    }
    let repeats: Vec<_> = repeats.into_iter().map(|moment| (state.new_id(), moment)).collect();
    Ok(plan_store::repeat(tx, decided.id, &repeats).await?)
}

/// # Errors
/// 404 for a program or affiliate that isn't the organization's.
pub async fn exists(tx: &mut TenantTx, program: ProgramId, scope: &PlanScope) -> Result<()> {
    if !lookup_store::has_program(tx, program).await? {
        return Err(Error::not_found());
    }
    if let PlanScope::Affiliate(affiliate) = scope
        && lookup_store::affiliate(tx, *affiliate).await?.is_none()
    {
        let message = "scope.affiliateId doesn't exist, or belongs to another organization.";
        return Err(Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field("scope.affiliateId"));
    }
    Ok(())
}

/// One version as the API returns it.
///
/// # Errors
/// 404 if the version doesn't exist.
pub async fn one(tx: &mut TenantTx, program: ProgramId, id: PlanVersionId, now: Timestamp) -> Result<Plan> {
    let filter = Filter { program, id: Some(id), of_program: None, replaced: true, after: None, limit: 1 };
    plan_store::list(tx, filter, now).await?.pop().ok_or_else(Error::not_found)
}

fn plan_exists() -> Error {
    let message =
        "This scope already has a version for this exact time. Versions never change, so choose another time.";
    Error::new(StatusCode::CONFLICT, Code::PlanExists, message).with_field("effectiveAt")
}
