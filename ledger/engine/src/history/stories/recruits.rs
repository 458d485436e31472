//! Who recruited whom in a story, and what recruiters are expected to earn, from `docs/guide/sub-affiliates.md`.

use proptest::prelude::*;
use time::{Date, Duration, Month, OffsetDateTime};

use super::{
    ideal::Credit,
    make::{AFFILIATES, DAYS, PROGRAMS, Story},
    worth::{START, rounded},
};

/// What a program pays recruiters, in millionths, and for how many months after recruiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) ppm: u32,
    pub(super) months: Option<u8>,
}

/// Who recruited an affiliate, from a day on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recruited {
    pub(super) from: i64,
    pub(super) recruit: u8,
    pub(super) recruiter: Option<u8>,
}

#[derive(Debug, Clone)]
pub(super) struct Recruits {
    pub(super) shares: [Share; PROGRAMS as usize],
    pub(super) recruited: Vec<Recruited>,
}

fn share() -> impl Strategy<Value = Share> {
    let ppm = prop::sample::select(vec![0_u32, 50_000, 100_000, 333_333, 1_000_000]);
    (ppm, prop::option::of(1_u8..20)).prop_map(|(ppm, months)| Share { ppm, months })
}

fn recruited() -> impl Strategy<Value = Recruited> {
    let by = prop::option::weighted(0.8, 1..AFFILIATES);
    // Often long before the first sale, when the months may already be over.
    (-200..DAYS, 0..AFFILIATES, by).prop_map(|(from, recruit, by)| Recruited {
        from,
        recruit,
        recruiter: by.map(|further| (recruit + further) % AFFILIATES),
    })
}

pub(super) fn recruits() -> impl Strategy<Value = Recruits> {
    let shares = (share(), share()).prop_map(|(one, other)| [one, other]);
    (shares, prop::collection::vec(recruited(), 0..4)).prop_map(|(shares, recruited)| Recruits { shares, recruited })
}

/// Who earns a share of what the credited affiliate earned with a report, and how many cents.
pub(super) fn earned(story: &Story, place: usize, credit: &Credit, cents: i64) -> Option<(u8, i64)> {
    let (at, share) = (story.at(place), story.recruits.shares[usize::from(credit.program)]);
    let of_recruit = story.recruits.recruited.iter().filter(|one| one.recruit == credit.affiliate);
    let latest = of_recruit.filter(|one| one.from * 86_400 <= at).max_by_key(|one| one.from)?;
    let recruiter = latest.recruiter.filter(|recruiter| story.is_approved(*recruiter, at))?;
    let is_over = share.months.is_some_and(|months| at >= months_after(latest.from * 86_400, months));
    let left = rounded(cents * i64::from(share.ppm), 1_000_000);
    (!is_over && left > 0).then_some((recruiter, left))
}

/// The same day of a later month, or that month's last day.
pub(super) fn months_after(at: i64, months: u8) -> i64 {
    let moment = OffsetDateTime::from_unix_timestamp(START + at).unwrap();
    let number = u8::from(moment.month()) - 1 + months;
    let (year, month) = (moment.year() + i32::from(number / 12), Month::try_from(number % 12 + 1).unwrap());
    let first = Date::from_calendar_date(year, month, 1).unwrap();
    let last = first.replace_day(month.length(year)).unwrap();
    let date = last.min(first + Duration::days(i64::from(moment.day()) - 1));
    moment.replace_date(date).unix_timestamp() - START
}
