//! What installations say to each other about an application. It is signed, and still only the word of the installation
//! that says it: it fills in a form that its reader emails a link to, and proves nothing. Pure.

use kit::{api::text::holds_address, email_address, error::Code};
use recruiting::program_page::country;
use rules::network::{ChannelKind, Topic};
use serde::{Deserialize, Serialize};

use crate::{
    arrival::Person,
    federation::admit::{is_name, is_site, line, text},
    words,
};

/// How long a message is valid.
pub const LIFE_SECONDS: i64 = 600;
/// How far clocks may differ.
const DRIFT_SECONDS: i64 = 60;
const CHANNELS_MAX: usize = 8;
const NAME_MAX: usize = 120;
const ABOUT_MAX: usize = 3_500;

/// The claims of every message. A status request and a revocation have no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The origins of the installation that the creator is of, and of the one that the program is of.
    pub iss: String,
    pub aud: String,
    /// The application's name, in every message about it and however often it is sent.
    pub jti: String,
    pub iat: i64,
    pub exp: i64,
}

/// A creator's application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passport {
    #[serde(flatten)]
    pub message: Message,
    /// The host of `aud`, a slash, and the program's id in its feed.
    pub program: String,
    pub creator: Person,
}

/// Why a message isn't taken.
pub type Problem = (Code, &'static str);

/// The part of an origin that programs are named by.
pub fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

impl Message {
    /// A message that is valid from now on, in seconds.
    pub fn new(iss: String, aud: String, jti: String, now: i64) -> Self {
        Self { iss, aud, jti, iat: now, exp: now.saturating_add(LIFE_SECONDS) }
    }

    /// What is wrong with a message to this installation at this time, in seconds.
    pub fn problem(&self, installation: &str, now: i64) -> Option<Problem> {
        if self.aud != installation {
            Some((Code::WrongAudience, "The message is for another installation."))
        } else if !is_name(&self.jti) {
            Some((Code::MessageMalformed, "jti must have 1 to 64 letters, digits, hyphens or underscores."))
        } else if self.exp <= now || self.exp.saturating_sub(self.iat) > LIFE_SECONDS {
            Some((Code::MessageExpired, "The message has expired, or is valid for more than 10 minutes."))
        } else if self.iat > now.saturating_add(DRIFT_SECONDS) {
            Some((Code::MessageExpired, "The message is from the future."))
        } else {
            None
        }
    }
}

impl Passport {
    /// The program's id, if the program is of this installation.
    ///
    /// # Errors
    /// What is wrong with its name.
    pub fn program(&self, installation: &str) -> Result<&str, Problem> {
        match self.program.rsplit_once('/') {
            Some((at, id)) if at == host(installation) && is_name(id) => Ok(id),
            Some((_, id)) if is_name(id) => Err((Code::WrongHost, "The program is of another installation.")),
            _ => Err((Code::MessageMalformed, "program must be a host, a slash, and an id of its feed.")),
        }
    }
}

/// The person, as far as a form can be filled with what is said about them; `None` without a valid address.
pub fn admitted(person: Person) -> Option<Person> {
    let email = email_address::parse(&person.email)?;
    let is_known = |code: &String| country::named(code).is_some_and(|known| known.code == code);
    let channels =
        person.channels.into_iter().filter(|one| ChannelKind::parse(&one.kind).is_some() && is_site(&one.url));
    Some(Person {
        email,
        name: line(&person.name, NAME_MAX).filter(|name| !holds_address(name)).unwrap_or_default(),
        language: person.language.filter(|code| ["en", "de", "es"].contains(&code.as_str())),
        country: person.country.filter(is_known),
        languages: person.languages.into_iter().filter(|code| words::language(code).is_some()).take(8).collect(),
        topics: person.topics.into_iter().filter(|word| Topic::parse(word).is_some()).take(5).collect(),
        about: text(&person.about, ABOUT_MAX).unwrap_or_default(),
        portfolio: person.portfolio.filter(|url| is_site(url)),
        channels: channels.take(CHANNELS_MAX).collect(),
    })
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
