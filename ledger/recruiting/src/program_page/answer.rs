//! Validates the answers on an application form, question by question: anything a browser would refuse is also refused
//! here, in the visitor's language, and no input is lost. Pure.

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
    email_address,
    form::{Fields, Problems},
    text::{Text, Texts},
};
use programs::affiliate::application;

const NAME_MAX: usize = 200;
const TEXT_MAX: usize = 500;
const LONG_MAX: usize = 4_000;
/// The parts of a postal address: field name, label in the stored answer, browser autofill name, and whether it is
/// required.
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
/// Every mistake, in the order of the questions, at the question's key or `key.part`. If the answers are too long
/// together, that is a mistake at the longest one.
pub fn read(fields: &[Field], given: &Fields, t: Texts) -> Result<Application, Problems> {
    let mut taken = Application { email: String::new(), name: String::new(), alias: None, answers: Map::new() };
    let mut mistakes = Problems::default();
    let mut longest = (0, "");
    for one in fields {
        match answer(one, given, t) {
            Ok(None) if one.required => mistakes.add(&one.key, needed(one.kind, t)),
            Ok(None) => {}
            Ok(Some(value)) => {
                longest = longest.max((value.to_string().len(), one.key.as_str()));
                keep(&mut taken, one, value);
            }
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
    if mistakes.is_empty() && !application::fits(&taken.answers) {
        mistakes.add(longest.1, t.say("program-form-answers-too-long"));
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

fn needed(kind: Kind, t: Texts) -> Text {
    match kind {
        Kind::Consent => t.say("program-form-needs-consent"),
        Kind::Dropdown | Kind::Radio | Kind::Country => t.say("program-form-needs-option"),
        Kind::Checkboxes => t.say("program-form-needs-options"),
        _ => t.say("program-form-needs-answer"),
    }
}

/// The answer if there is one, or a mistake and the part of the question that it belongs to.
type Answer = Result<Option<Value>, (Option<&'static str>, Text)>;

fn answer(question: &Field, given: &Fields, t: Texts) -> Answer {
    let name = input(&question.key);
    let text = given.text(&name);
    match question.kind {
        Kind::Address => address(&name, question.required, given, t),
        Kind::Checkboxes => Ok(ticked(question, &name, given)),
        Kind::Phone => phone(&name, text, given, t),
        Kind::Consent => Ok((text == "yes").then_some(Value::Bool(true))),
        _ if text.is_empty() => Ok(None),
        _ => one(question, text, t).map(Some).map_err(|message| (None, message)),
    }
}

/// Validates an answer that consists of one text.
fn one(question: &Field, text: &str, t: Texts) -> Result<Value, Text> {
    match question.kind {
        Kind::LongText => long(text, t).map(Value::from),
        Kind::Email => email(question, text, t).map(Value::from),
        Kind::Url => web(text, t).map(Value::from),
        Kind::Number => number(text, t),
        Kind::Date => date(text, t).map(Value::from),
        Kind::Dropdown | Kind::Radio => {
            let known = question.options.iter().any(|option| option == text);
            if known { Ok(json!(text)) } else { Err(t.say("program-form-unknown-option")) }
        }
        Kind::Country => match country::named(text) {
            Some(country) => Ok(json!(country.name(Texts::default()))),
            None => Err(t.say("program-form-needs-country")),
        },
        _ if question.key == ALIAS => alias(text, t).map(Value::from),
        _ if question.key == NAME => name(text, t).map(Value::from),
        _ => line(text, TEXT_MAX, t).map(Value::from),
    }
}

fn line(text: &str, most: usize, t: Texts) -> Result<String, Text> {
    if text.chars().count() > most {
        return Err(too_long(most, t));
    }
    if text.chars().any(char::is_control) {
        return Err(t.say("program-form-one-line"));
    }
    Ok(text.to_owned())
}

fn too_long(most: usize, t: Texts) -> Text {
    t.say("program-form-too-long").with("most", most)
}

/// The name appears in emails, so it must not contain a web address.
fn name(text: &str, t: Texts) -> Result<String, Text> {
    if holds_address(text) {
        return Err(t.say("program-form-name-with-address"));
    }
    line(text, NAME_MAX, t)
}

fn long(text: &str, t: Texts) -> Result<String, Text> {
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    if text.chars().count() > LONG_MAX {
        return Err(too_long(LONG_MAX, t));
    }
    if text.chars().any(strange) { Err(t.say("program-form-control-characters")) } else { Ok(text.to_owned()) }
}

fn email(question: &Field, text: &str, t: Texts) -> Result<String, Text> {
    let address = email_address::parse(text).ok_or_else(|| t.say("program-form-not-email"))?;
    if question.key == EMAIL && is_disposable(&address) {
        return Err(t.say("program-form-disposable-email"));
    }
    Ok(address)
}

/// Validates an absolute http or https URL; `https://` may be omitted.
fn web(text: &str, t: Texts) -> Result<String, Text> {
    let wrong = || t.say("program-form-not-url");
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
fn number(text: &str, t: Texts) -> Result<Value, Text> {
    let wrong = || t.say("program-form-not-number");
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(json!(whole));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-') && text.len() <= 20;
    let value = text.parse::<f64>().ok().filter(|value| plain && value.is_finite()).ok_or_else(wrong)?;
    serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(wrong)
}

fn date(text: &str, t: Texts) -> Result<String, Text> {
    let day = Date::parse(text, &Iso8601::DATE).ok().filter(|day| (1900..=2200).contains(&day.year()));
    match day {
        Some(_) if text.len() == 10 => Ok(text.to_owned()),
        _ => Err(t.say("program-form-not-date")),
    }
}

fn alias(text: &str, t: Texts) -> Result<String, Text> {
    match text {
        _ if !is_slug(text) => Err(t.say("program-form-not-alias")),
        _ if is_reserved(text) => Err(t.say("program-form-alias-reserved").with("alias", text)),
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
fn phone(name: &str, text: &str, given: &Fields, t: Texts) -> Answer {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || (None, t.say("program-form-not-phone"));
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
    let country = country.ok_or_else(|| (Some("code"), t.say("program-form-needs-code")))?;
    Ok(Some(json!(format!("+{} {}", country.dial, digits.trim_start_matches('0')))))
}

fn address(name: &str, required: bool, given: &Fields, t: Texts) -> Answer {
    let part = |part: &str| given.text(&format!("{name}_{part}"));
    let country = part("country");
    if country.is_empty() && ADDRESS.iter().all(|(key, ..)| part(key).is_empty()) && !required {
        return Ok(None);
    }
    let mut kept = Map::new();
    for (key, label, _, must) in ADDRESS {
        let text = line(part(key), TEXT_MAX, t).map_err(|message| (Some(key), message))?;
        if text.is_empty() && must {
            return Err((Some(key), t.say("program-form-needs-answer")));
        }
        if !text.is_empty() {
            kept.insert(label.to_owned(), json!(text));
        }
    }
    let country = country::named(country).ok_or_else(|| (Some("country"), t.say("program-form-needs-country")))?;
    kept.insert("Country".to_owned(), json!(country.name(Texts::default())));
    Ok(Some(Value::Object(kept)))
}

#[cfg(test)]
mod tests;
