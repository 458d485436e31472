//! `/api/v1/payout-runs/{id}/export`, `/import` and `/remittance`: a run's files.

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Path, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use payout_core::rail::{Rail, import::date::Order, remittance};
use shared::id::{OrganizationId, PayoutRunId};

use super::{
    api::parse,
    export::{self, Exported, Sheet},
    file_store,
    import::{self, PayoutImport},
    read_store,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    audit,
};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        query::Query,
    },
    error::{Code, Error, Result},
    state::AppState,
};

/// A file of 5,000 rows has less than 1 MB.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The number of files of an export.
const PARTS: HeaderName = HeaderName::from_static("rekomi-parts");

/// Export a run's payments
#[utoipa::path(get, path = "/api/v1/payout-runs/{id}/export", tag = "Payout runs", operation_id = "exportPayoutRun",
    security(("bearer" = ["write"])),
    description = "Returns the file that PayPal's Payouts Web (no header row, at most 5,000 payments) or Wise's batch \
                   payments (the template \"send by email\", at most 1,000) accept. Exported payouts become `Sending`. \
                   Another export of a part returns the same file, without payouts that ended in the meantime. The \
                   header `Rekomi-Parts` gives the number of files. A payout that can't be exported says why in its \
                   `reason`; once that's resolved, it's in the next part.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("rail" = String, Query, description = "`PayPal` or `Wise`", example = "PayPal"),
        ("part" = Option<u32>, Query, description = "The number of the file, starting at 1", example = 1)),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = 403, description = "The key's scope is `read`, or its role is viewer", body = ErrorSchema),
        (status = 409, description = "`run_not_approved`, `not_reserved_yet` (try again in a few seconds) or \
                                      `nothing_to_export`",
            body = ErrorSchema),
        Refused))]
pub async fn export(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Response> {
    let id = parse(&id)?;
    let requested = read_query(&mut query)?;
    query.finish()?;
    give(&state, key.organization, &key.actor, id, requested).await
}

/// # Errors
/// 400 naming `rail` or `part`.
pub(super) fn read_query(query: &mut Query) -> Result<(Rail, usize)> {
    let rail = query.one_of("rail", &["PayPal", "Wise"])?.and_then(Rail::parse);
    let rail = rail.ok_or_else(|| Error::field("rail", "rail must be PayPal or Wise"))?;
    let part = query.text("part").map_or(Some(1), |text| text.parse().ok().filter(|part| (1..=10_000).contains(part)));
    Ok((rail, part.ok_or_else(|| Error::field("part", "part must be 1 or greater"))?))
}

pub(super) async fn give(
    state: &AppState,
    organization: OrganizationId,
    actor: &identity::access::actor::Actor,
    id: PayoutRunId,
    (rail, part): (Rail, usize),
) -> Result<Response> {
    let mut tx = state.db.tenant(organization).await?;
    let answered = match export::export(&mut tx, state, id, (rail, part)).await? {
        Exported::File(sheet, entry) => {
            audit::record(&mut tx, actor, state.clock.now(), entry).await?;
            answer(sheet)
        }
        Exported::Nothing(why) => Err(why),
    };
    tx.commit().await?;
    drop(state.news.send(organization));
    answered
}

fn answer(sheet: Sheet) -> Result<Response> {
    let mut response = Body::from(sheet.text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(PARTS, HeaderValue::from(sheet.parts));
    let name = format!("attachment; filename=\"{}\"", sheet.name);
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|error| Error::internal(error))?);
    Ok(response)
}

/// Import a run's payment results
#[utoipa::path(post, path = "/api/v1/payout-runs/{id}/import", tag = "Payout runs", operation_id = "importPayoutRun",
    description = "Accepts CSV with the columns `payoutId,status,reference,reason,paidOn`, where `status` is `Sent` or \
                   `Failed` and the last three columns are optional, or PayPal's or Wise's own list of payments, \
                   unchanged. Invalid rows are reported with their line number; the other rows count. All rows of a \
                   payout are evaluated together: a failure counts only for the payment that it names. A payment \
                   counts from the day given in the file. Payments that failed or came back are owed again, and the \
                   affiliate is on hold until you release them. Importing the same file again changes nothing, and \
                   `alreadyImportedAt` says so.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("dateOrder" = Option<String>, Query, description = "The order of day and month in dates such as `03/12/2026`: \
                                                             `DayFirst` or `MonthFirst`. Required only if the file's \
                                                             dates don't reveal it", example = "MonthFirst")),
    request_body(content = String, content_type = "text/csv", description = "At most 2 MB and 5,000 rows",
        example = json!("payoutId,status,reference,reason,paidOn\npo_01kdvdna00e5v8r2m6q1w9d3xk,Sent,bank 118,,2026-12-01\n")),
    responses(
        (status = 200, description = "The result of each row", body = PayoutImport),
        (status = 400, description = "`file_unreadable` (the file as a whole can't be read), or `dateOrder` is \
                                      required", body = ErrorSchema),
        (status = 413, description = "The file exceeds 2 MB", body = ErrorSchema),
        (status = 415, description = "The body isn't sent as CSV (`Content-Type: text/csv`)", body = ErrorSchema),
        Refused))]
pub async fn import(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    mut query: Query,
    CsvBody(file): CsvBody,
) -> Result<Json<PayoutImport>> {
    let id = parse(&id)?;
    let order = query.one_of("dateOrder", &Order::ALL.map(Order::as_str))?.and_then(Order::parse);
    query.finish()?;
    Ok(Json(import::import(&state, key.organization, &key.actor, id, (&file, order)).await?))
}

/// A request body of `text/csv`.
#[derive(Debug)]
pub struct CsvBody(Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for CsvBody {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        if !is_csv(request.headers()) {
            let message = "Send CSV with `Content-Type: text/csv`.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType, message));
        }
        let bytes = axum::body::to_bytes(request.into_body(), FILE_BYTES_MAX).await.map_err(|_| too_large())?;
        Ok(Self(bytes.to_vec()))
    }
}

pub(super) fn too_large() -> Error {
    let message = format!("The file can be at most {} MB.", FILE_BYTES_MAX / 1024 / 1024);
    Error::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, message)
}

fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["text/csv", "text/plain", "text/tab-separated-values", "application/csv"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

/// Download a run's remittance list
#[utoipa::path(get, path = "/api/v1/payout-runs/{id}/remittance", tag = "Payout runs", operation_id = "getPayoutRemittance",
    description = "Returns CSV for your accountant, one line per payout: the recipient, the amount, the tax withheld, \
                   the rail and the transfer, the time, and the programs. No cell contains a formula.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The remittance list", body = String, content_type = "text/csv"),
        Refused))]
pub async fn remittance(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Response> {
    let id = parse(&id)?;
    list(&state, key.organization, id).await
}

/// # Errors
/// 404 if it isn't one of the organization's; database errors.
pub(super) async fn list(state: &AppState, organization: OrganizationId, id: PayoutRunId) -> Result<Response> {
    let mut tx = state.db.tenant(organization).await?;
    let run = read_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let lines = file_store::remittance(&mut tx, id).await?;
    tx.commit().await?;
    let mut text = remittance::heading();
    lines.iter().for_each(|one| text.push_str(&remittance::line(one, run.currency)));
    answer(Sheet { name: format!("remittance-{id}.csv"), text, parts: 1 })
}
