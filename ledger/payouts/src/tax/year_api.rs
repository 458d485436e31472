//! `/api/v1/tax-years/{year}`: a year's results, as JSON and as files.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use payout_core::tax::nec;
use serde_json::json;
use shared::id::OrganizationId;

use super::{
    view::{TaxPayee, TaxYear},
    year::{self, Line, Year},
};
use identity::{
    access::{
        actor::Actor,
        api_key::{ConfigureKey, ReadKey},
    },
    audit::{self, Entry},
};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        pagination::{PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    page::csv,
    state::AppState,
};
use rules::format;

const COLUMNS: [&str; 14] = [
    "Affiliate",
    "Name",
    "E-mail",
    "Country",
    "Paid (USD)",
    "Withheld (USD)",
    "Came back (USD)",
    "Not converted",
    "Form",
    "Form status",
    "Submitted",
    "TIN (last four)",
    "Expires",
    "Threshold reached",
];

/// Retrieve a tax year
#[utoipa::path(get, path = "/api/v1/tax-years/{year}", tag = "Tax", operation_id = "getTaxYear",
    description = "Returns the payments of a calendar year by payee, minus what came back in that year, with the \
                   status of each payee's tax form. A payment counts on the day on which it was sent.",
    params(("year" = i32, Path, example = 2026), PageParams),
    responses(
        (status = 200, description = "The year with one page of its payees", body = TaxYear),
        (status = 404, description = "The year isn't a supported calendar year", body = ErrorSchema),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(year): Path<String>,
    mut query: Query,
) -> Result<Json<TaxYear>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    query.finish()?;
    let year = loaded(&state, key.organization, &year).await?;
    let limit = usize::try_from(pagination.limit()).unwrap_or(usize::MAX);
    let after = |line: &&Line| pagination.after.is_none_or(|after| line.affiliate.uuid() < after);
    let rows: Vec<&Line> = year.lines.iter().filter(after).take(limit).collect();
    let page = pagination.page(rows, |line| line.affiliate.uuid(), TaxPayee::from);
    Ok(Json(TaxYear::of(&year, page.data, page.next_cursor)))
}

/// Export a tax year
#[utoipa::path(get, path = "/api/v1/tax-years/{year}/payees.csv", tag = "Tax", operation_id = "exportTaxYear",
    description = "Returns all payees of the year as CSV. Taxpayer numbers show only their last four digits.",
    params(("year" = i32, Path, example = 2026)),
    responses(
        (status = 200, description = "One line per payee", body = String, content_type = "text/csv"),
        (status = 404, description = "The year isn't a supported calendar year", body = ErrorSchema),
        Refused))]
pub async fn payees(State(state): State<AppState>, key: ReadKey, Path(year): Path<String>) -> Result<Response> {
    let year = loaded(&state, key.organization, &year).await?;
    table(&year)
}

/// Export 1099-NEC forms
#[utoipa::path(get, path = "/api/v1/tax-years/{year}/1099-nec.csv", tag = "Tax", operation_id = "export1099Nec",
    security(("bearer" = ["admin"])),
    description = "Returns one line per Form 1099-NEC that is due, for the person or service that files them: US \
                   payees that aren't corporations and are at or above the threshold, and everyone from whom tax was \
                   withheld. The file contains full taxpayer numbers, so each export is recorded in the audit log.",
    params(("year" = i32, Path, example = 2026)),
    responses(
        (status = 200, description = "One line per form", body = String, content_type = "text/csv"),
        (status = 403, description = "The key's scope isn't `admin`, or its role is below admin", body = ErrorSchema),
        (status = 404, description = "The year isn't a supported calendar year", body = ErrorSchema),
        Refused))]
pub async fn nec_forms(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(year): Path<String>,
) -> Result<Response> {
    necs(&state, key.organization, &year, &key.actor).await
}

/// # Errors
/// 404 for an invalid year.
pub(super) async fn loaded(state: &AppState, organization: OrganizationId, text: &str) -> Result<Year> {
    let number = year::parse(text).ok_or_else(Error::not_found)?;
    let mut tx = state.db.tenant(organization).await?;
    let year = year::load(&mut tx, number, state.clock.now()).await?;
    tx.commit().await?;
    Ok(year)
}

/// Returns the year's payees as a file.
///
/// # Errors
/// Fails if the response can't be built.
pub(super) fn table(year: &Year) -> Result<Response> {
    let mut text = csv::line(COLUMNS);
    for line in &year.lines {
        let form = line.form.as_ref();
        let unconverted: Vec<String> =
            line.unconverted.iter().map(|(currency, minor)| format::money(*minor, currency)).collect();
        let cells = [
            line.affiliate.to_string(),
            line.name.clone(),
            line.email.clone(),
            line.country.clone().unwrap_or_default(),
            nec::dollars(line.paid),
            nec::dollars(line.withheld),
            nec::dollars(line.returned),
            unconverted.join("; "),
            year::form_name(line).to_owned(),
            year::status_name(line).to_owned(),
            form.map(|form| form.submitted_at.to_string()).unwrap_or_default(),
            form.map(|form| form.tin_hint.clone()).unwrap_or_default(),
            form.and_then(|form| form.expires_on).map(payout_core::tax::field::written_day).unwrap_or_default(),
            if line.crossed { "yes" } else { "no" }.to_owned(),
        ];
        text.push_str(&csv::line(cells.iter().map(String::as_str)));
    }
    csv::attachment(&format!("tax-{}.csv", year.year), csv::KIND, text)
}

/// Returns the year's 1099-NEC forms as a file. The export is recorded in the audit log first.
///
/// # Errors
/// 404 for an invalid year.
pub(super) async fn necs(
    state: &AppState,
    organization: OrganizationId,
    text: &str,
    actor: &Actor,
) -> Result<Response> {
    let year = loaded(state, organization, text).await?;
    let due = year::due(&year, &state.config.keys, organization)?;
    let mut tx = state.db.tenant(organization).await?;
    let entry = Entry::new("tax_year.exported", organization).after(json!({"year": year.year, "forms": due.len()}));
    audit::record(&mut tx, actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    let mut text = csv::line(nec::COLUMNS);
    for line in nec::table(year.year, &due) {
        text.push_str(&csv::line(line.iter().map(String::as_str)));
    }
    csv::attachment(&format!("1099-nec-{}.csv", year.year), csv::KIND, text)
}
