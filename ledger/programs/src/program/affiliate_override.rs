//! An affiliate's individual plan, derived from the current one: with a bounty for first sales, or with a higher rate.

use shared::{
    id::{AffiliateId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use super::{
    plan_store,
    plan_view::{self, Plan},
    plans,
    rate_increase::{self, Own, Unraised, Whose},
};
use engine::{commission, history::recompute_since};
use kit::{
    db::TenantTx,
    error::{Error, OnConstraint, Result},
    state::AppState,
};
use rules::commission::plan::{Component, PlanVersion, Scope, in_force};

/// The affiliate whose plan is to be changed.
#[derive(Debug, Clone, Copy)]
pub struct Theirs<'a> {
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub segment: Option<&'a str>,
    /// The reason, for people who read the plan.
    pub note: &'a str,
}

/// Grants a new affiliate a bounty for the first sale of each customer; `None` if their plan already pays as much.
/// Requires the lock on the organization's tenant.
///
/// # Errors
/// 400 if the plan has no room for it.
pub async fn grant_bounty(
    tx: &mut TenantTx,
    state: &AppState,
    theirs: Theirs<'_>,
    bounty: Money,
) -> Result<Option<Plan>> {
    let versions = load(tx, theirs).await?;
    // Events carry the edge's wall time, which the development clock doesn't change.
    let has_plan =
        |at: &Timestamp| in_force(&versions, theirs.program, theirs.affiliate, theirs.segment, *at).is_some();
    let from = [state.clock.wall(), state.clock.now()].into_iter().find(has_plan);
    let Some(from) = from else { return Ok(None) };
    let change = |components: &[Component]| Ok(rate_increase::with_bounty(components, bounty));
    let made = rate_increase::versions(whose(theirs, &versions), from, None, change).unwrap_or_default();
    write(tx, state, theirs, made).await
}

/// Changes an affiliate's plan from one time on, until another or permanently; returns the first version, or `None` if
/// nothing changes. Requires the lock on the organization's tenant.
///
/// # Errors
/// Database errors; the inner error is why the plan can't be changed like this.
pub async fn raise(
    tx: &mut TenantTx,
    state: &AppState,
    theirs: Theirs<'_>,
    (from, until): (Timestamp, Option<Timestamp>),
    by: rate_increase::Raise,
) -> Result<std::result::Result<Option<Plan>, Unraised>> {
    let versions = load(tx, theirs).await?;
    let change = |components: &[Component]| rate_increase::raised(components, theirs.affiliate, theirs.segment, by);
    match rate_increase::versions(whose(theirs, &versions), from, until, change) {
        Ok(made) => write(tx, state, theirs, made).await.map(Ok),
        Err(why) => Ok(Err(why)),
    }
}

/// Like [`raise`], for a time that was promised in full: a plan that already pays as much for a part of it is changed
/// from the end of that part on. Requires the lock on the organization's tenant.
///
/// # Errors
/// Database errors; the inner error is why the plan can't be changed like this.
pub async fn raise_throughout(
    tx: &mut TenantTx,
    state: &AppState,
    theirs: Theirs<'_>,
    (from, until): (Timestamp, Timestamp),
    by: rate_increase::Raise,
) -> Result<std::result::Result<Option<Plan>, Unraised>> {
    let versions = load(tx, theirs).await?;
    let change = |components: &[Component]| rate_increase::raised(components, theirs.affiliate, theirs.segment, by);
    match rate_increase::versions_throughout(whose(theirs, &versions), from, until, change) {
        Ok(made) => write(tx, state, theirs, made).await.map(Ok),
        Err(why) => Ok(Err(why)),
    }
}

async fn load(tx: &mut TenantTx, theirs: Theirs<'_>) -> Result<Vec<PlanVersion>> {
    let organization = tx.organization();
    let (programs, affiliates) = ([(organization, theirs.program)], [(organization, theirs.affiliate)]);
    Ok(commission::store::plan_versions(tx, &programs, &affiliates).await?)
}

const fn whose<'a>(theirs: Theirs<'a>, versions: &'a [PlanVersion]) -> Whose<'a> {
    Whose { program: theirs.program, affiliate: theirs.affiliate, segment: theirs.segment, versions }
}

async fn write(tx: &mut TenantTx, state: &AppState, theirs: Theirs<'_>, made: Vec<Own>) -> Result<Option<Plan>> {
    let Theirs { program, affiliate, note, .. } = theirs;
    let now = state.clock.now();
    let mut first = None;
    for own in made {
        if let Some(components) = &own.components {
            plan_view::validate(components)?;
        }
        let version = PlanVersion {
            id: state.new_id(),
            program_id: program,
            scope: Scope::Affiliate(affiliate),
            effective_at: own.effective_at,
            components: own.components,
            hold_days: own.hold_days,
        };
        plan_store::insert_of_raise(tx, &version, note, now)
            .await
            .on_constraint(plan_store::ONE_AT_A_TIME, || Error::internal("two versions at a moment that was free"))?;
        first.get_or_insert(version);
    }
    let Some(first) = first else { return Ok(None) };
    recompute_since::since(tx, state, Some(program), Some(affiliate), first.effective_at).await?;
    plans::one(tx, program, first.id, now).await.map(Some)
}
