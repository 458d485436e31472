//! `/dev/components`: the components of pages, each with and without content. In development only.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;

use crate::development::open_in_development;
use kit::{
    api::query::Query,
    page::{
        Html, PageError,
        address::Address,
        chart::{
            area::{Area, Point},
            bars::{self, Bar},
            donut::{self, Part},
            funnel::{self, Step},
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
    /// Whether a sheet is open.
    sheet: bool,
    address: Address,
    chosen: Span,
    tabs: Vec<Tab>,
    headings: Vec<Heading>,
    rows: Vec<(&'static str, u32)>,
    pager: Pager,
    area: Area,
    bars: Vec<Bar>,
    parts: Vec<Part>,
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
    let sheet = query.text("sheet").is_some();
    query.finish()?;
    Ok(Html(Components { sheet, ..Components::of(chosen, sort, page, &status) }).into_response())
}

impl Components {
    fn of(chosen: Span, sort: Sort, page: PageOf, status: &str) -> Self {
        let address = chosen.on(Address::new(HERE)).with("status", status);
        let mut rows = vec![("Lauren Vale", 42), ("Mira Sol", 17), ("Tomas Reyes", 3), ("One more", 1)];
        let pager = page.around(&mut rows, &address);
        let figures: Vec<i64> = (0..i64::from(chosen.days())).map(|day| 20 + (day * 37) % 29 + day).collect();
        let label = |day: Timestamp, figure: i64| format!("{}: {figure} clicks", format::day(day));
        let points: Vec<Point> = chosen
            .each_day()
            .zip(&figures)
            .map(|(day, figure)| Point { figure: *figure, label: label(chosen.zone.start_of(day), *figure) })
            .collect();
        let earlier: Vec<i64> = figures.iter().map(|figure| figure * 2 / 3).collect();
        let count = |figure: i64| format::count(figure.unsigned_abs());
        let named =
            |rows: &[(&str, i64)]| rows.iter().map(|(name, figure)| ((*name).to_owned(), *figure)).collect::<Vec<_>>();
        let sources =
            named(&[("youtube.com", 4_210), ("instagram.com", 2_800), ("Direct", 1_120), ("tiktok.com", 640)]);
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
            sheet: false,
            tabs: tabs("status", &[("", "All"), ("Pending", "Pending"), ("Approved", "Approved")], status, &address),
            headings: headings(&COLUMNS, sort, &address),
            area: Area::of(&points, &earlier, chosen.first.to_string(), chosen.last.to_string(), count),
            bars: bars::of(
                sources.iter().map(|(name, figure)| (name.clone(), None, *figure, count(*figure), String::new())),
            ),
            parts: donut::of(&sources, "Others", count),
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
