//! Reads how long a vendor asks us to wait: `Retry-After` (RFC 9110, section 10.2.3) in seconds or as a date, and the
//! other headers and fields that vendors use instead.

use std::time::Duration;

use serde_json::Value;
use shared::timestamp::Timestamp;
use time::{OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::Answer;

/// The longest pause that is plausible.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Headers that ask for a pause explicitly.
const REQUESTED: [&str; 4] = ["retry-after", "x-retry-after", "x-ratelimit-retry-after", "x-ratelimiting-retry-after"];
/// Headers that say when the limit resets; read only if the status is 429.
const RESETS: [&str; 6] = [
    "ratelimit-reset",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
    "x-sib-ratelimit-reset",
    "x-ratelimiting-reset",
    "x-ratelimit-reset-after",
];
const BODY: [&str; 4] = ["/retryAfter", "/retry_after", "/params/rateLimitReset", "/error/retry_after"];

/// Reads a `Retry-After` that arrived at this time.
pub fn retry_after(text: &str, at: Timestamp) -> Option<Duration> {
    read(text, Some(at))
}

/// The pause that the response asks for explicitly.
pub(crate) fn polls(answer: &Answer) -> Option<Duration> {
    REQUESTED.iter().find_map(|name| read(answer.header(name)?, answer.at))
}

/// The pause that the response asks for in any form.
pub(crate) fn pause(answer: &Answer) -> Option<Duration> {
    let reset = || RESETS.iter().find_map(|name| read(answer.header(name)?, answer.at));
    polls(answer).or_else(reset).or_else(|| in_structured(answer.header("ratelimit")?)).or_else(|| in_body(answer))
}

/// Parses `"default";r=0;t=30`, the draft of HTTP's rate limit fields.
fn in_structured(header: &str) -> Option<Duration> {
    let seconds = header.split(';').find_map(|part| part.trim().strip_prefix("t="))?;
    read(seconds, None)
}

fn in_body(answer: &Answer) -> Option<Duration> {
    let body = answer.any_json();
    BODY.iter().find_map(|place| match body.pointer(place)? {
        Value::String(text) => read(text, answer.at),
        Value::Number(number) => seconds(number.as_f64()?, answer.at),
        _ => None,
    })
}

fn read(text: &str, at: Option<Timestamp>) -> Option<Duration> {
    let text = text.trim();
    let number = text.split_whitespace().next().unwrap_or_default().trim_end_matches('s');
    number.parse().ok().and_then(|number| seconds(number, at)).or_else(|| date(text, at))
}

/// Parses a pause in seconds, or a Unix time in seconds or milliseconds. The size tells them apart.
fn seconds(number: f64, at: Option<Timestamp>) -> Option<Duration> {
    const A_MOMENT: f64 = 1e9;
    const IN_MILLIS: f64 = 1e12;
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    let pause = if number >= IN_MILLIS {
        (number - millis(at)?).max(0.0) / 1_000.0
    } else if number >= A_MOMENT {
        (number - millis(at)? / 1_000.0).max(0.0)
    } else {
        number
    };
    Duration::try_from_secs_f64(pause).ok().map(|pause| pause.min(LONGEST))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a float for 280,000 years")]
fn millis(at: Option<Timestamp>) -> Option<f64> {
    at.map(|at| at.millis() as f64)
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str, at: Option<Timestamp>) -> Option<Duration> {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let then: OffsetDateTime = PrimitiveDateTime::parse(text, FORM).ok()?.assume_utc();
    let now = at?.millis();
    let then = i64::try_from(then.unix_timestamp_nanos() / 1_000_000).ok()?;
    Some(Duration::from_millis(then.saturating_sub(now).max(0).unsigned_abs()).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T08:30:00Z.
    const NOW: i64 = 1_795_163_400_000;

    fn answer(headers: &[(&str, &str)], body: &str) -> Answer {
        Answer {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            at: Timestamp::from_millis(NOW).ok(),
        }
    }

    #[test]
    fn every_spelling_is_read() {
        for (name, value, seconds) in [
            ("retry-after", "7", 7.0),
            ("retry-after", "0", 0.0),
            ("retry-after", "1.5", 1.5),
            ("retry-after", "30 seconds", 30.0),
            ("retry-after", "Fri, 20 Nov 2026 08:30:42 GMT", 42.0),
            ("retry-after", "Fri, 20 Nov 2026 08:29:00 GMT", 0.0),
            ("retry-after", "99999999", 86_400.0),
            ("x-ratelimit-retry-after", "4", 4.0),
            ("x-ratelimit-reset", "1795163410", 10.0),
            ("x-ratelimit-reset", "1795163410500", 10.5),
            ("x-rate-limit-reset", "12", 12.0),
            ("x-sib-ratelimit-reset", "3", 3.0),
            ("ratelimit-reset", "9", 9.0),
            ("ratelimit", "\"default\";r=0;t=15", 15.0),
        ] {
            let pause = pause(&answer(&[(name, value)], "")).map(|pause| pause.as_secs_f64());
            assert_eq!(pause, Some(seconds), "{name}: {value}");
        }
        assert_eq!(pause(&answer(&[], r#"{"retryAfter": 5}"#)), Some(Duration::from_secs(5)));
        assert_eq!(pause(&answer(&[], r#"{"params": {"rateLimitReset": 2}}"#)), Some(Duration::from_secs(2)));
    }

    #[test]
    fn nonsense_is_no_pause() {
        for value in ["soon", "-5", "", "NaN", "inf"] {
            assert_eq!(pause(&answer(&[("retry-after", value)], "Retry later")), None, "{value}");
        }
    }

    #[test]
    fn what_was_asked_outright_counts_first() {
        let both = answer(&[("x-ratelimit-reset", "60"), ("retry-after", "2")], "");
        assert_eq!(pause(&both), Some(Duration::from_secs(2)));
        assert_eq!(polls(&answer(&[("x-ratelimit-reset", "60")], "")), None);
    }
}
