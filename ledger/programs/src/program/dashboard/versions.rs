//! Plan versions in the dashboard.

use std::collections::HashMap;

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::share_store;
use crate::program::plan_view::{Plan, Scope};
use engine::commission::offer::offer;
use kit::{
    db::TenantTx,
    page::{address::Address, zone::Zone},
    text::Texts,
};

#[derive(Debug)]
pub(super) struct VersionView {
    pub(super) id: String,
    /// The scope in words.
    pub(super) whose: String,
    pub(super) offer: Vec<String>,
    pub(super) from: String,
    pub(super) at: String,
    pub(super) tone: &'static str,
    pub(super) state: &'static str,
    pub(super) hold_days: i32,
    pub(super) note: Option<String>,
    /// The URL of the editor for a new version that starts from this one.
    pub(super) again: Option<String>,
    /// For an override in force or to come that pays: the kind of its scope, and its segment or affiliate.
    pub(super) ends: Option<(&'static str, String)>,
    pub(super) is_upcoming: bool,
}

/// The names of the affiliates to whom versions apply.
pub(super) async fn names(tx: &mut TenantTx, plans: &[Plan]) -> Result<HashMap<AffiliateId, String>, sqlx::Error> {
    let ids: Vec<AffiliateId> = plans
        .iter()
        .filter_map(|plan| match plan.scope {
            Scope::Affiliate(id) => Some(id),
            Scope::Program | Scope::Segment(_) => None,
        })
        .collect();
    if ids.is_empty() { Ok(HashMap::new()) } else { share_store::names(tx, &ids).await }
}

pub(super) fn view(
    plan: Plan,
    names: &HashMap<AffiliateId, String>,
    (zone, now): (&Zone, Timestamp),
    edit: &Address,
) -> VersionView {
    let (tone, state) = match (&plan.components, plan.in_force, plan.effective_at > now) {
        (None, true, _) => ("", "Ended"),
        (None, _, true) => ("wait", "Ending"),
        (_, true, _) => ("good", "Active"),
        (_, _, true) => ("wait", "Upcoming"),
        _ => ("", "Past"),
    };
    let (whose, key) = match &plan.scope {
        Scope::Program => ("All affiliates".to_owned(), None),
        Scope::Segment(name) => (format!("Segment {name}"), Some(("segment", name.clone()))),
        Scope::Affiliate(id) => {
            (names.get(id).cloned().unwrap_or_else(|| id.to_string()), Some(("affiliate", id.to_string())))
        }
    };
    let (pays, is_upcoming) = (plan.components.is_some(), plan.effective_at > now);
    VersionView {
        whose,
        offer: offer(Texts::default(), plan.components.as_deref().unwrap_or_default()),
        from: zone.full(plan.effective_at),
        at: plan.effective_at.to_string(),
        tone,
        state,
        hold_days: plan.hold_days,
        again: pays.then(|| edit.clone().with("from", plan.id).to_string()),
        ends: key.filter(|_| pays && (plan.in_force || is_upcoming)),
        is_upcoming,
        note: plan.note,
        id: plan.id.to_string(),
    }
}
