//! `/healthz`: the process runs. `/readyz`: it can do its work, so a load balancer may send it requests.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use kit::{
    db::{Db, Holder},
    error::{Code, Error},
    migrate::MIGRATOR,
    state::AppState,
};

pub async fn alive() -> Json<serde_json::Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

pub async fn ready(State(state): State<AppState>) -> Response {
    match unready(&state).await {
        None => Json(json!({"status": "ready"})).into_response(),
        Some(reason) => {
            tracing::warn!(event = "process.not_ready", "not ready: {reason}");
            Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::NotReady, reason).into_response()
        }
    }
}

/// What prevents this process from working. The text is public: it names no host, role or statement.
async fn unready(state: &AppState) -> Option<String> {
    if state.is_draining() {
        return Some("this process is stopping".to_owned());
    }
    match missing_migrations(&state.db).await {
        Ok(missing) if missing.is_empty() => None,
        Ok(missing) => Some(format!("the database is missing migrations {missing:?}: run `rekomi migrate`")),
        Err(error) => {
            tracing::warn!(event = "process.readiness_unknown", "the readiness check failed: {error}");
            Some("the database isn't responding".to_owned())
        }
    }
}

/// Migrations of this build that the database lacks. It may have later ones: during an upgrade the old build serves on
/// the new schema.
pub async fn missing_migrations(db: &Db) -> Result<Vec<i64>, sqlx::Error> {
    let mut tx = db.global(Holder::Nothing).await?;
    // Not checked at compile time, because the migrator's own table isn't part of our schema.
    let applied: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(tx.conn()).await?;
    tx.commit().await?;
    Ok(MIGRATOR.iter().map(|migration| migration.version).filter(|version| !applied.contains(version)).collect())
}
