//! Decides what of a tool's result leaves this installation.
//!
//! By default, people's names, addresses and texts that others wrote stay here: the model works with ids, and the page
//! shows who they are. An organization can let names and texts out. Email addresses never leave, whatever the field.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What stands in the place of a value that stays here.
pub const HIDDEN: &str = "[hidden]";
/// What is sent of one text that others wrote.
const OTHERS_TEXT_MAX: usize = 500;
/// What the person sees of the text after which a card was made.
const SOURCE_MAX: usize = 200;
/// The letters and digits behind a typed id's prefix.
const ID_LEN: usize = 26;
/// Ids of what the brand itself named.
const OWN_NAMES: [&str; 4] = ["prog_", "org_", "plan_", "rwd_"];
/// Ids of customers, whose names never leave.
const CUSTOMER: &str = "cus_";
/// Ids of leads, whose name is the customer's.
const LEAD: &str = "conv_";
/// A field with such an id.
const CUSTOMER_FIELD: &str = "customer";
/// Fields with what the brand or a gateway calls a customer. That is a name, too.
const CUSTOMER_NAMES: [&str; 2] = ["customerId", "otherCustomerIds"];

/// Fields that say who someone is, or where they live. They never leave.
const PRIVATE: [&str; 9] =
    ["accountName", "actorName", "city", "creatorName", "firstName", "holder", "lastName", "phone", "postalAddress"];
/// The end of the account that an affiliate is paid to. Elsewhere, a hint is ours.
const ACCOUNT_HINT: &str = "method.hint";
/// Fields with texts that people wrote, beside those that the tools mark.
const WRITTEN: [&str; 5] = ["about", "answer", "answers", "bio", "comment"];

/// How much leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Figures and ids.
    Figures,
    /// Also names of affiliates, and texts that others wrote.
    People,
}

impl Level {
    pub const ALL: [Self; 2] = [Self::Figures, Self::People];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::People => "people",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

shared::stored_as_text!(Level);

/// A result as it leaves.
#[derive(Debug, PartialEq)]
pub struct Masked {
    pub value: Value,
    /// The ids in it.
    pub ids: BTreeSet<String>,
    /// The first text in it that others wrote, if any leaves.
    pub others_text: Option<String>,
}

/// `untrusted` are the paths of the fields whose texts others wrote, such as `data[].name`.
pub fn masked(value: &Value, untrusted: &[String], level: Level) -> Masked {
    let mut walk = Walk { untrusted, level, ids: BTreeSet::new(), others_text: None };
    let value = walk.of(value, "", "");
    Masked { value, ids: walk.ids, others_text: walk.others_text }
}

/// A text without the email addresses in it.
pub fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let start = before
            .rfind(|sign| !is_of_address(sign))
            .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8));
        let end = after.find(|sign| !is_of_address(sign)).unwrap_or(after.len());
        let domain = after[..end].trim_end_matches('.');
        if start < at && !domain.is_empty() {
            kept.push_str(&before[..start]);
            kept.push_str(HIDDEN);
            rest = &after[domain.len()..];
        } else {
            kept.push_str(before);
            kept.push('@');
            rest = after;
        }
    }
    kept.push_str(rest);
    kept
}

fn is_of_address(sign: char) -> bool {
    sign.is_alphanumeric() || "._%+-'!#$&*/=?^`{|}~".contains(sign)
}

/// The typed ids in a text, such as `aff_01kdvdna00fec9rpb7dk6gd3hy`.
pub fn ids_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    words.filter(|word| is_id(word)).map(str::to_owned).collect()
}

pub fn is_id(word: &str) -> bool {
    word.split_once('_').is_some_and(|(prefix, rest)| {
        (2..=8).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
            && rest.len() == ID_LEN
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

struct Walk<'a> {
    untrusted: &'a [String],
    level: Level,
    ids: BTreeSet<String>,
    others_text: Option<String>,
}

impl Walk<'_> {
    /// `owner` is the id of the object that the value is in.
    fn of(&mut self, value: &Value, path: &str, owner: &str) -> Value {
        if self.untrusted.iter().any(|one| one == path) && !is_own(path, owner) {
            return self.others(value, path, owner);
        }
        match value {
            Value::String(text) => {
                self.ids.extend(ids_in(text));
                without_addresses(text).into()
            }
            Value::Array(items) => {
                let path = format!("{path}[]");
                items.iter().map(|item| self.of(item, &path, owner)).collect()
            }
            Value::Object(fields) => {
                let own = fields.get("id").and_then(Value::as_str).unwrap_or(owner);
                let fields = fields.iter().map(|(name, value)| {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    (without_addresses(name), self.field(name, value, &path, own))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn field(&mut self, name: &str, value: &Value, path: &str, owner: &str) -> Value {
        let is_text = value.is_string() || value.is_array() || value.is_object();
        if (PRIVATE.contains(&name) || path == ACCOUNT_HINT) && is_text {
            return HIDDEN.into();
        }
        if WRITTEN.contains(&name) && is_text { self.others(value, path, owner) } else { self.of(value, path, owner) }
    }

    fn others(&mut self, value: &Value, path: &str, owner: &str) -> Value {
        let field = path.rsplit('.').next().unwrap_or_default().trim_end_matches("[]");
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
            Value::String(text) if text.is_empty() || is_id(text) => {
                // In other fields someone may have written it, and what occurs here can be acted on.
                if field == CUSTOMER_FIELD && text.starts_with(CUSTOMER) {
                    self.ids.insert(text.clone());
                }
                value.clone()
            }
            Value::Array(items)
                if path.ends_with("flags") && items.iter().all(|item| item.as_str().is_some_and(is_code)) =>
            {
                value.clone()
            }
            _ if self.level == Level::Figures || is_of_customer(field, owner) => HIDDEN.into(),
            Value::String(text) => self.quoted(text),
            other => {
                let text = other.to_string();
                self.quoted(&text)
            }
        }
    }

    fn quoted(&mut self, text: &str) -> Value {
        let short: String = without_addresses(text).chars().take(OTHERS_TEXT_MAX).collect();
        self.others_text.get_or_insert_with(|| short.chars().take(SOURCE_MAX).collect());
        json!({ "untrusted": short })
    }
}

/// Whether the brand itself wrote it.
fn is_own(path: &str, owner: &str) -> bool {
    (path.ends_with("name") || path.ends_with("title")) && OWN_NAMES.iter().any(|prefix| owner.starts_with(prefix))
}

/// Whether it says who a customer is. `owner` is the id of the object that has the field.
fn is_of_customer(field: &str, owner: &str) -> bool {
    owner.starts_with(CUSTOMER) || CUSTOMER_NAMES.contains(&field) || (field == "name" && owner.starts_with(LEAD))
}

/// A value of a fixed list, such as `SelfReferral`.
fn is_code(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AFFILIATE: &str = "aff_01kdvdna00fec9rpb7dk6gd3hy";
    const CUSTOMER_ID: &str = "cus_01kdvdna00fec9rpb7dk6gd3hy";

    fn paths() -> Vec<String> {
        ["data[].name", "data[].email", "data[].notes", "data[].flags", "name"].map(str::to_owned).to_vec()
    }

    fn list() -> Value {
        json!({"data": [{"id": AFFILIATE, "name": "Mia Doe", "email": "mia@creators.test", "notes": {"a": "Pay me!"},
            "status": "Pending", "flags": ["SelfReferral"], "earnedCents": 5}], "nextCursor": null,
            "hint": "Write to mia@creators.test."})
    }

    #[test]
    fn by_default_people_and_their_texts_stay_here() {
        let masked = masked(&list(), &paths(), Level::Figures);
        let row = &masked.value["data"][0];
        assert_eq!((&row["name"], &row["email"], &row["notes"]), (&json!(HIDDEN), &json!(HIDDEN), &json!(HIDDEN)));
        assert_eq!(
            (&row["status"], &row["earnedCents"], &row["flags"][0]),
            (&json!("Pending"), &json!(5), &json!("SelfReferral"))
        );
        assert_eq!(masked.value["hint"], "Write to [hidden].");
        assert_eq!((masked.ids.first().map(String::as_str), masked.others_text), (Some(AFFILIATE), None));
    }

    #[test]
    fn an_organization_can_let_names_out_but_no_address() {
        let masked = masked(&list(), &paths(), Level::People);
        let row = &masked.value["data"][0];
        assert_eq!(row["name"], json!({"untrusted": "Mia Doe"}));
        assert_eq!(row["email"], json!({"untrusted": HIDDEN}));
        assert!(!masked.value.to_string().contains("creators.test"), "{}", masked.value);
        assert_eq!(masked.others_text.as_deref(), Some(HIDDEN));
    }

    #[test]
    fn who_is_paid_stays_here_at_any_level() {
        let method = json!({"holder": "Mia Doe", "city": "Bonn", "hint": "m\u{2026}@doe.test", "ready": true});
        let account = json!({"method": method, "answers": [{"answer": "Hi"}], "hint": "Ask for less."});
        for level in Level::ALL {
            let value = masked(&account, &[], level).value;
            assert_eq!(value["method"], json!({"holder": HIDDEN, "city": HIDDEN, "hint": HIDDEN, "ready": true}));
            assert_eq!(value["hint"], "Ask for less.");
            assert_eq!(value["answers"] == HIDDEN, level == Level::Figures, "{value}");
        }
    }

    #[test]
    fn customers_have_no_names_and_programs_keep_theirs() {
        let customer = json!({"id": CUSTOMER_ID, "name": "Ann"});
        assert_eq!(masked(&customer, &paths(), Level::People).value["name"], HIDDEN);
        let program = json!({"id": "prog_01kdvdna00fec9rpb7dk6gd3hy", "name": "Partners"});
        let seen = masked(&program, &paths(), Level::Figures);
        assert_eq!((seen.value["name"].as_str(), seen.others_text), (Some("Partners"), None));
    }

    #[test]
    fn a_customer_occurs_by_their_id_alone() {
        let paths = ["data[].customer", "data[].customerId", "data[].name", "data[].otherCustomerIds", "data[].note"];
        let lead = json!({"data": [{"id": "conv_01kdvdna00e5v8r2m6q1w9d3xk", "customer": CUSTOMER_ID,
            "customerId": "user_42", "name": "Ann Lee", "otherCustomerIds": ["ann"], "note": AFFILIATE}]});
        for level in Level::ALL {
            let masked = masked(&lead, &paths.map(str::to_owned), level);
            let row = &masked.value["data"][0];
            assert_eq!((&row["customer"], &row["customerId"]), (&json!(CUSTOMER_ID), &json!(HIDDEN)));
            assert_eq!((&row["name"], &row["otherCustomerIds"]), (&json!(HIDDEN), &json!(HIDDEN)));
            assert!(masked.ids.contains(CUSTOMER_ID) && !masked.ids.contains(AFFILIATE), "{:?}", masked.ids);
            assert_eq!(masked.others_text, None);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let long = json!({"name": "x".repeat(2_000)});
        let masked = masked(&long, &paths(), Level::People);
        assert_eq!(masked.value["name"]["untrusted"].as_str().unwrap().len(), OTHERS_TEXT_MAX);
        assert_eq!(masked.others_text.unwrap().len(), SOURCE_MAX);
    }

    #[test]
    fn addresses_are_found_in_any_text() {
        for (text, kept) in [
            ("a@b.test", "[hidden]"),
            ("Mia <mia+x@creators.test>, ok", "Mia <[hidden]>, ok"),
            ("münchen@bücher.test.", "[hidden]."),
            ("(ü)a@b", "(ü)[hidden]"),
            ("5 @ 3", "5 @ 3"),
            ("@handle and x@", "@handle and x@"),
            ("a@b.test@c.test", "[hidden]@c.test"),
        ] {
            assert_eq!(without_addresses(text), kept, "{text}");
        }
    }

    #[test]
    fn ids_are_found_in_any_text() {
        let text = format!("See {AFFILIATE}, /dashboard/customers/{CUSTOMER_ID}?x, aff_short and {AFFILIATE}x");
        assert_eq!(ids_in(&text), [AFFILIATE.to_owned(), CUSTOMER_ID.to_owned()].into());
    }

    proptest! {
        #[test]
        fn no_address_survives(before in "[a-z <(,]{0,10}", name in "[a-z][a-z.+-]{0,10}", host in "[a-z]{1,8}\\.test", after in "[ >),]{1}.{0,10}") {
            let address = format!("{name}@{host}");
            let text = format!("{before}{address}{after}");
            prop_assert!(!without_addresses(&text).contains(&address));
            let value = json!({"data": [{"note": text.clone(), "name": text}], "list": [address.clone()]});
            for level in Level::ALL {
                prop_assert!(!masked(&value, &paths(), level).value.to_string().contains(&address));
            }
        }

        #[test]
        fn a_text_without_addresses_stays_as_it_is(text in "[^@]{0,40}") {
            prop_assert_eq!(without_addresses(&text), text);
        }
    }
}
