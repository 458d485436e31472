//! Every commission explains itself: who told the sale, who was credited and who was not, by which plan, with which
//! arithmetic, what people decided, and every transfer of the book.
//!
//! [`store`] loads the facts, the same that settling loads; [`write`] makes the [`receipt`] of them, pure, with
//! [`words`]; [`api`] answers it as JSON and [`dashboard`] shows it to people.

pub mod api;
pub mod dashboard;
pub mod receipt;
pub mod sale;
pub mod store;
pub mod words;
pub mod write;

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, DecisionId, EventId, LinkId, PayoutId, ProgramId, TransferId},
    timestamp::Timestamp,
};

use crate::{
    decision::view::Decision,
    history::{BuyerHistory, Rates},
};
use rules::commission::{Commission, CommissionStatus, plan::PlanVersion};

/// All that a receipt is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    pub now: Timestamp,
    pub commission: Commission,
    pub created_at: Timestamp,
    /// Of what a conversion earned.
    pub sale: Option<SaleFacts>,
    pub plan: Option<PlanVersion>,
    pub names: Names,
    /// About the commission or its conversion, oldest first.
    pub decisions: Vec<Decision>,
    /// Oldest first.
    pub transfers: Vec<Booked>,
    /// What else the conversion earned.
    pub others: Vec<Other>,
}

/// The conversion with its buyer's whole history.
#[derive(Debug, Clone)]
pub struct SaleFacts {
    pub history: BuyerHistory,
    pub rates: Rates,
    /// The conversion's place in the history.
    pub index: usize,
    /// As the brand or its gateway names the buyer.
    pub customer: Option<String>,
}

/// What people call things.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub affiliates: HashMap<AffiliateId, String>,
    pub programs: HashMap<ProgramId, String>,
    /// `go.acme.test/lauren`.
    pub links: HashMap<LinkId, String>,
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
}

/// Another commission of the same conversion.
#[derive(Debug, Clone)]
pub struct Other {
    pub id: CommissionId,
    pub affiliate: AffiliateId,
    pub amount: i64,
    pub status: CommissionStatus,
}
