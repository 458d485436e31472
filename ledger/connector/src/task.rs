//! Tasks of a connector, and the data of the person they are about.

use serde_json::{Map, Value};
use shared::timestamp::Timestamp;
use uuid::Uuid;

/// A task of a connector.
#[derive(Debug, Clone)]
pub enum Task {
    /// Tests the credentials. Learns `account` (a display name) and whatever later calls need, such as a region.
    Check,
    /// Reads the lists for the picker. Learns `choices`.
    Lists,
    /// Reads the existing tags. Learns `choices`.
    Tags,
    /// Makes the vendor's state match the person given here.
    Sync(Person),
    /// Reports an event of the person.
    Event(Person, Event),
    /// Deletes the person at the vendor; only ever at someone's request.
    Forget(Person),
}

/// An affiliate's data for a CRM.
#[derive(Debug, Clone)]
pub struct Person {
    /// `aff_…`.
    pub id: String,
    /// Lower case.
    pub email: String,
    /// The address under which the vendor knows them, if theirs has changed since. Lower case.
    pub moved_from: Option<String>,
    /// Never empty: unknown values are omitted from every call.
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// First and last names that syncs wrote or may have written before. A contact with another name than these and the
    /// one above keeps it.
    pub our_names: Vec<[Option<String>; 2]>,
    /// Whether an earlier sync succeeded.
    pub is_synced: bool,
    pub affiliate_status: AffiliateStatus,
    /// When they became an affiliate.
    pub joined_at: Timestamp,
    /// The acceptance of the program's terms. Without it no consent is sent to any vendor.
    pub consent: Option<Consent>,
    /// The lists that should contain them; empty once they aren't approved anymore.
    pub lists: Vec<Choice>,
    /// Ids of the lists to which we may have added them before; empty while they are approved, unless their address has
    /// changed. For vendors that keep contacts per list and can't be searched as a whole.
    pub used_lists: Vec<String>,
    /// The tags that they should have, without duplicates: `Rekomi affiliate` first.
    pub tags: Vec<String>,
    /// Tags that we added before and that they should lose. Never one of the brand's own tags, nor one of `tags` in
    /// another case. But it may have become the selected tag since, where a list is a tag.
    pub untags: Vec<String>,
}

impl Person {
    /// First and last name, for vendors with one field for both; none if neither is known.
    pub fn full_name(&self) -> Option<String> {
        let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// Whether they may (still) be contacted: only then are they added to lists.
    pub fn is_approved(&self) -> bool {
        self.affiliate_status == AffiliateStatus::Approved
    }

    /// Whether the vendor knows them, may know them or is to know them: they are approved, a sync succeeded, or one that
    /// failed may have given them tags. For vendors that can't be asked.
    pub fn is_known(&self) -> bool {
        self.is_approved() || self.is_synced || !self.untags.is_empty()
    }

    /// The tags as one string, for vendors without list values: `Rekomi affiliate,vip`.
    pub fn tags_joined(&self) -> String {
        self.tags.join(",")
    }
}

/// The status of an affiliate with the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AffiliateStatus {
    Approved,
    Left,
    Banned,
    Rejected,
}

impl AffiliateStatus {
    /// The value that is written to `rekomi_status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Left => "left",
            Self::Banned => "banned",
            Self::Rejected => "rejected",
        }
    }
}

/// A person's acceptance of the program's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub at: Timestamp,
    /// The version of the terms.
    pub version: Option<String>,
}

/// An event of an affiliate.
#[derive(Debug, Clone)]
pub struct Event {
    /// `affiliate_approved`, `first_click`, `first_conversion`, `commission_earned`, `payout_sent`.
    pub name: String,
    /// The same each time the event is sent.
    pub id: Uuid,
    pub at: Timestamp,
    /// A flat object with the details; money as `amountCents` and `currency`.
    pub properties: Map<String, Value>,
}

/// A vendor's list or tag.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Choice {
    pub id: String,
    pub name: String,
}
