//! `GET /api/v1/me/sub-affiliate/link`: the link with which an affiliate recruits others for a program.
//!
//! Affiliates have no API keys: the caller is the organization that the key belongs to, on behalf of one of its affiliates.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::id::{AffiliateId, ProgramId};
use utoipa::ToSchema;

use super::{recruiter::PARAMETER, store};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};
use programs::{
    affiliate::store::{self as affiliates, Filter},
    sub_affiliate::store as sub_affiliates,
};

/// An affiliate's link to recruit others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecruitLink {
    /// The recruiter.
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    /// The program that the link recruits for.
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// The program's page, with the affiliate as the recruiter. Null while the page isn't published.
    #[schema(required, example = "https://app.acme.com/p/partners?by=lauren")]
    url: Option<String>,
    /// Whether the program pays recruiters.
    #[schema(example = true)]
    enabled: bool,
}

/// Retrieve an affiliate's recruit link
#[utoipa::path(get, path = "/api/v1/me/sub-affiliate/link", tag = "Affiliates", operation_id = "getRecruitLink",
    description = "Affiliates have no API keys, so the key's organization asks on behalf of one of its affiliates.",
    params(("affiliateId" = String, Query, description = "The recruiter", example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        ("programId" = String, Query, description = "The program to recruit for",
            example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The link", body = RecruitLink),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn show(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<RecruitLink>> {
    let affiliate: Option<AffiliateId> = query.id("affiliateId")?;
    let program: Option<ProgramId> = query.id("programId")?;
    query.finish()?;
    let missing = |name: &str| Error::field(name, format!("{name} is required"));
    let affiliate_id = affiliate.ok_or_else(|| missing("affiliateId"))?;
    let program_id = program.ok_or_else(|| missing("programId"))?;
    let mut tx = key.reader(&state).await?;
    let found = affiliates::list(&mut tx, &Filter::one(affiliate_id), state.clock.now()).await?.pop();
    let slug = found.ok_or_else(Error::not_found)?.slug;
    let page = store::read(&mut tx, program_id).await?.ok_or_else(Error::not_found)?;
    let enabled = sub_affiliates::last_terms(&mut tx, program_id).await?.is_some_and(|terms| terms.enabled);
    tx.end();
    let url = format!("{}/p/{}?{PARAMETER}={slug}", state.config.public_url, page.handle);
    Ok(Json(RecruitLink { affiliate_id, program_id, url: page.published_at.is_some().then_some(url), enabled }))
}
