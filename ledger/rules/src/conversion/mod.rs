//! Conversions: sales, renewals and leads, with what became of each.
//!
//! [`given_back`] is the arithmetic of refunds and disputes, [`store`] the SQL.

pub mod given_back;

use shared::{
    id::{AffiliateId, ClickId, ConversionId, CustomerId, EventId, LinkId, OrganizationId, PlanVersionId, ProgramId},
    money::Money,
    text_enum,
    timestamp::Timestamp,
};

use self::given_back::Paid;
use crate::{
    attribution::flag::{Flag, Review},
    fact::{ConversionFact, Details, DisputeState, Provenance, ReportedEvent},
};

/// What was told about a conversion, and what the ledger made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    pub organization_id: OrganizationId,
    pub id: ConversionId,
    /// The event that told it first.
    pub event_id: EventId,
    /// Its name at the brand or gateway: refunds refer to it.
    pub external_id: String,
    pub source: String,
    pub provenance: Provenance,
    /// Of a claim only: the key of the address that the page gave for its buyer.
    pub claimed_email_key: Option<String>,
    pub lead: bool,
    /// The gateway calls it a renewal.
    pub reported_recurring: bool,
    pub reported_program_id: Option<ProgramId>,
    pub customer_id: Option<CustomerId>,
    pub subscription_id: Option<String>,
    pub product_id: Option<String>,
    pub details: Details,
    /// Commissionable, ex tax.
    pub amount: Money,
    /// What the buyer paid in all, in the same currency.
    pub paid: i64,
    /// Whether `paid` was told; else it is `amount`.
    pub paid_known: bool,
    pub occurred_at: Timestamp,
    pub outcome: Outcome,
}

/// The part that later events may change; recomputed from the buyer's whole history whenever one arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub kind: Kind,
    pub status: Status,
    /// Minor units of the conversion's currency, at most its amount; lost disputes included.
    pub refunded: i64,
    pub credit: Option<Credited>,
    /// 1 for the buyer's first sale in the program (first lead, for a lead); 0 for a sale of nothing.
    pub sequence: u32,
    pub flags: Vec<Flag>,
    pub review: Option<Review>,
    pub dispute: Option<DisputeState>,
    pub issues: Vec<RefundIssue>,
}

/// The credit as it is kept with the conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: Option<LinkId>,
    pub click_id: Option<ClickId>,
    /// Null where no plan was in force.
    pub plan_version_id: Option<PlanVersionId>,
    pub bound_at: Timestamp,
    /// The rule's stable name: `manual`, `bound`, `coupon`, `click`, `slug`, `lead`.
    pub rule: String,
}

impl Outcome {
    /// Before anything is known about it.
    pub const fn unknown() -> Self {
        Self {
            kind: Kind::Sale,
            status: Status::Unattributed,
            refunded: 0,
            credit: None,
            sequence: 0,
            flags: Vec::new(),
            review: None,
            dispute: None,
            issues: Vec::new(),
        }
    }
}

impl Conversion {
    /// What its refunds and disputes are measured against.
    pub const fn paid_in_all(&self) -> Paid {
        Paid { minor: self.paid, is_known: self.paid_known }
    }

    /// As an event tells it.
    pub fn report(
        id: ConversionId,
        report: &ReportedEvent,
        fact: &ConversionFact,
        customer_id: Option<CustomerId>,
    ) -> Self {
        Self {
            organization_id: report.organization_id,
            id,
            event_id: report.event_id,
            external_id: fact.external_id.clone(),
            source: report.source.as_str().to_owned(),
            provenance: report.provenance(),
            claimed_email_key: report.claimed_email_key(),
            lead: fact.lead,
            reported_recurring: fact.reported_recurring,
            reported_program_id: report.program_id,
            customer_id,
            subscription_id: fact.subscription_id.clone(),
            product_id: fact.product_id.clone(),
            details: fact.details.clone(),
            amount: Money::new(fact.amount, fact.currency),
            paid: fact.paid,
            paid_known: fact.paid_known,
            occurred_at: report.at,
            outcome: Outcome::unknown(),
        }
    }

    /// Another event told it too: what both know is put together so that it doesn't matter which of them came first; only
    /// `id` and `event_id` stay those of the first. A verified report takes the place of a claim; a claim adds nothing to
    /// a report, and nothing to a claim of something else.
    pub fn repeated(&mut self, report: &ReportedEvent, fact: &ConversionFact, customer_id: Option<CustomerId>) {
        fn lesser<T: Ord>(mine: &mut Option<T>, theirs: Option<T>) {
            if let Some(theirs) = theirs
                && mine.as_ref().is_none_or(|mine| theirs < *mine)
            {
                *mine = Some(theirs);
            }
        }
        let same = self.lead == fact.lead && self.amount == Money::new(fact.amount, fact.currency);
        match (self.provenance, report.provenance()) {
            (Provenance::Verified, Provenance::Claimed) => return,
            (Provenance::Claimed, Provenance::Claimed) if !same => return,
            (Provenance::Claimed, Provenance::Verified) => {
                let (id, event_id, outcome) = (self.id, self.event_id, self.outcome.clone());
                *self = Self { id, event_id, outcome, ..Self::report(id, report, fact, customer_id) };
                return;
            }
            _ => {}
        }
        if report.source.as_str() < self.source.as_str() {
            report.source.as_str().clone_into(&mut self.source);
        }
        self.reported_recurring |= fact.reported_recurring;
        self.occurred_at = self.occurred_at.min(report.at);
        self.paid = self.paid.max(fact.paid);
        self.paid_known |= fact.paid_known;
        lesser(&mut self.reported_program_id, report.program_id);
        lesser(&mut self.customer_id, customer_id);
        lesser(&mut self.claimed_email_key, report.claimed_email_key());
        lesser(&mut self.subscription_id, fact.subscription_id.clone());
        lesser(&mut self.product_id, fact.product_id.clone());
        lesser(&mut self.details.country, fact.details.country.clone());
        for (key, value) in &fact.details.metadata {
            let known = self.details.metadata.entry(key.clone()).or_insert_with(|| value.clone());
            if value < known {
                known.clone_from(value);
            }
        }
        if self.details.items < fact.details.items {
            self.details.items.clone_from(&fact.details.items);
        }
    }
}

text_enum! {
    /// What happened.
    Kind { Sale, Recurring, Lead }
}

text_enum! {
    /// Where it stands. `Unattributed`: nobody is credited, so far.
    Status { Pending, Approved, Paid, Refunded, Denied, Unattributed }
}

text_enum! {
    /// What about it can't be set against the sale and needs a look.
    RefundIssue {
        /// A refund or dispute in another currency than the sale's: it takes nothing.
        RefundCurrency,
        /// More was given back than was paid: the sale counts as given back whole.
        RefundExceedsSale,
    }
}
