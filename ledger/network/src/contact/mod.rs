//! What happens between a brand and a creator: invitations, applications, messages, reports.
//!
//! [`invite`] and [`thread`] are what brands do, [`respond`] and [`apply`] what creators do; `admit` decides what becomes
//! of an application, and [`allowance`] and [`wording`] are the pure rules against spam. The rows are the brand's. A
//! creator reads theirs in a transaction that is bound to them, and changes them in one of the brand's. [`message_job`]
//! announces messages that no one has read; `draft` has a model draft one if the organization connected it.

mod admit;
pub mod allowance;
pub mod api;
pub mod api_view;
pub mod apply;
pub mod creator_page;
pub mod creator_store;
pub mod dashboard;
mod dashboard_view;
mod draft;
pub mod email;
pub mod invite;
pub mod job;
pub mod message_job;
pub mod message_store;
pub mod messages_api;
pub mod portal;
pub mod respond;
pub mod store;
pub mod thread;
pub mod wording;

use crate::matching::creators::shown_name;
use shared::{
    id::{AffiliateId, CreatorId, NetworkContactId, ProgramId},
    timestamp::Timestamp,
};

/// A contact as stored, with the status that it has now: an invitation that no one answered in time is `Expired`, and
/// what led to an affiliate is what the brand decided about them: `Rejected` also if it archived or banned them later,
/// and `Expired` if they were erased.
#[derive(Debug, Clone)]
pub struct Contact {
    pub id: NetworkContactId,
    pub program: ProgramId,
    pub program_name: String,
    pub creator: CreatorId,
    /// The creator's name as the brand may see it; `None` if their profile is hidden from the brand.
    pub name: Option<String>,
    pub initials_only: Option<bool>,
    pub status: String,
    pub invited_at: Option<Timestamp>,
    pub message: String,
    pub score: i16,
    pub answered_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub affiliate: Option<AffiliateId>,
    pub affiliate_name: Option<String>,
    /// Whether the brand banned the affiliate.
    pub is_banned: bool,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

impl Contact {
    /// The name as the brand may see it; `None` if the profile isn't shown to it any more. Who applied sent their name to
    /// the brand themselves.
    pub fn shown_name(&self) -> Option<String> {
        let of_profile = || Some(shown_name(self.name.as_deref()?, self.initials_only.unwrap_or(true)));
        self.affiliate_name.clone().or_else(of_profile)
    }
}
