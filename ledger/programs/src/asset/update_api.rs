//! `PATCH /api/v1/assets/{id}`: changes an asset, or replaces its content.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::id::{AssetId, ProgramId};
use utoipa::ToSchema;

use super::{
    api::{Asset, BODY_MAX, Content},
    input::TITLE_MAX,
    save, store,
};
use crate::link::create::not_found;
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::{JsonBody, present},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::maybe,
    },
    error::{Error, Result},
    file,
    state::AppState,
};

/// The fields to change. Omitted fields stay unchanged.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"title": "Press kit 2027"}))]
pub struct ChangedAsset {
    /// 1 to 120 characters.
    title: Option<String>,
    /// Only affiliates with a link in this program see it. Null shows it to all affiliates.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    program_id: Option<Option<ProgramId>>,
    /// For `Text`: the new text.
    text: Option<String>,
    /// For `Link`: where it leads now.
    url: Option<String>,
    /// For `File`: the file that replaces the old one, in base64, with the limits of a new asset.
    file: Option<String>,
}

impl std::fmt::Debug for ChangedAsset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangedAsset").field("title", &self.title).finish_non_exhaustive()
    }
}

/// Update an asset
#[utoipa::path(patch, path = "/api/v1/assets/{id}", tag = "Assets", operation_id = "updateAsset",
    description = "Changes the title, the program or the content; a file is replaced. The kind can't change. \
                   Affiliates see the change immediately.",
    params(("id" = String, Path, example = "ast_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedAsset,
    responses(
        (status = 200, description = "The asset", body = Asset),
        (status = 404, description = "The asset or the program doesn't exist; `field` names the program",
            body = ErrorSchema),
        (status = 413, description = "The body exceeds 6,890 KB (a file of 5 MB in base64, and the other fields)",
            body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AssetId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedAsset, BODY_MAX>,
) -> Result<Response> {
    let input = body.value;
    let title = maybe("title", input.title.as_deref(), TITLE_MAX)?;
    let mut tx = key.reader(&state).await?;
    let form = save::known(&mut tx, id).await?.form;
    if !save::has_program(&mut tx, input.program_id.flatten()).await? {
        return Err(not_found("programId"));
    }
    tx.end();
    let content = Content { text: input.text.as_deref(), url: input.url.as_deref(), file: input.file.as_deref() };
    let content = content.check(form)?;
    if title.is_none() && input.program_id.is_none() && content.is_none() {
        let message = "Send at least one of these fields: title, programId, text, url or file.";
        return Err(Error::field("title", message));
    }
    // Before the idempotency key is claimed, as for a new asset.
    let new_file = match &content {
        Some(content) => save::upload(&state, key.organization, content.kind, &content.bytes).await?,
        None => None,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let mut asset = save::known(&mut write.tx, id).await?;
    save::adopt(&mut write.tx, &state, new_file).await?;
    let before = json!({"title": asset.title, "programId": asset.program});
    let old_file = asset.file;
    asset.title = title.unwrap_or(asset.title);
    asset.program = input.program_id.unwrap_or(asset.program);
    asset.body = content.as_ref().and_then(|content| content.body.clone()).or(asset.body);
    asset.file = new_file.or(asset.file);
    store::update(&mut write.tx, &asset).await?;
    if let (Some(_), Some(old)) = (new_file, old_file) {
        file::store::destroy(&mut write.tx, old, state.clock.now()).await?;
    }
    let after = json!({"title": asset.title, "programId": asset.program, "replaced": content.is_some()});
    write.audit(Entry::new("asset.changed", id).before(before).after(after)).await?;
    let shown = save::known(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &Asset::from(shown)).await
}
