//! Consents that people gave and withdrew: an append-only log, in which the latest decision on a kind counts.

pub mod api;
pub mod store;
pub mod terms;
pub mod view;

pub use store::latest;

use shared::{
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ProgramTerms,
    MarketingEmail,
    DataProcessing,
    Other,
}

impl Kind {
    const ALL: [Self; 4] = [Self::ProgramTerms, Self::MarketingEmail, Self::DataProcessing, Self::Other];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProgramTerms => "program_terms",
            Self::MarketingEmail => "marketing_email",
            Self::DataProcessing => "data_processing",
            Self::Other => "other",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The person who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Affiliate(AffiliateId),
    Customer(CustomerId),
}

impl Subject {
    pub const fn affiliate(self) -> Option<AffiliateId> {
        match self {
            Self::Affiliate(id) => Some(id),
            Self::Customer(_) => None,
        }
    }

    pub const fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Customer(id) => Some(id),
            Self::Affiliate(_) => None,
        }
    }
}

/// The latest decision of a subject on a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    pub granted: bool,
    pub version: Option<String>,
    pub decided_at: Timestamp,
}
