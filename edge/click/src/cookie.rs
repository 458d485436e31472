//! The `_rkmi` cookie: a click's token, on the host that set it.

use shared::{keys::KeyRing, timestamp::Timestamp, token::ClickToken};

pub const COOKIE: &str = "_rkmi";
/// Tolerance for tokens whose time is in the future, because the clock that created them was wrong.
const CLOCK_SKEW_MILLIS: i64 = 5 * 60 * 1_000;
const SECONDS_A_DAY: u32 = 86_400;

/// A verified token with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held<'a> {
    pub text: &'a str,
    pub token: ClickToken,
}

/// Returns the first verified token in a `Cookie` header. Forged, truncated and outdated ones are ignored.
pub fn held<'a>(header: &'a str, keys: &KeyRing) -> Option<Held<'a>> {
    all_held(header, keys).next()
}

/// The verified tokens in a `Cookie` header, each verified when it is asked for.
pub fn all_held<'a>(header: &'a str, keys: &KeyRing) -> impl Iterator<Item = Held<'a>> {
    candidates(header).filter_map(move |text| ClickToken::decode(text, keys).ok().map(|token| Held { text, token }))
}

/// The values of all cookies with our name, unverified.
pub fn candidates(header: &str) -> impl Iterator<Item = &str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Whether a click still counts for a program with this cookie window.
pub fn within(token: &ClickToken, window_days: u16, now: Timestamp) -> bool {
    let age = now.millis() - token.clicked_at.millis();
    age >= -CLOCK_SKEW_MILLIS && now <= token.clicked_at.plus_days(i64::from(window_days))
}

/// Returns the `Set-Cookie` value. It is `Secure` in development too: browsers trust loopback hosts.
pub fn set(token: &str, window_days: u16) -> String {
    let seconds = (u32::from(window_days) * SECONDS_A_DAY).to_string();
    [COOKIE, "=", token, "; Max-Age=", &seconds, "; Path=/; Secure; HttpOnly; SameSite=Lax"].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::{
        id::{ClickId, LinkId},
        keys::Purpose,
    };

    use super::*;

    fn ring(digit: &str) -> KeyRing {
        KeyRing::parse(&format!("1:{}", digit.repeat(64)), Purpose::ClickToken).unwrap()
    }

    fn token(seconds: i64) -> ClickToken {
        let clicked_at = Timestamp::from_seconds(seconds).unwrap();
        ClickToken { click_id: ClickId::from_bytes([1; 16]), link_id: LinkId::from_bytes([2; 16]), clicked_at }
    }

    #[test]
    fn found_among_others() {
        let text = token(5).encode(&ring("1"));
        for header in [
            format!("_rkmi={text}"),
            format!("a=b; _rkmi={text}; c"),
            format!("_rkmi=forged; _rkmi={text}"),
            format!(";;_rkmi={text};"),
        ] {
            assert_eq!(held(&header, &ring("1")).map(|held| held.token), Some(token(5)), "{header}");
        }
    }

    #[test]
    fn forged_truncated_and_foreign_are_absent() {
        let text = token(5).encode(&ring("1"));
        let longer = format!("{text}x");
        for value in
            [&text[..40], "", "x", longer.as_str(), &text.replace("rkc_", "rkx_"), &token(5).encode(&ring("2"))]
        {
            assert_eq!(held(&format!("_rkmi={value}"), &ring("1")), None, "{value}");
        }
        assert_eq!(held(&format!("x_rkmi={text}"), &ring("1")), None);
    }

    #[test]
    fn a_window_ends_with_its_last_day() {
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let day = 86_400;
        assert!(within(&token(1_000), 60, at(1_000 + 60 * day)));
        assert!(!within(&token(1_000), 60, at(1_001 + 60 * day)));
        assert!(within(&token(1_000), 60, at(900)), "a slightly fast clock");
        assert!(!within(&token(1_000), 60, at(600)), "from the future");
    }

    #[test]
    fn attributes() {
        assert_eq!(set("rkc_x", 60), "_rkmi=rkc_x; Max-Age=5184000; Path=/; Secure; HttpOnly; SameSite=Lax");
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "\\PC*") {
            prop_assert_eq!(held(&header, &ring("1")), None);
        }
    }
}
