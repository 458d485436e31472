//! Checks whether an organization's plan allows something; if not, the answer is 402 `plan_tier_required`.
//!
//! Off by default: those who run Rekomi for themselves have every feature. `REKOMI_PLAN_GATES=on` is for those who sell
//! plans.

use super::{
    plan::{Feature, Limits, Refusal, Subscription},
    store,
};
use kit::{
    db::TenantTx,
    error::{Error, PlanGap, Result},
    state::AppState,
};

/// # Errors
/// 402 `plan_tier_required` if the organization's plan lacks the feature.
pub async fn require(tx: &mut TenantTx, state: &AppState, feature: Feature) -> Result<()> {
    let Some(subscription) = subscription(tx, state).await? else { return Ok(()) };
    subscription.allows(feature).map_err(|refusal| refused(refusal, &format!("{} requires", words(feature))))
}

/// Checks whether one more fits within a limit of the organization's tier; `used` is the current number.
///
/// # Errors
/// 402 `plan_tier_required` if the limit is reached.
pub async fn room_for(
    tx: &mut TenantTx,
    state: &AppState,
    what: &str,
    limit: fn(Limits) -> Option<u32>,
    used: i64,
) -> Result<()> {
    let Some(subscription) = subscription(tx, state).await? else { return Ok(()) };
    let limit = limit(subscription.tier.limits());
    subscription.has_room(limit, used).map_err(|refusal| refused(refusal, &format!("More {what} require")))
}

/// Returns `None` if plan gates are off. A test mode has the plan of its live organization.
pub async fn subscription(tx: &mut TenantTx, state: &AppState) -> Result<Option<Subscription>> {
    if !state.config.plan_gates {
        return Ok(None);
    }
    let live = store::kinship(tx).await?.and_then(|kin| kin.test_of);
    let found = match live {
        // Row-level security shows a test mode nothing of its live organization.
        Some(live) => tx.for_other(live, |tx| Box::pin(store::subscription(tx))).await?,
        None => store::subscription(tx).await?,
    };
    Ok(Some(found.ok_or_else(Error::not_found)?))
}

fn refused(refusal: Refusal, beginning: &str) -> Error {
    let Refusal { required, current } = refusal;
    let required = required.as_str();
    let message = format!("{beginning} the {required} plan or higher. Your plan is {current}.");
    Error::plan(message, PlanGap { required, current })
}

const fn words(feature: Feature) -> &'static str {
    match feature {
        Feature::Webhooks => "Creating and changing webhooks",
        Feature::BulkInvite => "Inviting affiliates in bulk",
        Feature::HomeCurrency => "A home currency",
        Feature::AuditExport => "Exporting the audit log",
        Feature::SubAffiliates => "Paying recruiters",
        Feature::CoPilot => "The co-pilot",
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, response::IntoResponse};

    use super::*;
    use crate::organization::plan::Tier;

    #[tokio::test]
    async fn a_refusal_says_what_it_takes_and_what_there_is() {
        let error = refused(Refusal { required: Tier::Pro, current: "Starter" }, "Exporting the audit log requires");
        let answer = error.into_response();
        assert_eq!(answer.status(), 402);
        let body = to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "error": "plan_tier_required",
                "message": "Exporting the audit log requires the Pro plan or higher. Your plan is Starter.",
                "required": "Pro",
                "current": "Starter",
            })
        );
    }
}
