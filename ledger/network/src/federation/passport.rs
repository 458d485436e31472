//! What an installation says about a creator who applies to a program of another one. It is signed, and still only the
//! word of that installation: it fills in a form that its reader emails a link to, and proves nothing. Pure.

use kit::{api::text::holds_address, email_address};
use recruiting::program_page::country;
use rules::network::{ChannelKind, Topic};
use serde::{Deserialize, Serialize};

use super::admit::{is_name, is_site, line, text};
use crate::words;

/// How long a passport is valid.
pub const LIFE_SECONDS: i64 = 600;
/// How far clocks may differ.
const DRIFT_SECONDS: i64 = 60;
const CHANNELS_MAX: usize = 8;
const NAME_MAX: usize = 120;
const ABOUT_MAX: usize = 3_500;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passport {
    /// The installation that the creator is of, and the one that the program is of.
    pub iss: String,
    pub aud: String,
    /// The application's name: the same each time that it is sent.
    pub jti: String,
    pub iat: i64,
    pub exp: i64,
    /// As the feed names it.
    pub program: String,
    pub creator: Person,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub email: String,
    pub name: String,
    pub language: Option<String>,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub topics: Vec<String>,
    pub about: String,
    pub portfolio: Option<String>,
    pub channels: Vec<Channel>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    pub kind: String,
    pub url: String,
    pub audience_band: String,
    /// When the installation checked that the channel is the creator's; null if it didn't.
    pub verified_at: Option<String>,
}

impl Passport {
    /// What is wrong with a passport for this installation at this time, in seconds.
    pub fn problem(&self, installation: &str, now: i64) -> Option<&'static str> {
        if self.aud != installation {
            Some("The passport is for another installation.")
        } else if !is_name(&self.jti) || !is_name(&self.program) {
            Some("The passport names no application or no program.")
        } else if self.exp <= now || self.exp.saturating_sub(self.iat) > LIFE_SECONDS {
            Some("The passport has expired, or is valid for more than 10 minutes.")
        } else if self.iat > now.saturating_add(DRIFT_SECONDS) {
            Some("The passport is from the future.")
        } else {
            None
        }
    }
}

impl Person {
    /// Where the person's work is: their portfolio, else their first channel.
    pub fn address(&self) -> Option<String> {
        self.portfolio.clone().or_else(|| self.channels.first().map(|channel| channel.url.clone()))
    }

    /// The person, as far as a form can be filled with what is said about them; `None` if it has no valid address.
    pub fn admitted(self) -> Option<Self> {
        let email = email_address::parse(&self.email)?;
        let is_known = |code: &String| country::named(code).is_some_and(|known| known.code == code);
        let channels =
            self.channels.into_iter().filter(|one| ChannelKind::parse(&one.kind).is_some() && is_site(&one.url));
        Some(Self {
            email,
            name: line(&self.name, NAME_MAX).filter(|name| !holds_address(name)).unwrap_or_default(),
            language: self.language.filter(|code| ["en", "de", "es"].contains(&code.as_str())),
            country: self.country.filter(is_known),
            languages: self.languages.into_iter().filter(|code| words::language(code).is_some()).take(8).collect(),
            topics: self.topics.into_iter().filter(|word| Topic::parse(word).is_some()).take(5).collect(),
            about: text(&self.about, ABOUT_MAX).unwrap_or_default(),
            portfolio: self.portfolio.filter(|url| is_site(url)),
            channels: channels.take(CHANNELS_MAX).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn good() -> Passport {
        Passport {
            iss: "https://home.test".to_owned(),
            aud: "https://peer.test".to_owned(),
            jti: "a-1".to_owned(),
            iat: NOW,
            exp: NOW + LIFE_SECONDS,
            program: "prog_1".to_owned(),
            creator: Person { email: "Nina@creators.test".to_owned(), ..Person::default() },
        }
    }

    #[test]
    fn a_passport_is_for_one_installation_and_ten_minutes() {
        assert_eq!(good().problem("https://peer.test", NOW), None);
        assert_eq!(good().problem("https://peer.test", NOW + LIFE_SECONDS - 1), None);
        for (bad, now) in [
            (Passport { aud: "https://other.test".to_owned(), ..good() }, NOW),
            (Passport { exp: NOW + LIFE_SECONDS + 1, ..good() }, NOW),
            (Passport { jti: "a b".to_owned(), ..good() }, NOW),
            (Passport { program: String::new(), ..good() }, NOW),
            (good(), NOW + LIFE_SECONDS),
            (good(), NOW - DRIFT_SECONDS - 1),
        ] {
            assert!(bad.problem("https://peer.test", now).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_in_a_form_is_left_out() {
        let channel = |kind: &str, url: &str| Channel {
            kind: kind.to_owned(),
            url: url.to_owned(),
            audience_band: "From1k".to_owned(),
            verified_at: None,
        };
        let person = Person {
            name: "Call me at nina@creators.test".to_owned(),
            country: Some("XX".to_owned()),
            topics: vec!["Business".to_owned(), "Nonsense".to_owned()],
            about: "a\u{0}".to_owned(),
            portfolio: Some("javascript:alert(1)".to_owned()),
            channels: vec![channel("YouTube", "https://youtube.com/@nina"), channel("Radio", "https://a.test")],
            ..good().creator
        };
        let admitted = person.admitted().unwrap();
        assert_eq!((admitted.email.as_str(), admitted.name.as_str()), ("nina@creators.test", ""));
        assert_eq!((admitted.country, admitted.portfolio, admitted.about), (None, None, String::new()));
        assert_eq!((admitted.topics, admitted.channels.len()), (vec!["Business".to_owned()], 1));
        assert_eq!(Person { email: "nobody".to_owned(), ..Person::default() }.admitted(), None);
    }
}
