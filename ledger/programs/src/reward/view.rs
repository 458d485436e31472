//! A reward in API responses.

use rules::commission::compute::percent;
use serde::{Deserialize, Serialize};
use shared::{
    id::{ProgramId, RewardId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{Gift, Proof, Reward, Rule};

/// What affiliates get for a milestone, a contest or a bounty.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RewardView {
    #[schema(value_type = String, example = "rwd_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: RewardId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// `Milestone`, `Contest` or `Bounty`.
    #[schema(example = "Milestone")]
    pub kind: &'static str,
    /// The title that affiliates see.
    #[schema(example = "10 sales in a month")]
    pub title: String,
    /// What affiliates read about it.
    #[schema(required, example = "Get a bonus for every month with 10 sales.")]
    pub description: Option<String>,
    /// Only affiliates in these segments can earn it; empty if everyone can.
    pub segments: Vec<String>,
    /// From when on it can be earned.
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T00:00:00Z")]
    pub starts_at: Timestamp,
    /// When it ends; null if it has no end.
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    pub ends_at: Option<Timestamp>,
    /// How often it can be earned: `Once`, or once in each `Week`, `Month` or `Quarter` of the organization's time zone.
    #[schema(example = "Month")]
    pub repeats: &'static str,
    /// What is counted: `Sales`, `Leads`, `Revenue` or `Commission`; null for a bounty.
    #[schema(required, example = "Sales")]
    pub metric: Option<&'static str>,
    /// The currency of `Revenue` and `Commission`; null for other metrics.
    #[schema(required, example = json!(null))]
    pub metric_currency: Option<String>,
    /// The value that a milestone needs, or the least that a contest's winner needs. Amounts are in minor units.
    #[schema(required, example = 10)]
    pub goal: Option<i64>,
    /// Whether only conversions count whose hold period is over.
    #[schema(example = false)]
    pub settled_only: bool,
    /// The places of a contest; null for others.
    #[schema(required, example = json!(null))]
    pub winners: Option<u16>,
    /// What equal values mean in a contest: `FirstToReach`, `Split` or `AllTied`; null for others.
    #[schema(required, example = json!(null))]
    pub ties: Option<&'static str>,
    /// How many days after its end a contest is ranked; null for others.
    #[schema(required, example = json!(null))]
    pub delay_days: Option<u16>,
    /// What a bounty asks for; null for others.
    #[schema(required)]
    pub proof: Option<ProofRules>,
    /// What is given.
    pub prize: PrizeView,
    /// The most that it may give in all, in minor units; null if there is no limit.
    #[schema(required, example = 100_000)]
    pub budget_cents: Option<i64>,
    /// Whether a person confirms each claim. Contests and bounties always need one.
    #[schema(example = false)]
    pub confirm: bool,
    /// Whether the money is taken back if refunds undo a milestone.
    #[schema(example = true)]
    pub take_back: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// When it was archived. Nothing can be earned since.
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    pub archived_at: Option<Timestamp>,
}

/// What a bounty asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"linksMax": 3, "hosts": ["youtube.com"], "text": true, "file": false}))]
pub struct ProofRules {
    /// The maximum number of links, 0 to 10.
    #[schema(example = 3)]
    pub links_max: u16,
    /// The hosts that links may be on, subdomains included. Empty for any host.
    #[schema(example = json!(["youtube.com"]))]
    pub hosts: Vec<String>,
    /// Whether a text is required.
    #[schema(example = true)]
    pub text: bool,
    /// Whether a picture or PDF is required.
    #[schema(example = false)]
    pub file: bool,
}

impl From<Proof> for ProofRules {
    fn from(proof: Proof) -> Self {
        Self { links_max: proof.links_max, hosts: proof.hosts, text: proof.text, file: proof.file }
    }
}

/// What is given. Only the fields of its `kind` are set.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"kind": "Bonus", "amountsCents": [5000], "currency": "USD", "holdDays": 30}))]
pub struct PrizeView {
    /// `Bonus`, `Segment`, `Rate` or `InKind`.
    #[schema(example = "Bonus")]
    pub kind: String,
    /// For `Bonus`: the amount in minor units. For a contest, either one amount for every winner or one for each place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([5000]))]
    pub amounts_cents: Option<Vec<i64>>,
    /// For `Bonus`: the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "USD")]
    pub currency: Option<String>,
    /// For `Bonus`: how many days it stays Pending, 0 to 365.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30)]
    pub hold_days: Option<u16>,
    /// For `Segment`: the segment that the affiliate moves to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "gold")]
    pub segment: Option<String>,
    /// For `Rate`: the rate in percent that the affiliate's plan is raised to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "30")]
    pub rate_percent: Option<String>,
    /// For `Rate`: for how many months, 1 to 120.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    pub months: Option<u32>,
    /// For `InKind`: what you hand over yourself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "A ticket to our conference")]
    pub text: Option<String>,
}

impl From<Gift> for PrizeView {
    fn from(gift: Gift) -> Self {
        let of = Self { kind: gift.prize().as_str().to_owned(), ..Self::default() };
        match gift {
            Gift::Bonus { amounts, currency, hold_days } => Self {
                amounts_cents: Some(amounts),
                currency: Some(currency.code().to_owned()),
                hold_days: Some(hold_days),
                ..of
            },
            Gift::Segment(segment) => Self { segment: Some(segment), ..of },
            Gift::Rate { rate_ppm, months } => {
                Self { rate_percent: Some(percent(rate_ppm)), months: Some(months), ..of }
            }
            Gift::InKind(text) => Self { text: Some(text), ..of },
        }
    }
}

impl From<Reward> for RewardView {
    fn from(reward: Reward) -> Self {
        let goal = reward.goal().cloned();
        let (kind, confirm, take_back) = (reward.kind().as_str(), reward.confirms(), reward.takes_back());
        let (contest, proof) = match reward.rule {
            Rule::Contest { winners, ties, delay_days, .. } => (Some((winners, ties, delay_days)), None),
            Rule::Bounty(proof) => (None, Some(proof.into())),
            Rule::Milestone { .. } => (None, None),
        };
        Self {
            id: reward.id,
            program_id: reward.program,
            kind,
            title: reward.title,
            description: reward.description,
            segments: reward.segments,
            starts_at: reward.starts_at,
            ends_at: reward.ends_at,
            repeats: reward.repeats.as_str(),
            metric: goal.as_ref().map(|goal| goal.metric.as_str()),
            metric_currency: goal.as_ref().and_then(|goal| goal.currency).map(|code| code.code().to_owned()),
            settled_only: goal.as_ref().is_some_and(|goal| goal.settled_only),
            goal: goal.map(|goal| goal.value),
            winners: contest.map(|(winners, ..)| winners),
            ties: contest.map(|(_, ties, _)| ties.as_str()),
            delay_days: contest.map(|(.., days)| days),
            proof,
            prize: reward.gift.into(),
            budget_cents: reward.budget,
            confirm,
            take_back,
            created_at: reward.created_at,
            archived_at: reward.archived_at,
        }
    }
}
