//! Commissions: what a credited conversion earns.
//!
//! [`plan`] is the rate card, [`price`] the arithmetic over an affiliate's sales; `history::settle` works out the
//! difference between what a buyer's history is worth and what was booked for it so far. What no conversion earns, and
//! the end of holds, is `accrual`'s.

pub mod compute;
pub mod partner;
pub mod period;
pub mod plan;
pub mod price;
pub mod simulate;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, PlanVersionId, ProgramId},
    money::Money,
    text_enum,
    timestamp::Timestamp,
};

/// What one component earns one affiliate on one conversion; or what was given or taken besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commission {
    pub id: CommissionId,
    pub earned_by: EarnedBy,
    pub affiliate_id: AffiliateId,
    pub program_id: ProgramId,
    /// Null for what no plan earned.
    pub plan_version_id: Option<PlanVersionId>,
    /// Index of the component in its plan version.
    pub component: i32,
    /// Which component that is, whatever version it stands in; with the conversion and the affiliate it makes the commission
    /// what it is. None of clicks, which go by the index, and of what no plan earned.
    pub component_id: Option<String>,
    /// What it is worth now, in `earned`'s currency.
    pub amount: i64,
    /// What it was worth before refunds.
    pub earned: Money,
    /// How much of it was paid out; more than `amount` after a refund.
    pub paid: i64,
    /// How much of it is in a payout that is neither sent nor given up yet; less than 0 where the payout takes it back.
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
    /// The clicks of one UTC day, by its first moment.
    Clicks(Timestamp),
    /// Given on a UTC day, by its first moment.
    Bonus(Timestamp),
    /// Given or, where negative, taken on a UTC day.
    Adjustment(Timestamp),
}

impl EarnedBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversion(_) => "Conversion",
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
    /// Why a commission doesn't mature although its time has come.
    Held {
        /// Its conversion is flagged, or its clicks grew suddenly, and no person has looked at it.
        Review,
        /// The sale by which the customer came waits for its review, and everything that hangs on it with it.
        FirstSale,
        /// The buyer disputes the payment.
        Dispute,
    }
}

impl Commission {
    /// What payouts took of it, sent or on their way.
    pub const fn taken(&self) -> i64 {
        self.paid.saturating_add(self.reserved)
    }

    /// What is still owed, and in no payout: negative where more was taken than it is worth now.
    pub const fn outstanding(&self) -> i64 {
        self.amount.saturating_sub(self.taken())
    }

    /// Whether payments that were made cover what it is worth, so that it counts as paid: what is on its way doesn't yet.
    const fn is_settled(&self) -> bool {
        let covered = if self.amount < 0 { self.paid <= self.amount } else { self.paid >= self.amount };
        self.paid != 0 && covered && self.outstanding() <= 0
    }

    /// Whether a payout took something of it, so that its currency is settled.
    pub const fn is_in_payouts(&self) -> bool {
        self.paid != 0 || self.reserved != 0
    }

    /// Whether what is outstanding may be paid, or taken from a payment. What was paid too much may be taken back whatever
    /// holds the rest; what is owed again while a dispute or review holds it waits with everything that is Pending.
    pub const fn is_payable(&self) -> bool {
        match self.status {
            CommissionStatus::Approved | CommissionStatus::Paid => true,
            CommissionStatus::Refunded | CommissionStatus::Denied => self.is_in_payouts(),
            CommissionStatus::Pending => false,
        }
    }

    /// The UTC day in whose figures it counts where no conversion has one.
    pub const fn day(&self) -> Option<Timestamp> {
        match self.earned_by {
            EarnedBy::Conversion(_) => None,
            EarnedBy::Clicks(day) | EarnedBy::Bonus(day) | EarnedBy::Adjustment(day) => Some(day),
        }
    }

    pub const fn conversion(&self) -> Option<ConversionId> {
        match self.earned_by {
            EarnedBy::Conversion(conversion) => Some(conversion),
            EarnedBy::Clicks(_) | EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => None,
        }
    }
}

/// What decides where a commission stands, besides its amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommissionState {
    pub denied: bool,
    pub released: bool,
    pub held: Option<Held>,
}

/// Puts a commission where it belongs at `now`. Once payable it stays so, but for a dispute or review that holds what
/// was not paid yet.
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
