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

/// Tags to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TagLint)]
pub struct TagLintInput {
    #[schema(example = json!(["partners", " VIP"]))]
    tags: Vec<String>,
    /// Look at them as this program's extras, beside the account's defaults.
    #[schema(value_type = Option<String>, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: Option<ProgramId>,
}

/// What a look at tags found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TagLintResult)]
pub struct TagLintResult {
    /// Empty where they can be saved as they are.
    findings: Vec<Finding>,
    /// The list as it would be with every fix applied.
    #[schema(example = json!(["partners", "VIP"]))]
    mended: Vec<String>,
    /// Whether they were held against the tags that exist in the vendor's account.
    #[schema(example = true)]
    compared: bool,
}

async fn open(state: &AppState, key: &ReadKey, id: &str) -> Result<(store::Row, &'static dyn Connector, Account)> {
    let id = parse(id)?;
    let mut tx = key.tx(state).await?;
    let row = store::read(&mut tx, key.organization, id).await?;
    tx.commit().await?;
    let (connector, account) = (row.connector()?, store::account(state, key.organization, &row)?);
    Ok((row, connector, account))
}

fn whole(choices: Vec<connector::Choice>) -> Page<Choice> {
    Page { data: choices.into_iter().map(Choice::from).collect(), next_cursor: None }
}

/// List the CRMs that can be connected
#[utoipa::path(get, path = "/api/v1/crm-vendors", tag = "Connections", operation_id = "listCrmVendors",
    description = "Each with the credentials that it takes and where they are found: all that is needed to connect it.",
    responses((status = 200, description = "All of them, by name", body = Page<CrmVendor>), Refused))]
pub async fn vendors(_: ReadKey, query: Query) -> Result<Json<Page<CrmVendor>>> {
    query.finish()?;
    let mut data: Vec<CrmVendor> = providers::ALL.iter().map(|one| CrmVendor::of(one.descriptor())).collect();
    data.sort_by_key(|one| one.name.to_lowercase());
    Ok(Json(Page { data, next_cursor: None }))
}

/// List a CRM's lists
#[utoipa::path(get, path = "/api/v1/connections/{id}/lists", tag = "Connections", operation_id = "listCrmLists",
    description = "As the vendor shows them now; none where it has no lists. One of their ids is a connection's `list`.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "All of them", body = Page<Choice>),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`vendor_refused`: why, in plain words", body = ErrorSchema),
        Refused))]
pub async fn lists(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Page<Choice>>> {
    query.finish()?;
    let (_, connector, account) = open(&state, &key, &id).await?;
    let lists = pick::lists(&state, connector, &account).await;
    Ok(Json(whole(lists.map_err(|fault| fault::error(connector.descriptor(), &fault))?)))
}

/// List a CRM's tags
#[utoipa::path(get, path = "/api/v1/connections/{id}/tags", tag = "Connections", operation_id = "listCrmTags",
    description = "As the vendor shows them now; none where it doesn't tell (`tagsListed`).",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "All of them", body = Page<Choice>),
        (status = 409, description = "`credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`vendor_refused`: why, in plain words", body = ErrorSchema),
        Refused))]
pub async fn tags(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Page<Choice>>> {
    query.finish()?;
    let (_, connector, account) = open(&state, &key, &id).await?;
    let tags = pick::tags(&state, connector, &account).await;
    Ok(Json(whole(tags.map_err(|fault| fault::error(connector.descriptor(), &fault))?)))
}

/// Look at tags before saving them
#[utoipa::path(post, path = "/api/v1/connections/{id}/lint", tag = "Connections", operation_id = "lintCrmTags",
    description = "Finds blanks, twins, reserved names and names that are almost a tag that exists in the vendor's account. \
                   Nothing is saved.",
    params(("id" = String, Path, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")),
    request_body = TagLintInput,
    responses(
        (status = 200, description = "What was found, at most one finding a tag", body = TagLintResult),
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
        return Err(Error::field("tags", format!("tags may have at most {} entries", settings::TAGS_MAX)));
    }
    let kept = match input.program_id {
        None => row.tags.clone(),
        Some(program) => {
            let mut tx = key.tx(&state).await?;
            let kept = override_store::one(&mut tx, key.organization, row.id, program).await?;
            tx.commit().await?;
            kept.map(|kept| kept.tags).unwrap_or_default()
        }
    };
    let defaults = if input.program_id.is_some() { row.tags.as_slice() } else { &[] };
    let looked = settings::look(&state, connector, &account, &input.tags, Own { defaults, kept: &kept }).await;
    Ok(Json(TagLintResult { findings: looked.findings, mended: looked.mended, compared: looked.compared }))
}
