//! `POST /api/v1/programs`: creates a program with its rules and its first plan in one call.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{id::ProgramId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    plan_store,
    plan_view::{self, ComponentSchema, Plan},
    program_rules::{self, HOLD_DAYS_DEFAULT, HOLD_DAYS_MAX, Rules},
    store::{self as program_store, NewProgram as NewRow},
};
use crate::link::create::{check_destination, suffix};
use engine::api::store;
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::{checked, hyphenated, within},
        view::{Checks, ClaimedSales, Program},
    },
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::publish;
use rules::commission::plan::{self, Component, PlanVersion, Scope};

pub const NAME_MAX: usize = 200;
const SLUG_MAX: usize = 63;

/// A program to create. Only its name and components are required.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewProgram, example = json!({
    "name": "Partner program",
    "startsAt": "2026-01-01T00:00:00Z",
    "allowedOrigins": ["https://acme.test"],
    "components": [
        {"type": "flat", "amountCents": 25_000, "currency": "USD", "duration": "once"},
        {"type": "percentage", "ratePercent": "5", "when": {"on": "recurring"}}
    ]
}))]
pub struct NewProgram {
    pub name: String,
    /// 2 to 63 lowercase letters, digits and hyphens. Derived from the name if you omit it. It can't be changed later.
    pub slug: Option<String>,
    /// The landing page for visitors who follow a link, unless the link has its own destination. Prefilled for links
    /// created in the dashboard. An absolute https URL.
    pub destination: Option<String>,
    /// When the rules and the plan take effect. Defaults to now. It can be in the past, so that you can send past sales
    /// with `occurredAt` and they earn what they would have earned.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// `LastTouch` (default) or `FirstTouch`.
    pub attribution_model: Option<String>,
    /// The number of days during which a click can earn, 1 to 365. Defaults to 60.
    pub cookie_window_days: Option<i64>,
    /// What a customer stays bound to after the first credited sale: `AffiliateAndPlan` (default), `Affiliate` (with
    /// the plan in force at each sale) or `None`.
    pub customer_binding: Option<String>,
    /// The checks that put a conversion into the review queue. A check that you omit gets its default.
    pub review: Option<Checks>,
    /// How to treat sales and leads that only a page reports. The mode defaults to `review`.
    pub claimed_sales: Option<ClaimedSales>,
    /// The number of days a commission stays Pending, 0 to 365. Defaults to 30.
    pub hold_days: Option<i64>,
    /// The origins whose pages may send clicks and conversions.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// How to treat visitors who send Global Privacy Control: `ignore` (a normal click), `no_cookie` (default: the
    /// click counts, without a cookie and without any data about the visitor) or `no_tracking` (only a redirect).
    pub gpc_mode: Option<String>,
    /// What the program pays.
    #[serde(deserialize_with = "plan::components")]
    #[schema(value_type = Vec<ComponentSchema>)]
    pub components: Vec<Component>,
}

/// A program, with the plan version that was created with it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramWithPlan {
    #[serde(flatten)]
    pub program: Program,
    /// The program's first plan.
    pub plan: Plan,
}

/// Create a program
///
/// Creates a program with its rules and its first plan in one call.
#[utoipa::path(post, path = "/api/v1/programs", tag = "Programs", operation_id = "createProgram",
    params(IdempotencyKey),
    request_body = NewProgram,
    responses(
        (status = 201, description = "The program", body = ProgramWithPlan),
        (status = 409, description = "`slug_taken`, or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewProgram>,
) -> Result<Response> {
    let now = state.clock.now();
    let ready = check(body.value, &state, now)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let made = make(&mut write.tx, ready, now).await?;
    write.audit(made.entry()).await?;
    let answer = write.answer(StatusCode::CREATED, &made).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

impl ProgramWithPlan {
    /// The audit log entry.
    pub fn entry(&self) -> Entry {
        let (program, plan) = (&self.program, &self.plan);
        Entry::new("program.created", program.id)
            .after(json!({"name": program.name, "slug": program.slug, "planId": plan.id}))
    }
}

/// A new program after all checks that don't need the database.
#[derive(Debug)]
pub struct Ready {
    program: NewRow,
    slug_is_derived: bool,
    policy: program_store::Policy,
    plan: PlanVersion,
}

/// The name and destination of a new program.
///
/// # Errors
/// 400 naming each of name, slug and destination that is wrong.
pub fn check_typed(
    name: &str,
    slug: Option<&str>,
    destination: Option<&str>,
    development: bool,
) -> Result<(String, Option<String>)> {
    let mut checks = kit::error::Checks::default();
    let name = checks.value(checked("name", name, NAME_MAX));
    if slug.is_some_and(|slug| !is_slug(slug)) {
        let message = "slug must be 2 to 63 lowercase letters, digits or hyphens, not starting with a hyphen";
        checks.add(Error::field("slug", message));
    }
    let url = |text| check_destination("destination", text, development).map(|url| url.to_string());
    let destination = checks.value(destination.map(url).transpose());
    checks.end().map(|()| (name, destination))
}

/// # Errors
/// 400 naming the field.
pub fn check(input: NewProgram, state: &AppState, now: Timestamp) -> Result<Ready> {
    let development = state.config.environment.is_development();
    let (name, destination) =
        check_typed(&input.name, input.slug.as_deref(), input.destination.as_deref(), development)?;
    let starts_at = input.starts_at.unwrap_or(now);
    plan_view::not_ancient("startsAt", starts_at)?;
    let rules = Rules {
        attribution_model: input.attribution_model,
        cookie_window_days: input.cookie_window_days,
        customer_binding: input.customer_binding,
        review: input.review,
        claimed_sales: input.claimed_sales,
    };
    let policy = rules.over(program_rules::usual())?;
    let hold_days = input.hold_days.unwrap_or(i64::from(HOLD_DAYS_DEFAULT));
    let allowed_origins = program_rules::origins(&input.allowed_origins, development)?;
    plan_view::validate(&input.components)?;
    let gpc_mode = program_rules::checked_gpc_mode(input.gpc_mode)?.unwrap_or_else(|| "no_cookie".to_owned());
    let id: ProgramId = state.new_id();
    let plan = PlanVersion {
        id: state.new_id(),
        program_id: id,
        scope: Scope::Program,
        effective_at: starts_at,
        components: Some(input.components),
        hold_days: u16::try_from(within("holdDays", hold_days, 0, HOLD_DAYS_MAX)?).unwrap_or_default(),
    };
    let public_key = state.new_id::<shared::id::Program>().to_string().replacen("prog_", "pk_", 1);
    let slug_is_derived = input.slug.is_none();
    let slug = input.slug.unwrap_or_else(|| derived(&name));
    let program = NewRow { id, slug, name, public_key, allowed_origins, gpc_mode, destination };
    Ok(Ready { program, slug_is_derived, policy, plan })
}

/// Creates the program and queues it for the edge; after the commit, the caller must wake the pusher.
///
/// # Errors
/// 409 `slug_taken`.
pub async fn make(tx: &mut TenantTx, ready: Ready, now: Timestamp) -> Result<ProgramWithPlan> {
    let Ready { mut program, slug_is_derived, policy, plan } = ready;
    if slug_is_derived && program_store::has_slug(tx, &program.slug).await? {
        program.slug = format!("{}-{}", program.slug, suffix());
    }
    let (id, starts_at) = (program.id, plan.effective_at);
    program_store::insert(tx, &program, now).await.on_constraint("programs_organization_id_slug_key", slug_taken)?;
    program_store::insert_policy(tx, id, &policy, starts_at, now).await?;
    plan_store::insert(tx, &plan, None, now).await?;
    publish::program(tx, id, now).await?;
    let filter = store::Filter { id: Some(id.uuid()), limit: 1, ..store::Filter::default() };
    let program = store::programs(tx, &filter, now).await?.pop();
    let plan = crate::program::plans::one(tx, id, plan.id, now).await?;
    Ok(ProgramWithPlan { program: program.ok_or_else(Error::not_found)?, plan })
}

fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=SLUG_MAX).contains(&text.len())
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
        && text.bytes().next().is_some_and(plain)
}

fn derived(name: &str) -> String {
    let mut slug = hyphenated(name);
    slug.truncate(50);
    let slug = slug.trim_end_matches('-');
    if is_slug(slug) { slug.to_owned() } else { "program".to_owned() }
}

fn slug_taken() -> Error {
    let message = "Another program already has this slug.";
    Error::new(StatusCode::CONFLICT, Code::SlugTaken, message).with_field("slug")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_come_from_names() {
        for (name, slug) in [
            ("Acme: Partner Program!", "acme-partner-program"),
            ("  2026  ", "2026"),
            ("Ünïted", "united"),
            ("Łukasz Straße & Søn", "lukasz-strasse-son"),
            ("Sean O’Neil", "sean-oneil"),
            ("日本", "program"),
            ("a", "program"),
        ] {
            assert_eq!(derived(name), slug, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_name_has_one(name in "\\PC*") {
            prop_assert!(is_slug(&derived(&name)), "{}", derived(&name));
        }
    }
}
