//! A CRM connection as the API shows it: its settings and status, and none of its secrets.

use std::collections::BTreeMap;

use connector::{Descriptor, Listing, Tagging};
use serde::Serialize;
use shared::{
    id::{CrmConnectionId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{override_store::Override, store::Row};
use kit::error::Result;

/// The kind of connection.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmKind, example = "crm")]
pub enum Kind {
    Crm,
}

/// A list or a tag in the vendor's account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmChoice)]
pub struct Choice {
    /// The vendor's own id.
    #[schema(example = "2")]
    pub id: String,
    #[schema(example = "Affiliates")]
    pub name: String,
}

impl From<connector::Choice> for Choice {
    fn from(choice: connector::Choice) -> Self {
        Self { id: choice.id, name: choice.name }
    }
}

/// A connection to a CRM.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrmConnection {
    #[schema(value_type = String, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: CrmConnectionId,
    #[schema(inline)]
    pub kind: Kind,
    /// The vendor's slug, from `GET /api/v1/crm-vendors`.
    #[serde(rename = "type")]
    #[schema(example = "activecampaign")]
    pub vendor: String,
    /// `active`, `paused` (the vendor rejects the credentials: `pausedReason` says why, and new credentials end it) or
    /// `disabled` (by you).
    #[schema(example = "active")]
    pub status: String,
    /// Why syncing is paused, as a stable code.
    #[schema(required, example = json!(null))]
    pub paused_code: Option<String>,
    /// Why syncing is paused, in plain words.
    #[schema(required, example = json!(null))]
    pub paused_reason: Option<String>,
    /// When syncing was paused; null while it runs.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub paused_at: Option<Timestamp>,
    /// The account's name, as the vendor reports it; null if it doesn't.
    #[schema(required, example = "admin@acme.test")]
    pub account: Option<String>,
    /// The credentials that aren't secret. Secret ones are never returned.
    #[schema(example = json!({"apiUrl": "https://acme.api-us1.com"}))]
    pub credentials: BTreeMap<String, String>,
    /// The list that affiliates are added to, unless their program has its own list.
    #[schema(required)]
    pub list: Option<Choice>,
    /// Tags for every affiliate, in addition to `Rekomi affiliate`.
    #[schema(example = json!(["partners"]))]
    pub tags: Vec<String>,
    /// Whether an affiliate's segment is added as a tag, such as `Rekomi segment: gold`.
    #[schema(example = false)]
    pub segment_tag: bool,
    /// The events to send, if the vendor accepts events.
    #[schema(example = json!([]))]
    pub events: Vec<String>,
    /// What is left to do before affiliates can be synced; null if nothing is.
    #[schema(required, example = json!(null))]
    pub next_step: Option<String>,
    /// Until when nothing is sent, because the vendor asked us to wait or has problems.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub wait_until: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub last_success_at: Option<Timestamp>,
    /// The last error, in plain words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub last_error_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl CrmConnection {
    /// # Errors
    /// 500 for a vendor that this build doesn't know.
    pub fn of(row: Row) -> Result<Self> {
        let next_step = next_step(row.connector()?.descriptor(), &row);
        Ok(Self {
            id: row.id,
            kind: Kind::Crm,
            vendor: row.vendor,
            status: row.status,
            paused_code: row.paused_code,
            paused_reason: row.paused_reason,
            paused_at: row.paused_at,
            account: Some(row.account).filter(|account| !account.is_empty()),
            credentials: row.settings,
            list: row.list.map(Into::into),
            tags: row.tags,
            segment_tag: row.segment_tag,
            events: row.events,
            next_step,
            wait_until: row.wait_until,
            last_success_at: row.last_success_at,
            last_error: row.last_error,
            last_error_at: row.last_error_at,
            created_at: row.created_at,
        })
    }
}

/// `an` audience, `a` list.
pub(super) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Returns the step that is missing before affiliates can be synced, although the vendor would accept them.
pub fn next_step(descriptor: &Descriptor, row: &Row) -> Option<String> {
    match (row.status.as_str(), &descriptor.lists, &row.list) {
        ("paused", ..) => Some(format!("Reconnect {} with working credentials.", descriptor.name)),
        (_, Listing::Picked { word, required: true }, None) => Some(format!(
            "Choose {} {word}. Until then, only affiliates in programs with their own {word} are synced.",
            article(word)
        )),
        _ => None,
    }
}

/// The overrides for one program's affiliates.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramOverride {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// The list that the program's affiliates are added to; null for the connection's own list.
    #[schema(required)]
    pub list: Option<Choice>,
    /// Additional tags for the program's affiliates.
    #[schema(example = json!(["spring-campaign"]))]
    pub tags: Vec<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl ProgramOverride {
    pub fn of(kept: Override) -> Self {
        Self { program_id: kept.program, list: kept.list.map(Into::into), tags: kept.tags, created_at: kept.created_at }
    }
}

/// A credential or setting that the vendor provides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmVendorField)]
pub struct VendorField {
    /// The field's name in `credentials`.
    #[schema(example = "apiKey")]
    pub name: &'static str,
    /// The field's name in the dashboard.
    #[schema(example = "API key")]
    pub label: &'static str,
    /// Where to find the value.
    #[schema(
        example = "In ActiveCampaign, go to Settings \u{2192} Developer and copy \u{201c}Key\u{201d}, next to the \
                        URL."
    )]
    pub hint: &'static str,
    /// The page where you find the value. A path is relative to the account's own address.
    #[schema(required, example = "/app/settings/developer")]
    pub link: Option<&'static str>,
    /// What the value looks like.
    #[schema(example = "64 letters and digits")]
    pub example: &'static str,
    /// Whether the value is stored encrypted and never shown again.
    #[schema(example = true)]
    pub secret: bool,
    /// Whether a connection needs the field.
    #[schema(example = true)]
    pub required: bool,
}

/// A CRM that you can connect, and what it needs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrmVendor {
    /// The `type` of its connections.
    #[schema(example = "activecampaign")]
    pub slug: &'static str,
    #[schema(example = "ActiveCampaign")]
    pub name: &'static str,
    /// The vendor's API documentation.
    #[schema(example = "https://developers.activecampaign.com/reference/overview")]
    pub docs: &'static str,
    /// The fields of a connection to this CRM.
    pub fields: Vec<VendorField>,
    /// The scopes that the key needs, in the vendor's terms; empty if the vendor's keys have no scopes.
    #[schema(example = json!([]))]
    pub scopes: &'static [&'static str],
    /// What the vendor calls a list; null if it has no lists.
    #[schema(required, example = "list")]
    pub list_word: Option<&'static str>,
    /// Whether you must choose a list.
    #[schema(example = true)]
    pub list_required: bool,
    /// How tags are stored: `tags` (as tags), `kept` (as tags that can't be removed again), `field` (in a field of the
    /// contact) or `groups` (as groups).
    #[schema(example = "tags")]
    pub tags_kind: &'static str,
    /// Whether `GET /connections/{id}/tags` can list the existing tags.
    #[schema(example = true)]
    pub tags_listed: bool,
    /// What happens to events; null if the vendor accepts none.
    #[schema(required, example = json!(null))]
    pub events: Option<&'static str>,
    /// The vendor's own rate limit, which we stay below.
    #[schema(example = "5 requests per second for the whole account.")]
    pub limit: &'static str,
    /// How consent is handled.
    #[schema(example = "People who unsubscribed are skipped.")]
    pub consent: &'static str,
}

impl CrmVendor {
    pub fn of(descriptor: &'static Descriptor) -> Self {
        let (list_word, list_required) = match descriptor.lists {
            Listing::Picked { word, required } => (Some(word), required),
            Listing::None(_) => (None, false),
        };
        let (tags_kind, tags_listed) = match descriptor.tags {
            Tagging::Tags { listed } => ("tags", listed),
            Tagging::Kept => ("kept", false),
            Tagging::Field(_) => ("field", false),
            Tagging::Groups => ("groups", false),
        };
        let fields = descriptor.fields.iter().map(|field| VendorField {
            name: field.name,
            label: field.label,
            hint: field.hint,
            link: field.link,
            example: field.example,
            secret: field.secret,
            required: field.required,
        });
        Self {
            slug: descriptor.slug,
            name: descriptor.name,
            docs: descriptor.docs,
            fields: fields.collect(),
            scopes: descriptor.scopes,
            list_word,
            list_required,
            tags_kind,
            tags_listed,
            events: descriptor.events,
            limit: descriptor.limit,
            consent: descriptor.consent,
        }
    }
}
