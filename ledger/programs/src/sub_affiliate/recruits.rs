//! `GET /api/v1/affiliates/{id}/recruits`: those whom an affiliate recruited, and what the affiliate earned by them.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::{id::AffiliateId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::store;
use engine::lookup_store;
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        path::PathId,
    },
    error::{Error, Result},
    state::AppState,
};

/// The number of recruits that are listed.
pub const RECRUITS_MAX: i64 = 1_000;

/// Those whom an affiliate recruited.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recruits {
    /// Who recruited the affiliate; null if no one did.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub recruiter_id: Option<AffiliateId>,
    /// At most 1,000, newest first.
    pub recruits: Vec<Recruit>,
}

/// Someone whom an affiliate recruited.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recruit {
    /// The recruit.
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// The recruit's name.
    #[schema(example = "Mia Sato")]
    pub name: String,
    /// The recruit's status.
    #[schema(example = "Approved")]
    pub status: String,
    /// Since when they count as recruited.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub since: Timestamp,
    /// How it became known: `Link`, `Form` or `Decision`.
    #[schema(example = "Link")]
    pub source: String,
    /// Whether the recruit agreed that the recruiter sees their name.
    #[schema(example = true)]
    pub shows_name: bool,
    /// What the recruiter earned by this recruit, one per currency.
    pub earned: Vec<RecruitEarned>,
}

/// What a recruiter earned in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecruitEarned {
    /// Three letters, by ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
    /// What the overrides are worth now, in the currency's smallest unit.
    #[schema(example = 198)]
    pub amount_cents: i64,
}

/// List an affiliate's recruits
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/recruits", tag = "Affiliates", operation_id = "listRecruits",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The recruits", body = Recruits),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AffiliateId>,
) -> Result<Json<Recruits>> {
    let mut tx = key.reader(&state).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let recruiter_id = store::current(&mut tx, id).await?.and_then(|(_, recruiter)| recruiter);
    let rows = store::recruits(&mut tx, id, RECRUITS_MAX).await?;
    tx.end();
    let recruits = rows.into_iter().map(|row| Recruit {
        affiliate_id: row.affiliate,
        name: row.name,
        status: row.status,
        since: row.since,
        source: row.source,
        shows_name: row.shows_name,
        earned: row
            .earned
            .into_iter()
            .map(|(currency, amount_cents)| RecruitEarned { currency, amount_cents })
            .collect(),
    });
    Ok(Json(Recruits { recruiter_id, recruits: recruits.collect() }))
}
