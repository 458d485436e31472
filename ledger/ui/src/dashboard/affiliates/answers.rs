//! Formats an applicant's answers for display. Pure.

use serde_json::Value;

/// An answer, with `href` if it is a web address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: String,
    pub text: String,
    pub href: Option<String>,
}

/// Returns the answers in stored order, without empty ones.
pub fn answers(application: Option<&Value>) -> Vec<Answer> {
    let Some(Value::Object(fields)) = application else { return Vec::new() };
    let answer = |(name, value): (&String, &Value)| {
        let text = message(value);
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let href = (is_address && !text.contains(char::is_whitespace)).then(|| text.clone());
        Answer { question: question(name), text, href }
    };
    fields.iter().map(answer).filter(|answer| !answer.text.is_empty()).collect()
}

/// Formats `promotionPlan` and `promotion_plan` as "Promotion plan".
fn question(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        match character {
            '_' | '-' => text.push(' '),
            character
                if character.is_uppercase() && !text.is_empty() && !text.ends_with(' ') && !name.contains(' ') =>
            {
                text.push(' ');
                text.extend(character.to_lowercase());
            }
            character if text.is_empty() => text.extend(character.to_uppercase()),
            character => text.push(character),
        }
    }
    text
}

fn message(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().map(message).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            parts.values().map(message).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_read_as_they_were_given() {
        let given = json!({
            "website": "https://nina.test/x", "promotionPlan": " First\nthen ", "why_us": "", "channels": ["YouTube", "TikTok"],
            "address": {"city": "Bergen", "country": "NO"}, "terms": true, "audience": 12_000,
            "Where do you live": "javascript:alert(1)",
        });
        let found = answers(Some(&given));
        let of = |question: &str| found.iter().find(|answer| answer.question == question).cloned();
        assert_eq!(of("Website").unwrap().href.as_deref(), Some("https://nina.test/x"));
        assert_eq!(of("Promotion plan").unwrap().text, "First\nthen");
        assert_eq!(of("Channels").unwrap().text, "YouTube, TikTok");
        assert_eq!(of("Address").unwrap().text, "Bergen, NO");
        assert_eq!((of("Terms").unwrap().text, of("Audience").unwrap().text), ("Yes".to_owned(), "12000".to_owned()));
        assert_eq!(of("Where do you live").unwrap().href, None);
        assert_eq!((of("Why us"), found.len()), (None, 7));
        assert!(answers(None).is_empty() && answers(Some(&json!([1]))).is_empty());
    }
}
