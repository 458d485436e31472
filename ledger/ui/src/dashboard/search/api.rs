//! `GET /api/v1/search`: finds what the dashboard's search finds.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CHARS_MAX, CHARS_MIN, SearchQuery};
use identity::{access::api_key::ReadKey, organization};
use kit::{
    api::{document::Refused, query::Query},
    error::{Error, Result},
    page::zone::Zone,
    state::AppState,
};

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchResults {
    /// At most six records of each type, the best first.
    results: Vec<SearchResult>,
}

/// A record that a search found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// The record's ID.
    #[schema(example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    id: String,
    /// `Affiliate`, `Program`, `Link`, `Coupon`, `Customer`, `Conversion`, `Commission` or `Payout`.
    #[serde(rename = "type")]
    #[schema(example = "Affiliate")]
    kind: &'static str,
    /// The record's name, code, link, amount or external ID.
    #[schema(example = "Lauren Vale")]
    title: String,
    /// What tells it apart from similar records, for people. Its form may change.
    #[schema(example = "lauren · lauren@creators.test · Approved")]
    text: String,
    /// The dashboard's page about it.
    #[schema(example = "https://rekomi.example.com/dashboard/affiliates/aff_01kdvdna00fec9rpb7dk6gd3hy")]
    url: String,
}

/// Search all records
///
/// Finds affiliates, programs, links and coupons by a part of their name, email address or code; customers and conversions
/// by the beginning of an external ID or an email address; and everything by its ID.
#[utoipa::path(get, path = "/api/v1/search", tag = "Search", operation_id = "search",
    params(("query" = String, Query, description = "2 to 200 characters",
        min_length = 2, max_length = 200, example = "lauren")),
    responses((status = 200, description = "The best results of each type", body = SearchResults), Refused))]
pub async fn find(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<SearchResults>> {
    let typed = query.text("query").unwrap_or_default().trim().to_owned();
    query.finish()?;
    if !(CHARS_MIN..=CHARS_MAX).contains(&typed.chars().count()) {
        return Err(Error::field("query", format!("query must be {CHARS_MIN} to {CHARS_MAX} characters")));
    }
    let mut tx = key.tx(&state).await?;
    let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
    let zone = Zone::named(&profile.time_zone);
    let requested =
        SearchQuery { organization: key.organization, typed: &typed, lower: typed.to_lowercase(), zone: &zone };
    let groups = requested.find(&mut tx).await?;
    tx.commit().await?;
    let results = groups.into_iter().flat_map(|group| {
        let public_url = &state.config.public_url;
        group.hits.into_iter().map(move |hit| SearchResult {
            url: format!("{public_url}{}", hit.href),
            id: hit.id,
            kind: group.kind,
            title: hit.title,
            text: hit.note,
        })
    });
    Ok(Json(SearchResults { results: results.collect() }))
}
