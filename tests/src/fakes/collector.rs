//! An OpenTelemetry collector, as far as it receives traces by OTLP over HTTP (opentelemetry.io/docs/specs/otlp, and the
//! messages of opentelemetry-proto): `POST /v1/traces` with Protocol Buffers. It refuses what the specification forbids, and
//! remembers why.

use std::collections::BTreeMap;

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::Span as Sent,
};
use prost::Message;
use serde_json::{Value, json};
use shared::keys::encode_hex;

use super::{Answer, Call, FakeServer, Vendor};
use crate::wait::{self, now};

pub const PATH: &str = "/v1/traces";
/// A span that ended longer ago, or in the future, has a wrong clock.
const HOUR_NS: u64 = 3_600_000_000_000;
const CLIENT: i32 = 3;

/// A span as it arrived; ids in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    pub name: String,
    kind: i32,
    pub start_ns: u64,
    pub end_ns: u64,
    pub attributes: BTreeMap<String, String>,
    /// Trace and span of each.
    pub links: Vec<(String, String)>,
    pub failed: bool,
}

impl Span {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether it is of a call to another host.
    pub const fn is_call(&self) -> bool {
        self.kind == CLIENT
    }
}

#[derive(Debug, Default)]
pub struct Collector {
    /// What `authorization` must be; none is needed without.
    key: Option<String>,
    pub spans: Vec<Span>,
    /// Why posts were refused.
    pub refused: Vec<String>,
}

pub fn start() -> FakeServer<Collector> {
    FakeServer::of(Collector::default())
}

/// One that takes posts with this header alone.
pub fn with_key(key: &str) -> FakeServer<Collector> {
    FakeServer::of(Collector { key: Some(key.to_owned()), ..Collector::default() })
}

impl FakeServer<Collector> {
    /// Everything that arrived so far.
    ///
    /// # Panics
    /// Where it had to refuse something.
    pub fn spans(&self) -> Vec<Span> {
        self.with(|collector| {
            assert!(collector.refused.is_empty(), "{:?}", collector.refused);
            collector.spans.clone()
        })
    }

    /// The first span for which this holds, once it is there.
    pub async fn span(&self, what: &str, holds: impl Fn(&Span) -> bool) -> Span {
        wait::until(&format!("the span: {what}"), 20, async || self.spans().into_iter().find(|span| holds(span))).await
    }

    /// The booking of an event, once it is there.
    pub async fn booking(&self, event: &str) -> Span {
        let is_it = |span: &Span| span.name == "book event" && span.attribute("rekomi.event.id") == event;
        self.span(&format!("the booking of {event}"), is_it).await
    }

    /// A span by its id, once it is there.
    pub async fn by_id(&self, id: &str) -> Span {
        self.span(id, |span| span.id == id).await
    }
}

impl Vendor for Collector {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.key.as_deref().is_some_and(|key| call.header("authorization") != key) {
            return Answer(401, json!({"message": "unauthenticated"}));
        }
        match self.read(call) {
            Ok(spans) => {
                self.spans.extend(spans);
                Answer(200, Value::Null)
            }
            Err(why) => {
                self.refused.push(why.clone());
                Answer(400, json!({"message": why}))
            }
        }
    }

    fn respond(&mut self, call: &Call) -> Response {
        let Answer(status, body) = self.answer(call);
        // An empty message is an answer without partial success.
        let text = if body.is_null() { String::new() } else { body.to_string() };
        (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, "application/x-protobuf")], text).into_response()
    }
}

fn check(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

impl Collector {
    fn read(&self, call: &Call) -> Result<Vec<Span>, String> {
        check(call.line() == format!("POST {PATH}") && call.query.is_empty(), &call.line())?;
        check(call.header("content-type") == "application/x-protobuf", "the content type")?;
        let request = ExportTraceServiceRequest::decode(call.body.as_slice()).map_err(|error| error.to_string())?;
        check(!request.resource_spans.is_empty(), "no resource")?;
        let mut spans = Vec::new();
        for of_resource in request.resource_spans {
            let resource = of_resource.resource.ok_or("no resource")?;
            let resource = attributes(&resource.attributes)?;
            check(resource.get("service.name").is_some_and(|name| !name.is_empty()), "service.name")?;
            check(!of_resource.scope_spans.is_empty(), "no scope")?;
            for of_scope in of_resource.scope_spans {
                let scope = of_scope.scope.ok_or("no scope")?;
                check(!scope.name.is_empty() && !of_scope.spans.is_empty(), "an empty scope")?;
                for sent in of_scope.spans {
                    let span = span(sent)?;
                    let is_new = self.spans.iter().chain(&spans).all(|known| known.id != span.id);
                    check(is_new, "two spans with one id")?;
                    spans.push(span);
                }
            }
        }
        Ok(spans)
    }
}

fn span(sent: Sent) -> Result<Span, String> {
    let id = |bytes: &[u8], len: usize, what: &str| {
        check(bytes.len() == len && bytes.iter().any(|byte| *byte != 0), what).map(|()| encode_hex(bytes))
    };
    let parent = if sent.parent_span_id.is_empty() { String::new() } else { id(&sent.parent_span_id, 8, "a parent")? };
    check(!sent.name.is_empty() && sent.name.len() < 200, "a name")?;
    // 1 to 5, internal to consumer; 0 is unspecified.
    check((1..=5).contains(&sent.kind), "a kind")?;
    let now_ns = now().millis().unsigned_abs() * 1_000_000;
    check(sent.start_time_unix_nano > 0 && sent.start_time_unix_nano <= sent.end_time_unix_nano, "a span's times")?;
    check(sent.end_time_unix_nano.abs_diff(now_ns) < HOUR_NS, "a span's clock")?;
    let links = sent.links.iter().map(|link| {
        let (trace, span) = (id(&link.trace_id, 16, "a link's trace")?, id(&link.span_id, 8, "a link's span")?);
        attributes(&link.attributes).map(|_| (trace, span))
    });
    let links = links.collect::<Result<Vec<_>, String>>()?;
    // Ours have none: what is logged isn't part of a span.
    check(sent.events.is_empty(), "events")?;
    let status = sent.status.unwrap_or_default();
    check((0..=2).contains(&status.code) && status.message.is_empty(), "a status")?;
    Ok(Span {
        trace: id(&sent.trace_id, 16, "a trace")?,
        id: id(&sent.span_id, 8, "a span's id")?,
        parent,
        name: sent.name,
        kind: sent.kind,
        start_ns: sent.start_time_unix_nano,
        end_ns: sent.end_time_unix_nano,
        attributes: attributes(&sent.attributes)?,
        links,
        failed: status.code == 2,
    })
}

/// Attributes by name, which must be there once.
fn attributes(sent: &[KeyValue]) -> Result<BTreeMap<String, String>, String> {
    let mut attributes = BTreeMap::new();
    for KeyValue { key, value, .. } in sent {
        let value = match value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Any::StringValue(text)) => text.clone(),
            Some(Any::IntValue(number)) => number.to_string(),
            Some(Any::BoolValue(truth)) => truth.to_string(),
            Some(Any::DoubleValue(number)) => number.to_string(),
            other => return Err(format!("the value of {key}: {other:?}")),
        };
        check(!key.is_empty() && attributes.insert(key.clone(), value).is_none(), key)?;
    }
    Ok(attributes)
}
