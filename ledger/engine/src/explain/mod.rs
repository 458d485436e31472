//! Explains every commission: who reported the sale, who was credited and who wasn't, by which plan and calculation,
//! what people decided, and all its transfers in the book.
//!
//! [`store`] loads the same facts as a recomputation; [`write`] turns them into the [`receipt`], without side effects,
//! using [`words`]; [`api`] returns it as JSON and [`dashboard`] shows it as a page, where `suggest` has it explained by a
//! model if the organization connected one.

pub mod api;
pub mod dashboard;
pub mod receipt;
pub mod sale;
pub mod store;
mod suggest;
pub mod words;
pub mod write;

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, CouponId, DecisionId, EventId, LinkId, PayoutId, ProgramId, TransferId},
    timestamp::Timestamp,
};

use crate::{
    decision::view::Decision,
    history::{BuyerHistory, Rates},
};
use kit::page::zone::Zone;
use rules::commission::{Commission, CommissionStatus, plan::PlanVersion};

/// Everything that a receipt is built from.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The organization's, for days in texts.
    pub zone: Zone,
    pub now: Timestamp,
    pub commission: Commission,
    pub created_at: Timestamp,
    /// Set if a conversion earned the commission.
    pub sale: Option<SaleFacts>,
    pub plan: Option<PlanVersion>,
    pub names: Names,
    /// Decisions about the commission or its conversion, oldest first.
    pub decisions: Vec<Decision>,
    /// Oldest first.
    pub transfers: Vec<Booked>,
    /// Other commissions of the same conversion.
    pub others: Vec<Other>,
}

impl Facts {
    /// Whether an import left the commission to the earlier platform, so that no one here paid it, whatever a refund
    /// takes back since.
    pub fn is_left(&self) -> bool {
        self.transfers.iter().any(|row| row.left)
    }
}

/// The conversion with its buyer's complete history.
#[derive(Debug, Clone)]
pub struct SaleFacts {
    pub zone: Zone,
    pub history: BuyerHistory,
    pub rates: Rates,
    /// The conversion's index in the history.
    pub index: usize,
    /// The brand's or gateway's name for the buyer.
    pub customer: Option<String>,
}

/// Display names.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub affiliates: HashMap<AffiliateId, String>,
    pub programs: HashMap<ProgramId, String>,
    /// `go.acme.test/lauren`.
    pub links: HashMap<LinkId, String>,
    /// `LAUREN20`.
    pub coupons: HashMap<CouponId, String>,
}

impl Names {
    pub fn affiliate(&self, id: AffiliateId) -> String {
        self.affiliates.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    pub fn program(&self, id: ProgramId) -> String {
        self.programs.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// A transfer of the book, with the kinds of its accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub id: TransferId,
    pub at: Timestamp,
    pub kind: String,
    pub from: String,
    pub to: String,
    pub amount: i64,
    pub event: Option<EventId>,
    pub decision: Option<DecisionId>,
    pub payout: Option<(PayoutId, Option<String>)>,
    /// Whether the payout only records what an import left to the earlier platform.
    pub left: bool,
}

/// Another commission of the same conversion.
#[derive(Debug, Clone)]
pub struct Other {
    pub id: CommissionId,
    pub affiliate: AffiliateId,
    pub amount: i64,
    pub status: CommissionStatus,
}
