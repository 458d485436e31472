//! Arranges the description for reading: by tag, each operation with its input, its output and its errors.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    example::{call, example, json, text},
    languages::Example,
    markdown::{code, marked},
    shape::{Field, fields, kind},
    types::{self, Type, types},
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// The type of the body of every error.
const ERROR: &str = "Error";

/// The operations of one noun, which have a page of their own.
#[derive(Debug)]
pub struct Section {
    pub name: String,
    /// The noun in the page's URL.
    pub slug: String,
    pub operations: Vec<Operation>,
    types: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    /// HTML.
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub examples: Vec<Example>,
    pub answer: Answer,
    pub errors: Vec<Failure>,
}

impl Operation {
    /// The errors that aren't those of every operation.
    pub fn own_errors(&self) -> impl Iterator<Item = &Failure> {
        self.errors.iter().filter(|error| !error.is_common)
    }

    pub fn common_errors(&self) -> impl Iterator<Item = &Failure> {
        self.errors.iter().filter(|error| error.is_common)
    }
}

#[derive(Debug)]
pub struct Parameter {
    pub place: String,
    pub field: Field,
    /// What a form may show as an example; empty if there is none.
    pub example: String,
}

#[derive(Debug)]
pub struct Body {
    /// HTML.
    pub kind: String,
    pub fields: Vec<Field>,
    /// JSON to begin with, as HTML.
    pub example: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: String,
    /// HTML.
    pub description: String,
    /// HTML.
    pub kind: Option<String>,
    /// JSON, as HTML.
    pub example: Option<String>,
}

#[derive(Debug)]
pub struct Failure {
    pub status: String,
    pub codes: Vec<String>,
    /// HTML.
    pub description: String,
    /// Whether any operation may return it; the start page describes it.
    pub is_common: bool,
}

/// Where a type is described: for links to `/docs/api` from the time when it was the only page.
#[derive(Debug)]
pub struct Place {
    pub name: String,
    pub slug: String,
}

/// Operations by tag, in the order of the description's tags.
pub fn sections(document: &Value, base: &str) -> Vec<Section> {
    let mut by_tag: BTreeMap<&str, (Vec<Operation>, BTreeSet<String>)> = BTreeMap::new();
    for (method, path, operation) in operations(document) {
        let (operations, names) = by_tag.entry(tag(operation)).or_default();
        operations.push(of_operation(method, path, operation, document, base));
        names.extend(types_used(operation, document));
    }
    let order: Vec<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let place = |name: &str| order.iter().position(|one| *one == name).unwrap_or(order.len());
    let mut sections: Vec<Section> = by_tag
        .into_iter()
        .map(|(name, (operations, types))| {
            let slug = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            Section { name: name.to_owned(), slug, operations, types }
        })
        .collect();
    sections.sort_by_key(|section| place(&section.name));
    sections
}

/// The types that a noun's operations use.
pub(super) fn types_of(section: &Section, document: &Value) -> Vec<Type> {
    types(&section.types, document)
}

/// The types that the body of an error consists of.
pub(super) fn types_of_errors(document: &Value) -> Vec<Type> {
    types(&error_types(document), document)
}

/// The first page of each type that isn't on the start page.
pub(super) fn places(sections: &[Section], document: &Value) -> Vec<Place> {
    let mut found: BTreeMap<&String, &String> = BTreeMap::new();
    for section in sections {
        for name in &section.types {
            found.entry(name).or_insert(&section.slug);
        }
    }
    let on_start = error_types(document);
    let elsewhere = found.into_iter().filter(|(name, _)| !on_start.contains(*name));
    elsewhere.map(|(name, slug)| Place { name: name.clone(), slug: slug.clone() }).collect()
}

/// The errors that any operation may return, by status.
pub(super) fn common_errors(document: &Value) -> Vec<Failure> {
    let mut found = BTreeMap::new();
    for (_, _, operation) in operations(document) {
        let common = errors(operation["responses"].as_object(), document).into_iter().filter(|error| error.is_common);
        found.extend(common.map(|error| (error.status.clone(), error)));
    }
    found.into_values().collect()
}

fn error_types(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::from([ERROR.to_owned()]);
    types::collect(&document["components"]["schemas"][ERROR], document, &mut names);
    names
}

/// Method, path and operation.
fn operations(document: &Value) -> impl Iterator<Item = (&'static str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((method, path.as_str(), item.get(method)?)))
    })
}

fn tag(operation: &Value) -> &str {
    operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Others")
}

fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let link = value["$ref"].as_str().and_then(|link| link.strip_prefix('#'));
    link.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn success(operation: &Value) -> Option<(&String, &Value)> {
    operation["responses"].as_object()?.iter().find(|(status, _)| status.starts_with('2'))
}

/// The types of its input and its output.
fn types_used(operation: &Value, document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let parts = [Some(&operation["parameters"]), operation.get("requestBody"), success(operation).map(|(_, of)| of)];
    parts.into_iter().flatten().for_each(|part| types::collect(part, document, &mut names));
    names
}

fn of_operation(method: &str, path: &str, operation: &Value, document: &Value, base: &str) -> Operation {
    let word = |name: &str| operation[name].as_str().unwrap_or_default();
    let parameters: Vec<&Value> =
        operation["parameters"].as_array().into_iter().flatten().map(|one| resolved(one, document)).collect();
    let body = operation.pointer("/requestBody/content/application~1json");
    let success = success(operation).map(|(status, response)| (status, resolved(response, document)));
    Operation {
        id: word("operationId").to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: word("summary").to_owned(),
        description: marked(word("description")),
        examples: call(method, path, operation, &parameters, success.map(|(_, response)| response)).examples(base),
        parameters: parameters.iter().map(|one| parameter(one)).collect(),
        body: body.map(|body| of_body(body, document)),
        answer: answer(success),
        errors: errors(operation["responses"].as_object(), document),
    }
}

fn parameter(given: &Value) -> Parameter {
    let word = |name: &str| given[name].as_str().unwrap_or_default();
    let field = Field::of(word("name"), &given["schema"], given["required"] == true, given["description"].as_str());
    Parameter { place: word("in").to_owned(), field, example: text(&given["example"]) }
}

fn of_body(body: &Value, document: &Value) -> Body {
    let schema = &body["schema"];
    Body {
        kind: kind(schema),
        fields: fields(resolved(schema, document)),
        example: example(body).map(shown).unwrap_or_default(),
    }
}

fn answer(success: Option<(&String, &Value)>) -> Answer {
    let Some((status, response)) = success else {
        return Answer { status: String::new(), description: String::new(), kind: None, example: None };
    };
    let content = response.pointer("/content/application~1json");
    let others = response["content"].as_object().into_iter().flatten().map(|(kind, _)| format!("<code>{kind}</code>"));
    Answer {
        status: status.clone(),
        description: marked(response["description"].as_str().unwrap_or_default()),
        kind: content.map(|content| kind(&content["schema"])).or_else(|| others.into_iter().next()),
        example: content.and_then(example).map(shown),
    }
}

/// JSON for a template.
fn shown(example: &Value) -> String {
    code(&json(example))
}

fn errors(responses: Option<&Map<String, Value>>, document: &Value) -> Vec<Failure> {
    let failures =
        responses.into_iter().flatten().filter(|(status, _)| status.starts_with('4') || status.starts_with('5'));
    failures
        .map(|(status, given)| {
            let response = resolved(given, document);
            let content = response.pointer("/content/application~1json");
            let several = content.and_then(|content| content["examples"].as_object()).into_iter().flatten();
            let mut codes: Vec<String> = several.map(|(code, _)| code.clone()).collect();
            let only = content.and_then(|content| content.pointer("/example/error")).and_then(Value::as_str);
            codes.extend(only.map(str::to_owned));
            let description = marked(response["description"].as_str().unwrap_or_default());
            Failure { status: status.clone(), codes, description, is_common: given.get("$ref").is_some() }
        })
        .collect()
}
