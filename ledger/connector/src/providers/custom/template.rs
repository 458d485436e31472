//! The brand's own mapping: a JSON document whose strings may be placeholders, such as `"{{email}}"`. Values are
//! inserted into the parsed document, never into its text, so no value can break the JSON.

use serde_json::{Map, Value};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// The placeholders that can stand within a longer text.
const TEXTS: [&str; 13] = [
    "type",
    "affiliateId",
    "email",
    "firstName",
    "lastName",
    "name",
    "status",
    "joinedAt",
    "consentAt",
    "consentVersion",
    "eventId",
    "occurredAt",
    "currency",
];
/// The placeholders whose value isn't a text, with the kind of value.
const OTHERS: [(&str, &str); 5] = [
    ("tags", "a list"),
    ("removedTags", "a list"),
    ("consent", "true or false"),
    ("amountCents", "a number"),
    ("properties", "an object"),
];
/// Without one of these, the endpoint couldn't know who is meant.
const WHO: [&str; 2] = ["email", "affiliateId"];
/// Without it, a deletion would look like an update.
const WHAT: &str = "type";
/// The longest part of a template that an error repeats, in characters.
const QUOTED_MAX: usize = 40;

/// A template without mistakes.
#[derive(Debug)]
pub(super) struct Template(Value);

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Plain(&'t str),
    Placeholder(&'t str),
}

impl Template {
    /// # Errors
    /// What is wrong and where: a line and column while it isn't JSON, else the place as a JSON pointer (RFC 6901).
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            format!(
                "isn\u{2019}t valid JSON: {what} in line {}, column {}. Write placeholders in quotes, such as \
                 \"{{{{email}}}}\"",
                error.line(),
                error.column()
            )
        })?;
        if !value.is_object() {
            return Err("must be a JSON object, such as {\"email\": \"{{email}}\"}".to_owned());
        }
        let mut used = Vec::new();
        check(&value, "", &mut used)?;
        if !used.iter().any(|name| WHO.contains(&name.as_str())) {
            return Err("must contain {{email}} or {{affiliateId}}: they say who is meant".to_owned());
        }
        if !used.iter().any(|name| name == WHAT) {
            return Err("must contain {{type}}: it tells updates, events and deletions apart".to_owned());
        }
        Ok(Self(value))
    }

    /// The document with its values. A member or an element whose value isn't known is left out.
    pub(super) fn render(&self, values: &Map<String, Value>) -> Value {
        filled(&self.0, values).unwrap_or_default()
    }
}

/// Checks a part of the document and notes the placeholders in it.
fn check(value: &Value, place: &str, used: &mut Vec<String>) -> Result<(), String> {
    match value {
        Value::String(text) => check_text(text, place, used),
        Value::Array(all) => {
            all.iter().enumerate().try_for_each(|(at, one)| check(one, &format!("{place}/{at}"), used))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, one)| {
            if name.contains(OPEN) || name.contains(CLOSE) {
                return Err(format!(
                    "has a placeholder in the name of a member of {}: only values can be one",
                    at(place)
                ));
            }
            check(one, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), used)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str, place: &str, used: &mut Vec<String>) -> Result<(), String> {
    let pieces = pieces(text).ok_or_else(|| format!("has braces without their counterpart at {}", at(place)))?;
    for piece in &pieces {
        let Piece::Placeholder(name) = piece else { continue };
        let other = OTHERS.iter().find(|(known, _)| known == name);
        match other {
            Some((_, kind)) if pieces.len() > 1 => {
                return Err(format!(
                    "has {{{{{name}}}}} within a text at {}: it\u{2019}s {kind}, so it must stand alone",
                    at(place)
                ));
            }
            None if !TEXTS.contains(name) => return Err(unknown(name, place)),
            _ => used.push((*name).to_owned()),
        }
    }
    Ok(())
}

fn unknown(name: &str, place: &str) -> String {
    let name: String = name.chars().filter(|sign| !sign.is_control()).take(QUOTED_MAX).collect();
    let known: Vec<&str> = TEXTS.into_iter().chain(OTHERS.map(|(name, _)| name)).collect();
    format!("has the unknown placeholder {{{{{name}}}}} at {}. It can use {}", at(place), known.join(", "))
}

fn at(place: &str) -> String {
    let place: String = if place.is_empty() { "/".to_owned() } else { place.chars().take(QUOTED_MAX * 2).collect() };
    format!("\u{201c}{place}\u{201d}")
}

/// Splits a text at its placeholders; `None` if braces lack their counterpart.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, later) = after.split_once(CLOSE)?;
        if before.contains(CLOSE) || name.contains(OPEN) {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        pieces.push(Piece::Placeholder(name.trim()));
        rest = later;
    }
    if rest.contains(CLOSE) {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    Some(pieces)
}

fn filled(value: &Value, values: &Map<String, Value>) -> Option<Value> {
    Some(match value {
        Value::String(text) => return filled_text(text, values),
        Value::Array(all) => all.iter().filter_map(|one| filled(one, values)).collect(),
        Value::Object(members) => {
            let filled = |(name, one): (&String, &Value)| Some((name.clone(), filled(one, values)?));
            Value::Object(members.iter().filter_map(filled).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// A text that is one placeholder becomes its value, of whatever kind; in a longer text, an unknown value is empty.
fn filled_text(text: &str, values: &Map<String, Value>) -> Option<Value> {
    let pieces = pieces(text)?;
    if let [Piece::Placeholder(name)] = pieces.as_slice() {
        return values.get(*name).cloned();
    }
    let mut has_placeholder = false;
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Plain(plain) => *plain,
            Piece::Placeholder(name) => {
                has_placeholder = true;
                values.get(*name).and_then(Value::as_str).unwrap_or_default()
            }
        })
        .collect();
    if !has_placeholder {
        return Some(text.into());
    }
    Some(text.trim()).filter(|text| !text.is_empty()).map(Value::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GUIDE: &str = include_str!("guide.md");

    fn values() -> Map<String, Value> {
        let values = json!({
            "type": "affiliate_updated", "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy",
            "email": "mia@creators.test", "firstName": "Mia", "lastName": "van Dyk", "name": "Mia van Dyk",
            "status": "approved", "joinedAt": "2026-11-20T08:30:00Z", "tags": ["Rekomi affiliate", "VIP"],
            "consent": true, "consentAt": "2026-11-20T08:29:00Z",
        });
        values.as_object().unwrap().clone()
    }

    fn refused(template: &str) -> String {
        Template::parse(template).map(|_| ()).unwrap_err()
    }

    /// The JSON blocks of the guide: a template, then what comes of it, and so on.
    fn examples() -> Vec<&'static str> {
        GUIDE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
    }

    #[test]
    fn the_examples_of_the_guide_are_true() {
        let examples = examples();
        assert_eq!(examples.len(), 4);
        for pair in examples.chunks(2) {
            let [template, result] = pair else { panic!("{pair:?}") };
            let rendered = Template::parse(template).unwrap().render(&values());
            assert_eq!(rendered, serde_json::from_str::<Value>(result).unwrap());
        }
    }

    #[test]
    fn without_a_template_the_guides_first_one_is_used() {
        let [first, default] = [examples()[0], super::super::DEFAULT].map(serde_json::from_str::<Value>);
        assert_eq!(first.unwrap(), default.unwrap());
        Template::parse(super::super::DEFAULT).unwrap();
    }

    #[test]
    fn the_guide_and_the_descriptor_name_every_placeholder() {
        let fields: Vec<&str> = super::super::DESCRIPTOR.writes.iter().map(|one| one.field).collect();
        for name in TEXTS.into_iter().chain(OTHERS.map(|(name, _)| name)) {
            assert!(fields.iter().any(|field| field.contains(&format!("{{{{{name}}}}}"))), "{name}");
        }
    }

    #[test]
    fn no_value_breaks_the_json() {
        let template = r#"{"type": "{{type}}", "email": "{{email}}", "note": "Hi {{firstName}}!", "tags": "{{tags}}"}"#;
        let template = Template::parse(template).unwrap();
        for evil in ["\"", "\", \"admin\": \"yes", "\\", "{{tags}}", "}}", "\u{0}\n\u{2028}", "</script>"] {
            let mut values = values();
            values.insert("firstName".to_owned(), json!(evil));
            values.insert("tags".to_owned(), json!([evil]));
            let text = template.render(&values).to_string();
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["note"], json!(format!("Hi {evil}!")));
            assert_eq!((read["tags"].clone(), read.as_object().unwrap().len()), (json!([evil]), 4));
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let template = r#"{"type": "{{type}}", "to": ["{{email}}", "{{eventId}}"], "name": "{{firstName}} {{lastName}}",
            "event": {"id": "{{eventId}}"}, "text": "{{ consentVersion }} ", "fixed": [1, null, "", "x y "]}"#;
        let mut values = values();
        values.remove("lastName");
        let expected = json!({"type": "affiliate_updated", "to": ["mia@creators.test"], "name": "Mia", "event": {},
            "fixed": [1, null, "", "x y "]});
        assert_eq!(Template::parse(template).unwrap().render(&values), expected);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (template, what, place) in [
            ("{\n  \"email\": {{email}}\n}", "in quotes", "line 2, column 13"),
            ("{\"email\": \"{{email}}\",}", "valid JSON", "line 1, column"),
            ("\"{{email}}\"", "must be a JSON object", ""),
            (r#"{"type": "{{type}}", "to": {"a/b": ["{{mail}}"]}}"#, "{{mail}}", "/to/a~1b/0"),
            (r#"{"type": "{{type}}", "to": "{{email}"}"#, "without their counterpart", "/to"),
            (r#"{"type": "{{type}}", "to": "email}}"}"#, "without their counterpart", "/to"),
            (r#"{"type": "{{type}}", "to": "{{{{email}}}}"}"#, "without their counterpart", "/to"),
            (r#"{"type": "{{type}}", "to": "{{}}"}"#, "{{}}", "/to"),
            (r#"{"type": "{{type}}", "to": "All: {{tags}}"}"#, "must stand alone", "/to"),
            (r#"{"type": "{{type}}", "x": {"{{email}}": 1}}"#, "name of a member", "/x"),
            (r#"{"type": "{{type}}", "who": "{{name}}"}"#, "{{email}} or {{affiliateId}}", ""),
            (r#"{"who": "{{email}}"}"#, "{{type}}", ""),
        ] {
            let message = refused(template);
            assert!(message.contains(what) && message.contains(place), "{template}: {message}");
        }
    }
}
