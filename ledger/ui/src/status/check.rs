//! The status checks: each uses a component the way its users do.

use std::time::Duration;

use shared::{
    batch::BATCH_PATH,
    id::{BatchKind, OrganizationId},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};

use super::store;
use kit::{
    config::own_url,
    state::AppState,
    status::{Component, Finding},
};

const PATIENCE: Duration = Duration::from_secs(5);
const TENANTS_PER_PAGE: usize = 1_000;

/// Runs all checks concurrently; components that aren't configured are left out.
pub async fn all(state: &AppState) -> Vec<Finding> {
    let (api, database, intake, edge, queues) =
        tokio::join!(api(state), database(state), intake(state), get(state, &state.config.edge_url), queues(state));
    let at = state.clock.wall();
    let mut found = vec![
        (Component::Api, api),
        (Component::Database, database),
        (Component::Intake, intake),
        (Component::Edge, edge),
    ];
    found.extend(queues);
    found.into_iter().map(|(component, failure)| Finding { component, at, failure }).collect()
}

async fn api(state: &AppState) -> Option<&'static str> {
    get(state, &own_url(state.config.listen)).await
}

async fn get(state: &AppState, base: &str) -> Option<&'static str> {
    let answer = state.http.get(format!("{base}/healthz")).timeout(PATIENCE).send().await;
    judged(answer.map(|answer| answer.status().is_success()))
}

fn judged(answered: Result<bool, reqwest::Error>) -> Option<&'static str> {
    match answered {
        Ok(true) => None,
        Ok(false) => Some("refused"),
        Err(error) if error.is_timeout() => Some("too_slow"),
        Err(_) => Some("no_answer"),
    }
}

async fn database(state: &AppState) -> Option<&'static str> {
    match tokio::time::timeout(PATIENCE, state.db.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(_)) => Some("no_answer"),
        Err(_) => Some("too_slow"),
    }
}

/// Sends a signed batch without events, which passes through all of intake and stores nothing.
async fn intake(state: &AppState) -> Option<&'static str> {
    let id: shared::id::Id<BatchKind> = state.new_id();
    let (id, body) = (id.to_string(), format!(r#"{{"id":"{id}","events":[]}}"#));
    let key = state.config.keys.internal.current().bytes();
    let signature = sign_with_id(key, Some(&id), state.clock.wall(), body.as_bytes());
    let request = state
        .http
        .post(format!("{}{BATCH_PATH}", own_url(state.config.listen)))
        .header(SIGNED_ID_HEADER, id)
        .header(SIGNATURE_HEADER, signature)
        .timeout(PATIENCE)
        .body(body);
    judged(request.send().await.map(|answer| answer.status().is_success()))
}

/// Finds queues that wait longer than they should. If the database can't be queried, only the database's own check
/// reports it.
async fn queues(state: &AppState) -> Vec<(Component, Option<&'static str>)> {
    let waited = async {
        let tenants = state.db.all_tenants().await?;
        let (mut config, mut webhooks) = (false, false);
        for page in tenants.chunks(TENANTS_PER_PAGE) {
            let (late_config, late_webhooks) = late(state, page).await?;
            config |= late_config;
            webhooks |= late_webhooks;
        }
        let mut found = vec![
            (Component::EdgeConfig, config.then_some("waiting_too_long")),
            (Component::Webhooks, webhooks.then_some("waiting_too_long")),
        ];
        if state.config.mail.has_server() || state.config.environment.is_development() {
            let mut tx = state.db.global(kit::db::Holder::Nothing).await?;
            found.push((Component::Mail, store::mail_is_late(&mut tx).await?.then_some("waiting_too_long")));
            tx.commit().await?;
        }
        Ok::<_, sqlx::Error>(found)
    };
    match tokio::time::timeout(PATIENCE, waited).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

async fn late(state: &AppState, tenants: &[OrganizationId]) -> Result<(bool, bool), sqlx::Error> {
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let late = (store::edge_config_is_late(&mut tx).await?, store::webhooks_are_late(&mut tx).await?);
    tx.commit().await?;
    Ok(late)
}
