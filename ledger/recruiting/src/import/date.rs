//! Parses dates as files write them. The format must be given if the dates are ambiguous. Pure.

use shared::{text_enum, timestamp::Timestamp};

/// 2000-01-01: a smaller number is a count of days, not of seconds.
const LEAST_MILLIS: i64 = 946_684_800_000;

text_enum! {
    /// The order of day, month and year in a file's dates.
    Order { Automatic, DayFirst, MonthFirst, YearFirst }
}

impl Order {
    pub const ALL: [Self; 4] = [Self::Automatic, Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The label of the option.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Automatic => "Detect automatically",
            Self::DayFirst => "Day first: 31/12/2026",
            Self::MonthFirst => "Month first: 12/31/2026",
            Self::YearFirst => "Year first: 2026/12/31",
        }
    }
}

/// Parses `2024-03-01`, with or without a time and an offset from UTC; `03/01/2024` if the order is given; or seconds
/// since 1970, in this century.
pub fn read(text: &str, order: Order) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        let millis = if seconds > 100_000_000_000 { seconds } else { seconds.checked_mul(1_000)? };
        return Timestamp::from_millis(millis).ok().filter(|_| millis > LEAST_MILLIS);
    }
    let (date, rest) = until(text, |character| character.is_ascii_digit() || matches!(character, '-' | '/' | '.'));
    let (time, rest) = until(rest.trim_start_matches(['T', 't', ' ', ',']), |character| {
        character.is_ascii_digit() || matches!(character, ':' | '.')
    });
    let (late, rest) = half(rest.trim());
    let moment = format!("{}T{}{}", day(date, order)?, clock(time, late)?, offset(rest.trim())?);
    Timestamp::parse_rfc3339(&moment).ok()
}

fn until(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|character| !belongs(character)).unwrap_or(text.len()))
}

/// Turns three numbers in that order into `2024-03-01`; four leading digits are a year in any order.
fn day(text: &str, order: Order) -> Option<String> {
    let between = text.chars().find(|character| !character.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(between).collect();
    let &[first, second, third] = parts.as_slice() else { return None };
    let is_year = first.len() == 4;
    let (year, month, day) = match order {
        Order::DayFirst if !is_year => (third, second, first),
        Order::MonthFirst if !is_year => (third, first, second),
        Order::Automatic if !is_year => return None,
        _ => (first, second, third),
    };
    let number = |part: &str, digits: &[usize]| part.parse::<u32>().ok().filter(|_| digits.contains(&part.len()));
    let year = match year.len() {
        2 => number(year, &[2])?.checked_add(2_000)?,
        _ => number(year, &[4])?,
    };
    Some(format!("{year:04}-{:02}-{:02}", number(month, &[1, 2])?, number(day, &[1, 2])?))
}

/// Splits off a leading `AM` or `PM`.
fn half(text: &str) -> (Option<bool>, &str) {
    match text.split_at_checked(2) {
        Some((half, rest)) if half.eq_ignore_ascii_case("am") => (Some(false), rest),
        Some((half, rest)) if half.eq_ignore_ascii_case("pm") => (Some(true), rest),
        _ => (None, text),
    }
}

/// Parses `08:30`, `8:30:15.25`, or an empty text, which is midnight; takes `AM` or `PM` into account.
fn clock(text: &str, late: Option<bool>) -> Option<String> {
    if text.is_empty() {
        return late.is_none().then(|| "00:00:00".to_owned());
    }
    let (hour, rest) = text.split_once(':')?;
    let hour: u8 = hour.parse().ok()?;
    let hour = match late {
        None => hour,
        Some(late) if (1..=12).contains(&hour) => hour % 12 + if late { 12 } else { 0 },
        Some(_) => return None,
    };
    let seconds = if rest.contains(':') { "" } else { ":00" };
    Some(format!("{hour:02}:{rest}{seconds}"))
}

/// Parses `+0200`, `+02:00 UTC`, `Z`, or an empty text, which is UTC.
fn offset(text: &str) -> Option<String> {
    let text = text.trim_end_matches("UTC").trim_end_matches("GMT").trim();
    if matches!(text, "" | "Z" | "z") {
        return Some("Z".to_owned());
    }
    let (sign, digits) = (text.get(..1)?, text.get(1..)?.replace(':', ""));
    match (sign, digits.len(), digits.bytes().all(|byte| byte.is_ascii_digit())) {
        ("+" | "-", 2, true) => Some(format!("{sign}{digits}:00")),
        ("+" | "-", 4, true) => Some(format!("{sign}{}:{}", &digits[..2], &digits[2..])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Option<Timestamp> {
        Some(Timestamp::parse_rfc3339(text).unwrap())
    }

    #[test]
    fn dates_are_taken_where_they_are_clear() {
        for (text, expected) in [
            ("2024-03-01", "2024-03-01T00:00:00Z"),
            ("2024/3/1", "2024-03-01T00:00:00Z"),
            ("1709280000", "2024-03-01T08:00:00Z"),
            ("2024-03-01T08:30:00+02:00", "2024-03-01T06:30:00Z"),
            ("2024-03-01 08:30:00 -0700", "2024-03-01T15:30:00Z"),
            ("2024-03-01 08:30:00 +0000 UTC", "2024-03-01T08:30:00Z"),
            ("2024-03-01T08:30:00.123Z", "2024-03-01T08:30:00.123Z"),
            ("2024/03/01 08:30", "2024-03-01T08:30:00Z"),
            ("2024-03-01 2:15 PM", "2024-03-01T14:15:00Z"),
        ] {
            for order in Order::ALL {
                assert_eq!(read(text, order), moment(expected), "{text}, {order:?}");
            }
        }
        for unclear in [
            "03/01/2024",
            "31/12/2024",
            "24-03-01",
            "yesterday",
            "",
            "-5",
            "45352",
            "20240301",
            "2024-03/01",
            "2024-03-01 8 o'clock",
            "2024-03-01 PM",
            "2024-03-01T08:30:00 CET",
            "ééééééééééé",
        ] {
            assert_eq!(read(unclear, Order::Automatic), None, "{unclear}");
        }
    }

    #[test]
    fn an_order_that_is_told_is_kept_to() {
        use Order::{DayFirst, MonthFirst, YearFirst};
        for (text, order, expected) in [
            ("03/04/2026", DayFirst, "2026-04-03T00:00:00Z"),
            ("03/04/2026", MonthFirst, "2026-03-04T00:00:00Z"),
            ("3.4.26", DayFirst, "2026-04-03T00:00:00Z"),
            ("26-04-03", YearFirst, "2026-04-03T00:00:00Z"),
            ("3/4/2026, 12:05 am", MonthFirst, "2026-03-04T00:05:00Z"),
            ("3/4/2026 12:05:30 PM UTC", MonthFirst, "2026-03-04T12:05:30Z"),
        ] {
            assert_eq!(read(text, order), moment(expected), "{text}, {order:?}");
        }
        for (text, order) in [
            ("03/25/2026", DayFirst),
            ("25/03/2026", MonthFirst),
            ("25/03/2026", YearFirst),
            ("30/02/2026", DayFirst),
            ("3/4/126", DayFirst),
            ("3/4", DayFirst),
            ("3/4/2026/1", DayFirst),
            ("+3/4/2026", DayFirst),
            ("3/4/2026 13:05 PM", DayFirst),
        ] {
            assert_eq!(read(text, order), None, "{text}, {order:?}");
        }
    }
}
