//! `/api/v1/imports`: imports a file from another platform, which is checked first and runs when started.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::id::{ImportId, ProgramId};
use utoipa::ToSchema;

use super::{
    FILE_BYTES_MAX,
    create::{self, Changes, ImportInput},
    date::Order,
    decide::Outcome,
    field::{Kind, Mapping, Source},
    file, row_store,
    sale_row::{SaleTerms, Unpaid},
    store,
    view::{ImportRow, ImportView},
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{JsonBody, OptionalBody},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

const BODY_MAX: usize = FILE_BYTES_MAX + 64 * 1024;

/// The file to import, and its format.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "kind": "Affiliates", "source": "Rewardful", "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "destination": "https://acme.test/pricing",
    "csv": "first_name,last_name,email,token\nLauren,Vale,lauren@creators.test,lauren\n"
}))]
pub struct NewImport {
    /// `Affiliates`, `Customers`, `Sales` (past sales with their commissions), `Bonuses` (past amounts without a sale),
    /// `Payouts` (past payments, if the sales that they were for aren't imported) or `Leads` (past leads who haven't
    /// bought).
    kind: String,
    /// `Rewardful`, `FirstPromoter`, `Tapfiliate`, `PartnerStack`, `Tolt`, `Dub` or `Csv`.
    source: String,
    #[schema(value_type = String)]
    program_id: ProgramId,
    /// The landing page of the affiliates' links. Required for `Affiliates` if the program has no landing page.
    destination: Option<String>,
    /// Whether to email new affiliates a sign-in link. The default is false: no one is emailed.
    #[serde(rename = "tellAffiliates")]
    notify_affiliates: Option<bool>,
    /// The file: a header row and at most 50,000 rows, at most 20 MB. Required without `rows`.
    csv: Option<String>,
    /// The rows as objects instead of a file, at most 50,000. Their keys are the columns, and their values are texts,
    /// numbers, booleans or null. For past sales: `externalId`, `occurredAt`, `affiliateEmail` or `affiliateSlug`,
    /// `amountCents`, `commissionCents`, `currency`, `status`, `paidAt`, `payoutId`, `customerId`, `customerEmail` and
    /// `subscriptionId`. For past bonuses: `externalId`, `occurredAt`, `affiliateEmail` or `affiliateSlug`,
    /// `amountCents`, `currency`, `status`, `paidAt`, `payoutId` and `reason`. For past payments: `externalId` (the
    /// reference), `occurredAt`, `affiliateEmail` or `affiliateSlug`, `amountCents`, `currency` and `status`.
    /// For past leads: `externalId`, `occurredAt`, `affiliateEmail` or `affiliateSlug`, and `customerId` or
    /// `customerEmail`.
    #[schema(value_type = Option<Vec<Object>>)]
    rows: Option<Vec<Map<String, Value>>>,
    /// The column of each field, starting at 0. By default, fields are matched by column name.
    mapping: Option<Mapping>,
    /// The date format: `DayFirst`, `MonthFirst`, `YearFirst` or `Automatic` (default). `Automatic` accepts
    /// `2026-04-03` and rejects `03/04/2026`, which is ambiguous.
    date_order: Option<String>,
    /// For imports of past sales, bonuses and payments.
    sales: Option<SaleOptions>,
}

/// How past sales, bonuses and payments are read and booked. Ignored for other imports.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaleOptions {
    /// `SettledThere` (default): commissions and bonuses that the other platform hasn't paid are settled there and
    /// never paid here. `PaidHere`: commissions become payable here after the plan's hold, and bonuses right away.
    unpaid: Option<String>,
    /// Whether the other platform reports its payments to the tax authority. The default is false: imported payments
    /// count in the tax year of their date.
    taxed_there: Option<bool>,
    /// The currency of rows that name none.
    currency: Option<String>,
    /// Whether amounts are in minor units even in columns whose names don't end with `cents`.
    in_cents: Option<bool>,
}

/// Optional changes before the start.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartImport {
    /// Replaces the import's mapping. It must be complete, and the rows are checked again with it.
    mapping: Option<Mapping>,
    /// Replaces the import's date format. The rows are checked again with it.
    date_order: Option<String>,
    /// Replaces how past sales, bonuses and payments are read and booked. The rows are checked again with it.
    sales: Option<SaleOptions>,
}

/// Create an import
///
/// Stores the file's rows and checks them: what each would create, update or leave unchanged, and which are rejected
/// and why. Nothing is imported until you start the import. Customers are bound to their affiliate, so that their future
/// purchases are credited. Past sales are booked with the commission that the file states, and `sums` shows their totals
/// before the start. What another platform paid for them is never paid again, and no one is notified. The same goes for
/// past bonuses, and for past payments whose sales aren't imported: each counts on its own day, once for each
/// `externalId` and `source`.
#[utoipa::path(post, path = "/api/v1/imports", tag = "Imports", operation_id = "createImport",
    params(IdempotencyKey),
    request_body = NewImport,
    responses(
        (status = 201, description = "Created, and checked if the column mapping is complete", body = ImportView),
        (status = 400, description = "`field` names the invalid input: `file` if the CSV or the rows can't be read",
            body = ErrorSchema),
        (status = 402, description = "`plan_tier_required`: bulk invitations aren't in your plan", body = ErrorSchema),
        (status = 404, description = "The program doesn't exist", body = ErrorSchema),
        (status = 413, description = "The body exceeds 20,544 KB (20 MB for the file, and the other fields)",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewImport, BODY_MAX>,
) -> Result<Response> {
    let new = body.value;
    let kinds = || Kind::ALL.map(Kind::as_str).join(", ");
    let unknown = || Error::field("kind", format!("kind must be one of {}", kinds()));
    let kind = Kind::parse(&new.kind).ok_or_else(unknown)?;
    let source = Source::parse(&new.source).ok_or_else(|| {
        let names: Vec<&str> = Source::ALL.iter().map(|source| source.as_str()).collect();
        Error::field("source", format!("source must be one of {}", names.join(", ")))
    })?;
    let input = ImportInput {
        kind: Some(kind),
        source,
        program: new.program_id,
        destination: new.destination,
        notify: new.notify_affiliates.unwrap_or(false),
        mapping: new.mapping,
        dates: dates(new.date_order.as_deref())?.unwrap_or(Order::Automatic),
        terms: terms(new.sales.unwrap_or_default())?,
        table: match (new.csv, new.rows) {
            (Some(csv), None) => create::table(csv.into_bytes()).await?,
            (None, Some(rows)) => file::of_objects(&rows).map_err(|why| Error::field("rows", why.to_string()))?,
            _ => return Err(Error::field("csv", "Send either csv or rows")),
        },
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let (import, entry) = create::create(&mut write.tx, &state, &actor, input).await?;
    write.audit(entry).await?;
    let view = view(&mut write.tx, import.id).await?;
    write.answer(StatusCode::CREATED, &view).await
}

async fn view(tx: &mut TenantTx, id: ImportId) -> Result<ImportView> {
    let import = store::read(tx, id).await?.ok_or_else(Error::not_found)?;
    let counts = row_store::counts(tx, &[id]).await?.remove(&id).unwrap_or_default();
    let sums = row_store::sums(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(ImportView::of(import, counts, sums))
}

fn dates(details: Option<&str>) -> Result<Option<Order>> {
    let names = || Order::ALL.map(Order::as_str).join(", ");
    let order = |details| {
        Order::parse(details).ok_or_else(|| Error::field("dateOrder", format!("dateOrder must be one of {}", names())))
    };
    details.map(order).transpose()
}

fn terms(options: SaleOptions) -> Result<SaleTerms> {
    let unpaid = options.unpaid.as_deref().map(|text| {
        Unpaid::parse(text).ok_or_else(|| Error::field("sales.unpaid", "sales.unpaid must be SettledThere or PaidHere"))
    });
    let currency = options
        .currency
        .as_deref()
        .map(|text| text.parse().map_err(|error| Error::field("sales.currency", format!("sales.currency {error}"))));
    Ok(SaleTerms {
        unpaid: unpaid.transpose()?.unwrap_or(Unpaid::SettledThere),
        taxed_there: options.taxed_there.unwrap_or(false),
        currency: currency.transpose()?,
        in_cents: options.in_cents.unwrap_or(false),
    })
}

fn named(id: &str) -> Result<ImportId> {
    id.parse().map_err(|_| Error::not_found())
}

/// List imports
#[utoipa::path(get, path = "/api/v1/imports", tag = "Imports", operation_id = "listImports",
    params(PageParams),
    responses((status = 200, description = "The imports, newest first", body = Page<ImportView>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<ImportView>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let imports = store::list(&mut tx, None, pagination.after, pagination.limit()).await?;
    let ids: Vec<ImportId> = imports.iter().map(|import| import.id).collect();
    let counts = row_store::counts(&mut tx, &ids).await?;
    let sums = row_store::sums(&mut tx, &ids).await?;
    tx.end();
    Ok(Json(pagination.page(
        imports,
        |import| import.id.uuid(),
        |import| {
            let counts = counts.get(&import.id).copied().unwrap_or_default();
            let sums = sums.get(&import.id).cloned().unwrap_or_default();
            ImportView::of(import, counts, sums)
        },
    )))
}

/// Retrieve an import
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "Imports", operation_id = "getImport",
    params(("id" = String, Path, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The import and its progress", body = ImportView),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<ImportView>> {
    let mut tx = key.reader(&state).await?;
    let view = view(&mut tx, named(&id)?).await?;
    tx.end();
    Ok(Json(view))
}

/// List an import's rows
///
/// Returns the expected outcome of each row before the run, and the actual outcome after it.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rows", tag = "Imports", operation_id = "listImportRows",
    params(PageParams,
        ("id" = String, Path, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("outcome" = Option<String>, Query, description = "`New`, `Updated`, `Unchanged` or `Refused`",
            example = "Refused")),
    responses(
        (status = 200, description = "The rows, in the order of the file", body = Page<ImportRow>),
        Refused))]
pub async fn rows(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<Page<ImportRow>>> {
    let pagination: Pagination<i64> = query.page()?;
    let outcome = query.one_of("outcome", &["New", "Updated", "Unchanged", "Refused"])?.and_then(Outcome::parse);
    query.finish()?;
    let id = named(&id)?;
    let after = i32::try_from(pagination.after.unwrap_or(0)).unwrap_or(i32::MAX);
    let mut tx = key.reader(&state).await?;
    store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let rows = row_store::report(&mut tx, id, outcome, after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| i64::from(row.line), ImportRow::from)))
}

/// Start an import
///
/// Imports the checked rows in the background, and resumes automatically after a restart. Get the import to see its
/// progress.
#[utoipa::path(post, path = "/api/v1/imports/{id}/start", tag = "Imports", operation_id = "startImport",
    params(("id" = String, Path, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body(content = Option<StartImport>),
    responses(
        (status = 202, description = "The import is running, or has run already", body = ImportView),
        (status = 400, description = "The mapping is incomplete, or `dateOrder` is unknown", body = ErrorSchema),
        (status = 402, description = "`plan_tier_required`: bulk invitations aren't in your plan", body = ErrorSchema),
        (status = 409, description = "`wrong_status`: not checked yet, or cancelled; or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn start(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: OptionalBody<StartImport>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let id = named(&id)?;
    let StartImport { mapping, date_order, sales } = body.value;
    let changes = Changes { mapping, dates: dates(date_order.as_deref())?, terms: sales.map(terms).transpose()? };
    if !changes.is_empty() {
        create::remap(&mut write.tx, &state, id, changes).await?;
    }
    let entry = create::start(&mut write.tx, &state, id).await?;
    let view = view(&mut write.tx, id).await?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::ACCEPTED, &view).await
        }
        None => write.unchanged(StatusCode::ACCEPTED, &view).await,
    }
}

/// Cancel an import
///
/// Rows that were already imported stay.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "Imports", operation_id = "cancelImport",
    params(("id" = String, Path, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The cancelled import", body = ImportView),
        (status = 409, description = "`wrong_status`: it is finished; or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn cancel(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let id = named(&id)?;
    let entry = create::cancel(&mut write.tx, &state, id).await?;
    let view = view(&mut write.tx, id).await?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

/// An empty body.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
