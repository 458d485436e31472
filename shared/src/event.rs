//! The events that the edge sends to the ledger: one versioned event per click, conversion, click of the script, or
//! gateway webhook.
//!
//! An event's id is its deduplication key, forever and per organization. A click's id is created at the edge (UUIDv7,
//! the click's own id). A conversion's or gateway event's id is derived from the brand's or gateway's id for it, so
//! that a replay has the id of the first delivery.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{AffiliateId, ClickId, EventId, GatewayConnectionId, LinkId, OrganizationId, ProgramId},
    money::Currency,
    timestamp::{Timestamp, millis},
};

/// The version that this build writes. A reader refuses a later one (`unknown_version`) and keeps the event.
pub const EVENT_VERSION: u8 = 1;

/// Envelope of every event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub v: u8,
    pub id: EventId,
    pub organization_id: OrganizationId,
    /// The edge's clock when the request arrived.
    #[serde(with = "millis")]
    pub received_at: Timestamp,
    /// The id of the request that brought it, for the logs of both sides.
    pub request_id: String,
    /// The trace in which the edge took it, in W3C's form, if it is traced. It isn't part of the content: a replay with
    /// another one is the same event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    pub payload: Payload,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    Click(Click),
    Conversion(Box<Conversion>),
    Gateway(GatewayEvent),
}

/// A link was followed, or the script saw a visitor arrive with a link's parameter. The event's id is the click's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Click {
    pub link_id: LinkId,
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub class: ClickClass,
    pub source: ClickSource,
    /// Two upper-case letters, as the edge network reports them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Host only: a full referrer can carry personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer_host: Option<String>,
    #[serde(default)]
    pub device: Device,
    /// Keyed hash of network (IPv4 /24, IPv6 /48) and device type, different for each affiliate and UTC day; never the
    /// address. Only for counting visitors. `None` if the network is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    /// The click in the visitor's cookie: the touch before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ClickId>,
    /// Path of the page that the visitor was sent to or seen on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing: Option<String>,
}

impl Click {
    /// Whether it counts in any figure shown to a brand or affiliate.
    pub fn counted(&self) -> bool {
        self.class == ClickClass::Human
    }
}

/// Only `Human` is counted; the others are kept with their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClickClass {
    Human,
    Bot,
    /// `Sec-Purpose: prefetch` and its older spellings.
    Prefetch,
    /// A HEAD request: a link checker.
    Head,
}

impl ClickClass {
    /// As events and the database spell it.
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Bot => "bot",
            Self::Prefetch => "prefetch",
            Self::Head => "head",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClickSource {
    Redirect,
    Script,
}

impl ClickSource {
    /// As events and the database spell it.
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Script => "script",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Desktop,
    Mobile,
    Tablet,
    #[default]
    Other,
}

impl Device {
    /// As events and the database spell it.
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Other => "other",
        }
    }
}

/// A sale, lead or refund reported by the brand's backend or page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversion {
    pub source: ConversionSource,
    #[serde(rename = "type")]
    pub kind: ConversionType,
    /// The brand's own id for it: the deduplication key.
    pub external_event_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_id: Option<ProgramId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliate_slug: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_code: Option<String>,
    /// Commissionable amount, excluding tax, in minor units of `currency`; 0 for a lead.
    pub amount_cents: i64,
    /// The total that the buyer paid, including tax and shipping; at least `amount_cents`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_cents: Option<i64>,
    pub currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<String>,
    /// A lead's name. It is only shown to the brand: nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The buyer's country: two upper-case letters (ISO 3166-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// By the brand's clock; without it, the ledger uses `received_at`.
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// For a refund: the `external_event_id` of the sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_of: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, serde_json::Value>,
    /// For a sale of the past that was imported. Only the ledger's own imports have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<PastSale>,
}

/// What a sale earned on the platform that the brand used before. It is booked as stated, whatever the plans here say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastSale {
    /// The affiliate's commission, in minor units of the sale's currency; not negative.
    pub earned_cents: i64,
    /// Whether the brand pays the commission here, because the earlier platform hasn't.
    #[serde(default)]
    pub owed_here: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversionSource {
    /// Signed by the brand's backend.
    S2s,
    /// Reported by a browser with a public key: anyone can send it, so it is marked unverified.
    Pixel,
    /// Imported from the platform that the brand used before; only the ledger creates it. A lead binds a customer to
    /// an affiliate and is no conversion; `occurred_at` is since when they belong to that affiliate. A sale is one of
    /// the past, with its `past` commission, and binds its customer from the import on.
    Import,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversionType {
    Sale,
    Lead,
    Refund,
}

impl ConversionType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Lead => "lead",
            Self::Refund => "refund",
        }
    }
}

/// A gateway's webhook, passed on whole after its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEvent {
    pub connection_id: GatewayConnectionId,
    pub gateway: Gateway,
    /// The gateway's id of the event, such as Stripe's `evt_…`; for Shopify, the SHA-256 of the body.
    pub external_id: String,
    /// The gateway's name for the type of event, such as `invoice.paid`.
    pub event_type: String,
    /// The body, byte for byte.
    pub body: String,
}

/// Written and read as its name, through texts, which costs the edge a third of what a derived enum does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Gateway {
    Stripe,
    Paddle,
    Braintree,
    Shopify,
    Dodo,
    Creem,
}

impl Gateway {
    pub const ALL: [Self; 6] = [Self::Stripe, Self::Paddle, Self::Braintree, Self::Shopify, Self::Dodo, Self::Creem];

    /// The name in webhook URLs, in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paddle => "paddle",
            Self::Braintree => "braintree",
            Self::Shopify => "shopify",
            Self::Dodo => "dodo",
            Self::Creem => "creem",
        }
    }

    /// The gateway with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gateway| gateway.as_str() == name)
    }
}

impl From<Gateway> for &'static str {
    fn from(gateway: Gateway) -> Self {
        gateway.as_str()
    }
}

impl TryFrom<String> for Gateway {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::named(&name).ok_or("unknown gateway")
    }
}

impl Event {
    /// The id of a conversion's event reported by the brand's backend.
    pub fn conversion_id(organization: OrganizationId, kind: ConversionType, external_event_id: &str) -> EventId {
        EventId::derived(&[organization.bytes(), b"conversion", kind.as_str().as_bytes(), external_event_id.as_bytes()])
    }

    /// The id of a conversion's event reported by a page: in a separate namespace, so that a page can't take the id of
    /// a backend's report. Each click token results in an event of its own, so that a stranger who guesses an order's
    /// number can't displace the report of the visitor who really followed a link.
    pub fn pixel_id(
        organization: OrganizationId,
        kind: ConversionType,
        external_event_id: &str,
        click_token: Option<&str>,
    ) -> EventId {
        let mut parts: Vec<&[u8]> =
            vec![organization.bytes(), b"pixel", kind.as_str().as_bytes(), external_event_id.as_bytes()];
        parts.extend(click_token.map(str::as_bytes));
        EventId::derived(&parts)
    }

    /// The id of the event that binds an imported customer: one for each customer and program.
    pub fn import_id(organization: OrganizationId, program: ProgramId, customer: &str) -> EventId {
        EventId::derived(&[organization.bytes(), b"import", program.bytes(), customer.as_bytes()])
    }

    /// The id of the event of an imported past sale.
    pub fn past_sale_id(organization: OrganizationId, external_id: &str) -> EventId {
        EventId::derived(&[organization.bytes(), b"past", external_id.as_bytes()])
    }

    /// The id of a gateway event: one connection's event id never collides with another's.
    pub fn gateway_id(connection: GatewayConnectionId, external_id: &str) -> EventId {
        EventId::derived(&[connection.bytes(), b"gateway", external_id.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_is_stable() {
        let organization_id = OrganizationId::from_bytes([1; 16]);
        let event = Event {
            v: EVENT_VERSION,
            id: Event::conversion_id(organization_id, ConversionType::Sale, "order_1"),
            organization_id,
            received_at: Timestamp::from_millis(1_790_000_000_000).unwrap(),
            request_id: "req_1".into(),
            traceparent: None,
            payload: Payload::Gateway(GatewayEvent {
                connection_id: GatewayConnectionId::from_bytes([2; 16]),
                gateway: Gateway::Stripe,
                external_id: "evt_1".into(),
                event_type: "invoice.paid".into(),
                body: "{}".into(),
            }),
        };
        let json = serde_json::to_string(&event).unwrap();
        let id = event.id;
        assert_eq!(
            json,
            format!(
                r#"{{"v":1,"id":"{id}","organizationId":"{organization_id}","receivedAt":1790000000000,"requestId":"req_1","payload":{{"gateway":{{"connectionId":"gw_02081040g2081040g2081040g2","gateway":"stripe","externalId":"evt_1","eventType":"invoice.paid","body":"{{}}"}}}}}}"#
            )
        );
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }

    #[test]
    fn gateways_are_written_by_name() {
        for gateway in Gateway::ALL {
            let json = serde_json::to_string(&gateway).unwrap();
            assert_eq!(json, format!("\"{}\"", gateway.as_str()));
            assert_eq!(serde_json::from_str::<Gateway>(&json).unwrap(), gateway);
        }
        assert!(serde_json::from_str::<Gateway>("\"square\"").is_err());
    }

    #[test]
    fn a_replay_has_the_first_ones_id_and_kinds_do_not_collide() {
        let org = OrganizationId::from_bytes([1; 16]);
        let sale = Event::conversion_id(org, ConversionType::Sale, "order_1");
        assert_eq!(sale, Event::conversion_id(org, ConversionType::Sale, "order_1"));
        assert_ne!(sale, Event::conversion_id(org, ConversionType::Refund, "order_1"));
        assert_ne!(sale, Event::conversion_id(OrganizationId::from_bytes([2; 16]), ConversionType::Sale, "order_1"));
    }
}
