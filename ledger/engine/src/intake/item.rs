//! One event of a batch, read on its own, so that a poison item can't affect its neighbors. No side effects.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::{
    batch::{ItemVerdict, Verdict},
    event::{EVENT_VERSION, Event, Payload},
    id::{EventId, OrganizationId},
};

use crate::quarantine::store::Suspect;

/// An event as received, with what could be read of it.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// Its JSON, byte for byte.
    pub raw: &'a str,
    pub content: Result<Event, Poison>,
}

/// Why an item can't be read. If the organization is known, the item goes to that organization's quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    pub organization_id: Option<OrganizationId>,
    pub event_id: Option<EventId>,
    pub code: &'static str,
    pub detail: String,
}

/// The part of an event that is needed to identify its organization.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    v: Option<serde_json::Value>,
    id: Option<serde_json::Value>,
    organization_id: Option<serde_json::Value>,
}

impl<'a> Item<'a> {
    pub fn read(raw: &'a RawValue) -> Self {
        let raw = raw.get();
        let content = match serde_json::from_str::<Event>(raw) {
            Ok(event) if event.v == EVENT_VERSION => Ok(event),
            Ok(event) => Err(Poison {
                organization_id: Some(event.organization_id),
                event_id: Some(event.id),
                code: "unknown_version",
                detail: format!("event version {} isn't supported (expected {EVENT_VERSION})", event.v),
            }),
            Err(error) => Err(Poison::outline(raw, &error)),
        };
        Self { raw, content }
    }

    /// What it reports, as metrics and spans name it.
    pub const fn kind(&self) -> &'static str {
        match &self.content {
            Ok(event) => match event.payload {
                Payload::Click(_) => "click",
                Payload::Conversion(_) => "conversion",
                Payload::Gateway(_) => "gateway",
            },
            Err(_) => "unreadable",
        }
    }

    pub fn organization_id(&self) -> Option<OrganizationId> {
        match &self.content {
            Ok(event) => Some(event.organization_id),
            Err(poison) => poison.organization_id,
        }
    }

    /// The quarantine entry; `None` if the organization is unknown.
    pub fn suspect<'s>(&'s self, reason: &'s str, detail: &'s str) -> Option<Suspect<'s>> {
        let organization = self.organization_id()?;
        Some(Suspect { organization, event_id: self.event_id(), reason, detail, body: self.raw })
    }

    pub fn event_id(&self) -> Option<EventId> {
        match &self.content {
            Ok(event) => Some(event.id),
            Err(poison) => poison.event_id,
        }
    }
}

impl Poison {
    fn outline(raw: &str, error: &serde_json::Error) -> Self {
        let outline: Outline = serde_json::from_str(raw).unwrap_or_default();
        fn id<K: shared::id::Kind>(value: Option<&serde_json::Value>) -> Option<shared::id::Id<K>> {
            value.and_then(serde_json::Value::as_str).and_then(|text| text.parse().ok())
        }
        let version = outline.v.as_ref().and_then(serde_json::Value::as_u64);
        let code = match version {
            Some(version) if version != u64::from(EVENT_VERSION) => "unknown_version",
            _ => "malformed_event",
        };
        Self {
            organization_id: id(outline.organization_id.as_ref()),
            event_id: id(outline.id.as_ref()),
            code,
            detail: error.to_string(),
        }
    }
}

/// A verdict, as metrics and spans name it.
pub const fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Duplicate => "duplicate",
        Verdict::Conflict => "conflict",
        Verdict::Rejected => "rejected",
    }
}

/// Builds a verdict.
pub fn verdict(id: Option<EventId>, verdict: Verdict, reason: Option<&str>, kept: bool) -> ItemVerdict {
    ItemVerdict { id, verdict, reason: reason.map(str::to_owned), kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Poison {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        Item::read(raw).content.unwrap_err()
    }

    #[test]
    fn poison_still_tells_whose_it_is() {
        let organization = OrganizationId::from_bytes([1; 16]);
        let poison = read(&format!(r#"{{"v":1,"organizationId":"{organization}","id":7,"payload":{{"click":null}}}}"#));
        assert_eq!(
            (poison.organization_id, poison.event_id, poison.code),
            (Some(organization), None, "malformed_event")
        );
        assert_eq!(read(&format!(r#"{{"v":2,"organizationId":"{organization}"}}"#)).code, "unknown_version");
        assert_eq!(read("[]").organization_id, None);
        assert_eq!(read("\"\\u0000\"").code, "malformed_event");
    }
}
