//! The questions of `tests/fixtures/questions.json`, each with the calls that answer it.

use std::{collections::BTreeMap, fs};

use serde_json::{Map, Value, json};
use world::settings;

/// Something that a person asks an assistant.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) text: String,
    /// The last one answers it; those before find the ids. None if no tool may do it.
    pub(super) calls: Vec<Call>,
    /// Names that a tool would have that no tool may have.
    pub(super) absent: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) tool: String,
    /// With `{name}` for what differs in each run.
    pub(super) arguments: Value,
    /// What is in the result, by JSON pointer.
    result: Map<String, Value>,
    /// The error, if the tool has to refuse the call.
    pub(super) error: Option<String>,
    /// Parts of the result that later calls use, by name.
    keep: Map<String, Value>,
}

/// Names for what differs in each run: ids and times.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

/// All questions.
///
/// # Panics
/// If the file isn't what this module describes.
pub(super) fn all() -> Vec<Question> {
    let path = settings::root().join("tests/fixtures/questions.json");
    let all: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    all.as_array().unwrap().iter().map(Question::of).collect()
}

impl Question {
    fn of(value: &Value) -> Self {
        let mut fields = Fields(value.as_object().unwrap().clone());
        let question = Self {
            id: fields.text("id").expect("an id"),
            text: fields.text("question").expect("a question"),
            calls: fields.list("calls").iter().map(Call::of).collect(),
            absent: fields.list("absent").iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        };
        fields.end();
        question
    }
}

impl Call {
    fn of(value: &Value) -> Self {
        let mut fields = Fields(value.as_object().unwrap().clone());
        let call = Self {
            tool: fields.text("tool").expect("a tool"),
            arguments: Value::Object(fields.object("arguments")),
            result: fields.object("result"),
            error: fields.text("error"),
            keep: fields.object("keep"),
        };
        fields.end();
        call
    }

    /// What is wrong with a result.
    pub(super) fn mistakes(&self, result: &Value, names: &Names) -> Vec<String> {
        let wrong = self.result.iter().filter_map(|(pointer, expected)| {
            let (expected, found) = (names.fill(expected), result.pointer(pointer).unwrap_or(&Value::Null));
            (!matches(&expected, found)).then(|| format!("{pointer} is {found}, and not {expected}"))
        });
        wrong.collect()
    }

    /// Remembers what later calls use. Returns what isn't there.
    pub(super) fn keep(&self, result: &Value, names: &mut Names) -> Vec<String> {
        let mut missing = Vec::new();
        for (name, pointer) in &self.keep {
            match result.pointer(pointer.as_str().unwrap()).and_then(Value::as_str) {
                Some(found) => names.add(name, found),
                None => missing.push(format!("there is no {name} to keep")),
            }
        }
        missing
    }
}

/// An object asks for the length of a list, or for a part of a text.
fn matches(expected: &Value, found: &Value) -> bool {
    let Value::Object(condition) = expected else { return expected == found };
    condition.iter().all(|(word, value)| match word.as_str() {
        "length" => found.as_array().is_some_and(|list| *value == list.len()),
        "contains" => found.as_str().is_some_and(|text| text.contains(value.as_str().unwrap())),
        other => panic!("{other} is no condition"),
    })
}

impl Names {
    pub(super) fn add(&mut self, name: &str, value: impl ToString) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// The value with what the names stand for. An unknown name stays, and fits nothing.
    pub(super) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(values) => values.iter().map(|value| self.fill(value)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect(),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or_else(|| panic!("no end: {text}"));
            filled.push_str(before);
            match self.0.get(name) {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = after;
        }
        filled + rest
    }
}

/// The fields of an object, each of which has to be taken.
struct Fields(Map<String, Value>);

impl Fields {
    fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(|value| value.as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned())
    }

    fn list(&mut self, name: &str) -> Vec<Value> {
        self.0.remove(name).map_or_else(Vec::new, |value| value.as_array().expect(name).clone())
    }

    fn object(&mut self, name: &str) -> Map<String, Value> {
        self.0.remove(name).map_or_else(Map::new, |value| value.as_object().expect(name).clone())
    }

    fn end(self) {
        assert!(self.0.is_empty(), "unknown fields: {:?}", self.0);
    }
}

#[test]
fn results_are_compared_and_kept() {
    let call = Call::of(&json!({
        "tool": "list_links",
        "arguments": {"affiliateId": "{lena}"},
        "result": {"/data": {"length": 1}, "/data/0/id": "{link}", "/data/0/url": {"contains": "/lena"}, "/more": null},
        "keep": {"url": "/data/0/url"},
    }));
    let mut names = Names::default();
    names.add("lena", "aff_1");
    names.add("link", "lnk_1");
    assert_eq!(names.fill(&call.arguments), json!({"affiliateId": "aff_1"}));
    let right = json!({"data": [{"id": "lnk_1", "url": "https://x.test/lena"}]});
    assert_eq!(call.mistakes(&right, &names), [""; 0]);
    assert_eq!(call.keep(&right, &mut names), [""; 0]);
    assert_eq!(names.fill(&json!(["to {url}", "{other}"])), json!(["to https://x.test/lena", "{other}"]));
    let wrong = json!({"data": [{"id": "lnk_2", "url": null}, {}], "more": 1});
    assert_eq!((call.mistakes(&wrong, &names).len(), call.keep(&wrong, &mut names).len()), (4, 1));
}
