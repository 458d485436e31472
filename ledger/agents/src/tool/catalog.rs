//! Makes the tools from the API's own description: what a tool takes is what its operation takes.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{
    output,
    schema::Schemas,
    table::{self, Class, Entry},
};
use identity::access::agent::Agent;
use kit::access::role::Right;

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// What a tool may take of a model's context, in bytes, without the schema of its results.
pub const TOOL_BYTES_MAX: usize = 4_096;
pub const PER_PAGE_DEFAULT: u64 = 25;
pub const PER_PAGE_MAX: u64 = 50;
/// The end of the description of a tool that needs a person.
const CONFIRMED: &str = "Nothing happens until a person confirms it, in a dialog or on the page that the result names.";
/// The argument that tells two equal calls apart.
pub const REPEAT_ARGUMENT: &str = "idempotencyKey";

/// What only a person can say, wherever it is in a body.
const OF_PEOPLE: &str = "termsAccepted";

/// Where an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
}

#[derive(Debug, Clone)]
pub struct Argument {
    pub name: String,
    pub place: Place,
    pub required: bool,
}

#[derive(Debug)]
pub struct Tool {
    pub entry: &'static Entry,
    pub method: Method,
    /// With `{name}` for each argument of the path.
    pub path: String,
    pub arguments: Vec<Argument>,
    pub has_body: bool,
    /// What a caller needs.
    right: Right,
    /// As clients see it.
    listed: Value,
    /// Where a response has texts that others wrote.
    pub untrusted: Vec<String>,
}

/// All tools, in the order of the table.
#[derive(Debug)]
pub struct Catalog(Vec<Tool>);

impl Catalog {
    /// # Errors
    /// Names the tool whose operation doesn't exist or can't be described.
    pub fn of(document: &Value) -> Result<Self, String> {
        let tools =
            table::entries().map(|entry| Tool::of(entry, document).map_err(|why| format!("{}: {why}", entry.name)));
        tools.collect::<Result<_, _>>().map(Self)
    }

    /// The tools that the assistant may call, as clients see them.
    pub fn listed(&self, agent: &Agent) -> Vec<Value> {
        self.0.iter().filter(|tool| agent.may(tool.right)).map(|tool| tool.listed.clone()).collect()
    }

    /// A tool by its name, for any assistant.
    pub fn named(&self, name: &str) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.entry.name == name)
    }

    /// A tool that the assistant may call.
    pub fn find(&self, name: &str, agent: &Agent) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.entry.name == name && agent.may(tool.right))
    }

    /// Every tool as clients see it, with the right that it needs.
    pub fn all(&self) -> impl Iterator<Item = (&Value, Right)> {
        self.0.iter().map(|tool| (&tool.listed, tool.right))
    }
}

/// A tool's arguments while they are collected.
#[derive(Debug, Default)]
struct Input {
    arguments: Vec<Argument>,
    properties: Map<String, Value>,
}

impl Input {
    fn add(&mut self, name: &str, place: Place, required: bool, schema: Value) -> Result<(), String> {
        if self.properties.insert(name.to_owned(), schema).is_some() {
            return Err(format!("two arguments are called {name}"));
        }
        self.arguments.push(Argument { name: name.to_owned(), place, required });
        Ok(())
    }

    fn schema(self) -> Value {
        let required: Vec<&str> =
            self.arguments.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
        let mut schema = json!({"type": "object", "properties": self.properties, "additionalProperties": false});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

impl Tool {
    pub(crate) fn of(entry: &'static Entry, document: &Value) -> Result<Self, String> {
        let (method, path, operation) = find(document, entry.operation).ok_or("there is no such operation")?;
        let schemas = Schemas::of(document);
        let mut tool = Self {
            entry,
            right: if method == Method::GET { Right::View } else { Right::Operate },
            path: path.to_owned(),
            arguments: Vec::new(),
            has_body: operation.get("requestBody").is_some(),
            listed: Value::Null,
            untrusted: untrusted(operation, schemas),
            method,
        };
        // A long description of a deeply nested argument is worth less than the room that it takes.
        for described in [true, false] {
            let input = input(entry, operation, schemas, described)?;
            tool.arguments.clone_from(&input.arguments);
            tool.listed = listed(entry, &tool.method, input.schema());
            if tool.listed.to_string().len() <= TOOL_BYTES_MAX {
                break;
            }
        }
        tool.listed["outputSchema"] = output::schema(operation, schemas, entry.class.needs_person())?;
        Ok(tool)
    }
}

impl Tool {
    /// What a caller's role must include.
    pub const fn right(&self) -> Right {
        self.right
    }

    /// The schema of its arguments.
    pub fn schema(&self) -> &Value {
        &self.listed["inputSchema"]
    }
}

fn find<'d>(document: &'d Value, id: &str) -> Option<(Method, &'d str, &'d Value)> {
    let paths = document["paths"].as_object()?;
    paths.iter().find_map(|(path, item)| {
        METHODS.into_iter().find_map(|method| {
            let operation = item.get(method.as_str().to_lowercase())?;
            (operation["operationId"] == id).then_some((method, path.as_str(), operation))
        })
    })
}

/// Path, query and body in one object.
fn input(entry: &Entry, operation: &Value, schemas: Schemas<'_>, described: bool) -> Result<Input, String> {
    let mut input = Input::default();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (Some(name), Some(place)) = (parameter["name"].as_str(), parameter["in"].as_str()) else {
            // `Idempotency-Key`, the only parameter that is a reference.
            continue;
        };
        let place = if place == "path" { Place::Path } else { Place::Query };
        let mut schema = schemas.inlined(&parameter["schema"], described)?;
        if let Some(description) = parameter["description"].as_str() {
            schema["description"] = description.into();
        }
        if name == "perPage" {
            schema = json!({"type": "integer", "minimum": 1, "maximum": PER_PAGE_MAX, "default": PER_PAGE_DEFAULT});
        }
        input.add(name, place, parameter["required"] == true, schema)?;
    }
    body(entry, operation, schemas, described, &mut input)?;
    if entry.creates {
        let description = "Any text. The same call within ten minutes counts once; send another text to repeat it on \
                           purpose.";
        let schema = json!({"type": "string", "maxLength": 200, "description": description});
        input.properties.insert(REPEAT_ARGUMENT.to_owned(), schema);
    }
    Ok(input)
}

fn body(
    entry: &Entry,
    operation: &Value,
    schemas: Schemas<'_>,
    described: bool,
    input: &mut Input,
) -> Result<(), String> {
    let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else { return Ok(()) };
    let schema = schemas.inlined(schema, described)?;
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().ok_or("its body is no object")?;
    for name in entry.body.into_iter().flatten() {
        if !properties.contains_key(*name) {
            return Err(format!("its body has no {name}"));
        }
    }
    for (name, property) in properties {
        if entry.body.is_none_or(|allowed| allowed.contains(&name.as_str())) {
            let mut property = property.clone();
            remove(&mut property, OF_PEOPLE);
            input.add(name, Place::Body, required.contains(&name.as_str()), property)?;
        }
    }
    Ok(())
}

/// Removes a field from a schema and from those inside it.
fn remove(schema: &mut Value, field: &str) {
    match schema {
        Value::Object(words) => {
            if let Some(Value::Object(properties)) = words.get_mut("properties") {
                properties.remove(field);
            }
            words.values_mut().for_each(|part| remove(part, field));
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| remove(part, field)),
        _ => {}
    }
}

fn listed(entry: &Entry, method: &Method, schema: Value) -> Value {
    let reads = entry.class == Class::Read;
    let description = if entry.class.needs_person() {
        format!("{} {CONFIRMED}", entry.description)
    } else {
        entry.description.to_owned()
    };
    json!({
        "name": entry.name,
        "title": entry.title,
        "description": description,
        "inputSchema": schema,
        "annotations": {
            "title": entry.title,
            "readOnlyHint": reads,
            "destructiveHint": entry.class.needs_person(),
            "idempotentHint": reads || method != Method::POST,
            "openWorldHint": entry.reaches_out,
        },
    })
}

fn untrusted(operation: &Value, schemas: Schemas<'_>) -> Vec<String> {
    output::success(operation).map(|schema| schemas.others_texts(schema)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{self, CREATES, LISTS},
        *,
    };

    #[test]
    fn a_tool_takes_what_its_operation_takes() {
        let tool = fixture::tool(&LISTS);
        let schema = &tool.listed["inputSchema"];
        assert_eq!((&schema["additionalProperties"], &schema["required"]), (&json!(false), &json!(["id"])));
        assert_eq!(schema["properties"]["perPage"]["maximum"], 50, "less than the operation allows");
        assert_eq!(schema["properties"]["email"], json!({"type": "string", "description": "The address."}));
        assert_eq!(tool.listed["annotations"]["readOnlyHint"], true);
        let items = &tool.listed["outputSchema"]["properties"]["data"]["items"]["properties"];
        assert!(items["name"].is_object() && items["id"].is_object(), "{items}");
        assert_eq!((tool.right, tool.untrusted.as_slice()), (Right::View, &["data[].name".to_owned()][..]));
    }

    #[test]
    fn a_change_takes_only_what_the_table_allows() {
        let tool = fixture::tool(&CREATES);
        let schema = &tool.listed["inputSchema"];
        let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert!(
            names.len() == 3
                && ["idempotencyKey", "name", "notes"].iter().all(|name| schema["properties"].get(name).is_some()),
            "{names:?}"
        );
        assert_eq!(schema["required"], json!(["name"]));
        assert_eq!(tool.right, Right::Operate);
        let hints = &tool.listed["annotations"];
        assert_eq!(
            (&hints["readOnlyHint"], &hints["destructiveHint"], &hints["idempotentHint"]),
            (&json!(false), &json!(false), &json!(false))
        );
    }

    #[test]
    fn what_does_not_exist_is_an_error() {
        static UNKNOWN: Entry = Entry { operation: "createNothing", ..CREATES };
        static MISSING: Entry = Entry { body: Some(&["name", "nothing"]), ..CREATES };
        for (entry, why) in [(&UNKNOWN, "no such operation"), (&MISSING, "has no nothing")] {
            assert!(Tool::of(entry, &fixture::document()).unwrap_err().contains(why));
        }
        assert!(Catalog::of(&fixture::document()).unwrap_err().starts_with("search: "));
    }
}
