//! Validates the free-form answers of an application. Pure.

use serde_json::{Map, Value};

use kit::error::{Error, Result};

const FIELD: &str = "application";
const ANSWERS_MAX: usize = 50;
const NAME_MAX: usize = 100;
const TEXT_MAX: usize = 4_000;
const PARTS_MAX: usize = 50;
const BYTES_MAX: usize = 32 * 1024;

/// Accepts an object of answers: strings, numbers, booleans; lists of strings (checkboxes); objects of strings (an
/// address).
///
/// # Errors
/// 400 naming the answer.
pub fn checked(application: Option<Map<String, Value>>) -> Result<Option<Value>> {
    let Some(answers) = application else { return Ok(None) };
    if answers.len() > ANSWERS_MAX {
        return Err(Error::field(FIELD, format!("{FIELD} must have at most {ANSWERS_MAX} answers")));
    }
    for (name, answer) in &answers {
        let path = format!("{FIELD}.{name}");
        check_name(&path, name)?;
        match answer {
            Value::Array(list) if list.len() <= PARTS_MAX => list.iter().try_for_each(|part| simple(&path, part))?,
            Value::Object(parts) if parts.len() <= PARTS_MAX => {
                for (name, part) in parts {
                    check_name(&path, name)?;
                    simple(&path, part)?;
                }
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(Error::field(&path, format!("{path} must have at most {PARTS_MAX} entries")));
            }
            answer => simple(&path, answer)?,
        }
    }
    if !fits(&answers) {
        return Err(Error::field(FIELD, format!("{FIELD} must be at most {BYTES_MAX} bytes")));
    }
    Ok(Some(Value::Object(answers)))
}

/// Returns whether the answers are short enough together.
pub fn fits(answers: &Map<String, Value>) -> bool {
    serde_json::to_string(answers).is_ok_and(|text| text.len() <= BYTES_MAX)
}

fn check_name(path: &str, name: &str) -> Result<()> {
    if (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::field(
        path,
        format!("{FIELD} must have names of 1 to {NAME_MAX} characters, without control characters"),
    ))
}

fn simple(path: &str, value: &Value) -> Result<()> {
    match value {
        Value::String(text) => {
            let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
            if text.chars().count() > TEXT_MAX || text.chars().any(strange) {
                let message = format!("{path} must be at most {TEXT_MAX} characters, without control characters");
                return Err(Error::field(path, message));
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::Array(_) | Value::Object(_) => {
            Err(Error::field(path, format!("{path} must contain only strings, numbers and booleans")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(value: Value) -> Option<String> {
        let Value::Object(map) = value else { panic!("an object") };
        checked(Some(map)).err().and_then(|error| error.body().field.clone())
    }

    #[test]
    fn what_forms_ask_fits() {
        let answers = json!({
            "website": "https://lauren.creators.test", "audience": 12_000, "terms": true, "phone": null,
            "channels": ["YouTube", "TikTok"], "plan": "First\nthen", "address": {"city": "Bergen", "country": "NO"},
        });
        assert_eq!(refused(answers), None);
        assert_eq!(checked(None).unwrap(), None);
    }

    #[test]
    fn each_bound_names_the_answer() {
        for (value, field) in [
            (json!({"a": {"b": {"c": 1}}}), "application.a"),
            (json!({"a": [["b"]]}), "application.a"),
            (json!({"a": "x".repeat(4_001)}), "application.a"),
            (json!({"a": "x\u{7}"}), "application.a"),
            (json!({"": 1}), "application."),
            (json!({"a": vec!["x"; 51]}), "application.a"),
        ] {
            assert_eq!(refused(value.clone()).as_deref(), Some(field), "{value}");
        }
        let many: Map<String, Value> = (0..51).map(|number| (number.to_string(), json!(1))).collect();
        assert_eq!(refused(Value::Object(many)).as_deref(), Some("application"));
        let long: Map<String, Value> = (0..12).map(|number| (number.to_string(), json!("x".repeat(3_000)))).collect();
        assert_eq!(refused(Value::Object(long)).as_deref(), Some("application"));
    }
}
