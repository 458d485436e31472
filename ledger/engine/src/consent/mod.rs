//! What people agreed to and took back: a log that only grows. The last word on a kind counts.

pub mod api;
pub mod store;
pub mod terms;
pub mod view;

pub use store::latest;

use shared::{
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};

/// What was decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ProgramTerms,
    MarketingEmail,
    DataProcessing,
    Other,
}

impl Kind {
    const ALL: [Self; 4] = [Self::ProgramTerms, Self::MarketingEmail, Self::DataProcessing, Self::Other];

    /// As the API and the database spell it.
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

/// Who decided.
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

/// The last decision of a subject about a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    pub granted: bool,
    pub version: Option<String>,
    pub decided_at: Timestamp,
}
