//! A claim in API responses and webhooks.

use serde::Serialize;
use shared::{
    id::{AffiliateId, CommissionId, ProgramId, RewardClaimId, RewardId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{Reward, claim_store::Claim};

/// What an affiliate earned of a reward, or asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RewardClaim {
    #[schema(value_type = String, example = "rwc_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: RewardClaimId,
    /// The reward that it belongs to.
    #[schema(value_type = String, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub reward_id: RewardId,
    /// The reward's title.
    #[schema(example = "10 sales in a month")]
    pub reward_title: String,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// `once`, or the period: `2026-W13`, `2026-03` or `2026-Q1`.
    #[schema(example = "2026-03")]
    pub period: String,
    /// `Submitted` (waits for a person), `Approved` (decided, about to be given), `Rejected`, `Paid` (given) or
    /// `TakenBack`.
    #[schema(example = "Paid")]
    pub status: &'static str,
    /// The metric's value that earned it; null for a bounty.
    #[schema(required, example = 12)]
    pub value: Option<i64>,
    /// The place in a contest; null for others.
    #[schema(required, example = json!(null))]
    pub place: Option<i32>,
    /// What it is worth in minor units; 0 if it isn't money.
    #[schema(example = 5000)]
    pub amount_cents: i64,
    /// Null if it isn't money.
    #[schema(required, example = "USD")]
    pub currency: Option<String>,
    /// The bonus; null before it is given, and if it isn't money.
    #[schema(value_type = Option<String>, required, example = "com_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub commission_id: Option<CommissionId>,
    /// The links of a proof.
    pub links: Vec<String>,
    /// Whether another claim in the program has one of these links.
    #[schema(example = false)]
    pub repeats_link: bool,
    /// The text of a proof.
    #[schema(required, example = json!(null))]
    pub note: Option<String>,
    /// Whether the proof has a file, which people see on the dashboard.
    #[schema(example = false)]
    pub has_file: bool,
    /// When it was earned, or its proof was handed in.
    #[schema(value_type = String, format = DateTime, example = "2026-03-20T08:30:00Z")]
    pub submitted_at: Timestamp,
    /// Null while it waits.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-03-20T08:30:00Z")]
    pub decided_at: Option<Timestamp>,
    /// `api_key:key_…` or `user:usr_…`; null if no person had to decide.
    #[schema(required, example = json!(null))]
    pub decided_by: Option<String>,
    /// Why it was rejected, or why it couldn't be given.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
}

impl RewardClaim {
    pub fn of(claim: &Claim, reward: &Reward) -> Self {
        Self {
            id: claim.id,
            reward_id: claim.reward,
            reward_title: reward.title.clone(),
            program_id: reward.program,
            affiliate_id: claim.affiliate,
            period: claim.period.clone(),
            status: claim.state.as_str(),
            value: claim.value,
            place: claim.place,
            amount_cents: claim.amount,
            currency: reward.gift.currency().map(|currency| currency.code().to_owned()),
            commission_id: claim.commission,
            links: claim.links.clone(),
            repeats_link: claim.repeats_link,
            note: claim.note.clone(),
            has_file: claim.file.is_some(),
            submitted_at: claim.submitted_at,
            decided_at: claim.decided_at,
            decided_by: claim.decided_by.clone(),
            reason: claim.reason.clone(),
        }
    }
}
