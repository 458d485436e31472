//! Events in the form that CRMs receive: a name, a stable id, and a flat object.

use connector::Event;
use serde_json::{Map, Value, json};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

/// The events that a connection may subscribe to (`crm_connections.events`).
pub const SUBSCRIBABLE: [&str; 5] =
    ["affiliate_approved", "first_click", "first_conversion", "commission_earned", "payout_sent"];
/// The object's fields that are sent, under the same names. None identifies a person: the event already belongs to one.
const ANNOUNCED: [&str; 10] = [
    "affiliateId",
    "programId",
    "linkId",
    "conversionId",
    "amountCents",
    "currency",
    "status",
    "segment",
    "occurredAt",
    "holdUntil",
];

/// A webhook message, as far as CRMs need it.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingEvent<'a> {
    pub organization: OrganizationId,
    /// The message's id: the same, however often it is sent.
    pub id: Uuid,
    /// The event's name.
    pub kind: &'static str,
    /// JSON of the event's object.
    pub data: &'a str,
}

/// An event about to be queued.
#[derive(Debug)]
pub struct Queued {
    /// The id of the sync.
    pub id: Uuid,
    pub organization: OrganizationId,
    pub affiliate: AffiliateId,
    pub name: &'static str,
    /// The value for `crm_syncs.event`.
    pub event: Value,
}

/// Converts a message into an event for CRMs; `None` if they don't receive this kind.
pub fn queued(report: &OutgoingEvent<'_>, id: Uuid, now: Timestamp) -> Option<Queued> {
    if !SUBSCRIBABLE.contains(&report.kind) {
        return None;
    }
    let data: Map<String, Value> = serde_json::from_str(report.data).ok()?;
    let about = if report.kind == "affiliate_approved" { "id" } else { "affiliateId" };
    let affiliate = data.get(about)?.as_str()?.parse().ok()?;
    let mut properties = Map::new();
    for name in ANNOUNCED {
        if let Some(value) = data.get(name).filter(|value| !value.is_null()) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(id) = data.get("id") {
        let noun = noun(report.kind);
        properties.insert(format!("{noun}Id"), id.clone());
    }
    if let Some(before) = data.get("previous").and_then(|previous| previous.get("amountCents")) {
        properties.insert("previousAmountCents".to_owned(), before.clone());
    }
    let event = json!({"name": report.kind, "id": report.id, "at": now.to_string(), "properties": properties});
    Some(Queued { id, organization: report.organization, affiliate, name: report.kind, event })
}

/// The name of what an event is about: what was approved, earned or sent, or what there was a first of.
fn noun(kind: &str) -> &str {
    match kind.split_once('_') {
        Some(("first", noun)) | Some((noun, _)) => noun,
        None => kind,
    }
}

/// Parses a stored event.
pub fn kept(event: &Value) -> Option<Event> {
    Some(Event {
        name: event.get("name")?.as_str()?.to_owned(),
        id: event.get("id")?.as_str()?.parse().ok()?,
        at: Timestamp::parse_rfc3339(event.get("at")?.as_str()?).ok()?,
        properties: event.get("properties")?.as_object()?.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: &'static str, data: &str) -> Option<Queued> {
        let report =
            OutgoingEvent { organization: OrganizationId::new(Uuid::nil()), id: Uuid::from_u128(7), kind, data };
        queued(&report, Uuid::nil(), Timestamp::EPOCH)
    }

    #[test]
    fn a_commission_is_told_flat_and_read_back() {
        let data = r#"{"id": "com_01kdvdna00fec9rpb7dk6gd3hy", "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy",
                       "amountCents": 250, "currency": "USD", "reason": null, "previous": {"amountCents": 100}}"#;
        let queued = report("commission_earned", data).unwrap();
        let event = kept(&queued.event).unwrap();
        assert_eq!(
            (event.name.as_str(), event.id, event.at),
            ("commission_earned", Uuid::from_u128(7), Timestamp::EPOCH)
        );
        assert_eq!(
            Value::Object(event.properties),
            json!({"affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy", "amountCents": 250, "currency": "USD",
                   "commissionId": "com_01kdvdna00fec9rpb7dk6gd3hy", "previousAmountCents": 100})
        );
    }

    #[test]
    fn a_first_names_what_it_is_a_first_of() {
        for (kind, name) in [("first_click", "clickId"), ("first_conversion", "conversionId")] {
            let data = r#"{"id": "x_1", "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy", "linkId": "lnk_1",
                           "occurredAt": "2026-11-20T08:30:00Z", "customerId": "cus_secret"}"#;
            let properties = kept(&report(kind, data).unwrap().event).unwrap().properties;
            assert_eq!((&properties[name], &properties["linkId"]), (&json!("x_1"), &json!("lnk_1")));
            assert_eq!(properties["occurredAt"], "2026-11-20T08:30:00Z");
            assert!(!properties.contains_key("customerId"));
        }
    }

    #[test]
    fn a_person_is_not_told_of_twice() {
        let data = r#"{"id": "aff_01kdvdna00fec9rpb7dk6gd3hy", "email": "a@b.test", "name": "A", "notes": "secret"}"#;
        let queued = report("affiliate_approved", data).unwrap();
        assert!(!queued.event.to_string().contains("a@b.test") && !queued.event.to_string().contains("secret"));
        assert!(report("lead_created", data).is_none());
        assert!(report("commission_earned", r#"{"id": "com_1"}"#).is_none());
    }
}
