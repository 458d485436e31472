//! Stripe's events about billing: which object to read again, and whose it is. Pure.
//!
//! Events come late, twice and in any order (<https://docs.stripe.com/webhooks>), and in the version of the endpoint
//! instead of ours, so only identities are taken from them.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::id::OrganizationId;

use super::request::ORGANIZATION;

const ID_MAX: usize = 255;

/// The events that change something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A checkout or a subscription.
    Subscription,
    InvoicePaid,
    InvoiceFailed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingEvent {
    /// `evt_…`; the same if the event is delivered twice.
    pub id: String,
    pub kind: Kind,
    /// Such as `invoice.paid`.
    pub name: String,
    /// `cus_…`.
    pub customer: String,
    /// `sub_…`, `in_…` or `cs_…`.
    pub object: String,
    /// The organization that the object names, if it does.
    pub organization: Option<OrganizationId>,
}

/// What a body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Event(BillingEvent),
    /// An event that changes nothing here.
    Other,
    /// No event.
    Malformed,
}

#[derive(Deserialize)]
struct Body {
    id: String,
    object: String,
    #[serde(rename = "type")]
    name: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: serde_json::Value,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    #[serde(default)]
    customer: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
}

/// Reads a verified body.
pub fn read(body: &[u8]) -> Read {
    let Ok(body) = serde_json::from_slice::<Body>(body) else { return Read::Malformed };
    if body.object != "event" || !is_id(&body.id, "evt_") {
        return Read::Malformed;
    }
    let (kind, start) = match body.name.as_str() {
        "checkout.session.completed" => (Kind::Subscription, "cs_"),
        "customer.subscription.created"
        | "customer.subscription.updated"
        | "customer.subscription.deleted"
        | "customer.subscription.trial_will_end" => (Kind::Subscription, "sub_"),
        "invoice.paid" => (Kind::InvoicePaid, "in_"),
        "invoice.payment_failed" => (Kind::InvoiceFailed, "in_"),
        _ => return Read::Other,
    };
    let Ok(object) = serde_json::from_value::<Object>(body.data.object) else { return Read::Malformed };
    // Without a customer it isn't about a subscription that we sold.
    let Some(customer) = object.customer else { return Read::Other };
    if !is_id(&object.id, start) || !is_id(&customer, "cus_") {
        return Read::Malformed;
    }
    let named = object.metadata.as_ref().and_then(|metadata| metadata.get(ORGANIZATION)?.parse().ok());
    Read::Event(BillingEvent { id: body.id, kind, name: body.name, customer, object: object.id, organization: named })
}

/// Whether a text is an ID that can be part of a path.
pub fn is_id(text: &str, start: &str) -> bool {
    text.starts_with(start)
        && text.len() <= ID_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(name: &str, object: &Value) -> Read {
        let body = json!({"id": "evt_1", "object": "event", "type": name, "data": {"object": object}});
        read(body.to_string().as_bytes())
    }

    #[test]
    fn identities_are_read_and_nothing_else() {
        let organization = OrganizationId::from_bytes([7; 16]);
        let object = json!({"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
                            "metadata": {"organization": organization.to_string()}});
        let Read::Event(found) = event("customer.subscription.updated", &object) else { panic!("an event") };
        assert_eq!((found.customer.as_str(), found.object.as_str()), ("cus_1", "sub_1"));
        assert_eq!((found.kind, found.organization), (Kind::Subscription, Some(organization)));
        let invoice = json!({"id": "in_1", "object": "invoice", "customer": "cus_1", "metadata": {}});
        let Read::Event(found) = event("invoice.payment_failed", &invoice) else { panic!("an event") };
        assert_eq!((found.kind, found.organization), (Kind::InvoiceFailed, None));
    }

    #[test]
    fn what_is_not_about_billing_is_left_alone() {
        assert_eq!(event("charge.refunded", &json!({"id": "ch_1"})), Read::Other);
        assert_eq!(event("invoice.paid", &json!({"id": "in_1", "customer": null})), Read::Other);
        for object in
            [json!({"id": "in_1/../x", "customer": "cus_1"}), json!({"id": "in_1", "customer": "cus 1"}), json!(1)]
        {
            assert_eq!(event("invoice.paid", &object), Read::Malformed, "{object}");
        }
        assert_eq!(read(b"{}"), Read::Malformed);
    }
}
