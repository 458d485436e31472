//! Finds evidence that names the affiliate, wherever a brand may put it.
//!
//! A click token is taken from any text of the brand's own data: nothing else looks like one. A slug is only taken
//! under its documented names, since any word could be one. The first match counts.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::{config::is_slug, token::TOKEN_PREFIX};

use crate::fact::Evidence;

/// Every field that can carry a token allows this many characters.
const TOKEN_MAX: usize = 100;
const COUPONS_MAX: usize = 20;
/// Stripe's limits on metadata (Stripe API reference, "Metadata"), applied to the other gateways' custom data too.
const METADATA_KEYS_MAX: usize = 50;
const METADATA_KEY_MAX: usize = 64;
const METADATA_VALUE_MAX: usize = 500;
/// Custom data may be nested; no one puts a reference deeper than this.
const DEPTH_MAX: usize = 8;

impl Evidence {
    /// Takes a field that contains nothing but the reference, such as Stripe's `client_reference_id`.
    pub(super) fn take_reference(&mut self, text: &str) {
        self.take(text, true);
    }

    /// Takes one pair of the brand's own data. XML turns underscores into hyphens; both are accepted.
    pub(super) fn take_pair(&mut self, key: &str, text: &str) {
        self.take(text, matches!(key.replace('-', "_").as_str(), "rekomi_ref" | "rekomi_slug" | "via"));
    }

    /// Takes the brand's own JSON: metadata, custom data.
    pub(super) fn take_data(&mut self, data: &Value) {
        self.walk("", data, DEPTH_MAX);
    }

    fn walk(&mut self, key: &str, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.take_pair(key, text),
            Value::Array(items) if depth > 0 => items.iter().for_each(|item| self.walk(key, item, depth - 1)),
            Value::Object(map) if depth > 0 => map.iter().for_each(|(key, item)| self.walk(key, item, depth - 1)),
            _ => {}
        }
    }

    /// Takes a coupon's code, or a gateway's id of a promotion code or discount.
    pub(super) fn take_coupon(&mut self, name: &str) {
        let name = name.trim();
        let is_name = !name.is_empty() && name.len() <= METADATA_VALUE_MAX && !name.chars().any(char::is_control);
        if is_name && self.coupons.len() < COUPONS_MAX && !self.coupons.iter().any(|known| known == name) {
            self.coupons.push(name.to_owned());
        }
    }

    fn take(&mut self, text: &str, may_be_slug: bool) {
        let text = text.trim();
        let in_alphabet = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if text.starts_with(TOKEN_PREFIX) {
            if text.len() <= TOKEN_MAX && in_alphabet(text) {
                self.click_token.get_or_insert_with(|| text.to_owned());
            }
        } else if may_be_slug && is_slug(text) {
            self.slug.get_or_insert_with(|| text.to_owned());
        }
    }
}

/// Strings, numbers and booleans of the brand's data, as text. If a key has two values, the later one counts.
pub(super) fn texts<'a>(data: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (key, value) in data.into_iter().filter_map(Value::as_object).flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(report) => report.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        keep(&mut texts, key, text);
    }
    texts
}

/// Leaves out texts that are too long to be used in conditions, and those that a database can't store.
pub(super) fn keep(texts: &mut BTreeMap<String, String>, key: &str, text: String) {
    let fits = !key.is_empty() && key.len() <= METADATA_KEY_MAX && text.len() <= METADATA_VALUE_MAX;
    let is_clean = !key.contains('\0') && !text.contains('\0');
    if fits && is_clean && (texts.len() < METADATA_KEYS_MAX || texts.contains_key(key)) {
        texts.insert(key.to_owned(), text);
    }
}

/// Returns two upper-case letters, or `None`.
pub(super) fn country(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(data: &Value) -> (Option<String>, Option<String>) {
        let mut found = Evidence::default();
        found.take_data(data);
        (found.click_token, found.slug)
    }

    #[test]
    fn a_token_is_found_anywhere_and_a_slug_only_by_name() {
        let token = format!("{TOKEN_PREFIX}{}", "A".repeat(75));
        assert_eq!(of(&json!({ "anything": token })).0, Some(token.clone()));
        assert_eq!(of(&json!({ "deep": { "down": ["x", { "it": format!(" {token} ") }] } })).0, Some(token.clone()));
        assert_eq!(of(&json!({ "rekomi_ref": token })), (Some(token), None));
        for key in ["rekomi_ref", "rekomi_slug", "rekomi-ref", "via"] {
            assert_eq!(of(&json!({ key: "Lauren_1" })).1.as_deref(), Some("Lauren_1"), "{key}");
        }
        for other in
            [json!({ "plan": "lauren" }), json!({ "via": "l" }), json!({ "via": 7 }), json!("lauren"), json!(null)]
        {
            assert_eq!(of(&other), (None, None), "{other}");
        }
        let bad =
            [format!("{TOKEN_PREFIX}{}", "A".repeat(200)), format!("{TOKEN_PREFIX}a b"), format!("{TOKEN_PREFIX}\0")];
        assert_eq!(of(&json!({ "via": bad })), (None, None));
    }

    #[test]
    fn coupons_are_kept_in_order_and_once() {
        let mut found = Evidence::default();
        for name in ["promo_1", " SAVE20 ", "promo_1", "", "a\0b"] {
            found.take_coupon(name);
        }
        (0..50).for_each(|number| found.take_coupon(&format!("c{number}")));
        assert_eq!(
            (found.coupons.len(), &found.coupons[..2]),
            (COUPONS_MAX, &["promo_1".to_owned(), "SAVE20".into()][..])
        );
    }

    #[test]
    fn metadata_becomes_text() {
        let (first, second) = (
            json!({ "seats": 3, "trial": false, "tier": "gold", "none": null, "list": [1], "nul": "\0", "long": "x".repeat(501) }),
            json!({ "tier": "silver" }),
        );
        let read = texts([&first, &second, &json!(null)]);
        let expected = [("seats", "3"), ("tier", "silver"), ("trial", "false")];
        assert_eq!(read, expected.map(|(key, text)| (key.to_owned(), text.to_owned())).into());
    }

    #[test]
    fn countries() {
        assert_eq!((country("de").as_deref(), country(" FR ").as_deref()), (Some("DE"), Some("FR")));
        assert_eq!((country("DEU"), country(""), country("D1"), country("Ü")), (None, None, None, None));
    }
}
