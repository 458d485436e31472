//! Reads the profile's form: all mistakes at once, each at its field. Pure.

use kit::{
    api::text::{checked, holds_address},
    form::{Fields, Problems},
    text::{Text, Texts},
};
use recruiting::program_page::country;
use rules::network::{Earning, Format, Topic};
use url::Url;

use super::profile::Profile;
use crate::words;

pub(super) const NAME_MAX: usize = 120;
pub(super) const HEADLINE_MAX: usize = 120;
pub(super) const BIO_MAX: usize = 2_000;
pub(super) const RESULTS_MAX: usize = 1_000;
pub(super) const WONT_MAX: usize = 500;
const URL_MAX: usize = 2_048;
const LANGUAGES_MAX: usize = 8;
const TOPICS_MAX: usize = 5;
const HANDLE_CHARS: std::ops::RangeInclusive<usize> = 3..=40;

/// What the form says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) handle: Option<String>,
    pub(super) name: String,
    pub(super) headline: String,
    pub(super) bio: String,
    pub(super) country: Option<String>,
    pub(super) languages: Vec<String>,
    pub(super) topics: Vec<Topic>,
    pub(super) formats: Vec<Format>,
    pub(super) earnings: Vec<Earning>,
    pub(super) portfolio_url: Option<String>,
    pub(super) recent_results: String,
    pub(super) wont_promote: String,
}

/// # Errors
/// All mistakes, in the language of `t`.
pub(super) fn read(t: Texts, fields: &Fields) -> Result<Input, Problems> {
    let mut wrong = Problems::default();
    let input = Input {
        handle: handle(t, fields, &mut wrong),
        name: name(t, fields, &mut wrong),
        headline: text(t, fields, ("headline", HEADLINE_MAX, false), &mut wrong),
        bio: text(t, fields, ("bio", BIO_MAX, true), &mut wrong),
        country: country_of(t, fields, &mut wrong),
        languages: languages(t, fields, &mut wrong),
        topics: chosen(t, fields, ("topics", TOPICS_MAX), Topic::parse, &mut wrong),
        formats: chosen(t, fields, ("formats", Format::ALL.len()), Format::parse, &mut wrong),
        earnings: chosen(t, fields, ("earnings", Earning::ALL.len()), Earning::parse, &mut wrong),
        portfolio_url: portfolio(t, fields, &mut wrong),
        recent_results: text(t, fields, ("recentResults", RESULTS_MAX, true), &mut wrong),
        wont_promote: text(t, fields, ("wontPromote", WONT_MAX, true), &mut wrong),
    };
    if wrong.is_empty() { Ok(input) } else { Err(wrong) }
}

/// The form's fields as a profile fills them.
pub(super) fn fields_of(profile: &Profile) -> Fields {
    let one = |name: &'static str, value: &str| (name, value.to_owned());
    let mut pairs = vec![
        one("handle", profile.handle.as_deref().unwrap_or_default()),
        one("name", &profile.name),
        one("headline", &profile.headline),
        one("bio", &profile.bio),
        one("country", profile.country.as_deref().unwrap_or_default()),
        one("portfolioUrl", profile.portfolio_url.as_deref().unwrap_or_default()),
        one("recentResults", &profile.recent_results),
        one("wontPromote", &profile.wont_promote),
    ];
    pairs.extend(profile.languages.iter().map(|code| one("languages", code)));
    pairs.extend(profile.topics.iter().map(|topic| one("topics", topic.as_str())));
    pairs.extend(profile.formats.iter().map(|format| one("formats", format.as_str())));
    pairs.extend(profile.earnings.iter().map(|earning| one("earnings", earning.as_str())));
    Fields::from_iter(pairs)
}

/// A name that reads like an address would be a contact that skips us, and a link in our emails.
fn name(t: Texts, fields: &Fields, wrong: &mut Problems) -> String {
    match checked("name", fields.raw("name"), NAME_MAX) {
        Ok(name) if name.contains('@') || holds_address(&name) => {
            wrong.add("name", t.say("creator-profile-name-address"));
            String::new()
        }
        Ok(name) => name,
        Err(_) => {
            wrong.add("name", t.say("creator-profile-name-wrong").with("count", NAME_MAX));
            String::new()
        }
    }
}

fn handle(t: Texts, fields: &Fields, wrong: &mut Problems) -> Option<String> {
    let given = fields.given("handle")?.to_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = HANDLE_CHARS.contains(&given.len()) && given.bytes().all(is_plain) && !given.starts_with('-');
    if !fits {
        wrong.add("handle", t.say("creator-profile-handle-wrong"));
    }
    fits.then_some(given)
}

fn text(t: Texts, fields: &Fields, (field, most, is_long): (&str, usize, bool), wrong: &mut Problems) -> String {
    let given = fields.text(field).replace("\r\n", "\n");
    let is_odd = |character: char| {
        let breaks = is_long && character == '\n';
        (character.is_control() && !breaks) || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let problem: Option<Text> = if given.chars().count() > most {
        Some(t.say("creator-profile-too-long").with("count", most))
    } else if given.chars().any(is_odd) {
        Some(t.say("creator-profile-odd-characters"))
    } else {
        None
    };
    if let Some(problem) = problem {
        wrong.add(field, problem);
    }
    given
}

fn country_of(t: Texts, fields: &Fields, wrong: &mut Problems) -> Option<String> {
    let given = fields.given("country")?;
    let known = country::named(given).map(|country| country.code.to_owned());
    if known.is_none() {
        wrong.add("country", t.say("creator-profile-choose"));
    }
    known
}

fn languages(t: Texts, fields: &Fields, wrong: &mut Problems) -> Vec<String> {
    let known =
        |code: &str| words::LANGUAGES.iter().find(|(known, _)| *known == code).map(|(code, _)| (*code).to_owned());
    chosen(t, fields, ("languages", LANGUAGES_MAX), known, wrong)
}

/// The selected checkboxes of a name, each once.
fn chosen<T: PartialEq>(
    t: Texts,
    fields: &Fields,
    (field, most): (&str, usize),
    parse: impl Fn(&str) -> Option<T>,
    wrong: &mut Problems,
) -> Vec<T> {
    let mut list = Vec::new();
    for given in fields.all(field) {
        match parse(&given) {
            Some(value) if list.contains(&value) => {}
            Some(value) => list.push(value),
            None => wrong.add(field, t.say("creator-profile-choose")),
        }
    }
    if list.len() > most {
        wrong.add(field, t.say("creator-profile-too-many").with("count", most));
    }
    list
}

fn portfolio(t: Texts, fields: &Fields, wrong: &mut Problems) -> Option<String> {
    let given = fields.given("portfolioUrl")?;
    let full = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let url = Url::parse(&full).ok().filter(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.host_str().is_some_and(|host| host.contains('.'))
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().len() <= URL_MAX
    });
    if url.is_none() {
        wrong.add("portfolioUrl", t.say("creator-profile-url-wrong"));
    }
    url.map(String::from)
}

#[cfg(test)]
mod tests {
    use super::{super::profile::tests::lauren, *};

    fn with(changes: &[(&'static str, &str)]) -> Result<Input, Problems> {
        let mut fields = fields_of(&lauren());
        for (name, value) in changes {
            fields.set(name, *value);
        }
        read(Texts::default(), &fields)
    }

    #[test]
    fn a_profile_is_read_as_it_is_shown() {
        let input = with(&[]).unwrap();
        assert_eq!((input.name.as_str(), input.handle.as_deref()), ("Lauren Ipsum", Some("lauren")));
        assert_eq!((input.topics, input.country.as_deref()), (vec![Topic::Developers], Some("US")));
        assert_eq!(
            with(&[("portfolioUrl", "lauren.blog")]).unwrap().portfolio_url.as_deref(),
            Some("https://lauren.blog/")
        );
        assert_eq!(with(&[("handle", ""), ("country", "")]).unwrap().handle, None);
    }

    #[test]
    fn a_name_is_no_address() {
        for bad in ["", "lauren@x.test", "@lauren", "lauren.blog", "https://x", "a\nb", &"x".repeat(121)] {
            assert!(with(&[("name", bad)]).unwrap_err().of("name").is_some(), "{bad}");
        }
        assert!(with(&[("name", "Dr. Léa O’Neil")]).is_ok());
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let long = "x".repeat(2_001);
        let problems = with(&[
            ("handle", "-a"),
            ("headline", "two\nlines"),
            ("bio", &long),
            ("country", "XX"),
            ("languages", "tlh"),
            ("topics", "Gambling"),
            ("portfolioUrl", "javascript:alert(1)"),
        ])
        .unwrap_err();
        for field in ["handle", "headline", "bio", "country", "languages", "topics", "portfolioUrl"] {
            assert!(problems.of(field).is_some(), "{field}");
        }
        let mut fields = fields_of(&lauren());
        let many = Topic::ALL.iter().take(6).map(|topic| ("topics".to_owned(), topic.as_str().to_owned()));
        fields = Fields::from_iter(fields.pairs().iter().cloned().chain(many));
        assert!(read(Texts::default(), &fields).unwrap_err().of("topics").is_some());
    }
}
