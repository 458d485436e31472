//! Removes a person from texts: an event's JSON, a gateway's body in it, and any other stored text.
//!
//! What an event says about money stays exactly the same, so that the book can be recomputed from it. An erased
//! person's own events lose their addresses and ids, and the fields in which brands and gateways keep names, phone
//! numbers and postal addresses; other people's events lose only the erased addresses and ids. In metadata, which plan
//! conditions compare, a keyed hash replaces the value. The result is deterministic, so an event that is delivered
//! again is recognized. No side effects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use shared::event::Event;

use super::{
    personal::{holds_pairs, is_name, is_personal, lists_pairs, names_customer, names_sale},
    pseudonym::{Erased, Name, holds_erased, is_hashed_value},
    xml,
};
use crate::event::{digest::digest, reading};
use rules::fact::{Fact, ReportedEvent};

/// Replaces removed text.
pub const GONE: &str = "[erased]";

/// The maximum number of cuts that are tried on either side of a text.
const EMBEDDED_MAX: usize = 8;

/// What was found in the redacted text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Full names as spelled in the text.
    pub names: BTreeSet<String>,
    /// Erased addresses as spelled in the text.
    pub addresses: BTreeSet<String>,
    /// Sale names that contained addresses, with their new names.
    pub sales: BTreeMap<String, String>,
}

/// The stored metadata of sales, already redacted, by the sale's name.
pub type KnownSales = BTreeMap<String, BTreeMap<String, String>>;

/// One walk through a text.
#[derive(Debug)]
pub struct Walk<'e> {
    erased: &'e Erased,
    /// The whole text is about an erased person.
    own: bool,
    sales: Option<&'e KnownSales>,
    /// The stored metadata of the sale that the text reports.
    known: Option<&'e BTreeMap<String, String>>,
    pub found: Found,
}

impl<'e> Walk<'e> {
    pub fn new(erased: &'e Erased, own: bool) -> Self {
        Self { erased, own, sales: None, known: None, found: Found::default() }
    }

    /// Uses the stored metadata of sales, for sales that several events reported with different metadata: a value that
    /// is redacted, or that is redacted in the stored metadata, is replaced by the stored one.
    #[must_use]
    pub fn knowing(self, sales: &'e KnownSales) -> Self {
        Self { sales: Some(sales), ..self }
    }

    /// Whether the text turned out to be about an erased person.
    pub const fn is_own(&self) -> bool {
        self.own
    }

    /// Returns the redacted event; `None` if it names no erased person.
    ///
    /// A text that can't be read as an event only loses the addresses.
    pub fn event(&mut self, raw: &str) -> Option<String> {
        let Ok(mut value) = serde_json::from_str::<Value>(raw) else {
            let text = self.text(raw);
            return (text != raw).then_some(text);
        };
        let report = serde_json::from_str::<Event>(raw).ok().and_then(|event| reading::read(&event).ok());
        self.own |= report.as_ref().is_some_and(|report| is_of(report, self.erased));
        let sale = report.as_ref().and_then(ReportedEvent::conversion);
        self.known = sale.and_then(|sale| self.sales?.get(&sale.external_id));
        let before = value.clone();
        self.payload(&mut value);
        if let Some(report) = &report
            && self.own
            && !self.says_the_same(report, &value)
        {
            // A field that looked like a name affects the booking: redact addresses and ids only.
            value.clone_from(&before);
            let mut narrow = Walk { known: self.known, ..Walk::new(self.erased, false) };
            narrow.payload(&mut value);
            self.found.addresses.append(&mut narrow.found.addresses);
            self.found.sales.append(&mut narrow.found.sales);
        }
        (value != before).then(|| value.to_string())
    }

    fn payload(&mut self, event: &mut Value) {
        match event.get_mut("payload").and_then(Value::as_object_mut) {
            Some(payload) => {
                for (kind, payload) in payload.iter_mut() {
                    match payload.get_mut("body") {
                        Some(Value::String(body)) if kind == "gateway" => *body = self.body(body),
                        _ => self.value("", "", payload),
                    }
                }
            }
            None => self.value("", "", event),
        }
    }

    /// Redacts a gateway's body: JSON or XML.
    fn body(&mut self, body: &str) -> String {
        if body.trim_start().starts_with('<') {
            let redacted = xml::redact(body, &mut |parent, key, text| self.field(parent, key, text));
            return redacted.unwrap_or_else(|| self.text(body));
        }
        match serde_json::from_str::<Value>(body) {
            Ok(mut value) => {
                let before = value.clone();
                self.value("", "", &mut value);
                if value == before { body.to_owned() } else { value.to_string() }
            }
            Err(_) => self.text(body),
        }
    }

    /// Redacts a JSON value, given its key and that key's parent.
    pub fn value(&mut self, parent: &str, key: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.field(parent, key, text),
            Value::Number(number) if self.own && is_personal(parent, key) => {
                *value = Value::String(self.field(parent, key, &number.to_string()));
            }
            // Shopify's id of a customer is a number.
            Value::Number(number) if names_customer(parent, key) => {
                if let Some(pseudonym) = self.erased.customer(&number.to_string()) {
                    *value = Value::String(pseudonym);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(parent, key, item)),
            Value::Object(map) => self.object(key, map),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&mut self, parent: &str, map: &mut Map<String, Value>) {
        // The pair's name is a key, and no one's.
        let pair = map.get("name").and_then(Value::as_str).map(str::to_owned).filter(|_| lists_pairs(parent));
        if let (Some(name), Some(value)) = (pair, map.get_mut("value")) {
            self.value("metadata", &name, value);
            return;
        }
        let is_customer = map.get("object").and_then(Value::as_str) == Some("customer") && !holds_pairs(parent);
        let parent = if is_customer { "customer" } else { parent };
        for (key, value) in map.iter_mut() {
            self.value(parent, key, value);
        }
    }

    /// Redacts one text field.
    pub fn field(&mut self, parent: &str, key: &str, text: &str) -> String {
        let hidden = self.hidden(parent, key, text);
        let known = self.known.filter(|_| holds_pairs(parent));
        // The facts have underscores in the names of Braintree's fields.
        match known.and_then(|known| known.get(key).or_else(|| known.get(&key.replace('-', "_")))) {
            Some(known) if hidden != *known && (hidden != text || holds_erased(known)) => known.clone(),
            _ => hidden,
        }
    }

    /// Redacts the field without regard to stored metadata.
    fn hidden(&mut self, parent: &str, key: &str, text: &str) -> String {
        if text == GONE {
            return text.to_owned();
        }
        if is_hashed_value(text) {
            let compared = self.own && !self.erased.hashes_values();
            return if compared { GONE } else { text }.to_owned();
        }
        if names_customer(parent, key) {
            // A pair only holds a value that plans compare: an address is the same one there in any case.
            let is_address = text.contains('@');
            let pseudonym =
                if is_address && holds_pairs(parent) { self.erased.address(text) } else { self.erased.customer(text) };
            if let Some(pseudonym) = pseudonym {
                if is_address {
                    self.found.addresses.insert(text.to_owned());
                }
                return pseudonym;
            }
        }
        if names_sale(key) && text.contains('@') {
            return self.sale(text);
        }
        if self.own && is_personal(parent, key) && !text.trim().is_empty() {
            if is_name(key) {
                self.found.names.insert(text.trim().to_owned());
            }
            let hashed = self.erased.value(key, text).filter(|_| holds_pairs(parent));
            return hashed.unwrap_or_else(|| GONE.to_owned());
        }
        self.text(text)
    }

    /// Redacts a brand's name for a sale, such as `order-ann@acme.test-7`, in which an address may be between other
    /// words.
    fn sale(&mut self, text: &str) -> String {
        for (start, end) in embedded(text) {
            let spelled = text.get(start..end).unwrap_or_default();
            if let Some(pseudonym) = self.erased.address(spelled) {
                let around = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
                let renamed = [around.0, &pseudonym, around.1].concat();
                self.found.sales.insert(text.to_owned(), renamed.clone());
                return renamed;
            }
        }
        text.to_owned()
    }

    /// Redacts a brand's own key-value pairs, in the form that plans compare.
    pub fn pairs(&mut self, pairs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, text)| (key.clone(), self.field("metadata", key, text))).collect()
    }

    /// Redacts free text: replaces each address of an erased person with its pseudonym.
    pub fn text(&mut self, text: &str) -> String {
        // A field that is only an address may contain characters that would end an address in running text.
        if text.contains('@')
            && let Some(pseudonym) = self.erased.address(text)
        {
            self.found.addresses.insert(text.trim().to_owned());
            return pseudonym;
        }
        let mut out = String::new();
        let mut rest = 0;
        for (start, end) in addresses(text) {
            let spelled = text.get(start..end).unwrap_or_default();
            if let Some(pseudonym) = self.erased.address(spelled) {
                self.found.addresses.insert(spelled.to_owned());
                out.push_str(text.get(rest..start).unwrap_or_default());
                out.push_str(&pseudonym);
                rest = end;
            }
        }
        out.push_str(text.get(rest..).unwrap_or_default());
        out
    }

    /// Whether the redacted event reports the same to the ledger as the original, apart from the person.
    fn says_the_same(&self, report: &ReportedEvent, redacted: &Value) -> bool {
        let anew = serde_json::from_value::<Event>(redacted.clone()).ok().and_then(|event| reading::read(&event).ok());
        let Some(anew) = anew else { return false };
        let mut walk = Walk { known: self.known, ..Walk::new(self.erased, true) };
        let mut before = walk.text(&format!("{:?}", without_metadata(&report.facts)));
        for (name, renamed) in &self.found.sales {
            before = before.replace(name, renamed);
        }
        let metadata = report.conversion().map(|fact| walk.pairs(&fact.details.metadata));
        before == format!("{:?}", without_metadata(&anew.facts))
            && metadata == anew.conversion().map(|fact| fact.details.metadata.clone())
            && (report.at, report.program_id, &report.evidence) == (anew.at, anew.program_id, &anew.evidence)
    }
}

/// Whether two events are the same apart from what an erasure removes: one that was redacted, and one that arrived
/// later and contains less about its buyer.
pub fn same_but_for_people(stored: &str, came: &str) -> bool {
    if !holds_erased(stored) {
        return false;
    }
    let nobody = Erased::default();
    let content = |raw: &str| {
        let redacted = Walk::new(&nobody, true).event(raw);
        let event: Event = serde_json::from_str(redacted.as_deref().unwrap_or(raw)).ok()?;
        Some(digest(&event))
    };
    content(stored).is_some() && content(stored) == content(came)
}

fn without_metadata(facts: &[Fact]) -> Vec<Fact> {
    let mut facts = facts.to_vec();
    for fact in &mut facts {
        if let Fact::Conversion(fact) = fact {
            fact.details.metadata.clear();
        }
    }
    facts
}

/// Whether the event's buyer is erased: by the id, or by the address if there is no id. Events of another customer with
/// the same address only lose the address.
pub fn is_of(report: &ReportedEvent, erased: &Erased) -> bool {
    report.customer.as_ref().is_some_and(|buyer| erased.customer(&buyer.external_id).is_some())
}

/// All names in a text that may be an erased person's: its addresses, and its buyer's id.
pub fn candidates(raw: &str, report: Option<&ReportedEvent>) -> BTreeSet<Name> {
    let mut names: BTreeSet<Name> =
        embedded(raw).into_iter().filter_map(|(start, end)| raw.get(start..end)).map(Name::email).collect();
    if let Some(buyer) = report.and_then(|report| report.customer.as_ref()) {
        names.insert(Name::of_customer(&buyer.external_id));
        names.extend(buyer.email.as_deref().map(Name::email));
    }
    names
}

/// Whether an event names one of these people: as its buyer, or by a whole address in any of its texts. An address within a
/// longer word is someone else's.
pub fn names_any(raw: &str, people: &BTreeSet<Name>) -> bool {
    let report = serde_json::from_str::<Event>(raw).ok().and_then(|event| reading::read(&event).ok());
    let buyer = report.and_then(|report| report.customer);
    buyer.is_some_and(|buyer| people.contains(&Name::of_customer(&buyer.external_id))) || text_names(raw, people)
}

/// The same for a text, which may be JSON, as a gateway's body is.
fn text_names(text: &str, people: &BTreeSet<Name>) -> bool {
    if !text.contains('@') {
        return false;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value_names(&value, people),
        _ => {
            let found = addresses(text).into_iter().filter_map(|(start, end)| text.get(start..end));
            std::iter::once(text).chain(found).any(|address| people.contains(&Name::email(address)))
        }
    }
}

fn value_names(value: &Value, people: &BTreeSet<Name>) -> bool {
    match value {
        Value::String(text) => text_names(text, people),
        Value::Array(items) => items.iter().any(|item| value_names(item, people)),
        Value::Object(map) => map.values().any(|value| value_names(value, people)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The positions of addresses in a text.
fn addresses(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let host = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let name = before.len() - before.trim_end_matches(part).len();
        let domain = after.len() - after.trim_start_matches(host).len();
        // The address may be followed by the end of a sentence.
        let domain = after.get(..domain).unwrap_or_default().trim_end_matches(['.', '-']).len();
        if name > 0 && domain > 0 {
            found.push((at - name, at + 1 + domain));
        }
    }
    found
}

/// The possible positions of addresses inside other words, longest first: `order-ann@acme.test-7` may contain
/// `ann@acme.test`.
fn embedded(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, end) in addresses(text) {
        let at = start + text.get(start..end).and_then(|address| address.find('@')).unwrap_or_default();
        let cut = |c: char| !c.is_alphanumeric();
        let name = text.get(start..at).unwrap_or_default();
        let starts = std::iter::once(start).chain(name.match_indices(cut).map(|(index, _)| start + index + 1));
        let domain = text.get(at + 1..end).unwrap_or_default();
        let ends: Vec<usize> = std::iter::once(end)
            .chain(domain.rmatch_indices(cut).map(|(index, _)| at + 1 + index).filter(|end| *end > at + 1))
            .collect();
        for start in starts.filter(|start| *start < at).take(EMBEDDED_MAX) {
            found.extend(ends.iter().take(EMBEDDED_MAX).map(|end| (start, *end)));
        }
    }
    found
}

#[cfg(test)]
mod tests;
