//! Contacts and messages as the API shows and takes them.

use serde::{Deserialize, Serialize};
use shared::{
    id::{AffiliateId, CreatorId, NetworkContactId, NetworkMessageId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{Contact, store::Message};

/// What happens between you and a creator about one program.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkContact {
    #[schema(value_type = String, example = "ctc_01kdvdna00fec9rpb7dk6gd3hy")]
    id: NetworkContactId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// The program's name.
    #[schema(example = "Partners")]
    program_name: String,
    /// The creator's ID.
    #[schema(value_type = String, example = "cre_01kdvdna00fec9rpb7dk6gd3hy")]
    creator_id: CreatorId,
    /// The name as you may see it; null if the creator's profile isn't shown to you any more.
    #[schema(required, example = "M. S.")]
    creator_name: Option<String>,
    /// `Invited`, `Applied`, `Joined`, `Declined`, `Rejected`, `Withdrawn` or `Expired`. It is `Rejected` also if you
    /// archived or banned the affiliate later, and `Expired` if you erased them.
    #[schema(example = "Invited")]
    status: String,
    /// The invitation's text; empty if the creator applied without one.
    #[schema(example = "We like your kitchen reviews. Would you like to try our pans?")]
    message: String,
    /// The score when you sent the invitation; 0 for applications without one.
    #[schema(example = 72)]
    score: i16,
    /// When you sent the invitation; null if the creator applied without one.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    invited_at: Option<Timestamp>,
    /// Until when the invitation can be accepted.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-20T08:30:00Z")]
    expires_at: Option<Timestamp>,
    /// When the creator answered or applied.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    answered_at: Option<Timestamp>,
    /// The affiliate whom the creator became; null until they apply.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    affiliate_id: Option<AffiliateId>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    updated_at: Timestamp,
}

impl NetworkContact {
    pub(super) fn of(contact: Contact) -> Self {
        Self {
            creator_name: contact.shown_name(),
            id: contact.id,
            program_id: contact.program,
            program_name: contact.program_name,
            creator_id: contact.creator,
            status: contact.status,
            message: contact.message,
            score: contact.score,
            invited_at: contact.invited_at,
            expires_at: contact.expires_at,
            answered_at: contact.answered_at,
            affiliate_id: contact.affiliate,
            created_at: contact.created_at,
            updated_at: contact.changed_at,
        }
    }
}

/// An invitation to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "creatorId": "cre_01kdvdna00fec9rpb7dk6gd3hy",
    "message": "We like your kitchen reviews. Would you like to try our pans?"}))]
pub struct NewNetworkInvitation {
    /// A listed program whose listing lets your team search for creators.
    #[schema(value_type = String)]
    pub(super) program_id: ProgramId,
    /// The creator to invite.
    #[schema(value_type = String)]
    pub(super) creator_id: CreatorId,
    /// 1 to 1000 characters, without links, email addresses, usernames and phone numbers.
    pub(super) message: String,
}

/// A message between you and a creator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkMessage {
    #[schema(value_type = String, example = "nmsg_01kdvdna00fec9rpb7dk6gd3hy")]
    id: NetworkMessageId,
    /// `Brand` or `Creator`: who wrote it.
    #[schema(example = "Brand")]
    from: &'static str,
    /// The text.
    #[schema(example = "The samples are on their way.")]
    message: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    created_at: Timestamp,
}

impl NetworkMessage {
    pub(super) fn of(message: Message) -> Self {
        let from = if message.from_brand { "Brand" } else { "Creator" };
        Self { id: message.id, from, message: message.body, created_at: message.created_at }
    }
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"message": "The samples are on their way."}))]
pub struct NewNetworkMessage {
    /// 1 to 2000 characters.
    pub(super) message: String,
}

/// A report about a creator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "They asked for money outside of the program."}))]
pub struct NewNetworkReport {
    /// What happened, in 1 to 1000 characters. The operators of the installation read it; the creator doesn't.
    pub(super) reason: String,
}

/// A received report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkReport {
    /// The creator's ID.
    #[schema(value_type = String, example = "cre_01kdvdna00fec9rpb7dk6gd3hy")]
    pub(super) creator_id: CreatorId,
    /// Whether the report is new; false if your earlier report about this creator is still open.
    #[schema(example = true)]
    pub(super) received: bool,
}
