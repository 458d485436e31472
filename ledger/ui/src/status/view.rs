//! View models of the status page and of `GET /api/status`. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::timestamp::Timestamp;
use time::Date;
use utoipa::ToSchema;

use super::store::{Day, Incident};
use kit::status::{Component, FAILURES, Finding};

/// Current state of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Operational,
    Unknown,
    Degraded,
    Down,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Operational => "Operational",
            Self::Unknown => "Not checked yet",
            Self::Degraded => "Degraded",
            Self::Down => "Down",
        }
    }

    /// The CSS class.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Operational => "good",
            Self::Unknown | Self::Degraded => "wait",
            Self::Down => "bad",
        }
    }

    const fn of(found: Option<&(Finding, usize)>) -> Self {
        match found {
            None => Self::Unknown,
            Some((_, 0)) => Self::Operational,
            Some((_, failed)) if *failed >= FAILURES => Self::Down,
            Some(_) => Self::Degraded,
        }
    }
}

/// A component, as shown on the page.
#[derive(Debug)]
pub struct Line {
    pub component: Component,
    pub state: State,
    pub bars: Vec<Bar>,
    /// The share of passed checks over the days that had any, as text.
    pub uptime: String,
    /// The same as the API has it.
    pub reported_uptime: String,
}

/// One of the ninety days.
#[derive(Debug, PartialEq, Eq)]
pub struct Bar {
    pub x: usize,
    pub day: String,
    pub tone: &'static str,
    pub words: String,
}

#[derive(Debug)]
pub struct Shown {
    pub state: State,
    pub lines: Vec<Line>,
    pub incidents: Vec<Incident>,
}

pub const DAYS: usize = 90;

/// Builds the page's data. The overall state is the worst of the components' states.
pub fn shown(
    live: &BTreeMap<Component, (Finding, usize)>,
    days: &[Day],
    incidents: Vec<Incident>,
    today: Date,
) -> Shown {
    let known = Component::ALL.into_iter().filter(|component| {
        // Components that aren't configured are left out.
        *component == Component::Database
            || live.is_empty()
            || live.contains_key(component)
            || has_history(days, *component)
    });
    let lines: Vec<Line> = known.map(|component| line(component, live.get(&component), days, today)).collect();
    let state = lines.iter().map(|line| line.state).max().unwrap_or(State::Unknown);
    Shown { state, lines, incidents }
}

fn has_history(days: &[Day], component: Component) -> bool {
    days.iter().any(|day| day.component == component)
}

fn line(component: Component, found: Option<&(Finding, usize)>, days: &[Day], today: Date) -> Line {
    let own: BTreeMap<Date, (i64, i64)> = days
        .iter()
        .filter(|day| day.component == component)
        .map(|day| (day.day, (i64::from(day.checks), i64::from(day.failed))))
        .collect();
    let first = today.to_julian_day() - i32::try_from(DAYS).unwrap_or_default() + 1;
    let bars = (0..DAYS)
        .filter_map(|index| {
            let day = Date::from_julian_day(first + i32::try_from(index).ok()?).ok()?;
            let (tone, words) = match own.get(&day) {
                None => ("none", "no data".to_owned()),
                Some((_, 0)) => ("good", "100%".to_owned()),
                Some((checks, failed)) => {
                    let tone = if failed * 100 <= *checks * 5 { "wait" } else { "bad" };
                    (tone, percent(*checks, *failed))
                }
            };
            Some(Bar { x: index * 4, day: day.to_string(), tone, words })
        })
        .collect();
    let (checks, failed) = own.values().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    let (uptime, reported_uptime) = if checks == 0 {
        ("no data yet".to_owned(), "no history yet".to_owned())
    } else {
        let days = own.len();
        let over = format!("over {days} day{} with data", if days == 1 { "" } else { "s" });
        let exact = format!("{} over 90 days", to_hundredths(checks, failed));
        (format!("{} {over}", percent(checks, failed)), exact)
    };
    Line { component, state: State::of(found), bars, uptime, reported_uptime }
}

/// Rounds down, so that a failure is always visible.
fn percent(checks: i64, failed: i64) -> String {
    let tenths = (checks - failed).max(0) * 1_000 / checks.max(1);
    if tenths == 1_000 { "100%".to_owned() } else { format!("{}.{}%", tenths / 10, tenths % 10) }
}

/// As [`percent`], as exact as the API reports it.
fn to_hundredths(checks: i64, failed: i64) -> String {
    let hundredths = (checks - failed).max(0) * 10_000 / checks.max(1);
    if hundredths == 10_000 { "100%".to_owned() } else { format!("{}.{:02}%", hundredths / 100, hundredths % 100) }
}

/// `GET /api/status`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The worst status of any component: `operational`, `unknown`, `degraded` or `down`.
    #[schema(example = "operational")]
    pub status: &'static str,
    /// When the components were last checked.
    #[schema(format = DateTime, example = "2026-11-20T08:30:00.000Z")]
    pub checked_at: Option<String>,
    /// The status of each component.
    pub components: Vec<ComponentDocument>,
    /// Newest first.
    pub incidents: Vec<IncidentDocument>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentDocument {
    #[schema(example = "event_intake")]
    pub id: &'static str,
    #[schema(example = "Event intake")]
    pub name: &'static str,
    /// The component's current status.
    #[schema(example = "operational")]
    pub status: &'static str,
    /// The share of passed checks, in words.
    #[schema(example = "99.98% over 90 days")]
    pub uptime: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentDocument {
    /// The ID of the component.
    #[schema(example = "edge")]
    pub component: &'static str,
    #[schema(format = DateTime, example = "2026-11-19T21:04:30.000Z")]
    pub started_at: String,
    /// Null while the incident lasts.
    #[schema(required, format = DateTime)]
    pub ended_at: Option<String>,
    /// Why the first checks failed: `no_answer`, `too_slow`, `refused` or `waiting_too_long`.
    #[schema(required, example = "no_answer")]
    pub what: Option<String>,
}

pub fn document(shown: Shown, checked_at: Option<Timestamp>) -> Document {
    let components = shown.lines.into_iter().map(|line| ComponentDocument {
        id: line.component.as_str(),
        name: line.component.name(),
        status: line.state.as_str(),
        uptime: line.reported_uptime,
    });
    let incidents = shown.incidents.into_iter().map(|incident| IncidentDocument {
        component: incident.component.as_str(),
        started_at: incident.started_at.to_string(),
        ended_at: incident.ended_at.map(|at| at.to_string()),
        what: incident.detail,
    });
    Document {
        status: shown.state.as_str(),
        checked_at: checked_at.map(|at| at.to_string()),
        components: components.collect(),
        incidents: incidents.collect(),
    }
}

/// Describes a failure.
pub fn words(detail: Option<&str>) -> &'static str {
    match detail {
        Some("no_answer") => "No response.",
        Some("too_slow") => "Slow response.",
        Some("refused") => "Returned an error.",
        Some("waiting_too_long") => "Delayed queue.",
        _ => "Check failed.",
    }
}

#[cfg(test)]
mod tests {
    use time::Month;

    use super::*;

    fn today() -> Date {
        Date::from_calendar_date(2026, Month::November, 20).unwrap()
    }

    fn found(component: Component, failed: usize) -> (Component, (Finding, usize)) {
        let failure = (failed > 0).then_some("no_answer");
        (component, (Finding { component, at: Timestamp::EPOCH, failure }, failed))
    }

    #[test]
    fn three_failures_in_a_row_are_an_outage() {
        for (failed, state) in [(0, State::Operational), (1, State::Degraded), (2, State::Degraded), (3, State::Down)] {
            let live = BTreeMap::from([found(Component::Edge, failed), found(Component::Database, 0)]);
            assert_eq!(shown(&live, &[], Vec::new(), today()).state, state, "{failed}");
        }
        assert_eq!(shown(&BTreeMap::new(), &[], Vec::new(), today()).state, State::Unknown);
    }

    #[test]
    fn a_day_is_as_bad_as_its_checks() {
        let day = |failed| Day { component: Component::Edge, day: today(), checks: 2_880, failed };
        let last = |failed| {
            let line = line(Component::Edge, None, &[day(failed)], today());
            assert_eq!((line.bars.len(), line.bars[0].tone), (DAYS, "none"));
            let bar = line.bars.into_iter().next_back().unwrap();
            (bar.day, bar.tone, bar.words)
        };
        assert_eq!(last(0), ("2026-11-20".to_owned(), "good", "100%".to_owned()));
        assert_eq!(last(1), ("2026-11-20".to_owned(), "wait", "99.9%".to_owned()));
        assert_eq!(last(144), ("2026-11-20".to_owned(), "wait", "95.0%".to_owned()));
        assert_eq!(last(145), ("2026-11-20".to_owned(), "bad", "94.9%".to_owned()));
        assert_eq!(last(2_880), ("2026-11-20".to_owned(), "bad", "0.0%".to_owned()));
    }

    #[test]
    fn uptime_is_of_the_days_with_data() {
        let yesterday = today().previous_day().unwrap();
        let day = |day, failed| Day { component: Component::Edge, day, checks: 1_000, failed };
        let both = line(Component::Edge, None, &[day(yesterday, 1), day(today(), 0)], today());
        assert_eq!(both.uptime, "99.9% over 2 days with data");
        assert_eq!(both.reported_uptime, "99.95% over 90 days");
        assert_eq!(line(Component::Edge, None, &[day(today(), 0)], today()).uptime, "100% over 1 day with data");
        assert_eq!(line(Component::Edge, None, &[], today()).uptime, "no data yet");
    }

    #[test]
    fn what_is_not_set_up_is_not_shown() {
        let live = BTreeMap::from([found(Component::Api, 0), found(Component::Database, 0)]);
        let names: Vec<_> = shown(&live, &[], Vec::new(), today()).lines.iter().map(|line| line.component).collect();
        assert_eq!(names, [Component::Api, Component::Database]);
    }
}
