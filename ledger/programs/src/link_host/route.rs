//! Whether a verified host leads to the edge: asks the host over HTTPS, and if the edge doesn't answer there, looks at its
//! DNS to say what is missing.

use std::time::Duration;

use axum::http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use super::{
    dns,
    verification::{self, Record},
};
use kit::{config::Config, state::AppState};

/// How long the host may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How far a verified host is from serving links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Its DNS doesn't point to the edge.
    Missing,
    /// Its DNS points to the edge, which doesn't answer over HTTPS yet.
    NoAnswer,
    /// The edge answers.
    Active,
}

impl Route {
    const ALL: [Self; 3] = [Self::Missing, Self::NoAnswer, Self::Active];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NoAnswer => "no_answer",
            Self::Active => "active",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.as_str() == text)
    }
}

/// The DNS record that makes a host lead to the edge; `None` if the edge has no name of its own, as in development.
pub fn record(config: &Config, host: &str) -> Option<Record> {
    let edge = edge_name(config).filter(|edge| edge != host)?;
    Some(Record { kind: "CNAME", name: host.to_owned(), value: edge })
}

fn edge_name(config: &Config) -> Option<String> {
    Url::parse(&config.edge_url).ok()?.domain().map(str::to_owned)
}

/// Looks where the host leads.
pub(super) async fn look(state: &AppState, host: &str) -> Route {
    if verification::is_local(&state.config, host) || is_edge(state, host).await {
        return Route::Active;
    }
    let edge = edge_name(&state.config);
    match dns::resolve(state.config.fake_dns, host).await {
        Ok(answer) if edge.as_ref().is_some_and(|edge| answer.aliases.contains(edge)) => Route::NoAnswer,
        Ok(_) => Route::Missing,
        Err(error) => {
            tracing::debug!(host, "the DNS of a link host couldn't be read: {error}");
            Route::Missing
        }
    }
}

/// Whether the edge answers at the host.
async fn is_edge(state: &AppState, host: &str) -> bool {
    let url = format!("https://{host}/healthz");
    let sent = state.outbound.send(Method::GET, &url, HeaderMap::new(), Vec::new());
    let Ok(Ok(answer)) = tokio::time::timeout(ANSWER_WITHIN, sent).await else { return false };
    answer.status == 200 && is_health(&answer.body)
}

/// Whether this is what the edge reports about itself.
fn is_health(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|health| health["status"] == "ok" && health["buffered"].is_u64() && health["uncounted"].is_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_known_by_its_health() {
        let edge = br#"{"status":"ok","version":"1","buffered":0,"dropped":0,"uncounted":3}"#;
        assert!(is_health(edge));
        for other in ["", "ok", "{}", r#"{"status":"ok"}"#, "<html>parked</html>"] {
            assert!(!is_health(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_route_is_read_back_as_it_was_kept() {
        assert!(Route::ALL.into_iter().all(|route| Route::parse(route.as_str()) == Some(route)));
    }
}
