//! Histories: everything known about a group of buyers, from evidence to commissions.
//!
//! After any change (an event, a decision, a new plan), the affected histories are loaded completely ([`load`]) and
//! recomputed ([`recompute`]: who is credited, and what the conversions earn compared with what is booked), and the
//! difference is saved ([`write`]). So the book depends on what is known, not on the order in which it arrived.

mod addresses;
pub mod attributed;
pub mod buyers;
pub mod claims;
mod decided;
pub mod facts;
pub mod joins;
pub mod joins_store;
pub mod load;
mod members;
mod neighbours;
pub mod origins_store;
mod overrides;
pub mod past;
pub mod recompute;
pub mod recompute_since;
mod record;
pub mod rollup;
pub mod rollup_store;
pub mod sale_buyers_store;
mod sales;
mod slot;
#[cfg(test)]
mod stories;
mod waiting;
pub mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId, EventId, OrganizationId, ProgramId},
    text_enum,
    timestamp::Timestamp,
};
use uuid::Uuid;

use rules::{
    attribution::{
        policy::{Policies, Policy, Worth},
        touch::{BuyerKey, Touch},
    },
    book::entry::Cause,
    commission::{
        Commission,
        partner::Partner,
        plan::{PlanVersion, Scope},
        price,
        sub_affiliate::SubAffiliates,
    },
    conversion::{
        Conversion,
        given_back::{Dispute, Refund},
    },
};

/// Identifies a history: that of buyers who share an e-mail address, directly or through others, or that of a single
/// purchase by an unknown buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HistoryKey {
    Group(OrganizationId, CustomerId),
    Alone(OrganizationId, EventId),
}

impl HistoryKey {
    pub const fn organization(self) -> OrganizationId {
        match self {
            Self::Group(organization, _) | Self::Alone(organization, _) => organization,
        }
    }
}

/// Everything known about one group of buyers.
#[derive(Debug, Clone, Default)]
pub struct BuyerHistory {
    /// As reported; outcomes are recomputed.
    pub conversions: Vec<Conversion>,
    /// The stored versions of those conversions that are stored.
    pub stored: HashMap<ConversionId, Conversion>,
    pub people: HashMap<CustomerId, Person>,
    pub touches: Vec<Touch>,
    /// Further events that reported a conversion, with its external id.
    pub repeated_by: Vec<(String, EventId)>,
    /// Refunds by the sale's external id.
    pub refunds: HashMap<String, Vec<Refund>>,
    pub disputes: HashMap<String, Vec<Dispute>>,
    pub decisions: Vec<Decision>,
    /// As currently booked.
    pub commissions: Vec<Commission>,
    /// Which customers are one buyer.
    pub joins: joins::Joins,
    /// What triggered this recomputation; its corrections in the book refer to it.
    pub cause: Cause,
}

/// A customer of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub buyer: CustomerId,
    /// The brand's or gateway's name for the customer.
    pub name: String,
    /// See `customer::mailbox::email_key`.
    pub emails: Vec<String>,
}

/// A person's decision, as far as it affects a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub id: Uuid,
    pub kind: DecisionKind,
    pub conversion_id: Option<ConversionId>,
    pub commission_id: Option<CommissionId>,
    /// For a re-attribution: `None` removes the credit.
    pub credit: Option<(ProgramId, AffiliateId)>,
    pub reach: Option<Reach>,
    pub reason: String,
    /// The decision was about a page's claim, before a verified report replaced the claim. Read from the database,
    /// which sets it when the decision is saved.
    pub about_claim: bool,
    /// If it uses up evidence: from when on that includes what later reports repeat, or `None` for always. Read from the
    /// database, where decisions of before migration 0086 have the day after it: what was booked stays as it is.
    pub repeats_from: Option<Timestamp>,
    pub decided_at: Timestamp,
}

text_enum! {
    /// The last three record who reported a refund or created a commission, and why; they don't change a history.
    DecisionKind { Reattribute, Approve, Deny, Release, Refund, Bonus, Adjustment }
}

text_enum! {
    /// The scope of a re-attribution: this conversion only, or also what the customer buys later.
    Reach { Conversion, Customer }
}

/// The terms of all programs and affiliates that the histories mention.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    pub policies: Policies,
    pub versions: Vec<PlanVersion>,
    pub affiliates: HashMap<AffiliateId, Partner>,
    pub sub_affiliates: SubAffiliates,
}

impl Rates {
    /// Whether any price or flag depends on conversions of other buyers.
    pub fn look_at_others(&self) -> bool {
        let trusts_claims = |policy: &Policy| policy.claims.worth == Worth::Trusted;
        self.checks_hours() || self.policies.any(trusts_claims) || self.price_pools()
    }

    /// The programs that ever trusted their pages: only there, claims that no one approved affect each other.
    pub fn trusting(&self) -> HashSet<ProgramId> {
        self.policies.programs_with(|policy| policy.claims.worth == Worth::Trusted)
    }

    /// Whether any plan has a tier or a cap, whose prices depend on the affiliate's other conversions.
    pub fn price_pools(&self) -> bool {
        self.versions.iter().any(|version| {
            // Any affiliate will do here; a version for one affiliate reaches only that affiliate's pools.
            let whom = if let Scope::Affiliate(own) = version.scope { own } else { AffiliateId::from_bytes([0; 16]) };
            !price::reached([version], version.program_id, whom, version.effective_at).is_empty()
        })
    }

    /// Whether any program limits conversions per hour.
    pub fn checks_hours(&self) -> bool {
        self.policies.any(|policy| policy.checks.velocity_per_hour.is_some())
    }
}

/// Sorted, so that they are always processed in the same order.
pub type BuyerHistories = BTreeMap<HistoryKey, BuyerHistory>;

impl BuyerHistory {
    /// The buyer of a conversion.
    pub fn buyer(&self, conversion: &Conversion) -> BuyerKey {
        conversion.customer_id.map_or(BuyerKey::Alone(conversion.event_id), |id| self.known(id))
    }

    pub fn known(&self, customer: CustomerId) -> BuyerKey {
        BuyerKey::Known(self.people.get(&customer).map_or(customer, |person| person.buyer))
    }

    /// The latest event, by its own time, that reported a refund or dispute of a sale.
    pub fn last_given_back(&self, sale: &str) -> Option<EventId> {
        let refunds = self.refunds.get(sale).into_iter().flatten().map(|report| (report.occurred_at, report.event_id));
        let disputes =
            self.disputes.get(sale).into_iter().flatten().map(|report| (report.occurred_at, report.event_id));
        refunds.chain(disputes).max().map(|(_, event)| event)
    }

    /// The latest decision that matches.
    pub fn latest(&self, about: impl Fn(&Decision) -> bool) -> Option<&Decision> {
        self.decisions
            .iter()
            .filter(|decision| about(decision))
            .max_by_key(|decision| (decision.decided_at, decision.id))
    }
}
