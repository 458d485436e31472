//! The records that the ledger pushes to the edge's key-value store, and their keys.
//!
//! The ledger writes them; the edge only reads. A record contains everything that a request needs, so that the edge
//! needs no other lookup. Secrets in them are sealed for the edge
//! ([`Purpose::EdgeConfig`](crate::keys::Purpose::EdgeConfig)), with table `edge_config` and the record's key as row.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{
    event::Gateway,
    id::{AffiliateId, ApiKeyId, GatewayConnectionId, LinkId, OrganizationId, ProgramId},
    keys::encode_hex,
    seal::Place,
    timestamp::{Timestamp, millis},
};

/// One key with its record; `record: None` deletes. A higher `version` wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub key: String,
    pub version: i64,
    pub record: Option<Record>,
}

/// The body that the ledger posts to `POST /internal/config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    pub entries: Vec<Entry>,
}

/// The path where the edge receives pushes.
pub const PUSH_PATH: &str = "/internal/config";
/// The path where the edge requests one record: `GET {path}?key=…` returns an [`Entry`] (record `null` if it doesn't
/// exist).
pub const READ_PATH: &str = "/internal/v1/edge-config";

/// In JSON, `kind` is a field beside those of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Host(HostRecord),
    Link(LinkRecord),
    ApiKey(ApiKeyRecord),
    Site(SiteRecord),
    Gateway(GatewayRecord),
}

/// Reads the kind, and then the record from the same text. What serde derives keeps all fields in a form of its own until it
/// has found the kind, which makes the edge's wasm larger by a sixtieth.
impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Kind {
            Host,
            Link,
            ApiKey,
            Site,
            Gateway,
        }
        #[derive(Deserialize)]
        struct Tag {
            kind: Kind,
        }
        let text = Box::<RawValue>::deserialize(from)?;
        let read = |text: &str| {
            Ok(match serde_json::from_str::<Tag>(text)?.kind {
                Kind::Host => Self::Host(serde_json::from_str(text)?),
                Kind::Link => Self::Link(serde_json::from_str(text)?),
                Kind::ApiKey => Self::ApiKey(serde_json::from_str(text)?),
                Kind::Site => Self::Site(serde_json::from_str(text)?),
                Kind::Gateway => Self::Gateway(serde_json::from_str(text)?),
            })
        };
        read(text.get()).map_err(|error: serde_json::Error| D::Error::custom(error))
    }
}

/// `host:{host}`: a link host of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostRecord {
    pub organization_id: OrganizationId,
    /// The destination of visitors whose link doesn't exist.
    pub default_destination: Option<String>,
    /// Shown on the 404 page if there is no default destination.
    pub brand_name: String,
}

/// `link:{host}/{slug}` for the redirect, and `via:{program}/{slug}` for the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkRecord {
    pub organization_id: OrganizationId,
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: LinkId,
    /// As the brand spells it, in the `via` parameter.
    pub slug: String,
    /// Absolute https URL (http only to loopback in development).
    pub destination: String,
    pub window_days: u16,
    pub attribution_model: AttributionModel,
    #[serde(default)]
    pub gpc: GpcMode,
    /// The affiliate's coupon code, which the script offers to the checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// The affiliate's name, if they show it to everyone, on a page of links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How visitors who send `Sec-GPC: 1` (Global Privacy Control) are treated. A number in the record: names would cost
/// the edge a kilobyte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub enum GpcMode {
    /// A click as usual.
    Ignore,
    /// The click counts, but sets no cookie, and nothing is kept about the visitor.
    #[default]
    NoCookie,
    /// Only a redirect.
    NoTracking,
    /// Like `NoTracking`, but for every visitor: the affiliate was erased.
    Untracked,
}

impl From<u16> for GpcMode {
    fn from(number: u16) -> Self {
        match number {
            1 => Self::Ignore,
            2 => Self::NoTracking,
            3 => Self::Untracked,
            _ => Self::NoCookie,
        }
    }
}

impl From<GpcMode> for u16 {
    fn from(mode: GpcMode) -> Self {
        match mode {
            GpcMode::NoCookie => 0,
            GpcMode::Ignore => 1,
            GpcMode::NoTracking => 2,
            GpcMode::Untracked => 3,
        }
    }
}

impl LinkRecord {
    /// Whether nothing may be kept about the visitor.
    pub const fn is_private(&self, requested: bool) -> bool {
        requested && !matches!(self.gpc, GpcMode::Ignore)
    }

    /// Whether the visit isn't recorded at all.
    pub const fn is_untracked(&self, requested: bool) -> bool {
        match self.gpc {
            GpcMode::Untracked => true,
            GpcMode::NoTracking => requested,
            GpcMode::Ignore | GpcMode::NoCookie => false,
        }
    }
}

/// Read through text, like [`Gateway`]: a derived enum would cost the edge half a kilobyte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub enum AttributionModel {
    FirstTouch,
    #[default]
    LastTouch,
}

impl TryFrom<String> for AttributionModel {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "FirstTouch" => Ok(Self::FirstTouch),
            "LastTouch" => Ok(Self::LastTouch),
            _ => Err("unknown attribution model"),
        }
    }
}

/// `key:{sha256 of the bearer, hex}`: an API key that may send conversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyRecord {
    pub organization_id: OrganizationId,
    pub api_key_id: ApiKeyId,
    pub writes: bool,
    /// Sealed `rks_` secrets, current first; several during a rotation's overlap.
    pub sealed_secrets: Vec<String>,
    /// When the bearer expires; the edge checks its own clock and doesn't wait for a push.
    #[serde(default, with = "millis::option")]
    pub expires_at: Option<Timestamp>,
}

/// `site:{public key}` and `program:{program id}`: a program as browsers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteRecord {
    pub organization_id: OrganizationId,
    pub program_id: ProgramId,
    pub program_slug: String,
    pub program_name: String,
    /// Exact origins (`https://brand.com`) whose pages may send clicks and pixel conversions.
    pub allowed_origins: Vec<String>,
    pub window_days: u16,
    pub attribution_model: AttributionModel,
}

/// `gateway:{connection id}`: a gateway account whose webhooks are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRecord {
    pub organization_id: OrganizationId,
    pub connection_id: GatewayConnectionId,
    pub gateway: Gateway,
    /// Sealed signing secrets, current first. Braintree: `public_key|private_key`; Shopify: `shop domain|secret`.
    pub sealed_secrets: Vec<String>,
}

/// The key of a host's record; hosts are compared in lower case, with their port unless it is 443.
pub fn host_key(host: &str) -> String {
    format!("host:{}", host.to_ascii_lowercase())
}

/// The key of a link's record. Slugs are compared in lower case.
pub fn link_key(host: &str, slug: &str) -> String {
    let mut key = ["link:", host, "/", slug].concat();
    key.make_ascii_lowercase();
    key
}

/// The key under which the script finds a link of a program.
pub fn via_key(program: ProgramId, slug: &str) -> String {
    format!("via:{program}/{}", slug.to_ascii_lowercase())
}

/// The key of an API key's record; the bearer itself is never stored.
pub fn api_key_key(bearer: &str) -> String {
    format!("key:{}", encode_hex(&Sha256::digest(bearer.as_bytes())))
}

pub fn site_key(public_key: &str) -> String {
    format!("site:{public_key}")
}

pub fn program_key(program: ProgramId) -> String {
    format!("program:{program}")
}

pub fn gateway_key(connection: GatewayConnectionId) -> String {
    format!("gateway:{connection}")
}

/// The place to which a record's sealed secrets are bound. `tenant` is the organization id's text.
pub fn sealed_place<'a>(tenant: &'a str, key: &'a str) -> Place<'a> {
    Place { tenant, table: "edge_config", column: "sealed_secrets", row: key }
}

/// First path segments on every link host that are never links: those that the edge answers (`/api/…`, `/healthz`,
/// `/hooks/…`, `/internal/…`), and Cloudflare's own (`/cdn-cgi/…`), which never reaches the edge. No link or affiliate
/// gets one as a slug.
pub const RESERVED_SLUGS: [&str; 5] = ["api", "cdn-cgi", "healthz", "hooks", "internal"];

/// Whether a new slug may not be this text, in either case. Existing slugs are kept.
pub fn is_reserved(slug: &str) -> bool {
    RESERVED_SLUGS.iter().any(|reserved| reserved.eq_ignore_ascii_case(slug))
}

/// A slug: 3 to 64 letters, digits, hyphens or underscores; compared in lower case.
pub fn is_slug(text: &str) -> bool {
    (3..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_read_as_they_are_written() {
        for model in [AttributionModel::FirstTouch, AttributionModel::LastTouch] {
            let json = serde_json::to_string(&model).unwrap();
            assert_eq!(json, format!("\"{model:?}\""));
            assert_eq!(serde_json::from_str::<AttributionModel>(&json).unwrap(), model);
        }
        assert!(serde_json::from_str::<AttributionModel>("\"MiddleTouch\"").is_err());
    }

    #[test]
    fn records_are_read_as_they_are_written() {
        let id = |number| [number; 10];
        let organization_id = OrganizationId::v7(1, &id(1));
        let records = [
            Record::Host(HostRecord {
                organization_id,
                default_destination: None,
                brand_name: "Acme \"kind\": \"link\"".to_owned(),
            }),
            Record::ApiKey(ApiKeyRecord {
                organization_id,
                api_key_id: ApiKeyId::v7(1, &id(2)),
                writes: true,
                sealed_secrets: vec!["sealed_1".to_owned()],
                expires_at: Timestamp::from_millis(1_000).ok(),
            }),
            Record::Gateway(GatewayRecord {
                organization_id,
                connection_id: GatewayConnectionId::v7(1, &id(3)),
                gateway: Gateway::Stripe,
                sealed_secrets: Vec::new(),
            }),
        ];
        for record in records {
            let entry = Entry { key: "key".to_owned(), version: 1, record: Some(record) };
            let json = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry, "from text");
            let value = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::from_value::<Entry>(value).unwrap(), entry, "from a value");
        }
    }

    #[test]
    fn a_record_needs_a_kind_and_its_fields() {
        let host = r#""organizationId":"org_01kdvdna00fnwvvrwp1y42fmbq","brandName":"Acme""#;
        assert!(serde_json::from_str::<Record>(&format!(r#"{{{host},"kind":"host","later":[1]}}"#)).is_ok());
        for refused in
            [format!("{{{host}}}"), format!(r#"{{"kind":"page",{host}}}"#), format!(r#"{{"kind":"link",{host}}}"#)]
        {
            assert!(serde_json::from_str::<Record>(&refused).is_err(), "{refused}");
        }
        assert!(serde_json::from_str::<Entry>(r#"{"key":"k","version":1,"record":null}"#).unwrap().record.is_none());
    }

    #[test]
    fn reserved_slugs_are_slugs_in_either_case() {
        for slug in RESERVED_SLUGS {
            assert!(is_slug(slug) && is_reserved(slug) && is_reserved(&slug.to_ascii_uppercase()), "{slug}");
        }
        for slug in ["lauren", "api-docs", "my-hooks", "internal_", "apis"] {
            assert!(!is_reserved(slug), "{slug}");
        }
    }
}
