//! `/api/v1/assets`: the promotional assets for the brand's affiliates.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::{
    id::{AssetId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::{self, AssetInput, TITLE_MAX},
    kind::{self, Kind},
    save, serve,
    store::{self, Filter, Form},
};
use crate::link::create::not_found;
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
        text::{checked, decoded},
    },
    error::{Answer, Error, Result},
    state::AppState,
};

/// 5 MB in base64, and the other fields.
pub const BODY_MAX: usize = kind::SIZE_MAX / 3 * 4 + 64 * 1024;

/// Something that affiliates promote you with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    #[schema(value_type = String, example = "ast_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: AssetId,
    /// `File`, `Text` or `Link`.
    #[schema(example = "Text")]
    pub kind: &'static str,
    /// What affiliates see first.
    #[schema(example = "Short bio")]
    pub title: String,
    /// Only affiliates with a link in this program see it. Null if all affiliates do.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub program_id: Option<ProgramId>,
    /// The text; null for other kinds.
    #[schema(required, example = "Acme keeps your books in order.")]
    pub text: Option<String>,
    /// Where the link leads; null for other kinds.
    #[schema(required, example = json!(null))]
    pub url: Option<String>,
    /// The file's type, found out from its content; null for other kinds.
    #[schema(required, example = json!(null))]
    pub content_type: Option<String>,
    /// The file's size; null for other kinds.
    #[schema(required, example = json!(null))]
    pub size_bytes: Option<i32>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl From<store::Asset> for Asset {
    fn from(row: store::Asset) -> Self {
        let of = |form: Form| row.body.clone().filter(|_| row.form == form);
        Self {
            text: of(Form::Text),
            url: of(Form::Link),
            id: row.id,
            kind: row.form.as_str(),
            title: row.title,
            program_id: row.program,
            content_type: row.content_type,
            size_bytes: row.size,
            created_at: row.created_at,
        }
    }
}

/// An asset to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "Link", "title": "Press kit", "url": "https://acme.test/press-kit"}))]
pub struct NewAsset {
    /// `File`, `Text` or `Link`.
    kind: String,
    /// 1 to 120 characters.
    title: String,
    /// Only affiliates with a link in this program see it. All affiliates do if you omit it.
    #[schema(value_type = Option<String>)]
    program_id: Option<ProgramId>,
    /// For `Text`: 1 to 5000 characters that affiliates copy.
    text: Option<String>,
    /// For `Link`: where it leads.
    url: Option<String>,
    /// For `File`: a PNG, JPEG, GIF, WebP or PDF in base64, at most 5 MB before encoding. A PDF must not contain
    /// scripts or embedded files, or have a password.
    file: Option<String>,
}

impl std::fmt::Debug for NewAsset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAsset").field("kind", &self.kind).field("title", &self.title).finish_non_exhaustive()
    }
}

/// What an asset consists of, as sent.
#[derive(Default)]
pub(super) struct Content<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) url: Option<&'a str>,
    pub(super) file: Option<&'a str>,
}

/// The content of an asset, validated.
pub(super) struct CheckedContent {
    pub(super) body: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) bytes: Vec<u8>,
}

impl Content<'_> {
    /// Validates the one field that belongs to the asset's form; `None` if nothing was sent.
    ///
    /// # Errors
    /// 400 naming the field: one that belongs to another form, or whose content isn't accepted.
    pub(super) fn check(&self, form: Form) -> Result<Option<CheckedContent>> {
        let fields = [("file", self.file, Form::File), ("text", self.text, Form::Text), ("url", self.url, Form::Link)];
        for (field, given, of) in fields {
            if given.is_some() && of != form {
                return Err(Error::field(field, format!("{field} is only for assets of the kind {}", of.as_str())));
            }
        }
        let body = |checked: String| CheckedContent { body: Some(checked), kind: None, bytes: Vec::new() };
        match (self.file, self.text, self.url) {
            (Some(file), ..) => {
                let bytes = decoded("file", file)?;
                let kind = kind::of(&bytes).map_err(|why| Error::field("file", why))?;
                Ok(Some(CheckedContent { body: None, kind: Some(kind), bytes }))
            }
            (_, Some(text), _) => {
                input::text(text).map(|text| Some(body(text))).map_err(|why| Error::field("text", why))
            }
            (.., Some(url)) => input::address(url).map(|url| Some(body(url))).map_err(|why| Error::field("url", why)),
            _ => Ok(None),
        }
    }
}

/// The field that an asset of this form consists of.
const fn field_of(form: Form) -> &'static str {
    match form {
        Form::File => "file",
        Form::Text => "text",
        Form::Link => "url",
    }
}

fn check(new: &NewAsset) -> Result<(AssetInput, Vec<u8>)> {
    let form = Form::parse(&new.kind).ok_or_else(|| Error::field("kind", "kind must be File, Text or Link"))?;
    let title = checked("title", &new.title, TITLE_MAX)?;
    let content = Content { text: new.text.as_deref(), url: new.url.as_deref(), file: new.file.as_deref() };
    let field = field_of(form);
    let missing = || Error::field(field, format!("{field} is required for assets of the kind {}", form.as_str()));
    let CheckedContent { body, kind, bytes } = content.check(form)?.ok_or_else(missing)?;
    Ok((AssetInput { form, title, program: new.program_id, body, kind }, bytes))
}

/// List assets
#[utoipa::path(get, path = "/api/v1/assets", tag = "Assets", operation_id = "listAssets",
    params(PageParams,
        ("programId" = Option<String>, Query, description = "Returns only assets that are limited to this program."),
        ("kind" = Option<String>, Query, description = "`File`, `Text` or `Link`", example = "File")),
    responses((status = 200, description = "Newest first", body = Page<Asset>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Asset>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let filter = Filter {
        program: query.id("programId")?,
        form: query.one_of("kind", &["File", "Text", "Link"])?.and_then(Form::parse),
        after: pagination.after,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), Asset::from)))
}

/// Retrieve an asset
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "Assets", operation_id = "getAsset",
    params(("id" = String, Path, example = "ast_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The asset", body = Asset), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, PathId(id): PathId<AssetId>) -> Result<Json<Asset>> {
    let mut tx = key.reader(&state).await?;
    let found = save::known(&mut tx, id).await?;
    tx.end();
    Ok(Json(found.into()))
}

/// Retrieve an asset's file
///
/// Returns 404 for a text or a link.
#[utoipa::path(get, path = "/api/v1/assets/{id}/file", tag = "Assets", operation_id = "getAssetFile",
    params(("id" = String, Path, example = "ast_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The file", content((String = "image/png"), (String = "image/jpeg"),
            (String = "image/gif"), (String = "image/webp"), (String = "application/pdf"))),
        Refused))]
pub async fn file(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AssetId>,
    query: Query,
) -> Result<Response> {
    query.finish()?;
    serve::file(&state, key.organization, None, (&id.to_string(), true)).await
}

/// Create an asset
#[utoipa::path(post, path = "/api/v1/assets", tag = "Assets", operation_id = "createAsset",
    description = "Affiliates see it in their portal immediately. You can have at most 200 assets. Files are encrypted \
                   before they are stored.",
    params(IdempotencyKey),
    request_body = NewAsset,
    responses(
        (status = 201, description = "The asset", body = Asset),
        (status = 404, description = "The program doesn't exist, or belongs to another organization",
            body = ErrorSchema),
        (status = 409, description = "`too_many_assets` or `idempotency_conflict`", body = ErrorSchema),
        (status = 413, description = "The body exceeds 6,890 KB (a file of 5 MB in base64, and the other fields)",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewAsset, BODY_MAX>,
) -> Result<Response> {
    let (input, bytes) = check(&body.value)?;
    let mut tx = key.reader(&state).await?;
    if !save::has_program(&mut tx, input.program).await? {
        return Err(not_found("programId"));
    }
    tx.end();
    // Before the idempotency key is claimed, so that no transaction waits for the storage. For a repeated request, the
    // second file is never recorded, and is deleted later.
    let file = save::upload(&state, key.organization, input.kind, &bytes).await?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    save::check_room(&mut write.tx).await?;
    let (id, entry) = save::insert(&mut write.tx, &state, &input, file).await?;
    write.audit(entry).await?;
    let made = save::known(&mut write.tx, id).await?;
    write.answer(StatusCode::CREATED, &Asset::from(made)).await
}

/// Delete an asset
#[utoipa::path(delete, path = "/api/v1/assets/{id}", tag = "Assets", operation_id = "deleteAsset",
    description = "Its file is deleted, too.",
    params(("id" = String, Path, example = "ast_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses((status = 204, description = "Deleted"), Refused))]
pub async fn delete(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AssetId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = save::remove(&mut write.tx, &state, id).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}
