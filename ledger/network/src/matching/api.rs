//! `/api/v1/network/creators`: creators for a program, as the dashboard shows them.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::id::{CreatorId, ProgramId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    creators::{self, Found, MatchedCreator},
    filter::CreatorFilter,
    mark::{self, Marks},
};
use crate::{creator::card::CardChannel, listing::open};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
    text::Texts,
};

/// A creator with what their profile says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCreator {
    #[serde(flatten)]
    creator: MatchedCreator,
    /// The creator's text about themselves.
    #[schema(example = "I test kitchen tools and write about what lasts.")]
    bio: String,
    /// Recent results in the creator's own words.
    #[schema(example = "40 trials in May for a recipe app.")]
    recent_results: String,
    /// What the creator doesn't promote, in their own words.
    #[schema(example = "Gambling")]
    wont_promote: String,
    /// What the creator wants to be paid for: `Share`, `Flat`, `Lead` or `Click`.
    #[schema(example = json!(["Share"]))]
    earnings: Vec<&'static str>,
    /// The creator's channels, without their addresses.
    channels: Vec<NetworkCreatorChannel>,
    /// Whether your team ignores the creator: they are left out of lists.
    ignored: bool,
}

/// A channel of a creator, without its address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCreatorChannel {
    /// `Website`, `Newsletter`, `Podcast`, `YouTube`, `Instagram`, `TikTok`, `X`, `LinkedIn`, `Twitch` or `Other`.
    #[schema(example = "Newsletter")]
    kind: &'static str,
    /// `Under1k`, `From1k`, `From10k`, `From50k` or `From100k`.
    #[schema(example = "From10k")]
    audience: &'static str,
    /// Whether the creator proved that it's theirs.
    #[schema(example = true)]
    verified: bool,
}

impl NetworkCreator {
    fn of(found: Found) -> Self {
        let Found { creator, profile, is_ignored } = found;
        let channel = |channel: &CardChannel| NetworkCreatorChannel {
            kind: channel.kind.as_str(),
            audience: channel.audience.as_str(),
            verified: channel.is_verified,
        };
        Self {
            creator,
            bio: profile.bio,
            recent_results: profile.recent_results,
            wont_promote: profile.wont_promote,
            earnings: profile.earnings.iter().map(|earning| earning.as_str()).collect(),
            channels: profile.channels.iter().map(channel).collect(),
            ignored: is_ignored,
        }
    }
}

/// List creators for a program
#[utoipa::path(get, path = "/api/v1/network/creators", tag = "Network", operation_id = "listNetworkCreators",
    description = "Creators who may fit a listed program whose listing lets your team search for creators, best match \
                   first. At most the best 500, in an order that stays the same for a day. Creators whom you ignore, who \
                   applied to the program, or whose last contact about it is less than 180 days old are left out. If \
                   the last creator of a page is no longer listed, or lost the mark that you filter by, the \
                   request with its `nextCursor` responds with 400.",
    params(PageParams,
        ("programId" = String, Query, description = "The listed program", example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        ("search" = Option<String>, Query, description = "Words in the profile", example = "kitchen"),
        ("topic" = Option<String>, Query, description = "A topic, as in a listing", example = "Cooking"),
        ("country" = Option<String>, Query, description = "A two-letter code", example = "DE"),
        ("language" = Option<String>, Query, description = "A two-letter code", example = "de"),
        ("channel" = Option<String>, Query, description = "A kind of channel, as in a listing", example = "Newsletter"),
        ("audience" = Option<String>, Query, description = "The smallest audience, as in a listing", example = "From10k"),
        ("verified" = Option<bool>, Query, description = "Returns only creators with a verified channel", example = true),
        ("starred" = Option<bool>, Query, description = "Returns only creators whom your team starred", example = true),
        ("unseen" = Option<bool>, Query, description = "Returns only creators whose page no one of your team opened", example = true),
        ("ignored" = Option<bool>, Query, description = "Returns only creators whom your team ignores", example = true)),
    responses(
        (status = 200, description = "Best match first", body = Page<MatchedCreator>),
        (status = 404, description = "The program isn't listed, or may not search for creators", body = ErrorSchema),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<MatchedCreator>>> {
    open(&state)?;
    let pagination: Pagination<Uuid> = query.page()?;
    let program = program(&mut query)?;
    let filter = CreatorFilter::read(&mut query)?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let count = usize::try_from(pagination.limit()).unwrap_or(usize::MAX);
    let wish = (&filter, pagination.after.map(CreatorId::new), count);
    let rows = creators::of(&mut tx, program, wish, (state.clock.now(), Texts::default())).await?;
    tx.end();
    let rows = rows.ok_or_else(|| {
        Error::field("cursor", "The last creator of that page is no longer in the list. Begin again without cursor.")
    })?;
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

fn program(query: &mut Query) -> Result<ProgramId> {
    query.id("programId")?.ok_or_else(|| Error::field("programId", "programId is required"))
}

/// Retrieve a creator
#[utoipa::path(get, path = "/api/v1/network/creators/{id}", tag = "Network", operation_id = "getNetworkCreator",
    description = "A creator's profile and how well it fits a program, whether or not there is a contact. Answers 404 if \
                   the creator isn't listed, or hides their profile from you.",
    params(("id" = String, Path, example = "cre_01kdvdna00fec9rpb7dk6gd3hy"),
        ("programId" = String, Query, description = "The listed program", example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses((status = 200, description = "The creator", body = NetworkCreator), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(creator): PathId<CreatorId>,
    mut query: Query,
) -> Result<Json<NetworkCreator>> {
    open(&state)?;
    let program = program(&mut query)?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let found = creators::one(&mut tx, (program, creator), (state.clock.now(), Texts::default())).await?;
    tx.end();
    Ok(Json(NetworkCreator::of(found)))
}

/// Which marks to set or remove. Omitted ones stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"starred": true}))]
pub struct NetworkCreatorMarks {
    /// A bookmark of your team.
    starred: Option<bool>,
    /// Leaves the creator out of lists.
    ignored: Option<bool>,
}

/// The marks that were changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedNetworkCreatorMarks {
    #[schema(value_type = String, example = "cre_01kdvdna00fec9rpb7dk6gd3hy")]
    id: CreatorId,
    /// The star, if it was in the request.
    #[schema(required, example = true)]
    starred: Option<bool>,
    /// Whether the creator is ignored now, if it was in the request.
    #[schema(required, example = json!(null))]
    ignored: Option<bool>,
}

/// Mark a creator
#[utoipa::path(patch, path = "/api/v1/network/creators/{id}", tag = "Network", operation_id = "markNetworkCreator",
    description = "Stars or ignores a creator. Only your organization sees it.",
    params(("id" = String, Path, example = "cre_01kdvdna00fec9rpb7dk6gd3hy"), IdempotencyKey),
    request_body = NetworkCreatorMarks,
    responses((status = 200, description = "The marks", body = ChangedNetworkCreatorMarks), Refused))]
pub async fn mark(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<CreatorId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NetworkCreatorMarks>,
) -> Result<Response> {
    open(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let NetworkCreatorMarks { starred, ignored } = body.value;
    let entry = mark::set(&mut write.tx, &state, id, Marks { starred, ignored }).await?;
    let answer = ChangedNetworkCreatorMarks { id, starred, ignored };
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &answer).await
        }
        None => write.unchanged(StatusCode::OK, &answer).await,
    }
}
