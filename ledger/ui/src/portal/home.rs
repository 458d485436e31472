//! `/a`: the portal's home page: what the affiliate earned, recent figures, and what to do next.

use std::collections::HashMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{
    home_store::{self, Totals},
    links::{Context, Targets},
    links_store,
    sales::Row,
    sales_store::{self, Filter},
    terms::{self, Terms},
};
use engine::figures::{Clicks, Sold, store as figures};
use identity::portal::{asking, frame::Frame, session::AffiliateSession};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Result,
    page::{
        Html, PageError,
        address::Address,
        chart::{
            days,
            plot::{Chart, Series, Tone},
        },
        span::Span,
    },
    state::AppState,
    text::{Text, Texts},
};
use payouts::{
    payout_account,
    statement::{
        self,
        money::{self, Money},
    },
    tax::{self, gate::TaxFormStatus},
};
use programs::link::share::{self, Share};

const HERE: &str = "/a";
/// The earnings on this page; the sales page has them all.
const RECENT: i64 = 8;

#[derive(Debug, askama::Template)]
#[template(path = "portal.html")]
pub struct HomePage {
    t: Texts,
    frame: Frame,
    organization: String,
    name: String,
    terms: Terms,
    /// The link to share first.
    link: Option<Share>,
    /// For the form that finds the link to any page.
    targets: Targets,
    tiles: Vec<Tile>,
    todo: Option<Todo>,
    /// Whether they may ask the brand's model.
    may_ask: bool,
    money: Money,
    /// Whether the affiliate still has to choose how they are paid.
    needs_method: bool,
    /// The newest earnings.
    rows: Vec<Row>,
    address: Address,
    chosen: Span,
    clicks: Chart,
    /// In the currency with the most conversions in the period.
    earned: Option<Chart>,
}

#[derive(Debug)]
struct Tile {
    title: String,
    /// One per currency; the first one is shown large.
    figures: Vec<String>,
    message: String,
}

/// Something that the affiliate has to do before they can be paid.
#[derive(Debug)]
struct Todo {
    message: String,
    href: &'static str,
    words: String,
}

/// `GET /a`: shows the home page.
///
/// # Errors
/// 400 for an invalid date range; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    query: Query,
) -> std::result::Result<Response, PageError> {
    Ok(Html(page(&state, &session, query, None).await?).into_response())
}

/// The page again, with the reason why the acceptance of the terms was refused.
pub async fn shown_again(state: &AppState, session: &AffiliateSession, wrong: String) -> Result<HomePage> {
    page(state, session, Query::default(), Some(wrong)).await
}

async fn page(
    state: &AppState,
    session: &AffiliateSession,
    mut query: Query,
    wrong: Option<String>,
) -> Result<HomePage> {
    let t = session.t;
    let chosen = Span::read(&mut query, &session.zone, state.clock.now())?.in_language(t);
    query.finish()?;
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let sums = statement::store::sums(&mut tx, Some(affiliate)).await?;
    let totals = home_store::totals(&mut tx, affiliate).await?;
    let whose = [affiliate.uuid()];
    let clicks = figures::clicks(&mut tx, &chosen, Some(&whose), None).await?;
    let earned = figures::sold(&mut tx, &chosen, Some(&whose), None).await?;
    let newest = Filter { limit: RECENT, ..Filter::default() };
    let recent = sales_store::list(&mut tx, affiliate, &newest).await?;
    let own = links_store::links(&mut tx, affiliate, None).await?;
    let now = state.clock.now();
    let page = HomePage {
        link: share::main(&mut tx, state, t, (session.organization_name.as_str(), affiliate)).await?,
        targets: Targets::of(Context::of(state, session), &own),
        terms: terms::of(&mut tx, session, wrong).await?,
        money: money::of(&mut tx, state, (t, &session.zone), affiliate).await?,
        needs_method: needs_method(&mut tx, session).await?,
        todo: todo(&mut tx, state, session).await?,
        may_ask: asking::allowed(&mut tx, state).await?.is_some(),
        rows: recent.iter().map(|row| Row::of(t, row, &session.zone, now)).collect(),
        tiles: tiles(t, &sums, totals),
        clicks: clicks_chart(&chosen, &clicks),
        earned: earned_chart(&chosen, &earned),
        t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        name: session.name.clone(),
        address: chosen.on(Address::new(HERE)),
        chosen,
    };
    tx.commit().await?;
    Ok(page)
}

fn tiles(t: Texts, sums: &[statement::store::Sums], totals: Totals) -> Vec<Tile> {
    let money = |figure: fn(&statement::store::Sums) -> i64| -> Vec<String> {
        or_nothing(sums.iter().map(|sum| t.money(figure(sum), sum.currency.code())).collect())
    };
    let count = |figure: i64| vec![t.count(figure.unsigned_abs())];
    let tile = |title, message, figures| Tile {
        title: t.say(title).to_string(),
        figures,
        message: t.say(message).to_string(),
    };
    let earned = money(|sum| sum.pending + sum.payable + sum.reserved + sum.paid + sum.withheld);
    vec![
        tile("portal-home-clicks", "portal-home-clicks-note", count(totals.clicks)),
        tile("portal-home-sales", "portal-home-sales-note", count(totals.sales + totals.leads)),
        tile("portal-home-earned", "portal-home-earned-note", earned),
    ]
}

fn or_nothing(figures: Vec<String>) -> Vec<String> {
    if figures.is_empty() { vec!["—".to_owned()] } else { figures }
}

/// A hold isn't theirs to end.
async fn needs_method(tx: &mut TenantTx, session: &AffiliateSession) -> Result<bool> {
    let status = payout_account::status::read(tx, session.affiliate).await?;
    Ok(status.hold.is_none() && !status.is_ready())
}

/// A tax form, if one is missing and none waits for the brand.
async fn todo(tx: &mut TenantTx, state: &AppState, session: &AffiliateSession) -> Result<Option<Todo>> {
    let (affiliate, brand, t) = (session.affiliate, &session.organization_name, session.t);
    let form_statuses = tax::gate::statuses(tx, &[affiliate], state.clock.now()).await?;
    let missing = matches!(
        form_statuses.of(affiliate),
        TaxFormStatus::Missing | TaxFormStatus::Expired | TaxFormStatus::Rejected
    );
    let filter = tax::store::Filter { affiliate: Some(affiliate), limit: 20, ..tax::store::Filter::default() };
    let forms = if missing { tax::store::list(tx, &filter).await? } else { Vec::new() };
    if !missing || forms.iter().any(|form| form.status == tax::store::Status::Submitted) {
        return Ok(None);
    }
    let notice = tax::gate::withholding_notice(tx, t, brand).await?;
    Ok(Some(Todo {
        message: t.say("portal-home-tax-form").with("notice", notice).to_string(),
        href: "/a/tax",
        words: t.say("portal-balance-submit-form").to_string(),
    }))
}

/// Figures by day or week, to be drawn.
fn series(span: &Span, figures: impl Iterator<Item = (i32, i64)>, title: Text, tone: Tone) -> Series {
    Series::new(span.t, title, tone, span.title(), days::points(span, figures)).unfinished(span.is_unfinished())
}

fn clicks_chart(span: &Span, days: &[Clicks]) -> Chart {
    let t = span.t;
    let count = |figure: i64| t.count(figure.unsigned_abs());
    let figures = days.iter().map(|row| (row.day, row.clicks));
    series(span, figures, t.say("portal-home-chart-clicks"), Tone::Clicks).draw(count, count)
}

/// In the currency with the most conversions; leads alone earn nothing that is drawn.
fn earned_chart(span: &Span, days: &[Sold]) -> Option<Chart> {
    let days = || days.iter().filter(|row| row.conversions != 0 || row.commission != 0);
    let mut sums: HashMap<&str, i64> = HashMap::new();
    for row in days() {
        *sums.entry(row.currency.as_str()).or_default() += row.conversions;
    }
    let (currency, _) = sums.into_iter().max_by_key(|(currency, count)| (*count, std::cmp::Reverse(*currency)))?;
    let own = days().filter(|row| row.currency == currency).map(|row| (row.day, row.commission));
    let t = span.t;
    let title = t.say("portal-home-chart-earned").with("currency", currency);
    let (write, scale) = (|figure| t.money(figure, currency), |figure| t.short_money(figure, currency));
    Some(series(span, own, title, Tone::Commissions).draw(write, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::page::zone::Zone;

    fn span(text: &str) -> Span {
        let now = shared::timestamp::Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").unwrap();
        Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    #[test]
    fn the_currency_with_the_most_sales_is_drawn() {
        let row = |currency: &str, conversions, commission| Sold {
            day: 5,
            currency: currency.to_owned(),
            conversions,
            renewals: 0,
            leads: 0,
            revenue: 0,
            commission,
        };
        let earned = earned_chart(&span("span=7d"), &[row("EUR", 1, 9_900), row("USD", 3, 1_200)]).unwrap();
        assert_eq!((earned.title.as_str(), earned.total.as_str()), ("Earned, USD", "$12.00"));
        assert_eq!((earned.rows[5].when.as_str(), earned.rows[5].figure.1.as_str()), ("Thu 19 Nov", "$12.00"));
        assert!(earned_chart(&span("span=7d"), &[]).is_none());
        assert!(earned_chart(&span("span=7d"), &[row("EUR", 0, 0)]).is_none(), "a lead");
    }

    #[test]
    fn a_year_is_drawn_by_weeks() {
        let row = |day, clicks| Clicks { day, clicks };
        let clicks = clicks_chart(&span("span=12m"), &[row(357, 1), row(358, 20), row(364, 300)]);
        let weeks: Vec<_> = clicks.rows.iter().map(|row| (row.when.as_str(), row.figure.0)).collect();
        assert_eq!((weeks.len(), clicks.total.as_str()), (53, "321"));
        assert_eq!(weeks[51..], [("7 Nov 2026 to 13 Nov 2026", 1), ("14 Nov 2026 to 20 Nov 2026", 320)]);
    }
}
