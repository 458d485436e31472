//! The spans of a batch and of its events, so that one can go from where the edge took a conversion to where it was booked.
//!
//! A batch holds events of many traces, and its events are booked as one set. So each event that the edge traces gets two
//! spans in its own trace, once its verdict is committed: its way to the ledger, and its booking, which is linked to the
//! batch's span. Events without a trace of their own are booked in the batch's. Nothing is traced while the set is booked.

use std::{borrow::Cow, time::SystemTime};

use shared::{batch::ItemVerdict, event::Event, traceparent::Traceparent};

use super::item::{Item, outcome};
use kit::{
    state::AppState,
    trace::{self, KeyValue, Past, Span, SpanKind},
};

/// Most of the links that a collector keeps of a span.
const LINKS_MAX: usize = 128;
const BOOKING: &str = "book event";

/// A batch under way.
#[derive(Debug)]
pub(super) struct Traced {
    span: Span,
    began: SystemTime,
}

/// `None` if nothing is traced.
pub(super) fn begin(state: &AppState, events: usize) -> Option<Traced> {
    let span = trace::begin(|| {
        let count = i64::try_from(events).unwrap_or(i64::MAX);
        (Cow::Borrowed("book batch"), SpanKind::Consumer, vec![KeyValue::new("rekomi.events", count)])
    })?;
    Some(Traced { span, began: trace::moment(state.clock.wall()) })
}

impl Traced {
    /// Records the spans of the events, whose verdicts are in the same order.
    pub(super) fn end(self, state: &AppState, items: &[Item<'_>], verdicts: &[ItemVerdict]) {
        let until = trace::moment(state.clock.wall());
        let mut links = 0;
        for (item, verdict) in items.iter().zip(verdicts) {
            let Ok(event) = &item.content else { continue };
            let parent = event.traceparent.as_deref().and_then(Traceparent::parse);
            let kind = item.kind();
            match parent {
                Some(parent) => {
                    self.record_own(event, parent, until, describe(event, kind, verdict));
                    if links < LINKS_MAX {
                        self.span.link(&Span::remote(parent));
                        links += 1;
                    }
                }
                // Clicks are counted rather than booked, and are far too many.
                None if self.span.is_sampled() && kind != "click" => {
                    self.span.record(self.booking(until, describe(event, kind, verdict), None));
                }
                None => {}
            }
        }
    }

    /// The event's way from the edge, and its booking, in the event's own trace.
    fn record_own(&self, event: &Event, parent: Traceparent, until: SystemTime, attributes: Vec<KeyValue>) {
        let delivery = Past {
            name: "deliver event",
            kind: SpanKind::Consumer,
            from: trace::moment(event.received_at),
            until: self.began,
            attributes: attributes.clone(),
            link: None,
        };
        if let Some(delivered) = Span::remote(parent).record(delivery) {
            delivered.record(self.booking(until, attributes, Some(&self.span)));
        }
    }

    fn booking<'a>(&self, until: SystemTime, attributes: Vec<KeyValue>, link: Option<&'a Span>) -> Past<'a> {
        Past { name: BOOKING, kind: SpanKind::Internal, from: self.began, until, attributes, link }
    }
}

fn describe(event: &Event, kind: &'static str, verdict: &ItemVerdict) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("rekomi.organization.id", event.organization_id.to_string()),
        KeyValue::new("rekomi.event.id", event.id.to_string()),
        KeyValue::new("rekomi.event.kind", kind),
        KeyValue::new("rekomi.event.verdict", outcome(verdict.verdict)),
    ];
    attributes.extend(verdict.reason.clone().map(|reason| KeyValue::new("rekomi.event.reason", reason)));
    attributes
}

/// Begins the span of an event that a caller of the API reports.
pub(super) fn begin_one(event: &Event) -> Option<Span> {
    trace::begin(|| {
        let attributes = vec![
            KeyValue::new("rekomi.organization.id", event.organization_id.to_string()),
            KeyValue::new("rekomi.event.id", event.id.to_string()),
            KeyValue::new("rekomi.event.kind", "conversion"),
        ];
        (Cow::Borrowed(BOOKING), SpanKind::Internal, attributes)
    })
}
