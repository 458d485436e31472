//! What a person reads before they confirm: what will happen, and each argument under a label.

use rules::format;
use serde_json::{Map, Value};

use super::subject::{self, Names};
use crate::tool::catalog::Tool;

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub label: String,
    pub value: String,
}

impl Line {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// What confirming does, by tool.
const EFFECTS: [(&str, &str); 15] = [
    ("approve_affiliate", "The applicant becomes an affiliate, who can earn from now on."),
    ("reject_affiliate", "The application is rejected, and the person can\u{2019}t earn."),
    ("bulk_invite_affiliates", "Each of these people becomes an approved affiliate of the program."),
    ("set_segment", "The affiliate is put into the segment. Its plan decides what customers who come later earn them."),
    (
        "change_link",
        "The link leads where you see below from now on. If it is disabled, it leads nowhere, and only earlier clicks on it \
         can earn.",
    ),
    (
        "create_coupon",
        "Later sales with this code are credited to the affiliate, whichever link their customers followed.",
    ),
    ("create_program", "A program is created with its first commission plan. It has no affiliates yet."),
    ("change_program", "The program\u{2019}s settings change for everyone in it."),
    ("create_plan", "A new version of the commission plan takes effect, and decides what later sales earn."),
    ("review_conversion", "The review of the sale ends. If it is denied, the sale earns nothing."),
    ("give_bonus", "The affiliate gets this amount, which is paid out with their other commissions."),
    ("deny_commission", "The commission becomes worth nothing. What was already paid becomes a negative balance."),
    ("release_commission", "The commission becomes payable now, before its hold ends."),
    (
        "reattribute_conversion",
        "The sale\u{2019}s commissions are taken back, and the new affiliate earns them instead. What was already paid \
         becomes a negative balance of the previous affiliate.",
    ),
    ("propose_payout_run", "A payout run is proposed. No money moves before someone approves the run on its own page."),
];

/// What confirming does.
pub fn effect(tool: &str) -> &'static str {
    EFFECTS.iter().find(|(name, _)| *name == tool).map_or("", |(_, effect)| effect)
}

/// Who gets an email, for tools that send some.
pub fn emails(tool: &str, arguments: &Map<String, Value>) -> Option<String> {
    let people = match tool {
        "approve_affiliate" | "reject_affiliate" => 1,
        _ => return None,
    };
    Some(get_an_email(people, is_quiet(arguments)))
}

/// Whether the call says that no one gets an email.
pub fn is_quiet(arguments: &Map<String, Value>) -> bool {
    arguments.get("notify") == Some(&Value::Bool(false))
}

/// `2 people get an email`.
pub fn get_an_email(people: usize, is_quiet: bool) -> String {
    match if is_quiet { 0 } else { people } {
        0 => "No one gets an email".to_owned(),
        1 => "1 person gets an email".to_owned(),
        many => format!("{many} people get an email"),
    }
}

/// Every argument, in the order in which the operation has them.
pub fn lines(tool: &Tool, arguments: &Map<String, Value>, names: &Names) -> Vec<Line> {
    let mut lines = Vec::new();
    for argument in &tool.arguments {
        let Some(value) = arguments.get(&argument.name).filter(|value| !value.is_null()) else { continue };
        let label = match argument.name.as_str() {
            "id" => subject::noun(tool).map_or_else(|| "ID".to_owned(), in_words),
            name => in_words(name),
        };
        add(&mut lines, label, (&argument.name, value), arguments, names);
    }
    lines.extend(emails(tool.entry.name, arguments).map(|emails| Line::new("Emails", emails)));
    lines
}

/// `beside` are the fields of the object that the value is in.
fn add(
    lines: &mut Vec<Line>,
    label: String,
    (name, value): (&str, &Value),
    beside: &Map<String, Value>,
    names: &Names,
) {
    match value {
        Value::Object(fields) => {
            for (own, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                add(lines, format!("{label}: {}", lower(&in_words(own))), (own, value), fields, names);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                let label = format!("{label} {}", index + 1);
                match item {
                    Value::Object(fields) if fields.values().all(|own| !own.is_object() && !own.is_array()) => {
                        lines.push(Line::new(label, in_one_line(fields, names)));
                    }
                    other => add(lines, label, (name, other), beside, names),
                }
            }
        }
        Value::Array(items) => {
            let shown: Vec<String> = items.iter().map(|item| plain(name, item, beside, names)).collect();
            lines.push(Line::new(label, if shown.is_empty() { "None".to_owned() } else { shown.join(", ") }));
        }
        other => lines.push(Line::new(label, plain(name, other, beside, names))),
    }
}

fn in_one_line(fields: &Map<String, Value>, names: &Names) -> String {
    let given = fields.iter().filter(|(_, value)| !value.is_null());
    let parts = given.map(|(name, value)| format!("{}: {}", in_words(name), plain(name, value, fields, names)));
    parts.collect::<Vec<_>>().join(" \u{b7} ")
}

fn plain(name: &str, value: &Value, beside: &Map<String, Value>, names: &Names) -> String {
    match value {
        Value::String(text) => match names.get(text) {
            Some(known) => visible(&format!("{known} ({text})")),
            None => visible(text),
        },
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Number(number) => {
            let currency = beside.get("currency").and_then(Value::as_str);
            match (name.ends_with("Cents"), number.as_i64(), currency) {
                (true, Some(minor), Some(currency)) => format::money(minor, currency),
                (true, _, _) => format!("{number} (in the currency\u{2019}s smallest unit)"),
                _ => number.to_string(),
            }
        }
        other => other.to_string(),
    }
}

/// Characters that turn a text around or hide a part of it are shown as what they are.
pub fn visible(text: &str) -> String {
    let hides = |sign: char| {
        sign.is_control() && sign != '\n'
            || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        if hides(sign) { shown.extend(sign.escape_unicode()) } else { shown.push(sign) }
    }
    shown
}

/// `cookieWindowDays` as `Cookie window days`, without the unit of an amount and the end of an id.
fn in_words(name: &str) -> String {
    let name = name.strip_suffix("Cents").or_else(|| name.strip_suffix("Id")).unwrap_or(name);
    let mut words = String::with_capacity(name.len() + 4);
    for (index, sign) in name.chars().enumerate() {
        if index == 0 {
            words.extend(sign.to_uppercase());
        } else if sign.is_uppercase() {
            words.push(' ');
            words.extend(sign.to_lowercase());
        } else {
            words.push(sign);
        }
    }
    words
}

fn lower(label: &str) -> String {
    label.to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tool::table;

    fn shown(arguments: Value) -> Vec<(String, String)> {
        let arguments = arguments.as_object().unwrap().clone();
        let names = Names::from([("aff_1".to_owned(), "Mia Doe".to_owned())]);
        let mut lines = Vec::new();
        for (name, value) in &arguments {
            add(&mut lines, in_words(name), (name, value), &arguments, &names);
        }
        lines.into_iter().map(|line| (line.label, line.value)).collect()
    }

    #[test]
    fn every_tool_that_a_person_confirms_says_what_it_does() {
        let confirmed: Vec<&str> =
            table::entries().filter(|entry| entry.class.needs_person()).map(|entry| entry.name).collect();
        assert_eq!(confirmed, EFFECTS.map(|(name, _)| name));
        assert!(confirmed.iter().all(|name| effect(name).ends_with('.')));
    }

    #[test]
    fn arguments_are_in_words() {
        let line = |arguments| shown(arguments).pop().unwrap();
        let owned = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        assert_eq!(line(json!({"affiliateId": "aff_1"})), owned("Affiliate", "Mia Doe (aff_1)"));
        assert_eq!(line(json!({"cookieWindowDays": 30})), owned("Cookie window days", "30"));
        assert_eq!(line(json!({"notify": false})), owned("Notify", "No"));
        assert_eq!(shown(json!({"amountCents": 5000, "currency": "USD"}))[0], owned("Amount", "$50.00"));
        assert!(shown(json!({"amountCents": 5000}))[0].1.contains("smallest unit"));
        assert_eq!(line(json!({"reason": "a\u{202e}b"})), owned("Reason", "a\\u{202e}b"));
        assert_eq!(
            line(json!({"affiliates": [{"email": "a@b.test"}, {"email": "c@d.test", "slug": null}]})),
            owned("Affiliates 2", "Email: c@d.test")
        );
        assert_eq!(line(json!({"scope": {"affiliateId": "aff_1"}})), owned("Scope: affiliate", "Mia Doe (aff_1)"));
        assert_eq!(
            line(json!({"components": [{"when": {"segments": ["a", "b"]}}]})),
            owned("Components 1: when: segments", "a, b")
        );
    }

    #[test]
    fn it_says_how_many_people_get_an_email() {
        let shown = |tool, arguments: Value| emails(tool, arguments.as_object().unwrap());
        assert_eq!(shown("approve_affiliate", json!({})).as_deref(), Some("1 person gets an email"));
        assert_eq!(shown("reject_affiliate", json!({"notify": false})).as_deref(), Some("No one gets an email"));
        assert_eq!(get_an_email(2, false), "2 people get an email");
        assert_eq!(shown("give_bonus", json!({})), None);
    }
}
