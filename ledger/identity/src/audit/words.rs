//! Describes audit log entries in words: the action, and the changed fields.

use serde_json::Value;

const VALUE_MAX: usize = 300;

/// Turns `api_key.rotated` into "API key rotated".
pub fn action(action: &str) -> String {
    let words = action.replace(['.', '_'], " ");
    let words = words.split(' ').map(|word| match word {
        "api" => "API",
        "crm" => "CRM",
        "totp" => "TOTP",
        "url" => "URL",
        other => other,
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A field that changed. `None` means that it didn't exist before, or no longer exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Compares field by field; a value that isn't an object is listed as the field `value`.
pub fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let mut add = |field: &str, value: &Value, is_after: bool| {
        if value.is_null() {
            return;
        }
        let text = Some(value_in_words(value));
        match found.iter_mut().find(|change| change.field == field) {
            Some(change) if is_after => change.after = text,
            Some(change) => change.before = text,
            None if is_after => found.push(Change { field: field.to_owned(), before: None, after: text }),
            None => found.push(Change { field: field.to_owned(), before: text, after: None }),
        }
    };
    for (side, is_after) in [(before, false), (after, true)] {
        match side {
            Some(Value::Object(fields)) => fields.iter().for_each(|(field, value)| add(field, value, is_after)),
            Some(other) => add("value", other, is_after),
            None => {}
        }
    }
    found.iter_mut().for_each(|change| change.field = field_in_words(&change.field));
    found
}

/// Turns `overlapHours` into "overlap hours".
fn field_in_words(field: &str) -> String {
    let mut text = String::new();
    for character in field.chars() {
        if character.is_uppercase() {
            text.push(' ');
        }
        text.extend(if character == '_' { ' ' } else { character }.to_lowercase());
    }
    text
}

fn value_in_words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actions_read_as_sentences() {
        for (name, words) in [
            ("api_key.rotated", "API key rotated"),
            ("commission.released_all", "Commission released all"),
            ("program.created", "Program created"),
            ("", ""),
        ] {
            assert_eq!(action(name), words);
        }
    }

    #[test]
    fn fields_stand_with_what_they_were_and_became() {
        let (before, after) = (json!({"name": "a", "gone": 1}), json!({"name": "b", "isNew": true, "nothing": null}));
        let change = |field: &str, before: Option<&str>, after: Option<&str>| Change {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let mut found = changes(Some(&before), Some(&after));
        found.sort_by(|one, other| one.field.cmp(&other.field));
        let expected = [
            change("gone", Some("1"), None),
            change("is new", None, Some("yes")),
            change("name", Some("a"), Some("b")),
        ];
        assert_eq!(found, expected);
        assert_eq!(changes(None, Some(&json!([1]))), [change("value", None, Some("[1]"))]);
        assert!(changes(None, None).is_empty());
    }

    #[test]
    fn long_values_are_cut_between_letters() {
        let long = json!({ "text": "ü".repeat(400) });
        assert_eq!(changes(None, Some(&long))[0].after.as_ref().unwrap().chars().count(), VALUE_MAX + 1);
    }
}
