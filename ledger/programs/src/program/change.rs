//! `PATCH /api/v1/programs/{id}`: changes a program's name and origins, and its rules from now on.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::Value;
use shared::{id::ProgramId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    create::NAME_MAX,
    program_rules::{self, Rules},
    store as program_store,
};
use crate::link::create::check_destination;
use engine::{api::store, book, history::recompute_since};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::api::body::present;
use kit::{
    api::{
        body::JsonBody,
        document::Refused,
        idempotency::IdempotencyKey,
        path::PathId,
        text::maybe,
        view::{Checks, ClaimedSales, Program},
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::{edge_config::publish, sync::trigger};

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"cookieWindowDays": 90, "review": {"velocityPerHour": 200}}))]
pub struct ChangedProgram {
    /// The program's new name.
    pub name: Option<String>,
    /// The complete list of allowed origins.
    pub allowed_origins: Option<Vec<String>>,
    /// The landing page for visitors who follow a link, unless the link has its own destination. Prefilled for links
    /// created in the dashboard. An absolute https URL; null for none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub destination: Option<Option<String>>,
    /// Whether applicants on the program's page are approved as soon as they confirm their email address, with the link
    /// that is emailed to it. Until then, they are `Pending`, and nothing about them is sent to your CRMs or webhooks.
    /// If false, your team decides. It's for applications from now on.
    pub auto_approve: Option<bool>,
    /// How to treat visitors who send Global Privacy Control: `ignore`, `no_cookie` or `no_tracking`. Takes effect
    /// immediately.
    pub gpc_mode: Option<String>,
    /// `LastTouch` or `FirstTouch`.
    pub attribution_model: Option<String>,
    /// The number of days during which a click can earn, 1 to 365.
    pub cookie_window_days: Option<i64>,
    /// `AffiliateAndPlan`, `Affiliate` or `None`.
    pub customer_binding: Option<String>,
    /// All review checks. An omitted check gets its default.
    pub review: Option<Checks>,
    /// How to treat sales and leads that only a page reports, from now on. An omitted field gets its default.
    pub claimed_sales: Option<ClaimedSales>,
    /// True archives the program, false restores it. While it is archived, its links and scripts are off, and nothing
    /// new can be created in it. Events reported for its customers are still credited: to stop paying, change the plan.
    pub archived: Option<bool>,
}

impl ChangedProgram {
    /// Whether no change is requested.
    pub fn is_empty(&self) -> bool {
        let Self { name, allowed_origins, destination, auto_approve, gpc_mode, archived, .. } = self;
        let rules = self.attribution_model.is_none() && self.cookie_window_days.is_none() && self.review.is_none();
        let rules = rules && self.claimed_sales.is_none();
        let itself = name.is_none() && allowed_origins.is_none() && destination.is_none() && archived.is_none();
        itself && auto_approve.is_none() && gpc_mode.is_none() && rules && self.customer_binding.is_none()
    }
}

/// A validated change.
#[derive(Debug)]
pub struct Ready {
    name: Option<String>,
    allowed_origins: Option<Vec<String>>,
    destination: Option<Option<String>>,
    auto_approve: Option<bool>,
    archived: Option<bool>,
    gpc_mode: Option<String>,
    rules: Rules,
}

/// Update a program
///
/// Changed rules (`attributionModel`, `cookieWindowDays`, `customerBinding`, `review`, `claimedSales`) apply to
/// conversions that occur from now on, or from the program's start if that is later. They never apply to the past: each
/// conversion follows the rules in effect when it occurred, even if it is reported late. To change what the program
/// pays, add a plan version.
#[utoipa::path(patch, path = "/api/v1/programs/{id}", tag = "Programs", operation_id = "updateProgram",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = ChangedProgram,
    responses(
        (status = 200, description = "The program", body = Program),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedProgram>,
) -> Result<Response> {
    let ready = check(body.value, &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (program, entry) = enact(&mut write.tx, &state, id, ready).await?;
    if let Some(entry) = entry {
        write.audit(entry).await?;
        let answer = write.answer(StatusCode::OK, &program).await?;
        state.edge_config_changed.notify_one();
        return Ok(answer);
    }
    write.unchanged(StatusCode::OK, &program).await
}

/// Changes the program; returns no audit entry if nothing changed. After the commit, the caller must wake the edge's
/// pusher.
///
/// # Errors
/// 404 if the program doesn't exist.
pub async fn enact(
    tx: &mut TenantTx,
    state: &AppState,
    id: ProgramId,
    ready: Ready,
) -> Result<(Program, Option<Entry>)> {
    book::store::lock(tx).await?;
    let before = read(tx, id, state.clock.now()).await?;
    let program = apply(tx, state, id, ready).await?;
    let entry = entry(&before, &program)?;
    Ok((program, entry))
}

/// # Errors
/// 400 naming the field.
pub fn check(input: ChangedProgram, state: &AppState) -> Result<Ready> {
    if input.is_empty() {
        return Err(Error::field(
            "name",
            "Send at least one of these fields: name, allowedOrigins, destination, autoApprove, gpcMode, \
             attributionModel, cookieWindowDays, customerBinding, review, claimedSales or archived.",
        ));
    }
    let development = state.config.environment.is_development();
    let destination = |text: Option<String>| {
        text.map(|text| check_destination("destination", &text, development).map(|url| url.to_string())).transpose()
    };
    Ok(Ready {
        name: maybe("name", input.name.as_deref(), NAME_MAX)?,
        allowed_origins: input.allowed_origins.map(|given| program_rules::origins(&given, development)).transpose()?,
        destination: input.destination.map(destination).transpose()?,
        auto_approve: input.auto_approve,
        archived: input.archived,
        gpc_mode: program_rules::checked_gpc_mode(input.gpc_mode)?,
        rules: Rules {
            attribution_model: input.attribution_model,
            cookie_window_days: input.cookie_window_days,
            customer_binding: input.customer_binding,
            review: input.review,
            claimed_sales: input.claimed_sales,
        },
    })
}

async fn apply(tx: &mut TenantTx, state: &AppState, id: ProgramId, ready: Ready) -> Result<Program> {
    let Ready { name, allowed_origins, destination, auto_approve, archived, gpc_mode, rules } = ready;
    let now = state.clock.now();
    if let Some(archived) = archived {
        let since = read(tx, id, now).await?.archived_at;
        program_store::archive(tx, id, archived.then(|| since.unwrap_or(now))).await?;
        if archived != since.is_some() {
            trigger::program(tx, id, now).await?;
        }
    }
    let (name, origins, gpc_mode) = (name.as_deref(), allowed_origins.as_deref(), gpc_mode.as_deref());
    if !program_store::update(tx, id, name, origins, gpc_mode).await? {
        return Err(Error::not_found());
    }
    if let Some(destination) = destination {
        program_store::set_destination(tx, id, destination.as_deref()).await?;
    }
    if let Some(auto_approve) = auto_approve {
        program_store::set_auto_approve(tx, id, auto_approve).await?;
    }
    let as_of = if rules.is_empty() { now } else { from_now_on(tx, state, id, rules, now).await? };
    publish::program(tx, id, now).await?;
    read(tx, id, as_of).await
}

/// # Errors
/// 404 if the program doesn't exist.
pub async fn read(tx: &mut TenantTx, id: ProgramId, as_of: Timestamp) -> Result<Program> {
    let filter = store::Filter { id: Some(id.uuid()), limit: 1, ..store::Filter::default() };
    store::programs(tx, &filter, as_of).await?.pop().ok_or_else(Error::not_found)
}

/// The audit entry with the changed fields; `None` if nothing changed.
fn entry(before: &Program, after: &Program) -> Result<Option<Entry>> {
    let fields = |program: &Program| serde_json::to_value(program).map_err(|error| Error::internal(error));
    let (Value::Object(mut was), Value::Object(mut is)) = (fields(before)?, fields(after)?) else { return Ok(None) };
    was.retain(|name, value| is.get(name) != Some(value));
    is.retain(|name, _| was.contains_key(name));
    if is.is_empty() {
        return Ok(None);
    }
    let action = match (&before.archived_at, &after.archived_at) {
        (None, Some(_)) => "program.archived",
        (Some(_), None) => "program.unarchived",
        _ => "program.changed",
    };
    Ok(Some(Entry::new(action, after.id).before(Value::Object(was)).after(Value::Object(is))))
}

/// Stores the program's next policy; returns when it takes effect.
async fn from_now_on(
    tx: &mut TenantTx,
    state: &AppState,
    id: ProgramId,
    rules: Rules,
    now: Timestamp,
) -> Result<Timestamp> {
    let last = program_store::last_policy(tx, id).await?;
    let (last, policy) = last.ok_or_else(|| Error::internal("a program without a policy"))?;
    let effective_at = now.max(last.plus_millis(1));
    let policy = rules.over(policy)?;
    program_store::insert_policy(tx, id, &policy, effective_at, now).await?;
    // Includes histories of other programs and of unattributed customers: a wider window may credit them.
    recompute_since::since(tx, state, None, None, effective_at).await?;
    Ok(effective_at)
}
