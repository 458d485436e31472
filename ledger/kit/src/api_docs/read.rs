//! Arranges the description for reading: by tag, each operation with its input, its output and its errors.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    example::{Call, json},
    markdown::marked,
    shape::{Field, fields, kind},
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Debug)]
pub struct Section {
    pub name: String,
    pub anchor: String,
    pub operations: Vec<Operation>,
}

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub curl: String,
    pub answer: Answer,
    pub errors: Vec<Failure>,
}

#[derive(Debug)]
pub struct Parameter {
    pub place: String,
    pub field: Field,
}

#[derive(Debug)]
pub struct Body {
    pub kind: String,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: String,
    pub description: String,
    pub kind: Option<String>,
    pub example: Option<String>,
}

#[derive(Debug)]
pub struct Failure {
    pub status: String,
    pub codes: Vec<String>,
    pub description: String,
}

/// A type that several operations share.
#[derive(Debug)]
pub struct Type {
    pub name: String,
    pub description: String,
    /// The kind of type, if it isn't an object with fields.
    pub kind: Option<String>,
    pub fields: Vec<Field>,
}

/// Operations by tag, in the order of the description's tags.
pub fn sections(document: &Value, base: &str) -> Vec<Section> {
    let mut by_tag: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Others");
            by_tag.entry(tag).or_default().push(of_operation(method, path, operation, document, base));
        }
    }
    let order: Vec<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let place = |name: &str| order.iter().position(|one| *one == name).unwrap_or(order.len());
    let mut sections: Vec<Section> = by_tag
        .into_iter()
        .map(|(name, operations)| {
            let anchor = format!("tag-{}", name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
            Section { name: name.to_owned(), anchor, operations }
        })
        .collect();
    sections.sort_by_key(|section| place(&section.name));
    sections
}

/// Every shared type by name.
pub fn types(document: &Value) -> Vec<Type> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let of = |(name, schema): (&String, &Value)| {
        let fields = fields(schema);
        Type {
            name: name.clone(),
            description: marked(schema["description"].as_str().unwrap_or_default()),
            kind: fields.is_empty().then(|| kind(schema)),
            fields,
        }
    };
    schemas.into_iter().flatten().map(of).collect()
}

fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let link = value["$ref"].as_str().and_then(|link| link.strip_prefix('#'));
    link.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn of_operation(method: &str, path: &str, operation: &Value, document: &Value, base: &str) -> Operation {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let parameters: Vec<&Value> =
        operation["parameters"].as_array().into_iter().flatten().map(|one| resolved(one, document)).collect();
    let body = operation.pointer("/requestBody/content/application~1json");
    let responses = operation["responses"].as_object();
    Operation {
        id: text("operationId").to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: text("summary").to_owned(),
        description: marked(text("description")),
        curl: call(method, path, &parameters, body).curl(base),
        parameters: parameters.iter().map(|one| parameter(one)).collect(),
        body: body.map(|body| {
            let schema = &body["schema"];
            Body { kind: kind(schema), fields: fields(resolved(schema, document)) }
        }),
        answer: answer(responses, document),
        errors: errors(responses, document),
    }
}

fn parameter(given: &Value) -> Parameter {
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let field = Field::of(text("name"), &given["schema"], given["required"] == true, given["description"].as_str());
    Parameter { place: text("in").to_owned(), field }
}

fn call<'a>(method: &'a str, path: &str, parameters: &[&Value], body: Option<&'a Value>) -> Call<'a> {
    let of = |place: &'static str| parameters.iter().filter(move |one| one["in"] == place);
    let pair = |one: &Value| {
        let example = one["example"].as_str().map_or_else(|| one["example"].to_string(), str::to_owned);
        (one["name"].as_str().unwrap_or_default().to_owned(), example)
    };
    let path = of("path")
        .map(|one| pair(one))
        .fold(path.to_owned(), |path, (name, example)| path.replace(&format!("{{{name}}}"), &example));
    let query = of("query").filter(|one| one["required"] == true).map(|one| pair(one)).collect();
    let repeatable = of("header").any(|one| one["name"] == "Idempotency-Key");
    Call { method, path, query, body: body.and_then(|body| example(body)), repeatable }
}

/// The only example, or the first of several.
fn example(content: &Value) -> Option<&Value> {
    let several = || content["examples"].as_object()?.values().next()?.get("value");
    content.get("example").or_else(several)
}

fn answer(responses: Option<&Map<String, Value>>, document: &Value) -> Answer {
    let success = responses.into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    let Some((status, response)) = success.map(|(status, response)| (status.clone(), resolved(response, document)))
    else {
        return Answer { status: String::new(), description: String::new(), kind: None, example: None };
    };
    let content = response.pointer("/content/application~1json");
    let others = response["content"].as_object().into_iter().flatten().map(|(kind, _)| format!("<code>{kind}</code>"));
    Answer {
        status,
        description: marked(response["description"].as_str().unwrap_or_default()),
        kind: content.map(|content| kind(&content["schema"])).or_else(|| others.into_iter().next()),
        example: content.and_then(example).map(json),
    }
}

fn errors(responses: Option<&Map<String, Value>>, document: &Value) -> Vec<Failure> {
    let failures =
        responses.into_iter().flatten().filter(|(status, _)| status.starts_with('4') || status.starts_with('5'));
    failures
        .map(|(status, response)| {
            let response = resolved(response, document);
            let content = response.pointer("/content/application~1json");
            let several = content.and_then(|content| content["examples"].as_object()).into_iter().flatten();
            let mut codes: Vec<String> = several.map(|(code, _)| code.clone()).collect();
            let only = content.and_then(|content| content.pointer("/example/error")).and_then(Value::as_str);
            codes.extend(only.map(str::to_owned));
            let description = marked(response["description"].as_str().unwrap_or_default());
            Failure { status: status.clone(), codes, description }
        })
        .collect()
}
