//! The overview's chart, and its tabs: clicks, leads, sales and revenue, each compared with an earlier period.

use super::{
    figures::{self, Day, Figures, change, count, number},
    tiles::{Line, NOTHING, explained, money_lines, short},
};
use kit::{
    api::query::Query,
    error::Error,
    page::{
        address::Address,
        chart::{
            days,
            plot::{Chart, Point, Series, Tone},
        },
        span::{Compared, Span},
    },
    text::Texts,
};
use rules::{
    figures::{average, average_amount},
    format,
};

/// What the chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    Clicks,
    Leads,
    Sales,
    Revenue,
}

/// One of the chart's tabs.
#[derive(Debug)]
pub(super) struct Tab {
    pub name: &'static str,
    /// Identifies the figure for scripts and tests.
    pub key: &'static str,
    /// What the figure counts, and at which rates it was converted.
    pub about: String,
    pub line: Line,
    /// Amounts in other currencies.
    pub also: String,
    /// All currencies together in the home currency: `≈ $1,204.50`. `None` if there is no rate; `about` says so.
    pub home: Option<String>,
    pub href: String,
    pub here: bool,
}

impl Metric {
    const ALL: [Self; 4] = [Self::Clicks, Self::Leads, Self::Sales, Self::Revenue];

    /// Reads `figure`.
    pub(super) fn read(query: &mut Query) -> Result<Option<Self>, Error> {
        let Some(text) = query.text("figure").filter(|text| !text.is_empty()) else { return Ok(None) };
        let found = Self::ALL.into_iter().find(|metric| metric.key() == text);
        found.map(Some).ok_or_else(|| Error::field("figure", "figure must be clicks, leads, conversions or revenue"))
    }

    /// As in the URL.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Leads => "leads",
            Self::Sales => "conversions",
            Self::Revenue => "revenue",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Clicks => "Clicks",
            Self::Leads => "Leads",
            Self::Sales => "Sales",
            Self::Revenue => "Revenue",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Clicks => "Clicks by people. Bots and previews don't count.",
            Self::Leads => "Attributed conversions of type lead",
            Self::Sales => "Attributed first sales and renewals",
            Self::Revenue => "Attributed sales and renewals without tax, after refunds",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Clicks => Tone::Clicks,
            Self::Leads => Tone::Leads,
            Self::Sales => Tone::Sales,
            Self::Revenue => Tone::Revenue,
        }
    }

    fn of(self, day: &Day, currency: &str) -> i64 {
        match self {
            Self::Clicks => day.clicks,
            Self::Leads => day.leads,
            Self::Sales => day.conversions,
            Self::Revenue => day.of(currency).revenue,
        }
    }
}

/// The tabs of the page at `here`. In an account where nothing has happened yet (`is_new`), a zero would say nothing.
pub(super) fn tabs(figures: &Figures, chosen: Metric, is_new: bool, here: &Address) -> [Tab; 4] {
    Metric::ALL.map(|metric| {
        let mut lines = match metric {
            Metric::Revenue => money_lines(figures, &|money| money.revenue),
            plain => {
                let (now, before) = (plain.of(&figures.sum, ""), plain.of(&figures.earlier_sum, ""));
                vec![Line { figure: count(now), change: change(number(now), number(before)) }]
            }
        }
        .into_iter();
        let nothing = || Line { figure: NOTHING.to_owned(), change: None };
        let first = lines.next().filter(|_| !is_new).unwrap_or_else(nothing);
        let also: Vec<String> = lines.map(|line| line.figure).collect();
        let home = figures.in_home(|money| money.revenue).filter(|_| metric == Metric::Revenue && !is_new);
        Tab {
            name: metric.name(),
            key: metric.key(),
            about: home.as_ref().map_or_else(|| metric.about().to_owned(), |total| explained(metric.about(), total)),
            line: first,
            also: also.join(" \u{b7} "),
            home: home.and_then(|total| total.line()),
            href: here.clone().with("figure", metric.key()).to_string(),
            here: metric == chosen,
        }
    })
}

/// The chart of a metric. `currency` is that of the revenue; its code is in the title if there are `several`.
pub(super) fn chart(span: &Span, figures: &Figures, metric: Metric, (currency, several): (&str, bool)) -> Chart {
    let of = |day: &Day| metric.of(day, currency);
    let now = figures::steps(&figures.days, span.step());
    let points: Vec<Point> = days::steps(span).into_iter().zip(&now).map(|(step, day)| step.point(of(day))).collect();
    let earlier: Vec<i64> = if figures.earlier_sum == Day::default() {
        Vec::new()
    } else {
        figures::steps(&figures.earlier, span.step()).iter().map(of).collect()
    };
    let is_money = metric == Metric::Revenue;
    let title = if is_money && several { format!("Revenue ({currency})") } else { metric.name().to_owned() };
    let series = Series::new(Texts::default(), title, metric.tone(), span.title(), points);
    let series = match span.compared() {
        Compared::Year => series.named("This period", "A year ago"),
        Compared::Previous | Compared::None => series,
    };
    let series = series.beside(earlier).unfinished(span.is_unfinished());
    let mut chart = if is_money {
        let write = |figure: i64| format::money(figure, currency);
        series.draw(write, |figure| format::without_zeros(write(figure)))
    } else {
        series.draw(count, count)
    };
    let (sum, before) = (of(&figures.sum), of(&figures.earlier_sum));
    if is_money {
        chart.total = short(sum, currency);
    }
    chart.change = change(number(sum), number(before));
    // Not by the number of points, of which the first may be shorter.
    let step = i64::try_from(span.step()).unwrap_or(1);
    let (whole, days) = (sum.saturating_mul(step), i64::from(span.days()));
    let usual = if is_money { average_amount(whole, days, currency) } else { average(whole, days) };
    let unit = if step == 1 { "per day" } else { "per week" };
    chart.note = usual.filter(|_| days > 1).map(|usual| format!("{usual} {unit}")).unwrap_or_default();
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::figures::{Clicks, Sold};
    use kit::page::zone::Zone;
    use shared::timestamp::Timestamp;

    fn span(text: &str) -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    fn figures(span: &Span) -> Figures {
        let clicks = [Clicks { day: 0, clicks: 100 }, Clicks { day: span.days(), clicks: 200 }];
        let sold = |day: i32, currency: &str, revenue| {
            let currency = currency.to_owned();
            let conversions = if currency == "USD" { 5 } else { 1 };
            Sold { day, currency, conversions, renewals: 1, leads: 0, revenue, commission: 0 }
        };
        let sold = [sold(0, "USD", 10_000), sold(span.days(), "USD", 39_600), sold(8, "EUR", 100)];
        Figures::of(span, &clicks, &sold)
    }

    #[test]
    fn tabs_lead_to_their_charts() {
        let span = span("span=7d");
        let place = Address::new("/d").with("span", "7d");
        let tabs = tabs(&figures(&span), Metric::Revenue, false, &place);
        let shown = tabs.each_ref().map(|tab| (tab.key, tab.line.figure.as_str(), tab.here));
        let expected = [
            ("clicks", "200", false),
            ("leads", "0", false),
            ("conversions", "6", false),
            ("revenue", "$396.00", true),
        ];
        assert_eq!(shown, expected);
        assert_eq!(
            (tabs[3].also.as_str(), tabs[3].line.change.clone()),
            ("\u{20ac}1.00", Some(("+296%".to_owned(), true)))
        );
        assert_eq!(tabs[0].href, "/d?span=7d&figure=clicks");
    }

    #[test]
    fn a_currency_that_nothing_is_sold_in_any_longer_shows_its_fall() {
        let span = span("span=7d");
        let sold = |day, currency: &str, conversions, revenue| {
            let currency = currency.to_owned();
            Sold { day, currency, conversions, renewals: 0, leads: 0, revenue, commission: 0 }
        };
        let (dollars, euros) = (sold(0, "USD", 40, 1_000_000), sold(span.days(), "EUR", 1, 2_000));
        let fell = ("$0.00".to_owned(), Some(("\u{2212}100%".to_owned(), false)));
        for (sold, also) in [(&[dollars.clone(), euros][..], "\u{20ac}20.00"), (&[dollars][..], "")] {
            let figures = Figures::of(&span, &[], sold);
            let [.., revenue] = tabs(&figures, Metric::Revenue, false, &Address::new("/d"));
            assert_eq!((revenue.line.figure, revenue.line.change), fell);
            assert_eq!(revenue.also, also);
            let chart = chart(&span, &figures, Metric::Revenue, ("USD", true));
            assert_eq!((chart.total, chart.change), fell, "the tab and the chart agree");
        }
    }

    #[test]
    fn where_nothing_has_happened_yet_no_figure_is_zero() {
        let span = span("span=7d");
        let nothing = Figures::of(&span, &[], &[]);
        let place = Address::new("/d");
        let first = |is_new| tabs(&nothing, Metric::Clicks, is_new, &place)[0].line.figure.clone();
        assert_eq!((first(true).as_str(), first(false).as_str()), (NOTHING, "0"));
    }

    #[test]
    fn the_headline_is_the_total_and_the_average_is_small() {
        let month = span("");
        let revenue = chart(&month, &figures(&month), Metric::Revenue, ("USD", true));
        assert_eq!((revenue.title.as_str(), revenue.total.as_str()), ("Revenue (USD)", "$396.00"));
        assert_eq!((revenue.note.as_str(), revenue.rows.len()), ("$13.20 per day", 30));
        let leads = chart(&month, &figures(&month), Metric::Leads, ("USD", true));
        assert_eq!((leads.total.as_str(), leads.note.as_str()), ("0", "0 per day"));
        let few = Figures::of(&month, &[Clicks { day: 45, clicks: 5 }], &[]);
        assert_eq!(chart(&month, &few, Metric::Clicks, ("", false)).note, "0.2 per day");
        let day = span("from=2026-11-19&to=2026-11-19");
        assert_eq!(chart(&day, &figures(&day), Metric::Clicks, ("", false)).note, "");
    }

    #[test]
    fn the_chart_names_what_it_is_compared_with() {
        let week = span("span=7d").comparing(&mut Query::parse("compare=year").unwrap()).unwrap();
        let names = |span: &Span| chart(span, &figures(span), Metric::Clicks, ("", false)).names;
        assert_eq!(names(&week), ("This period".to_owned(), "A year ago".to_owned()));
        assert_eq!(names(&span("span=7d")).1, "Previous period");
    }

    #[test]
    fn a_year_is_drawn_by_weeks() {
        let year = span("span=12m");
        let clicks = chart(&year, &figures(&year), Metric::Clicks, ("", false));
        assert_eq!((clicks.rows.len(), clicks.note.as_str()), (53, "3.8 per week"));
        assert_eq!(clicks.rows[52].when, "14 Nov 2026 to 20 Nov 2026");
        assert!(clicks.rows[52].so_far && clicks.rows[0].earlier.is_some());
    }

    #[test]
    fn a_week_that_isnt_whole_counts_by_its_days() {
        let span = span("from=2026-07-22&to=2026-11-19");
        let clicks = [Clicks { day: span.days(), clicks: 1_730 }];
        let clicks = chart(&span, &Figures::of(&span, &clicks, &[]), Metric::Clicks, ("", false));
        assert_eq!((span.days(), clicks.rows.len(), clicks.note.as_str()), (121, 18, "100 per week"));
    }

    #[test]
    fn what_isnt_a_metric_is_refused() {
        let read = |text: &str| Metric::read(&mut Query::parse(text).unwrap());
        assert_eq!(read("figure=leads").unwrap(), Some(Metric::Leads));
        assert_eq!((read("").unwrap(), read("figure=").unwrap()), (None, None));
        assert_eq!(read("figure=sales").unwrap_err().body().field.as_deref(), Some("figure"));
    }
}
