//! `POST /dashboard/why`: what changed in a period, as our own list, and in the words of the organization's model. The model
//! gets the figures of the list and may use no others.

use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;

use super::{
    PLACE, Sliced,
    compared::Earlier,
    contributions::{Candidate, Kind, Whole},
    differences::{self, Difference, Part},
    filters::OverviewFilters,
    rankings,
    slice::{Precision, Scope},
    store, zone,
};
use identity::{
    access::session::Session,
    page::frame::Frame,
    suggestion::{Connected, Outcome, Suggestions, names::Names},
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

/// Countries or sources of each period whose figures are compared.
const CANDIDATES: i64 = 8;
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
    let model = suggestions.connected(&state, &member).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(member.organization).await?;
    let zone = zone(&mut tx).await?;
    let sent = fields.pairs().iter().fold(Address::new(PLACE), |address, (name, value)| address.with(name, value));
    let mut filters = read(&sent, &zone, now)?;
    let earlier =
        Earlier::of(&filters.span).ok_or_else(|| Error::field("compare", "Choose a period to compare with."))?;
    filters.slice.find(&mut tx).await?;
    let overview = filters.on(PLACE, member.organization);
    let (totals, parts) = compare(&mut tx, &overview, &filters, now).await?;
    tx.commit().await?;
    let explanation = explain(&model, (&filters.span, &earlier), (&totals, &parts)).await?;
    let frame = Frame::load(&state, &session, member.organization, PLACE).await?;
    Ok(Html(WhyPage { frame, overview, span: filters.span, earlier, totals, parts, explanation }).into_response())
}

fn read(address: &Address, zone: &Zone, now: Timestamp) -> Result<OverviewFilters> {
    let whole = address.to_string();
    let query = whole.split_once('?').map_or("", |(_, query)| query);
    OverviewFilters::read(&mut Query::parse(query)?, zone, now)
}

/// The differences of the whole and of its parts; none if both periods can't be compared.
async fn compare(
    tx: &mut TenantTx,
    overview: &Address,
    filters: &OverviewFilters,
    now: Timestamp,
) -> Result<(Vec<Difference>, Vec<Part>)> {
    let scope = Scope::of(tx, filters, now).await?;
    let Sliced { figures, precision, .. } = super::figures(tx, filters, scope.as_ref(), now).await?;
    if !matches!(precision, Precision::Exact | Precision::UtcDays) {
        return Ok((Vec::new(), Vec::new()));
    }
    let currencies = figures.currencies();
    let totals = differences::totals(&figures, &currencies);
    let Some(scope) = &scope else { return Ok((totals, Vec::new())) };
    let whole = Whole::of(tx, (&filters.span, scope), currencies.first().map(String::as_str), now).await?;
    let mut parts = Vec::new();
    // A filter has one value already.
    for kind in Kind::ALL.into_iter().filter(|kind| overview.pairs().all(|(name, _)| name != kind.key())) {
        let candidates = candidates(tx, kind, &filters.span, &whole).await?;
        let Some(contributions) = whole.contributions(tx, kind, &candidates).await? else { continue };
        let found = candidates.into_iter().zip(contributions).filter_map(|(candidate, contribution)| {
            let difference = differences::of_part(&contribution, whole.currency)?;
            let href = overview.clone().with(kind.key(), &candidate.parameter).to_string();
            Some(Part { kind: kind.title(), name: candidate.name, href, difference })
        });
        parts.extend(differences::largest(found.collect()));
    }
    Ok((totals, parts))
}

/// What stands out in either period.
async fn candidates(tx: &mut TenantTx, kind: Kind, span: &Span, whole: &Whole<'_>) -> Result<Vec<Candidate>> {
    if kind == Kind::Program {
        let programs = pick_store::programs(tx).await?.into_iter();
        return Ok(programs.map(|one| Candidate::of_id(one.name, one.id.to_string(), one.id.uuid())).collect());
    }
    let mut found = Vec::new();
    let earlier = span.earlier();
    // Clicks have no currency, so those who sold nothing in the chosen one may stand out, too.
    let chosen = whole.scope.currency.as_deref();
    let currencies: Vec<Option<&str>> = chosen.map(Some).into_iter().chain([None]).collect();
    for span in std::iter::once(span).chain(earlier.as_ref()) {
        if let Some(by) = kind.by() {
            let values = store::facet(tx, by.key(), span, CANDIDATES).await?;
            found.extend(values.iter().map(|(value, _)| Candidate::of_value(by, value)));
        } else {
            for &currency in &currencies {
                let best = rankings::top(tx, (span, whole.scope, currency), whole.totals.1).await?.into_iter();
                found.extend(best.map(|one| Candidate::of_id(one.name, one.id.to_string(), one.id.uuid())));
            }
        }
    }
    Ok(without_repeats(found))
}

fn without_repeats(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for one in candidates {
        if !kept.iter().any(|known| known.parameter == one.parameter) {
            kept.push(one);
        }
    }
    kept
}

async fn explain(
    model: &Connected,
    shown: (&Span, &Earlier),
    (totals, parts): (&[Difference], &[Part]),
) -> Result<Outcome<Vec<String>>> {
    if totals.is_empty() {
        return Ok(Err(
            "There are too many clicks or sales to compare. Choose a shorter period, or remove a filter.".to_owned()
        ));
    }
    let mut names = Names::default();
    let facts = facts(shown, (totals, parts), &mut names);
    model.explanation(TASK, (&facts, &names)).await
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
