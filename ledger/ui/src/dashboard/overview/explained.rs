//! `POST /dashboard/why`: what changed in a period, as our own list, and in the words of the organization's model. The model
//! gets the figures of the list and may use no others.

use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    PLACE,
    compared::Earlier,
    differences::{self, Difference, Part},
    filters::OverviewFilters,
    rankings,
    slice::{Precision, Scope},
    store, zone,
};
use crate::dashboard::facets::By;
use identity::{
    access::{member::Member, session::Session},
    page::frame::Frame,
    suggestion::{Outcome, Suggestions, names::Names},
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, address::Address, span::Span, zone::Zone},
    state::AppState,
};
use programs::dashboard::pick_store;

/// Values of a kind whose figures are compared.
const CANDIDATES: usize = 8;
const TASK: &str = "You explain to someone who runs an affiliate program why their figures changed. Say first what changed most, \
     then which affiliates, programs, countries or sources account for it. Figures don't show causes: say what they show, and \
     what the person can look at next.";

#[derive(Debug, askama::Template)]
#[template(path = "why.html")]
struct WhyPage {
    frame: Frame,
    /// The overview with the same filters.
    overview: Address,
    span: Span,
    earlier: Earlier,
    totals: Vec<Difference>,
    parts: Vec<Part>,
    /// Paragraphs of the explanation, or why there is none.
    explanation: Outcome<Vec<String>>,
}

/// `POST /dashboard/why`: shows what changed under the overview's filters, with an explanation if there is one.
///
/// # Errors
/// 404 if the organization isn't the person's or has no model; 403 for a viewer; 400 for an unknown filter; 503 if the
/// database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    suggestions.connected(&state, member.organization).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let zone = zone(&mut tx).await?;
    tx.commit().await?;
    let sent = fields.pairs().iter().fold(Address::new(PLACE), |address, (name, value)| address.with(name, value));
    let filters = read(&sent, &zone, state.clock.now())?;
    let earlier =
        Earlier::of(&filters.span).ok_or_else(|| Error::field("compare", "Choose a period to compare with."))?;
    let overview = filters.on(PLACE, member.organization);
    let (totals, parts) = compare(&state, member.organization, &overview, &zone).await?;
    let explanation = explain((&state, &suggestions), &member, (&filters.span, &earlier), (&totals, &parts)).await?;
    let frame = Frame::load(&state, &session, member.organization, PLACE).await?;
    Ok(Html(WhyPage { frame, overview, span: filters.span, earlier, totals, parts, explanation }).into_response())
}

fn read(address: &Address, zone: &Zone, now: Timestamp) -> Result<OverviewFilters> {
    let whole = address.to_string();
    let query = whole.split_once('?').map_or("", |(_, query)| query);
    OverviewFilters::read(&mut Query::parse(query)?, zone, now)
}

/// The figures of both periods under the filters of an address; `None` if they can't be compared.
async fn figures_at(
    tx: &mut TenantTx,
    address: &Address,
    zone: &Zone,
    now: Timestamp,
) -> Result<Option<super::Sliced>> {
    let mut filters = read(address, zone, now)?;
    filters.slice.find(tx).await?;
    let scope = Scope::of(tx, &filters.slice, now).await?;
    let sliced = super::figures(tx, &filters, scope.as_ref(), now).await?;
    Ok(Some(sliced).filter(|sliced| matches!(sliced.precision, Precision::Exact | Precision::UtcDays)))
}

async fn compare(
    state: &AppState,
    organization: OrganizationId,
    overview: &Address,
    zone: &Zone,
) -> Result<(Vec<Difference>, Vec<Part>)> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let Some(whole) = figures_at(&mut tx, overview, zone, now).await? else { return Ok((Vec::new(), Vec::new())) };
    let mut currencies = whole.currencies.clone();
    currencies.extend(whole.figures.earlier_sum.money.keys().filter(|code| !whole.currencies.contains(code)).cloned());
    let mut filters = read(overview, zone, now)?;
    let only = filters.currency.clone();
    currencies.retain(|code| only.as_ref().is_none_or(|only| only == code));
    filters.slice.find(&mut tx).await?;
    let happened = whole.figures.sum.clicks + whole.figures.sum.conversions;
    let mut parts = Vec::new();
    for (kind, parameter, candidates) in candidates(&mut tx, &filters, happened, now).await? {
        // A filter has one value already.
        if overview.pairs().any(|(name, _)| name == parameter) {
            continue;
        }
        let mut found = Vec::new();
        for (name, value) in candidates {
            let there = overview.clone().with(parameter, &value);
            let Some(sliced) = figures_at(&mut tx, &there, zone, now).await? else { continue };
            if let Some(difference) = differences::of_part(&sliced.figures, currencies.first().map(String::as_str)) {
                found.push(Part { kind, name, href: there.to_string(), difference });
            }
        }
        parts.extend(differences::largest(found));
    }
    tx.commit().await?;
    Ok((differences::totals(&whole.figures, &currencies), parts))
}

/// A kind of part, the filter's name, and each value with its name.
type Candidates = (&'static str, &'static str, Vec<(String, String)>);

/// What stands out in either period.
async fn candidates(
    tx: &mut TenantTx,
    filters: &OverviewFilters,
    happened: i64,
    now: Timestamp,
) -> Result<Vec<Candidates>> {
    let scope = Scope::of(tx, &filters.slice, now).await?;
    let earlier = filters.span.earlier().map(|span| OverviewFilters { span, ..filters.clone() });
    let both: Vec<&OverviewFilters> = std::iter::once(filters).chain(earlier.as_ref()).collect();
    let mut affiliates: Vec<(String, String)> = Vec::new();
    for filters in &both {
        let ranked = rankings::ranked(tx, (filters, scope.as_ref()), happened, now).await?;
        affiliates.extend(ranked.names());
    }
    let programs = pick_store::programs(tx).await?.into_iter();
    let programs = programs.map(|program| (program.name, program.id.to_string())).take(CANDIDATES).collect();
    let mut all = vec![("Affiliate", "affiliate", without_repeats(affiliates)), ("Program", "program", programs)];
    for (kind, by) in [("Country", By::Country), ("Source", By::Source)] {
        let mut values = Vec::new();
        for filters in &both {
            let rows = store::facet(tx, by.key(), &filters.span, i64::try_from(CANDIDATES).unwrap_or(i64::MAX)).await?;
            values.extend(rows.into_iter().map(|(value, _)| (by.shown(&value), by.parameter(&value))));
        }
        all.push((kind, by.key(), without_repeats(values)));
    }
    Ok(all)
}

fn without_repeats(values: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for one in values {
        if !kept.iter().any(|known| known.1 == one.1) {
            kept.push(one);
        }
    }
    kept.truncate(2 * CANDIDATES);
    kept
}

async fn explain(
    (state, suggestions): (&AppState, &Suggestions),
    member: &Member,
    shown: (&Span, &Earlier),
    (totals, parts): (&[Difference], &[Part]),
) -> Result<Outcome<Vec<String>>> {
    if totals.is_empty() {
        return Ok(Err("There are too many clicks or sales in this period to compare them.".to_owned()));
    }
    let mut names = Names::default();
    let facts = facts(shown, (totals, parts), &mut names);
    suggestions.explanation((state, member), TASK, (&facts, &names)).await
}

/// Names of affiliates and of other sites stay here.
fn facts((span, earlier): (&Span, &Earlier), (totals, parts): (&[Difference], &[Part]), names: &mut Names) -> String {
    let mut lines = vec![format!("Period: {}. Compared with {}: {}.", span.title(), earlier.name, earlier.days)];
    lines.extend(totals.iter().map(Difference::line));
    for Part { kind, name, difference, .. } in parts {
        let name = if matches!(*kind, "Affiliate" | "Source") { names.hidden(name) } else { name.clone() };
        lines.push(format!("{kind} {name}: {}", difference.line()));
    }
    lines.join("\n")
}
