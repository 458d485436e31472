//! A reward's periods in time: days of the brand's calendar, within the reward's own start and end. The days are those
//! of the zone that the brand had when it created the reward: if another moved the periods, a sale could count in two.

use kit::page::zone::Zone;
use rules::reward::period::{Period, Repeats};
use shared::timestamp::Timestamp;
use time::{Date, Month};

use super::{Reward, Window};

/// For how many days after its end a period is still looked at: sales are reported late, and refunded.
pub const WATCHED_DAYS: i64 = 90;
/// The weeks of that time, and the current one.
const PERIODS_MAX: usize = 15;

/// The periods that have begun and are still looked at, newest first.
pub fn watched(reward: &Reward, zone: &Zone, now: Timestamp) -> Vec<Window> {
    if now < reward.starts_at {
        return Vec::new();
    }
    let own = zone_of(reward, zone);
    let last = reward.ends_at.map_or(now, |ends| ends.plus_millis(-1).min(now));
    let first = reward.starts_at.max(now.plus_days(-WATCHED_DAYS));
    let windows = reward.repeats.back(day_of(&own, last), day_of(&own, first), PERIODS_MAX);
    windows.into_iter().filter_map(|period| window(reward, zone, period)).filter(|one| !is_over(one, now)).collect()
}

/// The period that contains this time, unless the reward is closed then.
pub fn current(reward: &Reward, zone: &Zone, now: Timestamp) -> Option<Window> {
    if !reward.is_open(now) {
        return None;
    }
    window(reward, zone, reward.repeats.around(day_of(&zone_of(reward, zone), now)))
}

/// The period of a leaderboard, which has no start or end of its own.
pub fn of_leaderboard(repeats: Repeats, zone: &Zone, now: Timestamp) -> Window {
    let period = repeats.around(day_of(zone, now));
    let (begins, ends) = bounds(&period, zone).unzip();
    Window { period, begins: begins.unwrap_or(Timestamp::EPOCH), ends }
}

/// The part of a period in which the reward can be earned.
pub fn window(reward: &Reward, zone: &Zone, period: Period) -> Option<Window> {
    let (begins, ends) = bounds(&period, &zone_of(reward, zone)).unzip();
    let begins = begins.map_or(reward.starts_at, |begins| begins.max(reward.starts_at));
    let ends = match (ends, reward.ends_at) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    ends.is_none_or(|ends| begins < ends).then_some(Window { period, begins, ends })
}

/// Whether a period goes on after this time, if the reward does.
pub fn goes_past(reward: &Reward, zone: &Zone, period: &Period, at: Timestamp) -> bool {
    bounds(period, &zone_of(reward, zone)).is_none_or(|(_, ends)| ends > at)
}

fn zone_of(reward: &Reward, of_brand: &Zone) -> Zone {
    reward.time_zone.as_deref().map_or_else(|| of_brand.clone(), Zone::named)
}

fn is_over(window: &Window, now: Timestamp) -> bool {
    window.ends.is_some_and(|ends| ends.plus_days(WATCHED_DAYS) <= now)
}

fn bounds(period: &Period, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
    period.days.map(|(first, after)| (start_of(zone, first), start_of(zone, after)))
}

fn start_of(zone: &Zone, day: Date) -> Timestamp {
    zone.start_of(Zone::utc().day_of(Timestamp::from_date_time(day.midnight().assume_utc())))
}

fn day_of(zone: &Zone, at: Timestamp) -> Date {
    let day = zone.day_of(at);
    let month = u8::try_from(day.month()).ok().and_then(|month| Month::try_from(month).ok());
    let number = u8::try_from(day.day()).ok();
    let date = month
        .zip(number)
        .and_then(|(month, number)| Date::from_calendar_date(i32::from(day.year()), month, number).ok());
    date.unwrap_or_else(|| at.date())
}

#[cfg(test)]
mod tests {
    use super::{super::input::tests::milestone, *};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn periods_begin_at_the_brands_midnight() {
        let berlin = Zone::named("Europe/Berlin");
        let reward = Reward { repeats: Repeats::Month, starts_at: at("2026-02-10T12:00:00Z"), ..milestone() };
        let windows = watched(&reward, &berlin, at("2026-03-31T22:30:00Z"));
        let keys: Vec<&str> = windows.iter().map(|window| window.period.key.as_str()).collect();
        assert_eq!(keys, ["2026-04", "2026-03", "2026-02"], "it's April in Berlin");
        assert_eq!(
            (windows[0].begins, windows[0].ends),
            (at("2026-03-31T22:00:00Z"), Some(at("2026-04-30T22:00:00Z")))
        );
        assert_eq!(windows[2].begins, reward.starts_at, "a period doesn't begin before its reward");
    }

    #[test]
    fn periods_stay_where_they_are_if_the_brand_moves() {
        let time_zone = Some("Europe/Berlin".to_owned());
        let reward =
            Reward { repeats: Repeats::Month, starts_at: at("2026-01-01T00:00:00Z"), time_zone, ..milestone() };
        let (berlin, moved) = (Zone::named("Europe/Berlin"), Zone::named("America/Los_Angeles"));
        let now = at("2026-03-31T22:30:00Z");
        let all = |zone: &Zone| -> Vec<_> {
            let windows = watched(&reward, zone, now).into_iter().chain(current(&reward, zone, now));
            windows.map(|window| (window.period.key, window.begins, window.ends)).collect()
        };
        assert_eq!(all(&moved), all(&berlin));
        assert_eq!(current(&reward, &moved, now).unwrap().begins, at("2026-03-31T22:00:00Z"));
        let march = reward.repeats.named("2026-03").unwrap();
        assert!(goes_past(&reward, &moved, &march, at("2026-03-31T21:59:59Z")));
        assert!(!goes_past(&reward, &moved, &march, at("2026-03-31T22:00:00Z")));
        assert!(goes_past(&reward, &moved, &Repeats::Once.named("once").unwrap(), now));
    }

    #[test]
    fn a_period_ends_with_its_reward() {
        let zone = Zone::utc();
        let ends_at = Some(at("2026-03-10T00:00:00Z"));
        let reward = Reward { starts_at: at("2026-03-01T00:00:00Z"), ends_at, ..milestone() };
        let window = current(&reward, &zone, at("2026-03-05T00:00:00Z")).unwrap();
        assert_eq!((window.period.key.as_str(), window.ends), ("once", ends_at));
        assert!(current(&reward, &zone, at("2026-03-10T00:00:00Z")).is_none());
        assert_eq!(watched(&reward, &zone, at("2026-06-07T00:00:00Z")).len(), 1);
        assert!(watched(&reward, &zone, at("2026-06-08T00:00:00Z")).is_empty(), "ninety days later");
        assert!(watched(&reward, &zone, at("2026-02-28T00:00:00Z")).is_empty(), "it hasn't begun");
    }
}
