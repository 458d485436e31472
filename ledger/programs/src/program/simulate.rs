//! `POST /api/v1/programs/{id}/plans/simulate`: computes what a plan would have paid.

use std::collections::HashMap;

use axum::{Json, extract::State};
use serde::Deserialize;
use shared::{
    id::{AffiliateId, ConversionId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::{
    plan_view::{self, ComponentSchema, Scope, ScopeSchema},
    plans,
    simulate_store::{self, SALES_MAX},
    simulate_view::{self, SimulatedPlan},
};
use engine::{commission::store::partners, privacy::requests};
use identity::access::api_key::WriteKey;
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        path::PathId,
        text::within,
    },
    error::{Error, Result},
    state::AppState,
};
use rules::commission::{
    plan::{self, Component},
    simulate::{Days, Draft, Known, Past, Simulation, simulate},
};

const EXAMPLES_MAX: i64 = 10;
/// The number of concurrent simulations, because each may hold half a million sales in memory. The others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A plan to simulate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "components": [{"type": "percentage", "ratePercent": "25"}],
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-07-01T00:00:00Z"
}))]
pub struct PlanDraft {
    /// The components of the simulated plan.
    #[serde(deserialize_with = "plan::components")]
    #[schema(value_type = Vec<ComponentSchema>)]
    pub components: Vec<Component>,
    /// The scope of the simulated plan. Defaults to the program.
    #[schema(value_type = Option<ScopeSchema>)]
    pub scope: Option<Scope>,
    /// The start of the period, inclusive. Defaults to 365 days before `to`.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// The end of the period, exclusive. Defaults to now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// The number of example conversions to return with their calculation, 0 to 10. Defaults to 10.
    pub limit_examples: Option<i64>,
}

/// Simulate a plan
///
/// Calculates what the components would have paid for past conversions if they had always been the scope's plan, and
/// compares it with what is booked now. Plans of narrower scopes and the credited affiliates stay the same. Tiers, caps
/// and durations are evaluated over the complete histories of customers and affiliates. Clicks, bonuses and adjustments
/// are excluded. Nothing is saved.
#[utoipa::path(post, path = "/api/v1/programs/{id}/plans/simulate", tag = "Plans", operation_id = "simulatePlan",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    request_body = PlanDraft,
    responses(
        (status = 200, description = "The simulation", body = SimulatedPlan),
        (status = 404, description = "The program doesn't exist, or (with `field`) the affiliate doesn't exist",
            body = ErrorSchema),
        Refused))]
pub async fn run(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(program): PathId<ProgramId>,
    body: JsonBody<PlanDraft>,
) -> Result<Json<SimulatedPlan>> {
    Ok(Json(replay(&state, key.organization, program, body.value).await?.0))
}

/// Simulates the draft on past sales; also returns the totals of each day.
///
/// # Errors
/// 400 or 404 naming the field.
pub async fn replay(
    state: &AppState,
    organization: OrganizationId,
    program: ProgramId,
    input: PlanDraft,
) -> Result<(SimulatedPlan, Days)> {
    let (mut draft, examples) = check(input, program, state.clock.now())?;
    let components = draft.components.clone();
    for component in &mut draft.components {
        requests::complete(component, organization, &state.config.keys.pseudonym);
    }
    let _turn = AT_ONCE.acquire().await.map_err(|error| Error::unavailable(error))?;
    let (sales, known) = load(state, organization, &draft).await?;
    let (draft, sales, simulation) = compute(draft, sales, known, examples).await?;
    let draft = Draft { components, ..draft };
    let shown: Vec<ConversionId> =
        simulation.examples.iter().filter_map(|example| Some(sales.get(example.sale)?.conversion)).collect();
    let mut tx = state.db.tenant(organization).await?;
    let booked = simulate_store::booked(&mut tx, &shown).await?;
    tx.commit().await?;
    Ok((simulate_view::view(&draft, &sales, &simulation, booked), simulation.days))
}

fn check(input: PlanDraft, program: ProgramId, now: Timestamp) -> Result<(Draft, usize)> {
    plan_view::validate(&input.components)?;
    let scope = input.scope.unwrap_or(Scope::Program).read()?;
    let to = input.to.unwrap_or(now);
    let from = input.from.unwrap_or(simulate_store::a_year_before(to));
    if from >= to {
        return Err(Error::field("from", "from must be before to"));
    }
    let examples = within("limitExamples", input.limit_examples.unwrap_or(EXAMPLES_MAX), 0, EXAMPLES_MAX)?;
    let draft = Draft { program, scope, components: input.components, from, to };
    Ok((draft, usize::try_from(examples).unwrap_or_default()))
}

async fn load(state: &AppState, organization: OrganizationId, draft: &Draft) -> Result<(Vec<Past>, Known)> {
    let mut tx = state.db.tenant(organization).await?;
    plans::exists(&mut tx, draft.program, &draft.scope).await?;
    let sales = simulate_store::past(&mut tx, draft.program, draft.needs()).await?;
    let sales = sales.ok_or_else(too_many)?;
    let mut affiliates: Vec<AffiliateId> = sales.iter().map(|sale| sale.affiliate).collect();
    affiliates.sort_unstable();
    affiliates.dedup();
    let affiliates: Vec<_> = affiliates.into_iter().map(|affiliate| (organization, affiliate)).collect();
    let known = Known {
        overrides: simulate_store::overrides(&mut tx, draft.program).await?,
        partners: if affiliates.is_empty() { HashMap::new() } else { partners(&mut tx, &affiliates).await? },
    };
    tx.commit().await?;
    Ok((sales, known))
}

/// Runs on a blocking thread, because it may take a second and would delay other requests.
async fn compute(
    draft: Draft,
    sales: Vec<Past>,
    known: Known,
    examples: usize,
) -> Result<(Draft, Vec<Past>, Simulation)> {
    let computed = tokio::task::spawn_blocking(move || {
        let simulation = simulate(&draft, &sales, &known, examples);
        simulation.map(|simulation| (draft, sales, simulation))
    });
    computed.await.map_err(|error| Error::internal(error))?.map_err(|error| Error::internal(error))
}

fn too_many() -> Error {
    Error::field(
        "from",
        format!(
            "from must be later: the simulation is limited to {SALES_MAX} conversions. Tiers and affiliate caps \
             include whole periods (`ever`: all of them), and customer caps include all earlier purchases."
        ),
    )
}
