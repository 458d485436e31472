//! The record of one click: its event, and the event as the text that the queue takes.
//!
//! Nothing is written as often as a click's event, so it goes from borrowed parts to text in one pass, and what is the
//! same for all clicks on a link is written once, when the link's record is read. The text is what serde would write
//! for a [`shared::event::Event`], byte for byte.

use std::borrow::Cow;

use shared::{
    config::LinkRecord,
    event::{ClickClass, ClickSource, Device},
    id::{ClickId, EventId},
    timestamp::Timestamp,
};

/// Capacity for a typical click's event, so that writing it doesn't reallocate.
const EVENT_LEN: usize = 640;
/// An event's beginning, with its version.
const OPENING: &str = "{\"v\":1,\"id\":\"";

/// The parts of an event's text that are the same for all clicks on a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixed {
    /// What is between the event's id and its time.
    organization: String,
    /// What is between the request's id and the click's class.
    link: String,
}

impl Fixed {
    pub fn of(link: &LinkRecord) -> Self {
        let LinkRecord { organization_id, program_id, affiliate_id, link_id, .. } = link;
        Self {
            organization: format!("\",\"organizationId\":\"{organization_id}\",\"receivedAt\":"),
            link: format!(
                ",\"payload\":{{\"click\":{{\"linkId\":\"{link_id}\",\"programId\":\"{program_id}\",\
                 \"affiliateId\":\"{affiliate_id}\",\"class\":\""
            ),
        }
    }
}

/// What an event says about a click, apart from its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<'a> {
    pub click: ClickId,
    pub received_at: Timestamp,
    pub request_id: Cow<'a, str>,
    pub class: ClickClass,
    pub source: ClickSource,
    pub country: Option<Cow<'a, str>>,
    pub referrer_host: Option<Cow<'a, str>>,
    pub device: Device,
    pub visitor: Option<String>,
    pub previous: Option<ClickId>,
    pub landing: Option<Cow<'a, str>>,
}

impl Recorded<'_> {
    /// Writes the event.
    pub fn text(&self, fixed: &Fixed) -> String {
        let mut text = String::with_capacity(EVENT_LEN);
        text.push_str(OPENING);
        EventId::new(self.click.uuid()).push_to(&mut text);
        text.push_str(&fixed.organization);
        text.push_str(&self.received_at.millis().to_string());
        push_field(&mut text, ",\"requestId\":", Some(&self.request_id));
        text.push_str(&fixed.link);
        text.push_str(self.class.as_str());
        text.push_str("\",\"source\":\"");
        text.push_str(self.source.as_str());
        text.push('"');
        push_field(&mut text, ",\"country\":", self.country.as_deref());
        push_field(&mut text, ",\"referrerHost\":", self.referrer_host.as_deref());
        text.push_str(",\"device\":\"");
        text.push_str(self.device.as_str());
        text.push('"');
        push_field(&mut text, ",\"visitor\":", self.visitor.as_deref());
        if let Some(previous) = self.previous {
            text.push_str(",\"previous\":\"");
            previous.push_to(&mut text);
            text.push('"');
        }
        push_field(&mut text, ",\"landing\":", self.landing.as_deref());
        text.push_str("}}}");
        text
    }
}

/// Appends a field's name and text, or nothing. Almost all texts need no escapes; serde_json writes the others.
fn push_field(out: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    out.push_str(name);
    if value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(value);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(value).to_string());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::event::{Click, EVENT_VERSION, Event, Payload};

    use super::*;
    use crate::sample::link;

    fn event(link: &LinkRecord, recorded: &Recorded<'_>) -> Event {
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Event {
            v: EVENT_VERSION,
            id: EventId::new(recorded.click.uuid()),
            organization_id: link.organization_id,
            received_at: recorded.received_at,
            request_id: recorded.request_id.clone().into_owned(),
            traceparent: None,
            payload: Payload::Click(Click {
                link_id: link.link_id,
                program_id: link.program_id,
                affiliate_id: link.affiliate_id,
                class: recorded.class,
                source: recorded.source,
                country: owned(&recorded.country),
                referrer_host: owned(&recorded.referrer_host),
                device: recorded.device,
                visitor: recorded.visitor.clone(),
                previous: recorded.previous,
                landing: owned(&recorded.landing),
            }),
        }
    }

    fn recorded() -> impl Strategy<Value = Recorded<'static>> {
        // Also with quotation marks, backslashes and control characters.
        let text = || prop_oneof!["[a-z0-9./-]{0,40}", "[\\x00-\\x7f]{0,20}", "\\PC{0,20}"].prop_map(Cow::<str>::Owned);
        let maybe = || prop::option::of(text());
        let class =
            prop::sample::select(vec![ClickClass::Human, ClickClass::Bot, ClickClass::Prefetch, ClickClass::Head]);
        let source = prop::sample::select(vec![ClickSource::Redirect, ClickSource::Script]);
        let device = prop::sample::select(vec![Device::Desktop, Device::Mobile, Device::Tablet, Device::Other]);
        let ids = (any::<[u8; 16]>(), prop::option::of(any::<[u8; 16]>()), 0i64..253_402_300_799_999);
        let texts = (text(), maybe(), maybe(), prop::option::of("[0-9a-f]{32}"), maybe());
        (ids, texts, class, source, device).prop_map(|(ids, texts, class, source, device)| {
            let (click, previous, millis) = ids;
            let (request_id, country, referrer_host, visitor, landing) = texts;
            Recorded {
                click: ClickId::from_bytes(click),
                received_at: Timestamp::from_millis(millis).unwrap(),
                request_id,
                class,
                source,
                country,
                referrer_host,
                device,
                visitor,
                previous: previous.map(ClickId::from_bytes),
                landing,
            }
        })
    }

    #[test]
    fn the_text_of_a_usual_click() {
        let recorded = Recorded {
            click: ClickId::from_bytes([5; 16]),
            received_at: Timestamp::from_millis(1_790_000_000_000).unwrap(),
            request_id: "9a0-FRA".into(),
            class: ClickClass::Human,
            source: ClickSource::Redirect,
            country: Some("DE".into()),
            referrer_host: Some("www.youtube.com".into()),
            device: Device::Mobile,
            visitor: Some("00".repeat(16)),
            previous: Some(ClickId::from_bytes([6; 16])),
            landing: Some("/pricing".into()),
        };
        let (id, previous) = (EventId::from_bytes([5; 16]), ClickId::from_bytes([6; 16]));
        let LinkRecord { organization_id, program_id, affiliate_id, link_id, .. } = link();
        let expected = format!(
            "{{\"v\":1,\"id\":\"{id}\",\"organizationId\":\"{organization_id}\",\"receivedAt\":1790000000000,\
             \"requestId\":\"9a0-FRA\",\"payload\":{{\"click\":{{\"linkId\":\"{link_id}\",\
             \"programId\":\"{program_id}\",\"affiliateId\":\"{affiliate_id}\",\"class\":\"human\",\
             \"source\":\"redirect\",\"country\":\"DE\",\"referrerHost\":\"www.youtube.com\",\"device\":\"mobile\",\
             \"visitor\":\"00000000000000000000000000000000\",\"previous\":\"{previous}\",\
             \"landing\":\"/pricing\"}}}}}}"
        );
        assert_eq!(recorded.text(&Fixed::of(&link())), expected);
    }

    proptest! {
        #[test]
        fn the_text_is_the_events(recorded in recorded()) {
            let link = link();
            let event = event(&link, &recorded);
            let text = recorded.text(&Fixed::of(&link));
            prop_assert_eq!(&text, &serde_json::to_string(&event).unwrap());
            prop_assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }
}
