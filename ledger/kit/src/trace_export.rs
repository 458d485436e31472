//! Sends spans to a collector by OTLP over HTTP, with this process's own client.
//!
//! A thread of the SDK takes finished spans from a queue of limited length and posts them in batches. What doesn't fit is
//! dropped: a collector that is slow or away costs memory for one queue, and never makes anyone wait.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use async_trait::async_trait;
use opentelemetry::{
    Context, KeyValue,
    trace::{FutureExt, TracerProvider},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use shared::keys::encode_hex;
use tokio::runtime::Handle;

use crate::{
    config::traces::TraceSettings,
    outbound::{Answer, Failure, Outbound, Reach},
    trace,
};

const TRACER: &str = "rekomi";
/// How long one post may take; the SDK gives up on a batch after the same time.
const WITHIN: Duration = Duration::from_secs(10);
/// How long the spans of the end may take, while the process stops.
const STOP_WITHIN: Duration = Duration::from_secs(3);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Begins to trace this process. A second call changes nothing. Must be called within the runtime that serves.
///
/// # Errors
/// If the exporter can't be built with these settings.
pub fn start(settings: &TraceSettings) -> anyhow::Result<()> {
    if PROVIDER.get().is_some() {
        return Ok(());
    }
    // The collector is the operator's, and often in their own network.
    let outbound = Outbound::new(Reach::Anywhere)?;
    let client = Client { outbound, runtime: Handle::current(), is_failing: AtomicBool::new(false) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(settings.endpoint.clone())
        .with_timeout(WITHIN)
        .with_headers(settings.headers.clone())
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let resource = Resource::builder()
        .with_service_name(settings.service.clone())
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", encode_hex(&rand::random::<[u8; 16]>())),
        ])
        .build();
    let provider = SdkTracerProvider::builder()
        .with_sampler(settings.sampler.clone())
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build();
    trace::begin_with(provider.tracer(TRACER));
    drop(PROVIDER.set(provider));
    Ok(())
}

/// Sends the spans that are still queued, while the process stops.
pub async fn stop() {
    let Some(provider) = PROVIDER.get().cloned() else { return };
    let stopped = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(STOP_WITHIN)).await;
    if !matches!(stopped, Ok(Ok(()))) {
        tracing::warn!(event = "trace.last_spans_lost", "the last spans could not be exported");
    }
}

/// Posts batches for the SDK's thread, which has no runtime of its own.
#[derive(Debug)]
struct Client {
    outbound: Outbound,
    runtime: Handle,
    /// Whether the last post failed, so that a collector that is away doesn't fill the log.
    is_failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let outbound = self.outbound.clone();
        let post = async move {
            let url = parts.uri.to_string();
            let sent = outbound.send(parts.method, &url, parts.headers, body.to_vec());
            tokio::time::timeout(WITHIN, sent).await.unwrap_or(Err(Failure::Timeout))
        };
        // A span of the export would have to be exported, and so on.
        let unobserved = Context::new().with_telemetry_suppressed();
        let answered = self.runtime.spawn(post.with_context(unobserved)).await?;
        self.report(&answered);
        let answer = answered?;
        let mut response = Response::new(Bytes::from(answer.body));
        *response.status_mut() = answer.status.try_into()?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

impl Client {
    /// Logs when exporting begins to fail, and when it works again.
    fn report(&self, answered: &Result<Answer, Failure>) {
        let problem = match answered {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            Ok(answer) => Some(format!("the collector answered {}", answer.status)),
            Err(failure) => Some(failure.to_string()),
        };
        let was_failing = self.is_failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !was_failing => {
                tracing::warn!(event = "trace.export_failed", "spans can't be exported: {problem}")
            }
            None if was_failing => tracing::info!(event = "trace.export_recovered", "spans are exported again"),
            _ => {}
        }
    }
}
