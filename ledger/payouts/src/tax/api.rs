//! `/api/v1/tax-forms`: lists, returns, accepts and rejects forms, and links to their PDFs.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use payout_core::tax::form::Shown;
use serde::Deserialize;
use serde_json::json;
use shared::id::TaxFormId;
use utoipa::ToSchema;

use super::{
    decide::{self, Decided},
    store::{self, Filter},
    view::{self, FileLink, TaxForm, WholeTaxForm},
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    api::{
        body::{JsonBody, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        path::PathId,
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    file::link::Link,
    state::AppState,
};

pub const KINDS: [&str; 3] = ["W9", "W8BEN", "W8BENE"];
pub const STATUSES: [&str; 5] = ["Submitted", "Valid", "Rejected", "Replaced", "Expired"];

/// List tax forms
#[utoipa::path(get, path = "/api/v1/tax-forms", tag = "Tax", operation_id = "listTaxForms",
    description = "Lists tax forms, newest first. Taxpayer numbers show only their last four digits.",
    params(PageParams,
        ("affiliateId" = Option<String>, Query, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        ("kind" = Option<String>, Query, description = "`W9`, `W8BEN` or `W8BENE`", example = "W9"),
        ("status" = Option<String>, Query, description = "The form's status, such as `Submitted` for forms that await \
                                                          review",
            example = "Submitted")),
    responses((status = 200, description = "A page of tax forms, newest first", body = Page<TaxForm>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<TaxForm>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    let filter = Filter {
        affiliate: query.id("affiliateId")?,
        kind: query.one_of("kind", &KINDS)?,
        status: query.one_of("status", &STATUSES)?,
        after: pagination.after,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), TaxForm::from)))
}

/// Retrieve a tax form
#[utoipa::path(get, path = "/api/v1/tax-forms/{id}", tag = "Tax", operation_id = "getTaxForm",
    description = "Returns the form with its content, line by line. Taxpayer numbers show only their last four digits; \
                   the PDF shows them in full. Each request is recorded in the audit log.",
    params(("id" = String, Path, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The form", body = WholeTaxForm),
        (status = 403, description = "The key has the role viewer", body = ErrorSchema),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<WholeTaxForm>> {
    if !key.role.may(Right::Operate) {
        return Err(Error::forbidden(
            "This API key has the role viewer. Reading a tax form takes at least the role manager.",
        ));
    }
    let mut tx = key.tx(&state).await?;
    let row = found(&mut tx, &id).await?;
    let entry = Entry::new("tax_form.read", row.id);
    audit::record(&mut tx, &key.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    let lines = view::lines(&state.config.keys, key.organization, &row, Shown::Masked)?;
    Ok(Json(WholeTaxForm { form: row.into(), lines }))
}

/// An empty object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaxFormAcceptance {}

/// Accept a tax form
#[utoipa::path(post, path = "/api/v1/tax-forms/{id}/accept", tag = "Tax", operation_id = "acceptTaxForm",
    security(("bearer" = ["admin"])),
    description = "Accepts an uploaded form after you have compared it with the data that its sender entered. It \
                   replaces the form in force.",
    params(("id" = String, Path, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The accepted form", body = TaxForm),
        (status = 409, description = "`already_decided`, `form_expired` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn accept(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    PathId(id): PathId<TaxFormId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<TaxFormAcceptance>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let by = write.actor();
    let Decided { entry, row } = decide::accept(&mut write.tx, &state, id, &by).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &TaxForm::from(row)).await
}

/// The rejection of a tax form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaxFormRejection {
    /// The reason that the affiliate receives by email, at most 500 characters.
    #[schema(example = "The signature is missing.")]
    reason: String,
}

/// Reject a tax form
#[utoipa::path(post, path = "/api/v1/tax-forms/{id}/reject", tag = "Tax", operation_id = "rejectTaxForm",
    security(("bearer" = ["admin"])),
    description = "Rejects a form that awaits review, or a form in force that turned out to be wrong, for example \
                   after a notice from the tax authority. The affiliate gets an email with the reason.",
    params(("id" = String, Path, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = TaxFormRejection,
    responses(
        (status = 200, description = "The rejected form", body = TaxForm),
        (status = 409, description = "`already_decided` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn reject(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    PathId(id): PathId<TaxFormId>,
    idempotency: IdempotencyKey,
    body: JsonBody<TaxFormRejection>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (by, reason) = (write.actor(), body.value.reason.as_str());
    let Decided { entry, row } = decide::reject(&mut write.tx, &state, id, (&by, reason)).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &TaxForm::from(row)).await
}

/// Create a tax form PDF link
#[utoipa::path(post, path = "/api/v1/tax-forms/{id}/file-url", tag = "Tax", operation_id = "linkTaxFormFile",
    security(("bearer" = ["admin"])),
    description = "Creates a link that works for one minute, without a key. The PDF shows the taxpayer number, so the \
                   audit log records who requests the link and who downloads the file.",
    params(("id" = String, Path, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The link", body = FileLink),
        (status = 404, description = "The form doesn't exist, or its PDF is no longer kept", body = ErrorSchema),
        Refused))]
pub async fn file_url(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: OptionalBody<TaxFormAcceptance>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let by = write.actor();
    let (link, entry) = linked(&mut write.tx, &state, &id, &by).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &link).await
}

/// Creates a link to a form's PDF for `who`, and the audit log entry.
///
/// # Errors
/// 404 if there is no such form, or its PDF was deleted.
pub(super) async fn linked(tx: &mut TenantTx, state: &AppState, id: &str, who: &str) -> Result<(FileLink, Entry)> {
    let row = found(tx, id).await?;
    let file = row.file.filter(|_| row.sealed_form.is_some()).ok_or_else(Error::not_found)?;
    let link = Link::new(tx.organization(), file, who, state.clock.now());
    let entry = Entry::new("tax_form.file_asked_for", row.id).after(json!({"file": file, "kind": row.kind.as_str()}));
    let url = format!("{}/files/{}", state.config.public_url, link.token(&state.config.keys.pages));
    Ok((FileLink { url, expires_at: link.ends }, entry))
}

/// # Errors
/// 404.
pub(super) async fn found(tx: &mut TenantTx, id: &str) -> Result<store::Row> {
    let id: TaxFormId = id.parse().map_err(|_| Error::not_found())?;
    store::read(tx, id).await?.ok_or_else(Error::not_found)
}
