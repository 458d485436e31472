//! What a connector is asked to do, and about whom.

use serde_json::{Map, Value};
use shared::timestamp::Timestamp;
use uuid::Uuid;

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Task {
    /// Do the credentials work? Learns `account` (a name to show) and whatever later calls need, such as a region.
    Check,
    /// The picker: what people may be put on. Learns `choices`.
    Lists,
    /// The tags that exist. Learns `choices`.
    Tags,
    /// The person's state there is to be as given here.
    Sync(Person),
    /// Something happened to the person.
    Event(Person, Event),
    /// The person is to be deleted there: only ever because somebody asked for it.
    Forget(Person),
}

/// An affiliate, as a CRM is to know them.
#[derive(Debug, Clone)]
pub struct Person {
    /// `aff_…`.
    pub id: String,
    /// Lower case.
    pub email: String,
    /// Never an empty text: what isn't known is left out of every call.
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub affiliate_status: AffiliateStatus,
    /// When they became an affiliate.
    pub joined_at: Timestamp,
    /// That they accepted the program's terms. Without it no vendor is told of any consent.
    pub consent: Option<Consent>,
    /// What they are to be on; empty once they aren't approved any more.
    pub lists: Vec<Choice>,
    /// Ids of the lists that we may have put them on before: empty while they are approved. For vendors that keep contacts
    /// by list, and would have to be asked list by list otherwise.
    pub used_lists: Vec<String>,
    /// What they are to be tagged with, without duplicates: `Rekomi affiliate` first.
    pub tags: Vec<String>,
    /// Tags that we gave them before and that they are to lose. Never a tag of the brand's own.
    pub untags: Vec<String>,
}

impl Person {
    /// Whether they are (still) to be reached: only then are they put on lists.
    pub fn is_approved(&self) -> bool {
        self.affiliate_status == AffiliateStatus::Approved
    }

    /// Tags in one text, for vendors that have no lists of values: `Rekomi affiliate,vip`.
    pub fn tags_joined(&self) -> String {
        self.tags.join(",")
    }
}

/// How an affiliate stands to the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AffiliateStatus {
    Approved,
    Left,
    Banned,
    Rejected,
}

impl AffiliateStatus {
    /// As it is written into `rekomi_status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Left => "left",
            Self::Banned => "banned",
            Self::Rejected => "rejected",
        }
    }
}

/// That a person accepted the program's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub at: Timestamp,
    /// Of the terms.
    pub version: Option<String>,
}

/// Something that happened to an affiliate.
#[derive(Debug, Clone)]
pub struct Event {
    /// `affiliate_approved`, `commission_earned`, `payout_sent`.
    pub name: String,
    /// The same each time it is told.
    pub id: Uuid,
    pub at: Timestamp,
    /// A flat object of what happened; money as `amountCents` and `currency`.
    pub properties: Map<String, Value>,
}

/// A list or a tag of the vendor's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Choice {
    pub id: String,
    pub name: String,
}
