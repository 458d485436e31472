//! Validates the answers on an application form, question by question: anything a browser would refuse is also refused
//! here, in words, and no input is lost. Pure.

use serde_json::{Map, Value, json};
use shared::config::{is_reserved, is_slug};
use time::{Date, format_description::well_known::Iso8601};
use url::Url;

use super::{
    country,
    field::{ALIAS, EMAIL, Field, Kind, NAME},
    gate::is_disposable,
};
use kit::{
    api::text::holds_address,
    form::{Fields, Problems},
    mail,
};

const NAME_MAX: usize = 200;
const TEXT_MAX: usize = 500;
const LONG_MAX: usize = 4_000;
/// The parts of a postal address: field name, label, browser autofill name, and whether it is required.
pub const ADDRESS: [(&str, &str, &str, bool); 5] = [
    ("street", "Street and number", "street-address", true),
    ("extra", "Apartment, floor", "address-line2", false),
    ("city", "City", "address-level2", true),
    ("region", "State or region", "address-level1", false),
    ("postcode", "Postal code", "postal-code", false),
];

/// A valid application.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    pub email: String,
    pub name: String,
    pub alias: Option<String>,
    /// The other answers, by the questions' labels.
    pub answers: Map<String, Value>,
}

/// Returns the name of a question's field in the form.
pub fn input(key: &str) -> String {
    format!("f_{key}")
}

/// # Errors
/// Every mistake, in the order of the questions, at the question's key or `key.part`.
pub fn read(fields: &[Field], given: &Fields) -> Result<Application, Problems> {
    let mut taken = Application { email: String::new(), name: String::new(), alias: None, answers: Map::new() };
    let mut mistakes = Problems::default();
    for one in fields {
        match answer(one, given) {
            Ok(None) if one.required => mistakes.add(&one.key, needed(one.kind)),
            Ok(None) => {}
            Ok(Some(value)) => keep(&mut taken, one, value),
            Err((part, message)) => {
                let at = part.map_or_else(|| one.key.clone(), |part| format!("{}.{part}", one.key));
                mistakes.add(&at, message);
            }
        }
    }
    if taken.name.is_empty() {
        let spoken = taken.email.split('@').next().unwrap_or_default().replace('.', " ");
        taken.name = spoken.chars().take(NAME_MAX).collect();
    }
    if mistakes.is_empty() { Ok(taken) } else { Err(mistakes) }
}

fn keep(taken: &mut Application, question: &Field, value: Value) {
    let text = value.as_str().unwrap_or_default().to_owned();
    match question.key.as_str() {
        EMAIL => taken.email = text,
        NAME => taken.name = text,
        ALIAS => taken.alias = Some(text),
        _ => {
            // Two questions may have the same label; both answers are kept.
            let mut label: String = question.label.chars().take(90).collect();
            while taken.answers.contains_key(&label) {
                label.push('*');
            }
            taken.answers.insert(label, value);
        }
    }
}

const fn needed(kind: Kind) -> &'static str {
    match kind {
        Kind::Consent => "Check this box to continue.",
        Kind::Dropdown | Kind::Radio | Kind::Country => "Choose an option.",
        Kind::Checkboxes => "Choose at least one option.",
        _ => "This field is required.",
    }
}

type Answer = Result<Option<Value>, (Option<&'static str>, String)>;

fn answer(question: &Field, given: &Fields) -> Answer {
    let name = input(&question.key);
    let text = given.text(&name);
    match question.kind {
        Kind::Address => address(&name, question.required, given),
        Kind::Checkboxes => Ok(ticked(question, &name, given)),
        Kind::Phone => phone(&name, text, given),
        Kind::Consent => Ok((text == "yes").then_some(Value::Bool(true))),
        _ if text.is_empty() => Ok(None),
        _ => one(question, text).map(Some).map_err(|message| (None, message)),
    }
}

/// Validates an answer that consists of one text.
fn one(question: &Field, text: &str) -> Result<Value, String> {
    match question.kind {
        Kind::LongText => long(text).map(Value::from),
        Kind::Email => email(question, text).map(Value::from),
        Kind::Url => web(text).map(Value::from),
        Kind::Number => number(text),
        Kind::Date => date(text).map(Value::from),
        Kind::Dropdown | Kind::Radio => {
            let known = question.options.iter().any(|option| option == text);
            if known { Ok(json!(text)) } else { Err("Choose one of these options.".to_owned()) }
        }
        Kind::Country => match country::named(text) {
            Some(country) => Ok(json!(country.name)),
            None => Err("Choose a country.".to_owned()),
        },
        _ if question.key == ALIAS => alias(text).map(Value::from),
        _ if question.key == NAME => name(text).map(Value::from),
        _ => line(text, TEXT_MAX).map(Value::from),
    }
}

fn line(text: &str, most: usize) -> Result<String, String> {
    if text.chars().count() > most {
        return Err(format!("Use at most {most} characters."));
    }
    if text.chars().any(char::is_control) {
        return Err("Enter this on one line.".to_owned());
    }
    Ok(text.to_owned())
}

/// The name appears in emails, so it must not contain a web address.
fn name(text: &str) -> Result<String, String> {
    if holds_address(text) {
        return Err("Enter your name without a web address, and add a space after each period.".to_owned());
    }
    line(text, NAME_MAX)
}

fn long(text: &str) -> Result<String, String> {
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    if text.chars().count() > LONG_MAX {
        return Err(format!("Use at most {LONG_MAX} characters."));
    }
    if text.chars().any(strange) { Err("Remove any control characters.".to_owned()) } else { Ok(text.to_owned()) }
}

fn email(question: &Field, text: &str) -> Result<String, String> {
    let address = mail::address(text).ok_or("Enter a valid email address, such as name@example.com.")?;
    if question.key == EMAIL && is_disposable(&address) {
        return Err("Use a permanent email address. Disposable addresses aren\u{2019}t accepted.".to_owned());
    }
    Ok(address)
}

/// Validates an absolute http or https URL; `https://` may be omitted.
fn web(text: &str) -> Result<String, String> {
    let wrong = || "Enter a valid URL, such as https://example.com.".to_owned();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let strange = |character: char| character.is_whitespace() || character.is_control();
    if whole.len() > TEXT_MAX || whole.chars().any(strange) {
        return Err(wrong());
    }
    let url = Url::parse(&whole).map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.contains('.'));
    if fits && url.username().is_empty() && url.password().is_none() { Ok(url.to_string()) } else { Err(wrong()) }
}

/// Parses a decimal number as people type it into a number field.
fn number(text: &str) -> Result<Value, String> {
    let wrong = || "Enter a number.".to_owned();
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(json!(whole));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-') && text.len() <= 20;
    let value = text.parse::<f64>().ok().filter(|value| plain && value.is_finite()).ok_or_else(wrong)?;
    serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(wrong)
}

fn date(text: &str) -> Result<String, String> {
    let day = Date::parse(text, &Iso8601::DATE).ok().filter(|day| (1900..=2200).contains(&day.year()));
    match day {
        Some(_) if text.len() == 10 => Ok(text.to_owned()),
        _ => Err("Enter a date as YYYY-MM-DD.".to_owned()),
    }
}

fn alias(text: &str) -> Result<String, String> {
    match text {
        _ if !is_slug(text) => Err("Use 3 to 64 letters, digits or hyphens.".to_owned()),
        _ if is_reserved(text) => Err(format!("\u{201c}{text}\u{201d} is reserved. Choose another link name.")),
        _ => Ok(text.to_owned()),
    }
}

/// Each checkbox has its own name, so that a form works without scripts.
fn ticked(question: &Field, name: &str, given: &Fields) -> Option<Value> {
    let chosen = question.options.iter().enumerate();
    let chosen: Vec<&String> =
        chosen.filter(|(index, _)| given.is_ticked(&format!("{name}_{index}"))).map(|(_, option)| option).collect();
    (!chosen.is_empty()).then(|| json!(chosen))
}

/// Combines a country's dial code and the number; the number may include the code instead.
fn phone(name: &str, text: &str, given: &Fields) -> Answer {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || (None, "Enter a phone number, such as 555 0100.".to_owned());
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let spoken = |character: char| character.is_ascii_digit() || " ()-./+".contains(character);
    if !text.chars().all(spoken) || !(4..=15).contains(&digits.len()) {
        return Err(wrong());
    }
    if text.starts_with('+') {
        return Ok(Some(json!(format!("+{digits}"))));
    }
    let chosen = given.raw(&format!("{name}_code"));
    let country = country::named(chosen).filter(|country| !country.dial.is_empty());
    let country = country.ok_or((Some("code"), "Choose the country code.".to_owned()))?;
    Ok(Some(json!(format!("+{} {}", country.dial, digits.trim_start_matches('0')))))
}

fn address(name: &str, required: bool, given: &Fields) -> Answer {
    let part = |part: &str| given.text(&format!("{name}_{part}"));
    let country = part("country");
    if country.is_empty() && ADDRESS.iter().all(|(key, ..)| part(key).is_empty()) && !required {
        return Ok(None);
    }
    let mut kept = Map::new();
    for (key, label, _, must) in ADDRESS {
        let text = line(part(key), TEXT_MAX).map_err(|message| (Some(key), message))?;
        if text.is_empty() && must {
            return Err((Some(key), "This field is required.".to_owned()));
        }
        if !text.is_empty() {
            kept.insert(label.to_owned(), json!(text));
        }
    }
    let country = country::named(country).ok_or((Some("country"), "Choose a country.".to_owned()))?;
    kept.insert("Country".to_owned(), json!(country.name));
    Ok(Some(Value::Object(kept)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::field::{self as questions, usual},
        *,
    };
    use programs::affiliate::application;

    fn requested(kind: Kind) -> Field {
        let mut question = questions::new(kind, "Question", &[]);
        question.options = if kind.has_options() { vec!["A".to_owned(), "B".to_owned()] } else { Vec::new() };
        question
    }

    fn given(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().copied().collect()
    }

    fn of(kind: Kind, pairs: &[(&str, &str)]) -> Result<Option<Value>, (String, String)> {
        let mut form = given(pairs);
        form.set("f_email", "nina@creators.test");
        match read(&[usual().remove(0), requested(kind)], &form) {
            Ok(application) => Ok(application.answers.get("Question").cloned()),
            Err(mistakes) => Err(mistakes.pairs()[0].clone()),
        }
    }

    #[test]
    fn each_kind_takes_what_it_asks_for() {
        for (kind, pairs, expected) in [
            (Kind::Text, &[("f_q1", " On the road ")][..], json!("On the road")),
            (Kind::LongText, &[("f_q1", "First\r\nthen")], json!("First\r\nthen")),
            (Kind::Email, &[("f_q1", "A@B.test")], json!("a@b.test")),
            (Kind::Url, &[("f_q1", "nina.blog/me")], json!("https://nina.blog/me")),
            (Kind::Number, &[("f_q1", "12000")], json!(12_000)),
            (Kind::Number, &[("f_q1", "-1.5")], json!(-1.5)),
            (Kind::Date, &[("f_q1", "2026-02-28")], json!("2026-02-28")),
            (Kind::Dropdown, &[("f_q1", "B")], json!("B")),
            (Kind::Radio, &[("f_q1", "A")], json!("A")),
            (Kind::Checkboxes, &[("f_q1_0", "yes"), ("f_q1_1", "yes")], json!(["A", "B"])),
            (Kind::Consent, &[("f_q1", "yes")], json!(true)),
            (Kind::Phone, &[("f_q1_code", "NO"), ("f_q1", "0555 01 23")], json!("+47 5550123")),
            (Kind::Phone, &[("f_q1", "+47 555 01 23")], json!("+475550123")),
            (Kind::Country, &[("f_q1", "NO")], json!("Norway")),
            (
                Kind::Address,
                &[("f_q1_street", "Bryggen 1"), ("f_q1_city", "Bergen"), ("f_q1_country", "NO")],
                json!({"Street and number": "Bryggen 1", "City": "Bergen", "Country": "Norway"}),
            ),
        ] {
            assert_eq!(of(kind, pairs), Ok(Some(expected)), "{kind:?} {pairs:?}");
        }
        assert!(Kind::ALL.iter().all(|(kind, ..)| of(*kind, &[]) == Ok(None)), "what isn't required may be left out");
    }

    #[test]
    fn what_does_not_fit_is_refused_beside_its_question() {
        for (kind, pairs, at) in [
            (Kind::Text, &[("f_q1", "a\u{7}b")][..], "q1"),
            (Kind::Email, &[("f_q1", "nina")], "q1"),
            (Kind::Url, &[("f_q1", "javascript:alert(1)")], "q1"),
            (Kind::Url, &[("f_q1", "ftp://a.test/")], "q1"),
            (Kind::Url, &[("f_q1", "https://me@a.test/")], "q1"),
            (Kind::Number, &[("f_q1", "many")], "q1"),
            (Kind::Number, &[("f_q1", "inf")], "q1"),
            (Kind::Date, &[("f_q1", "2026-02-30")], "q1"),
            (Kind::Date, &[("f_q1", "tomorrow")], "q1"),
            (Kind::Dropdown, &[("f_q1", "C")], "q1"),
            (Kind::Radio, &[("f_q1", "C")], "q1"),
            (Kind::Phone, &[("f_q1", "call me")], "q1"),
            (Kind::Phone, &[("f_q1", "555 0100")], "q1.code"),
            (Kind::Country, &[("f_q1", "Atlantis")], "q1"),
            (Kind::Address, &[("f_q1_city", "Bergen")], "q1.street"),
            (Kind::Address, &[("f_q1_street", "B 1"), ("f_q1_city", "Bergen")], "q1.country"),
        ] {
            assert_eq!(of(kind, pairs).map_err(|(at, _)| at), Err(at.to_owned()), "{kind:?} {pairs:?}");
        }
    }

    #[test]
    fn what_is_required_has_to_be_there() {
        for (kind, ..) in Kind::ALL {
            let question = Field { required: true, ..requested(kind) };
            let form = given(&[("f_email", "nina@creators.test")]);
            let mistakes = read(&[usual().remove(0), question], &form).unwrap_err();
            assert!(mistakes.pairs()[0].0.starts_with("q1"), "{kind:?}: {mistakes:?}");
        }
    }

    #[test]
    fn an_application_says_who_it_is() {
        let form = given(&[
            ("f_email", "Nina@Creators.test"),
            ("f_name", "Nina Berg"),
            ("f_alias", "nina-b"),
            ("f_website", "nina.blog"),
        ]);
        let taken = read(&usual(), &form).unwrap();
        assert_eq!((taken.email.as_str(), taken.name.as_str()), ("nina@creators.test", "Nina Berg"));
        assert_eq!(taken.alias.as_deref(), Some("nina-b"));
        assert_eq!(taken.answers.keys().collect::<Vec<_>>(), ["Website or channel"]);
        let disposable = given(&[("f_email", "x@mailinator.com"), ("f_name", "X"), ("f_alias", "no")]);
        let mistakes = read(&usual(), &disposable).unwrap_err();
        assert_eq!(mistakes.pairs().iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(), ["email", "alias"]);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_answered_and_what_is_taken_can_be_kept(
            kinds in proptest::collection::vec(0..13_usize, 1..8), texts in proptest::collection::vec(".{0,60}", 40),
        ) {
            let mut fields = usual();
            for number in kinds {
                let mut question = questions::new(Kind::ALL[number].0, "Question", &fields);
                question.options = vec!["A".to_owned()];
                fields.push(question);
            }
            let parts = ["", "_0", "_code", "_street", "_city", "_country"];
            let names = fields.iter().flat_map(|field| parts.map(|part| format!("f_{}{part}", field.key)));
            let mut form: Fields = names.zip(texts.into_iter().cycle()).collect();
            form.set("f_email", "nina@creators.test");
            if let Ok(taken) = read(&fields, &form) {
                prop_assert!(application::checked(Some(taken.answers)).is_ok());
            }
        }
    }
}
