//! Commissions: what a credited conversion earns.
//!
//! [`plan`] is the rate card, [`price`] the arithmetic over an affiliate's sales; `history::settle` computes the
//! difference between the value of a buyer's history and what was booked for it so far. `accrual` handles commissions
//! without a conversion, and the end of holds.

pub mod compute;
pub mod partner;
pub mod period;
pub mod plan;
pub mod price;
pub mod simulate;
pub mod sub_affiliate;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, PlanVersionId, ProgramId},
    money::Money,
    text_enum,
    timestamp::Timestamp,
};

/// What one component earns one affiliate on one conversion; or a bonus or adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commission {
    pub id: CommissionId,
    pub earned_by: EarnedBy,
    pub affiliate_id: AffiliateId,
    pub program_id: ProgramId,
    /// `None` if no plan earned it.
    pub plan_version_id: Option<PlanVersionId>,
    /// Index of the component in its plan version.
    pub component: i32,
    /// The component's id, whichever version it is in; with the conversion and the affiliate it identifies the
    /// commission. `None` for clicks, which go by the index, and for commissions without a plan.
    pub component_id: Option<String>,
    /// Its current value, in `earned`'s currency.
    pub amount: i64,
    /// Its value before refunds.
    pub earned: Money,
    /// How much of it was paid out; more than `amount` after a refund.
    pub paid: i64,
    /// How much of it is in a payout that is neither sent nor given up; negative if the payout deducts it.
    pub reserved: i64,
    pub status: CommissionStatus,
    pub held: Option<Held>,
    pub hold_until: Timestamp,
    /// When it became payable for the first time.
    pub approved_at: Option<Timestamp>,
    /// The arithmetic in words.
    pub reason: String,
}

/// What earned a commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EarnedBy {
    Conversion(ConversionId),
    /// A share of the commission that someone earned whom the affiliate recruited, on this conversion.
    Override {
        conversion: ConversionId,
        of: CommissionId,
    },
    /// The clicks of one UTC day, given by its start.
    Clicks(Timestamp),
    /// Given on a UTC day, by the day's start.
    Bonus(Timestamp),
    /// Given or, if negative, deducted on a UTC day.
    Adjustment(Timestamp),
}

impl EarnedBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversion(_) => "Conversion",
            Self::Override { .. } => "Override",
            Self::Clicks(_) => "Click",
            Self::Bonus(_) => "Bonus",
            Self::Adjustment(_) => "Adjustment",
        }
    }
}

text_enum! {
    /// `Pending` until the hold ends; `Refunded` and `Denied` are worth nothing.
    CommissionStatus { Pending, Approved, Paid, Refunded, Denied }
}

text_enum! {
    /// Why a commission doesn't become payable although its hold is over.
    Held {
        /// Its conversion is flagged, or its clicks grew suddenly, and no person has reviewed it.
        Review,
        /// The customer's first sale is waiting for its review, and everything that depends on it waits too.
        FirstSale,
        /// The buyer disputes the payment.
        Dispute,
    }
}

impl Commission {
    /// What payouts took of it, both sent and in progress.
    pub const fn taken(&self) -> i64 {
        self.paid.saturating_add(self.reserved)
    }

    /// What is still owed, and in no payout: negative if more was taken than its current value.
    pub const fn outstanding(&self) -> i64 {
        self.amount.saturating_sub(self.taken())
    }

    /// Whether completed payments cover its value, so that it counts as paid: payments in progress don't count yet.
    const fn is_settled(&self) -> bool {
        let covered = if self.amount < 0 { self.paid <= self.amount } else { self.paid >= self.amount };
        self.paid != 0 && covered && self.outstanding() <= 0
    }

    /// Whether a payout took some of it, so that its currency can't change.
    pub const fn is_in_payouts(&self) -> bool {
        self.paid != 0 || self.reserved != 0
    }

    /// Whether the outstanding amount may be paid, or deducted from a payment. Overpaid amounts may be deducted
    /// whatever holds the rest; amounts owed again while a dispute or review holds them wait with everything that is
    /// Pending.
    pub const fn is_payable(&self) -> bool {
        match self.status {
            CommissionStatus::Approved | CommissionStatus::Paid => true,
            CommissionStatus::Refunded | CommissionStatus::Denied => self.is_in_payouts(),
            CommissionStatus::Pending => false,
        }
    }

    /// The UTC day in whose figures it counts if it has no conversion.
    pub const fn day(&self) -> Option<Timestamp> {
        match self.earned_by {
            EarnedBy::Conversion(_) | EarnedBy::Override { .. } => None,
            EarnedBy::Clicks(day) | EarnedBy::Bonus(day) | EarnedBy::Adjustment(day) => Some(day),
        }
    }

    pub const fn conversion(&self) -> Option<ConversionId> {
        match self.earned_by {
            EarnedBy::Conversion(conversion) | EarnedBy::Override { conversion, .. } => Some(conversion),
            EarnedBy::Clicks(_) | EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => None,
        }
    }

    /// The commission that an override is a share of.
    pub const fn parent(&self) -> Option<CommissionId> {
        match self.earned_by {
            EarnedBy::Override { of, .. } => Some(of),
            EarnedBy::Conversion(_) | EarnedBy::Clicks(_) | EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => None,
        }
    }
}

/// What decides a commission's status, in addition to its amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommissionState {
    pub denied: bool,
    pub released: bool,
    pub held: Option<Held>,
}

/// Sets a commission's status as of `now`. Once payable it stays payable, unless a dispute or review holds what was not
/// paid yet.
pub fn stand(commission: &mut Commission, state: CommissionState, now: Timestamp) {
    if state.denied {
        commission.amount = 0;
    }
    let worthless = commission.amount == 0;
    commission.held = state.held.filter(|_| !worthless);
    let due = state.released || commission.hold_until <= now;
    if due && commission.held.is_none() && !worthless && commission.approved_at.is_none() {
        commission.approved_at = Some(now);
    }
    commission.status = match () {
        () if state.denied => CommissionStatus::Denied,
        () if worthless => CommissionStatus::Refunded,
        () if commission.is_settled() => CommissionStatus::Paid,
        () if commission.held.is_none() && commission.approved_at.is_some() => CommissionStatus::Approved,
        () => CommissionStatus::Pending,
    };
}

#[cfg(test)]
mod tests;
