//! Rewards: what affiliates get for a milestone, a contest or a bounty, and the leaderboards of their portal.
//!
//! [`rules::reward`] decides; [`job`] finds out who reached what, [`decide`] is what people decide, and [`give`] gives it,
//! once. Money is a bonus like any other, so it is in the book, in statements and in payouts. Brands manage rewards with
//! [`api`] and [`dashboard`]; affiliates see them in [`portal`].

pub mod api;
pub mod calendar;
pub mod change;
pub mod claim_api;
pub mod claim_store;
pub mod claim_view;
pub mod dashboard;
pub mod decide;
pub mod detail;
pub mod email;
pub mod give;
pub mod give_store;
pub mod input;
pub mod job;
pub mod leaderboard;
pub mod leaderboard_store;
pub mod new;
pub mod portal;
pub mod proof_store;
pub mod ranking;
pub mod review;
pub mod score_store;
mod slow;
pub mod store;
pub mod submit;
pub mod update_api;
pub mod view;
pub mod words;

use rules::reward::{
    Kind, Metric, Prize,
    period::{Period, Repeats},
    rank::Ties,
};
use shared::{
    id::{ProgramId, RewardId},
    money::Currency,
    timestamp::Timestamp,
};

/// A reward as a brand set it up.
#[derive(Debug, Clone)]
pub struct Reward {
    pub id: RewardId,
    pub program: ProgramId,
    pub program_name: String,
    pub title: String,
    /// What affiliates read about it.
    pub description: Option<String>,
    /// Only affiliates in these segments can earn it; empty means everyone.
    pub segments: Vec<String>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub repeats: Repeats,
    /// Where its days begin: the brand's zone when it created the reward. `None` for the brand's current one.
    pub time_zone: Option<String>,
    pub rule: Rule,
    pub gift: Gift,
    /// The most that it may give in all, in minor units.
    pub budget: Option<i64>,
    pub created_at: Timestamp,
    pub archived_at: Option<Timestamp>,
}

/// What has to happen.
#[derive(Debug, Clone)]
pub enum Rule {
    Milestone {
        goal: Goal,
        /// Whether a person confirms it before it is given.
        confirm: bool,
        /// Whether the money is taken back if refunds undo it.
        take_back: bool,
    },
    Contest {
        /// Its value is the least that a winner needs.
        goal: Goal,
        winners: u16,
        ties: Ties,
        /// How many days after its end it is ranked.
        delay_days: u16,
    },
    Bounty(Proof),
}

/// A metric and the value that it has to reach.
#[derive(Debug, Clone)]
pub struct Goal {
    pub metric: Metric,
    /// Of a metric that is an amount.
    pub currency: Option<Currency>,
    pub value: i64,
    /// Whether only conversions count whose hold period is over.
    pub settled_only: bool,
}

/// What a bounty asks for.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    pub links_max: u16,
    /// The hosts that links may be on; empty means any.
    pub hosts: Vec<String>,
    pub text: bool,
    pub file: bool,
}

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gift {
    Bonus {
        /// One amount in minor units, or one for each place of a contest.
        amounts: Vec<i64>,
        currency: Currency,
        hold_days: u16,
    },
    Segment(String),
    Rate {
        rate_ppm: u32,
        months: u32,
    },
    InKind(String),
}

/// A period of a reward, in time.
#[derive(Debug, Clone)]
pub struct Window {
    pub period: Period,
    pub begins: Timestamp,
    /// `None` if it has no end.
    pub ends: Option<Timestamp>,
}

impl Reward {
    pub const fn kind(&self) -> Kind {
        match self.rule {
            Rule::Milestone { .. } => Kind::Milestone,
            Rule::Contest { .. } => Kind::Contest,
            Rule::Bounty(_) => Kind::Bounty,
        }
    }

    /// What is counted; `None` for a bounty.
    pub const fn goal(&self) -> Option<&Goal> {
        match &self.rule {
            Rule::Milestone { goal, .. } | Rule::Contest { goal, .. } => Some(goal),
            Rule::Bounty(_) => None,
        }
    }

    pub const fn confirms(&self) -> bool {
        !matches!(self.rule, Rule::Milestone { confirm: false, .. })
    }

    pub const fn takes_back(&self) -> bool {
        matches!(self.rule, Rule::Milestone { take_back: true, .. })
    }

    /// Whether affiliates can earn it at this time.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.archived_at.is_none() && self.starts_at <= now && self.ends_at.is_none_or(|ends| now < ends)
    }
}

impl Gift {
    pub const fn prize(&self) -> Prize {
        match self {
            Self::Bonus { .. } => Prize::Bonus,
            Self::Segment(_) => Prize::Segment,
            Self::Rate { .. } => Prize::Rate,
            Self::InKind(_) => Prize::InKind,
        }
    }

    /// The amounts of the places; empty if it isn't money.
    pub fn amounts(&self) -> &[i64] {
        match self {
            Self::Bonus { amounts, .. } => amounts,
            _ => &[],
        }
    }

    /// What one claim is worth, for a reward without places; 0 if it isn't money.
    pub fn amount(&self) -> i64 {
        self.amounts().first().copied().unwrap_or_default()
    }

    pub fn currency(&self) -> Option<Currency> {
        match self {
            Self::Bonus { currency, .. } => Some(*currency),
            _ => None,
        }
    }
}
