//! What the overview's figures are compared with: the choice beside the period, and how the page says it.

use kit::page::span::{Compared, Span};

/// The days that figures are compared with, for the chart's note.
#[derive(Debug)]
pub(super) struct Earlier {
    /// `the previous period`.
    pub name: &'static str,
    /// `22 Sep – 21 Oct 2026 (same time of day)`.
    pub days: String,
}

impl Earlier {
    /// `None` if nothing is compared.
    pub(super) fn of(span: &Span) -> Option<Self> {
        let until = if span.is_unfinished() { " (same time of day)" } else { "" };
        let name = match span.compared() {
            Compared::Year => "the same days a year ago",
            Compared::Previous | Compared::None => "the previous period",
        };
        Some(Self { name, days: format!("{}{until}", span.earlier()?.title()) })
    }
}

/// The choice beside the period.
#[derive(Debug)]
pub(super) struct Chooser {
    /// As in the URL.
    pub chosen: &'static str,
    pub title: &'static str,
    /// Values and their titles. A period that is too long for a comparison with a year ago doesn't offer it.
    pub options: Vec<(&'static str, &'static str)>,
}

impl Chooser {
    pub(super) fn of(span: &Span) -> Self {
        let all = [Compared::Previous, Compared::Year, Compared::None];
        let offered = all.into_iter().filter(|compared| *compared != Compared::Year || span.has_year());
        let options = offered.map(|compared| (compared.key(), title(compared))).collect();
        Self { chosen: span.compared().key(), title: title(span.compared()), options }
    }
}

const fn title(compared: Compared) -> &'static str {
    match compared {
        Compared::Previous => "Previous period",
        Compared::Year => "Same days a year ago",
        Compared::None => "Nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::{api::query::Query, page::zone::Zone};
    use shared::timestamp::Timestamp;

    fn span(text: &str) -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let span = Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap();
        span.comparing(&mut Query::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn the_note_names_the_days() {
        let note = |text: &str| Earlier::of(&span(text)).map(|earlier| (earlier.name, earlier.days));
        let named = |name, days: &str| Some((name, days.replace('-', "\u{2013}")));
        let year = "the same days a year ago";
        assert_eq!(note("span=7d"), named("the previous period", "7 Nov - 13 Nov 2026 (same time of day)"));
        assert_eq!(note("span=7d&compare=year"), named(year, "14 Nov - 20 Nov 2025 (same time of day)"));
        let finished = "from=2026-11-01&to=2026-11-02";
        assert_eq!(note(&format!("{finished}&compare=year")), named(year, "1 Nov - 2 Nov 2025"));
        assert_eq!(note(&format!("{finished}&compare=none")), None);
    }

    #[test]
    fn a_year_is_offered_to_periods_within_one() {
        let offered = |text: &str| {
            let chooser = Chooser::of(&span(text));
            (chooser.chosen, chooser.options.into_iter().map(|(key, _)| key).collect::<Vec<_>>())
        };
        assert_eq!(offered("span=12m&compare=year"), ("year", vec!["previous", "year", "none"]));
        assert_eq!(offered("from=2025-11-01&to=2026-11-20&compare=year"), ("previous", vec!["previous", "none"]));
        assert_eq!(Chooser::of(&span("compare=none")).title, "Nothing");
    }
}
