//! `/dev/components`: the components of pages, each with and without content. In development only.

use crate::development::open_in_development;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use kit::{
    api::query::Query,
    page::{
        Html, PageError,
        address::Address,
        chart::{
            bars::{self, Bar},
            days,
            funnel::{self, Step},
            plot::{Chart, Point, Series, Tone},
        },
        list::{Column, Heading, PageOf, Pager, Sort, headings},
        span::Span,
        tab::{Tab, tabs},
        zone::Zone,
    },
    state::AppState,
};
use rules::format;

const HERE: &str = "/dev/components";
const COLUMNS: [Column; 3] = [Column::text("Name", "name"), Column::number("Sales", "sales"), Column::plain("Status")];

/// A status in one of its colors.
#[derive(Debug)]
struct Badge {
    word: &'static str,
    tone: &'static str,
    note: &'static str,
}

#[derive(askama::Template)]
#[template(path = "components.html")]
struct Components {
    badges: [Badge; 7],
    address: Address,
    chosen: Span,
    tabs: Vec<Tab>,
    headings: Vec<Heading>,
    rows: Vec<(&'static str, u32)>,
    pager: Pager,
    /// Bars of few points.
    clicks: Chart,
    /// A line of many points, beside the period before.
    revenue: Chart,
    bars: Vec<Bar>,
    steps: Vec<Step>,
}

/// # Errors
/// 404 outside development; 400 for an invalid parameter.
pub async fn show(State(state): State<AppState>, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    open_in_development(&state)?;
    let mut query = Query::parse(query.as_deref().unwrap_or_default())?;
    let chosen = Span::read(&mut query, &Zone::utc(), state.clock.now())?;
    let sort = Sort::read(&mut query, &COLUMNS, Sort { key: "name", descending: false })?;
    let page = PageOf::read(&mut query, 3)?;
    let status = query.text("status").unwrap_or_default();
    query.finish()?;
    Ok(Html(Components::of(chosen, sort, page, &status)).into_response())
}

impl Components {
    fn of(chosen: Span, sort: Sort, page: PageOf, status: &str) -> Self {
        let address = chosen.on(Address::new(HERE)).with("status", status);
        let mut rows = vec![("Lauren Vale", 42), ("Mira Sol", 17), ("Tomas Reyes", 3), ("One more", 1)];
        let pager = page.around(&mut rows, &address);
        let count = |figure: i64| format::count(figure.unsigned_abs());
        let series = |title: &str, tone: Tone| {
            let figure = |at: i64| 20 + (at * 37) % 29 + at;
            let points: Vec<Point> =
                (0_i64..).zip(days::steps(&chosen)).map(|(at, step)| step.point(figure(at))).collect();
            Series::new(chosen.t, title, tone, chosen.title(), points).unfinished(true)
        };
        let clicks = series("Clicks", Tone::Clicks).draw(count, count);
        let earlier = clicks.rows.iter().map(|row| row.figure.0 * 2 / 3).collect();
        let write = |figure: i64| format::money(figure, "USD");
        let revenue = series("Revenue", Tone::Revenue).beside(earlier).rising();
        let revenue = revenue.draw(write, |figure| format::without_zeros(write(figure)));
        let sources = [("youtube.com", 4_210), ("instagram.com", 2_800), ("Direct", 1_120), ("tiktok.com", 640)];
        let badge = |word, tone, note| Badge { word, tone, note };
        Self {
            badges: [
                badge("Approved", "good", ""),
                badge("On hold", "wait", "payable 22 Dec"),
                badge("Banned", "bad", ""),
                badge("Payable", "info", "in the next payout"),
                badge("In payout", "new", ""),
                badge("Archived", "off", ""),
                badge("Draft", "", ""),
            ],
            tabs: tabs("status", &[("", "All"), ("Pending", "Pending"), ("Approved", "Approved")], status, &address),
            headings: headings(&COLUMNS, sort, &address),
            clicks: Chart { change: Some(("+12%".to_owned(), true)), note: "42.3 per day".to_owned(), ..clicks },
            revenue: Chart { change: Some(("\u{2212}3%".to_owned(), false)), ..revenue },
            bars: bars::of(sources.map(|(name, figure)| Bar::new(name, figure, count(figure)))),
            steps: funnel::of(
                &[("Visitors", 8_770, ""), ("Leads", 412, "of visitors"), ("Sales", 96, "of leads")],
                count,
            ),
            address,
            chosen,
            rows,
            pager,
        }
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use shared::timestamp::Timestamp;

    use super::*;

    #[test]
    fn each_component_stays_the_markup_that_style_sheets_and_scripts_know() {
        let mut query = Query::parse("").unwrap();
        let now = Timestamp::parse("2026-03-10T12:00:00Z").unwrap();
        let chosen = Span::read(&mut query, &Zone::utc(), now).unwrap();
        let sort = Sort::read(&mut query, &COLUMNS, Sort { key: "name", descending: false }).unwrap();
        let page = Components::of(chosen, sort, PageOf::read(&mut query, 3).unwrap(), "").render().unwrap();
        // Around it stand the addresses of style sheets, which change with each of them.
        let main = page.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>")).unwrap().0;
        insta::assert_snapshot!("components", main);
    }
}
