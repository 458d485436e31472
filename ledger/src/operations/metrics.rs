//! `/metrics` for Prometheus, with `REKOMI_METRICS_TOKEN` as bearer token. Public in development.

use axum::{
    extract::State,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use kit::{error::Error, state::AppState, telemetry};

/// Begins the counters that alerts watch at zero: to Prometheus, a counter that appears with its first failure has not
/// increased.
pub fn begin() {
    for outcome in ["accepted", "refused", "throttled", "wrong_code"] {
        metrics::counter!("rekomi_logins_total", "outcome" => outcome).increment(0);
    }
    for outcome in ["sent", "postponed", "refused", "given_up"] {
        metrics::counter!("rekomi_mails_total", "outcome" => outcome).increment(0);
    }
    for outcome in ["compared", "failed", "skipped"] {
        metrics::counter!("rekomi_reconciliations_total", "outcome" => outcome).increment(0);
    }
    for kind in ["click", "conversion", "gateway", "unreadable"] {
        for verdict in ["rejected", "conflict"] {
            metrics::counter!("rekomi_intake_events_total", "kind" => kind, "verdict" => verdict).increment(0);
        }
    }
    metrics::counter!("rekomi_billing_unknown_total").increment(0);
}

pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if !state.config.environment.is_development() && !has_token(&state, &headers) {
        return Error::not_found().into_response();
    }
    let Some(registry) = telemetry::metrics() else {
        return Error::internal("the metrics registry").into_response();
    };
    let pool = state.db.pool_size();
    metrics::gauge!("rekomi_database_connections", "state" => "idle").set(f64::from(pool.idle));
    metrics::gauge!("rekomi_database_connections", "state" => "busy").set(f64::from(pool.busy));
    metrics::gauge!("rekomi_database_connections_max").set(f64::from(state.config.database_connections));
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], registry.render()).into_response()
}

fn has_token(state: &AppState, headers: &HeaderMap) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // Compares hashes, so that timing reveals nothing about the token.
    match (&state.config.metrics_token, given) {
        (Some(token), Some(given)) => Sha256::digest(token.expose()) == Sha256::digest(given),
        _ => false,
    }
}
