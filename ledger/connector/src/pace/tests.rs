//! The promise under any demand, and what it costs.

use proptest::prelude::*;

use super::*;
use crate::providers;

const SECOND: i64 = 1_000_000;

fn descriptor(slug: &str) -> &'static Descriptor {
    providers::named(slug).unwrap().descriptor()
}

fn call(pace: &'static str, id: u32) -> PacedCall {
    PacedCall { pace, id, chance: 0.0 }
}

/// The times at which so many calls are sent that are requested all at once and each answered at once.
fn sent(recent: &mut RecentCalls, slug: &str, pace: &'static str, mut now: i64, count: u32) -> Vec<i64> {
    let mut times = Vec::new();
    for id in 0..count {
        while let Err(wait) = recent.admit(descriptor(slug), 1, &call(pace, id), now) {
            now += micros(wait);
        }
        recent.answered(id, now);
        times.push(now);
    }
    times
}

#[test]
fn a_burst_is_part_of_the_rate() {
    // 240 calls a minute, four in a burst.
    let (mut recent, quarter) = (RecentCalls::default(), SECOND / 4);
    for start in [SECOND, 100 * SECOND] {
        let times = sent(&mut recent, "activecampaign", "", start, 240);
        assert_eq!(times[..4], [start; 4]);
        let spread: Vec<i64> = (4..240).map(|calls| start + calls * quarter).collect();
        assert_eq!(times[4..], spread, "no slower in the long run");
    }
}

#[test]
fn a_call_that_names_a_pace_counts_for_the_general_one_too() {
    let mut recent = RecentCalls::default();
    let times = sent(&mut recent, "klaviyo", "subscribe", SECOND, 3);
    assert_eq!(times, [SECOND, 2 * SECOND, 3 * SECOND]);
    let general = recent.0.get("").unwrap();
    assert_eq!(general.last.len(), 3);
    assert_eq!(recent.admit(descriptor("klaviyo"), 1, &call("", 9), 3 * SECOND), Ok(()), "which isn't used up");
}

#[test]
fn jitter_moves_the_calls_after_it_too() {
    let (mut recent, klaviyo) = (RecentCalls::default(), descriptor("klaviyo"));
    let (mut now, mut times) = (SECOND, Vec::new());
    for (id, chance) in [(0, 0.0), (1, 1.0), (2, 0.0), (3, 0.5)] {
        while let Err(wait) = recent.admit(klaviyo, 1, &PacedCall { pace: "subscribe", id, chance }, now) {
            now += micros(wait);
        }
        recent.answered(id, now);
        times.push(now);
    }
    assert_eq!(times, [SECOND, 2_250_000, 3_250_000, 4_375_000], "never less than a second apart");
}

#[test]
fn the_distance_counts_from_the_answer() {
    let (mut recent, klaviyo) = (RecentCalls::default(), descriptor("klaviyo"));
    assert_eq!(recent.admit(klaviyo, 1, &call("subscribe", 1), SECOND), Ok(()));
    let unanswered = recent.admit(klaviyo, 1, &call("subscribe", 2), 2 * SECOND);
    assert_eq!(unanswered, Err(ARRIVES_WITHIN), "it may have taken until then to arrive");
    recent.answered(1, 3 * SECOND);
    assert_eq!(recent.admit(klaviyo, 1, &call("subscribe", 2), 3 * SECOND), Err(Duration::from_secs(1)));
    assert_eq!(recent.admit(klaviyo, 1, &call("subscribe", 2), 4 * SECOND), Ok(()));
}

#[test]
fn a_clock_that_was_set_back_stops_nothing_for_long() {
    let (mut recent, later) = (RecentCalls::default(), 7_200 * SECOND);
    sent(&mut recent, "activecampaign", "", later, 10);
    let wait = recent.admit(descriptor("activecampaign"), 1, &call("", 99), SECOND).unwrap_err();
    assert!(wait <= ARRIVES_WITHIN + Duration::from_secs(1), "{wait:?}");
}

#[test]
fn it_survives_storage() {
    let mut recent = RecentCalls::default();
    sent(&mut recent, "klaviyo", "list", SECOND, 7);
    let stored = serde_json::to_value(&recent).unwrap();
    assert_eq!(serde_json::from_value::<RecentCalls>(stored).unwrap(), recent);
    assert_eq!(serde_json::from_str::<RecentCalls>("{}").unwrap(), RecentCalls::default());
}

#[test]
fn the_promise_is_the_burst_or_what_fits() {
    let pace = Pace { name: "", per_minute: 270, burst: 4, jitter_ms: 0 };
    let within = |seconds| pace.most_within(Duration::from_secs_f64(seconds));
    assert_eq!([0.1, 0.8, 1.0, 2.0, 60.0, 3_600.0].map(within), [4, 4, 5, 9, 270, 16_200]);
}

/// One call of a random demand, in microseconds.
#[derive(Debug, Clone)]
struct Demand {
    /// After the demand before it.
    gap: i64,
    chance: f64,
    /// From sending to its arrival at the vendor, and from there to the answer; none if that is lost.
    way: i64,
    back: Option<i64>,
}

fn demand() -> impl Strategy<Value = Demand> {
    let gap = prop_oneof![4 => Just(0), 3 => 0..400_000_i64, 1 => 0..20 * SECOND];
    let way = prop_oneof![3 => 0..50_000_i64, 1 => 0..micros(ARRIVES_WITHIN)];
    let back = prop_oneof![9 => (0..2 * SECOND).prop_map(Some), 1 => Just(None)];
    (gap, 0.0..1.0, way, back).prop_map(|(gap, chance, way, back)| Demand { gap, chance, way, back })
}

/// When each call arrives at the vendor.
fn arrivals(vendor: &'static Descriptor, pace: &'static str, factor: u32, demands: &[Demand]) -> Vec<i64> {
    let (mut recent, mut now, mut answers, mut arrivals) = (RecentCalls::default(), SECOND, Vec::new(), Vec::new());
    for (id, demand) in (0..).zip(demands) {
        now += demand.gap;
        loop {
            answers.retain(|(at, id)| {
                let came = *at <= now;
                if came {
                    recent.answered(*id, *at);
                }
                !came
            });
            let call = PacedCall { pace, id, chance: demand.chance };
            let Err(wait) = recent.admit(vendor, factor, &call, now) else { break };
            let next = answers.iter().map(|(at, _)| *at).min().unwrap_or(i64::MAX);
            now = next.min(now + micros(wait));
        }
        let arrives = now + demand.way.min(arrived(0, factor));
        arrivals.push(arrives);
        answers.extend(demand.back.map(|back| (arrives + back, id)));
    }
    arrivals.sort_unstable();
    arrivals
}

proptest! {
    /// Every window that begins and ends with a call is looked at; all others hold no more than one of them.
    #[test]
    fn no_window_holds_more_than_promised(
        vendor in 0..providers::ALL.len(),
        pace in any::<prop::sample::Index>(),
        factor in prop_oneof![Just(1_u32), Just(20), Just(200)],
        demands in prop::collection::vec(demand(), 1..120),
    ) {
        let vendor = providers::ALL[vendor].descriptor();
        let pace = &vendor.paces[pace.index(vendor.paces.len())];
        let arrivals = arrivals(vendor, pace.name, factor, &demands);
        for (first, from) in arrivals.iter().enumerate() {
            for (last, to) in arrivals.iter().enumerate().skip(first) {
                let window = Duration::from_micros((to - from + 1).unsigned_abs());
                for pace in vendor.paces_of(pace.name) {
                    let most = pace.most_within(window * factor);
                    let held = u64::try_from(last - first + 1).unwrap();
                    prop_assert!(held <= most, "{}, {:?}: {held} calls within {window:?}", vendor.slug, pace);
                }
            }
        }
    }
}
