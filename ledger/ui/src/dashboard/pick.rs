//! `GET /dashboard/pick.json?q=…`: the affiliates that a field offers while someone types, and the newest for an empty
//! field.

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::id::AffiliateId;

use super::search::store::{self, Affiliate};
use identity::access::{
    member::Choice,
    session::{Session, SignedOut},
};
use kit::{access::role::Right, api::query::Query, error::Error, page::avatar, state::AppState};

/// What people type is shorter.
const CHARS_MAX: usize = 200;

#[derive(Debug, Serialize)]
struct Content {
    items: Vec<Item>,
}

/// An affiliate to pick, with what its row shows.
#[derive(Debug, Serialize)]
struct Item {
    id: String,
    name: String,
    note: String,
    initials: String,
    tint: u32,
}

impl Item {
    fn of(row: Affiliate) -> Self {
        let id = AffiliateId::new(row.id).to_string();
        Self { initials: avatar::initials(&row.name), tint: avatar::tint(&id), id, name: row.name, note: row.email }
    }
}

/// # Errors
/// 401 if no one is signed in, 404 if they aren't a member of the organization, 503 if the database is unavailable.
pub async fn affiliates(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let typed = query.text("q").unwrap_or_default().trim().to_lowercase();
    let mut tx = state.db.tenant(organization).await?;
    let found = match typed.chars().count() {
        0 => store::newest_affiliates(&mut tx).await?,
        1..=CHARS_MAX => store::affiliates(&mut tx, &typed, typed.parse().ok()).await?,
        _ => Vec::new(),
    };
    tx.commit().await?;
    let content = Content { items: found.into_iter().map(Item::of).collect() };
    Ok(([(CACHE_CONTROL, "private, no-store")], Json(content)).into_response())
}
