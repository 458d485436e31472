//! Handlers that read from the vendor while the caller waits (lists, tags, the check of tags), and the list of CRMs
//! that can be connected.

use axum::{
    Json,
    extract::{Path, State},
};
use connector::{Account, Connector, providers};
use serde::{Deserialize, Serialize};
use shared::id::{CrmConnectionId, ProgramId};
use utoipa::ToSchema;

use super::{
    fault, override_store, pick,
    settings::{self, Own},
    store,
    view::{Choice, CrmVendor},
};
use identity::access::api_key::{ConfigureKey, ReadKey};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        finding::Finding,
        pagination::Page,
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// Parses a connection's id; a gateway's id isn't valid here.
///
/// # Errors
/// 404.
pub(super) fn parse(id: &str) -> Result<CrmConnectionId> {
    id.parse().map_err(|_| Error::not_found())
}

/// The tags to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TagLint)]
pub struct TagLintInput {
    /// The tags to check.
    #[schema(example = json!(["partners", " VIP"]))]
    tags: Vec<String>,
    /// Checks the tags as this program's additional tags, together with the connection's own.
    #[schema(value_type = Option<String>, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: Option<ProgramId>,
}

/// The result of a tag check.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TagLintResult)]
pub struct TagLintResult {
    /// Empty if the tags can be saved as they are.
    findings: Vec<Finding>,
    /// The list with every fix applied.
    #[schema(example = json!(["partners", "VIP"]))]
    mended: Vec<String>,
    /// Whether the tags were compared with the existing tags in the vendor's account.
    #[schema(example = true)]
    compared: bool,
}

async fn open(state: &AppState, key: &ReadKey, id: &str) -> Result<(store::Row, &'static dyn Connector, Account)> {
    let id = parse(id)?;
    let mut tx = key.reader(state).await?;
    let row = store::read(&mut tx, id).await?;
    tx.end();
    let (connector, account) = (row.connector()?, store::account(state, key.organization, &row)?);
    Ok((row, connector, account))
}

fn whole(choices: Vec<connector::Choice>) -> Page<Choice> {
    Page { data: choices.into_iter().map(Choice::from).collect(), next_cursor: None }
}

/// List CRM vendors
#[utoipa::path(get, path = "/api/v1/crm-vendors", tag = "Connections", operation_id = "listCrmVendors",
    description = "Lists the CRMs that you can connect, each with the credentials it takes and where to find them.",
    responses((status = 200, description = "All vendors, sorted by name", body = Page<CrmVendor>), Refused))]
pub async fn vendors(_: ReadKey, query: Query) -> Result<Json<Page<CrmVendor>>> {
    query.finish()?;
    let mut data: Vec<CrmVendor> = providers::ALL.iter().map(|one| CrmVendor::of(one.descriptor())).collect();
    data.sort_by_key(|one| one.name.to_lowercase());
    Ok(Json(Page { data, next_cursor: None }))
}

/// List a CRM's lists
#[utoipa::path(get, path = "/api/v1/connections/{id}/lists", tag = "Connections", operation_id = "listCrmLists",
    description = "Reads the current lists from the vendor; empty if it has no lists. A connection's `list` takes \
                   one of their ids.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "All lists", body = Page<Choice>),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`vendor_refused`; the message says why", body = ErrorSchema),
        Refused))]
pub async fn lists(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Page<Choice>>> {
    query.finish()?;
    let (_, connector, account) = open(&state, &key, &id).await?;
    let lists = pick::lists(&state, key.organization, connector, &account).await;
    Ok(Json(whole(lists.map_err(|fault| fault::error(connector.descriptor(), &fault))?)))
}

/// List a CRM's tags
#[utoipa::path(get, path = "/api/v1/connections/{id}/tags", tag = "Connections", operation_id = "listCrmTags",
    description = "Reads the current tags from the vendor; empty if it can't list them (`tagsListed`).",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "All tags", body = Page<Choice>),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`vendor_refused`; the message says why", body = ErrorSchema),
        Refused))]
pub async fn tags(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Page<Choice>>> {
    query.finish()?;
    let (_, connector, account) = open(&state, &key, &id).await?;
    let tags = pick::tags(&state, key.organization, connector, &account).await;
    Ok(Json(whole(tags.map_err(|fault| fault::error(connector.descriptor(), &fault))?)))
}

/// Check tags
#[utoipa::path(post, path = "/api/v1/connections/{id}/lint", tag = "Connections", operation_id = "lintCrmTags",
    security(("bearer" = ["admin"])),
    description = "Finds extra spaces, duplicates, reserved names, and names that are very close to an existing tag in \
                   the vendor's account. Saves nothing.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    request_body = TagLintInput,
    responses(
        (status = 200, description = "The findings, at most one per tag", body = TagLintResult),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        Refused))]
pub async fn lint(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    body: JsonBody<TagLintInput>,
) -> Result<Json<TagLintResult>> {
    let (row, connector, account) = open(&state, &key, &id).await?;
    let input = body.value;
    if input.tags.len() > settings::TAGS_MAX {
        return Err(Error::field("tags", format!("tags must have at most {} entries", settings::TAGS_MAX)));
    }
    let kept = match input.program_id {
        None => row.tags.clone(),
        Some(program) => {
            let mut tx = key.tx(&state).await?;
            let kept = override_store::one(&mut tx, row.id, program).await?;
            tx.commit().await?;
            kept.map(|kept| kept.tags).unwrap_or_default()
        }
    };
    let defaults = if input.program_id.is_some() { row.tags.as_slice() } else { &[] };
    let looked =
        settings::look(&state, key.organization, connector, &account, &input.tags, Own { defaults, kept: &kept }).await;
    Ok(Json(TagLintResult { findings: looked.findings, mended: looked.mended, compared: looked.compared }))
}
