//! Traces: what a request, a job or an event went through, as spans that a collector receives by OTLP.
//!
//! Nothing is traced, and nothing here costs more than a comparison, unless [`crate::trace_export::start`] was called: the
//! operator named a collector. Spans hold only what is written into them here and by their callers: ids, names of our own, hosts and
//! statuses; never a path, a query, a body, an address or a secret.

use std::{
    borrow::Cow,
    fmt,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, Method};
use opentelemetry::{
    Context, Value,
    trace::{FutureExt, Link, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, Tracer},
};
use opentelemetry_sdk::trace::SdkTracer;
use shared::{
    timestamp::Timestamp,
    traceparent::{TRACEPARENT_HEADER, Traceparent},
};

pub use opentelemetry::{KeyValue, trace::SpanKind};

/// What makes spans, once this process exports them.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// A span under way. It ends when its last copy is dropped, and all futures in it have ended.
#[derive(Clone)]
pub struct Span(Context);

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.trace_id()).finish()
    }
}

/// The name, kind and attributes of a span.
pub type Description = (Cow<'static, str>, SpanKind, Vec<KeyValue>);

/// What is already over when it is recorded.
#[derive(Debug)]
pub struct Past<'a> {
    pub name: &'static str,
    pub kind: SpanKind,
    pub from: SystemTime,
    pub until: SystemTime,
    pub attributes: Vec<KeyValue>,
    /// A span of another trace that it belongs to as well.
    pub link: Option<&'a Span>,
}

/// The position that a caller sent. It means nothing until the caller is known.
struct Caller(SpanContext);

/// From now on, spans are made with this tracer. A second call changes nothing.
pub(crate) fn begin_with(tracer: SdkTracer) {
    drop(TRACER.set(tracer));
}

/// Whether anything is traced.
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// Begins a span below the one in which this code runs, or a trace of its own. `None` if nothing is traced; the
/// description isn't built then.
pub fn begin(describe: impl FnOnce() -> Description) -> Option<Span> {
    let tracer = TRACER.get()?;
    let (name, kind, attributes) = describe();
    let builder = SpanBuilder::from_name(name).with_kind(kind).with_attributes(attributes);
    Some(Context::map_current(|current| Span(current.with_span(tracer.build_with_context(builder, current)))))
}

/// Runs a future in a span, if there is one.
pub async fn within<F: Future>(span: Option<&Span>, future: F) -> F::Output {
    match span {
        None => future.await,
        Some(Span(context)) => Box::pin(future.with_context(context.clone())).await,
    }
}

/// Begins the span of a call to another host. Only its name is recorded: paths and queries hold what isn't ours.
pub fn call(method: &Method, host: Option<&str>) -> Option<Span> {
    begin(|| {
        let method = known(method);
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        attributes.extend(host.map(|host| KeyValue::new("server.address", host.to_owned())));
        (Cow::Borrowed(method), SpanKind::Client, attributes)
    })
}

/// The same, for a URL as text.
pub fn call_to(method: &Method, url: &str) -> Option<Span> {
    if is_on() { call(method, host(url).as_deref()) } else { None }
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Ends the span of a call with its status, or with the code of its failure.
pub fn answered(span: Option<Span>, outcome: Result<u16, &'static str>) {
    let Some(span) = span else { return };
    match outcome {
        Ok(status) => {
            span.set("http.response.status_code", i64::from(status));
            if status >= 400 {
                span.failed(status.to_string());
            }
        }
        Err(code) => span.failed(code),
    }
}

/// The method, if it is one of HTTP's own: a caller can send any text.
pub fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

/// Links the request's span to the trace that its caller sent. To be called once it is known who sent it: before that,
/// anyone could put our spans into a trace of theirs.
pub fn accept_caller() {
    if !is_on() {
        return;
    }
    Context::map_current(|current| {
        if let Some(Caller(caller)) = current.get::<Caller>() {
            current.span().add_link(caller.clone(), Vec::new());
        }
    });
}

impl Span {
    /// The position of a span in another process.
    pub fn remote(parent: Traceparent) -> Self {
        Self(Context::new().with_remote_span_context(remote(parent)))
    }

    /// The same span, with the `traceparent` of a request for [`accept_caller`]. A malformed one is ignored.
    #[must_use]
    pub fn with_caller(self, headers: &HeaderMap) -> Self {
        let sent = headers.get(TRACEPARENT_HEADER).and_then(|value| Traceparent::parse(value.to_str().ok()?));
        match sent {
            Some(parent) => Self(self.0.with_value(Caller(remote(parent)))),
            None => self,
        }
    }

    /// Records what is over, below this span. Returns it, as something that others can be below.
    pub fn record(&self, past: Past<'_>) -> Option<Self> {
        let tracer = TRACER.get()?;
        let links =
            past.link.map(|link| Link::with_context(link.0.span().span_context().clone())).into_iter().collect();
        let builder = SpanBuilder::from_name(past.name)
            .with_kind(past.kind)
            .with_start_time(past.from.min(past.until))
            .with_attributes(past.attributes)
            .with_links(links);
        let context = self.0.with_span(tracer.build_with_context(builder, &self.0));
        context.span().end_with_timestamp(past.until);
        Some(Self(context))
    }

    /// Links this span to another trace.
    pub fn link(&self, other: &Self) {
        self.0.span().add_link(other.0.span().span_context().clone(), Vec::new());
    }

    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        self.0.span().set_attribute(KeyValue::new(name, value));
    }

    /// Marks it as failed, with a stable code: messages can contain what others wrote.
    pub fn failed(&self, code: impl Into<Cow<'static, str>>) {
        let code: Cow<'static, str> = code.into();
        self.set("error.type", code);
        self.0.span().set_status(Status::error(""));
    }

    /// Whether it is recorded and sent.
    pub fn is_sampled(&self) -> bool {
        self.0.span().span_context().is_sampled()
    }

    /// The trace's id, as logs have it: only of a trace that can be looked up.
    pub fn trace_id(&self) -> Option<String> {
        self.is_sampled().then(|| self.0.span().span_context().trace_id().to_string())
    }
}

/// A moment as spans have it.
pub fn moment(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.millis().unsigned_abs())
}

fn remote(parent: Traceparent) -> SpanContext {
    let (trace, span) = (TraceId::from_bytes(parent.trace_id), SpanId::from_bytes(parent.span_id));
    let flags = TraceFlags::default().with_sampled(parent.sampled);
    SpanContext::new(trace, span, flags, true, Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[tokio::test]
    async fn without_a_collector_nothing_is_built() {
        assert!(!is_on());
        assert!(begin(|| panic!("nothing may be described")).is_none());
        assert!(call(&Method::GET, Some("example.com")).is_none());
        answered(None, Ok(200));
        accept_caller();
        assert_eq!(within(None, async { 7 }).await, 7);
    }

    #[test]
    fn a_position_elsewhere_keeps_its_ids() {
        let span = Span::remote(Traceparent::parse(PARENT).unwrap());
        assert!(span.is_sampled());
        assert_eq!(span.trace_id().as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        let unsampled = Span::remote(Traceparent::parse(&PARENT.replace("-01", "-00")).unwrap());
        assert_eq!((unsampled.is_sampled(), unsampled.trace_id()), (false, None));
    }

    #[test]
    fn only_a_host_is_taken_of_a_url() {
        assert_eq!(host("https://api.example.com/v1/people?email=a@b.co").as_deref(), Some("api.example.com"));
        assert_eq!(host("nonsense"), None);
        assert_eq!(known(&Method::from_bytes(b"CANARY").unwrap()), "_OTHER");
    }

    #[test]
    fn moments_are_those_of_the_clock() {
        let at = Timestamp::from_millis(1_790_000_000_123).unwrap();
        let since = moment(at).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_millis(), 1_790_000_000_123);
    }
}
