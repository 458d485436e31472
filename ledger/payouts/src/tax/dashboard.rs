//! `/dashboard/payouts/tax`: forms that wait for review, and a year's payees.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{
    cached_year,
    store::{self, Filter},
    year::{self, Line},
    year_api, year_store,
};
use identity::{
    access::{
        member::Choice,
        session::Session,
        step_up::{self, Challenge, Given},
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result as Answer},
    form::Fields,
    page::{Html, PageError, zone::Zone},
    state::AppState,
};
use rules::format;

pub const PLACE: &str = "/dashboard/payouts/tax";
const PER_PAGE: usize = 100;
const WAITING_MAX: i64 = 50;
/// The number of years to choose from.
const YEARS: i32 = 5;

#[derive(Debug, askama::Template)]
#[template(path = "tax_year.html")]
struct YearPage {
    frame: Frame,
    year: i32,
    years: Vec<i32>,
    threshold: String,
    paid: String,
    withheld: String,
    any_withheld: bool,
    due: usize,
    /// Payees over the threshold without a form that shows whether to report them.
    unreported: usize,
    unconverted: usize,
    waiting: Vec<Waiting>,
    rows: Vec<PayeeRow>,
    total: usize,
    more: Option<usize>,
    /// What the person must enter to get the file with full taxpayer numbers.
    challenge: Challenge,
    /// Why the file wasn't sent.
    problem: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    id: String,
    name: String,
    email: String,
    form: &'static str,
    since: (String, String),
}

#[derive(Debug)]
struct PayeeRow {
    affiliate: String,
    name: String,
    email: String,
    paid: String,
    withheld: Option<String>,
    returned: Option<String>,
    unconverted: Vec<String>,
    form: Option<(String, &'static str)>,
    status: &'static str,
    tone: &'static str,
    uploaded: Option<(String, String)>,
    country: String,
    crossed: bool,
}

/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let requested = query.text("year");
    let from = query.text("from").and_then(|text| text.parse().ok()).unwrap_or_default();
    Ok(Html(load(&state, &session, organization, requested, from).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    requested: Option<String>,
    from: usize,
) -> Answer<YearPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let challenge =
        if frame.may_configure() { step_up::challenge_for(state, session).await? } else { Challenge::Nothing };
    let mut tx = state.db.tenant(organization).await?;
    let this = year_store::year_of(&mut tx, state.clock.now()).await?;
    let number = match requested {
        Some(text) => year::parse(&text).ok_or_else(Error::not_found)?,
        None => this,
    };
    let year = cached_year::load(&mut tx, number, state.clock.now()).await?;
    let filter = Filter { status: Some("Submitted"), limit: WAITING_MAX, ..Filter::default() };
    let waiting = store::list(&mut tx, &filter).await?;
    tx.commit().await?;
    let due = year::due(&year, &state.config.keys, organization)?;
    let unreported = year.lines.iter().filter(|line| line.crossed && unknown(line)).count();
    let mut lines: Vec<&Line> = year.lines.iter().collect();
    lines.sort_by_cached_key(|line| (std::cmp::Reverse(line.paid), line.name.to_lowercase()));
    let total = lines.len();
    let rows: Vec<PayeeRow> =
        lines.into_iter().skip(from).take(PER_PAGE).map(|line| PayeeRow::of(line, &frame.zone)).collect();
    let next = from.saturating_add(rows.len());
    let mut years: Vec<i32> = (0..YEARS).map(|back| this - back).collect();
    if !years.contains(&number) {
        years.push(number);
    }
    Ok(YearPage {
        year: number,
        years,
        threshold: format::money(year.threshold, "USD"),
        paid: format::money(year.paid(), "USD"),
        withheld: format::money(year.withheld(), "USD"),
        any_withheld: year.withheld() > 0,
        due: due.len(),
        unreported,
        unconverted: year.unconverted(),
        waiting: waiting.into_iter().map(|row| Waiting::of(row, &frame.zone)).collect(),
        frame,
        rows,
        total,
        more: (next < total).then_some(next),
        challenge,
        problem: None,
    })
}

/// Returns whether it is unknown if the payee is a US person.
fn unknown(line: &Line) -> bool {
    use super::{gate::TaxFormStatus, store::Status};
    line.form.as_ref().is_none_or(|form| matches!(form.status, Status::Submitted | Status::Rejected))
        && matches!(line.form_status, TaxFormStatus::Missing | TaxFormStatus::Rejected)
}

impl Waiting {
    fn of(row: store::Row, zone: &Zone) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            email: row.email,
            form: row.kind.name(),
            since: (row.submitted_at.to_string(), zone.date(row.submitted_at)),
        }
    }
}

impl PayeeRow {
    fn of(line: &Line, zone: &Zone) -> Self {
        use super::gate::TaxFormStatus;
        let money = |cents| format::money(cents, "USD");
        let waits = line.form.as_ref().is_some_and(|form| form.status == store::Status::Submitted);
        Self {
            affiliate: line.affiliate.to_string(),
            name: line.name.clone(),
            email: line.email.clone(),
            paid: money(line.paid),
            withheld: (line.withheld != 0).then(|| money(line.withheld)),
            returned: (line.returned != 0).then(|| money(line.returned)),
            unconverted: line.unconverted.iter().map(|(code, minor)| format::money(*minor, code)).collect(),
            form: line.form.as_ref().map(|form| (form.id.to_string(), form.kind.name())),
            status: year::status_name(line),
            tone: match line.form_status {
                TaxFormStatus::Valid => "good",
                TaxFormStatus::SubjectToWithholding => "wait",
                TaxFormStatus::Missing if waits => "wait",
                TaxFormStatus::Missing if !line.crossed => "off",
                TaxFormStatus::Missing | TaxFormStatus::Rejected | TaxFormStatus::Expired => "bad",
            },
            uploaded: line.form.as_ref().map(|form| (form.submitted_at.to_string(), zone.date(form.submitted_at))),
            country: line.country.clone().unwrap_or_default(),
            crossed: line.crossed,
        }
    }
}

/// `GET /dashboard/payouts/tax/{year}/payees.csv`.
///
/// # Errors
/// As [`show`], and 404 for an invalid year.
pub async fn payees(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let year = year_api::loaded(&state, organization, &text).await?;
    Ok(year_api::table(&year)?)
}

/// `POST /dashboard/payouts/tax/{year}/1099-nec.csv`, with full taxpayer numbers, after the person has proved who they
/// are.
///
/// # Errors
/// As [`payees`], and 403 for a manager or viewer. Without proof, the page says so and asks for it.
pub async fn nec_forms(
    State(state): State<AppState>,
    session: Session,
    Path(text): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    match step_up::prove(&state, &session, given).await {
        Ok(()) => Ok(year_api::necs(&state, member.organization, &text, &member.actor).await?),
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session, member.organization, Some(text), 0).await?;
            page.problem = Some(kit::form::sentence_for(&error));
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
