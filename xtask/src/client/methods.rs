//! Writes operations as methods: `GET /api/v1/affiliates` is `rekomi.affiliates.list()`.

use super::{comment, pascal, types};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const BASE: &str = "/api/v1/";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Debug)]
struct Method {
    name: String,
    text: String,
}

/// Writes the types of queries, a class for each noun, and the client with one instance of each.
pub(super) fn write(document: &Value) -> Result<String> {
    let mut nouns: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    let mut queries = Vec::new();
    let paths = document["paths"].as_object().context("no paths")?;
    // Operations under other paths are public and need no client. Those with servers of their own are the edge's, which
    // has a client that is written manually.
    let ours = |(path, item): &(&String, &Value)| path.starts_with(BASE) && item.get("servers").is_none();
    for (path, item) in paths.iter().filter(ours) {
        for verb in METHODS {
            let Some(operation) = item.get(verb).and_then(Value::as_object) else { continue };
            let noun = path.strip_prefix(BASE).and_then(|rest| rest.split('/').next()).context("unexpected path")?;
            let operation = Operation::read(path, verb, operation, document)?;
            queries.extend(operation.query_type());
            let methods = nouns.entry(noun.to_owned()).or_default();
            let method = operation.method(noun);
            if methods.iter().any(|other| other.name == method.name) {
                bail!("two operations are called {noun}.{}: rename one of them", method.name);
            }
            methods.push(method);
        }
    }
    let classes = nouns.iter().map(|(noun, methods)| class(noun, methods));
    Ok(queries.into_iter().chain(classes).chain([client(&nouns)]).collect::<Vec<_>>().join("\n"))
}

fn class(noun: &str, methods: &[Method]) -> String {
    let methods: Vec<&str> = methods.iter().map(|method| method.text.as_str()).collect();
    format!(
        "export class {}Api {{\n  readonly #transport: Transport;\n\n  constructor(transport: Transport) {{\n    \
         this.#transport = transport;\n  }}\n\n{}}}\n",
        pascal(noun),
        methods.join("\n")
    )
}

fn client(nouns: &BTreeMap<String, Vec<Method>>) -> String {
    let field = |noun: &str| {
        let name = pascal(noun);
        let (first, rest) = name.split_at_checked(1).unwrap_or_default();
        (first.to_lowercase() + rest, name.clone())
    };
    let all: Vec<(String, String)> = nouns.keys().map(|noun| field(noun)).collect();
    let fields: String = all.iter().map(|(field, class)| format!("  readonly {field}: {class}Api;\n")).collect();
    let made: String =
        all.iter().map(|(field, class)| format!("    this.{field} = new {class}Api(transport);\n")).collect();
    format!(
        "/** One organization's API: the one that the key belongs to. */\nexport class Rekomi {{\n{fields}\n  \
         constructor(options: RekomiOptions) {{\n    const transport = new Transport(options);\n{made}  }}\n}}\n"
    )
}

#[derive(Debug)]
struct Operation<'a> {
    id: &'a str,
    path: &'a str,
    verb: &'a str,
    words: String,
    in_path: Vec<&'a str>,
    query: Vec<&'a Value>,
    body: Option<(Content<'a>, bool)>,
    answer: Option<Content<'a>>,
    repeatable: bool,
}

/// The content of a request or a response.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    /// The schema.
    Json(&'a Value),
    /// A file: its type, such as `text/csv`.
    File(&'a str),
}

impl<'a> Content<'a> {
    fn read(of: &'a Value) -> Option<Self> {
        let types = of.get("content")?.as_object()?;
        match types.get("application/json") {
            Some(json) => json.get("schema").map(Self::Json),
            None => types.keys().next().map(|kind| Self::File(kind)),
        }
    }
}

impl<'a> Operation<'a> {
    fn read(path: &'a str, verb: &'a str, operation: &'a Map<String, Value>, document: &'a Value) -> Result<Self> {
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .with_context(|| format!("{verb} {path} has no operation ID"))?;
        let parameters: Vec<&Value> =
            operation.get("parameters").and_then(Value::as_array).into_iter().flatten().collect();
        let of = |place: &str| parameters.iter().copied().filter(|one| one["in"] == place).collect::<Vec<_>>();
        let responses =
            operation.get("responses").and_then(Value::as_object).context("an operation has no responses")?;
        let success = responses.iter().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
        let body = operation.get("requestBody");
        Ok(Self {
            id,
            path,
            verb,
            words: words(operation, document),
            in_path: of("path").into_iter().filter_map(|one| one["name"].as_str()).collect(),
            query: of("query"),
            body: body.and_then(|body| Some((Content::read(body)?, body["required"] != false))),
            answer: success.and_then(Content::read),
            repeatable: parameters.iter().any(|one| one["$ref"] == "#/components/parameters/IdempotencyKey"),
        })
    }

    fn query_name(&self) -> String {
        format!("{}Query", pascal(self.id))
    }

    fn query_type(&self) -> Option<String> {
        if self.query.is_empty() {
            return None;
        }
        let lines = self.query.iter().map(|parameter| {
            let words = comment(parameter["description"].as_str().unwrap_or_default(), "  ");
            let mark = if parameter["required"] == true { "" } else { "?" };
            let name = types::key(parameter["name"].as_str().unwrap_or_default());
            format!("{words}  {name}{mark}: {} | undefined;\n", types::of(&parameter["schema"], "  "))
        });
        Some(format!("export interface {} {{\n{}}}\n", self.query_name(), lines.collect::<String>()))
    }

    fn method(&self, noun: &str) -> Method {
        let name = short(self.id, noun);
        let mut takes: Vec<String> = self.in_path.iter().map(|name| format!("{name}: string")).collect();
        let mut call = vec![format!("method: \"{}\"", self.verb.to_uppercase()), format!("path: {}", self.path_text())];
        match self.body {
            Some((Content::Json(schema), required)) => {
                takes.push(format!("body{}: {}", if required { "" } else { " = {}" }, types::of(schema, "  ")));
                call.push("body".to_owned());
            }
            Some((Content::File(kind), _)) => {
                takes.push("body: string".to_owned());
                call.push(format!("body, contentType: {kind:?}"));
            }
            None => {}
        }
        if !self.query.is_empty() {
            let needed = self.query.iter().any(|parameter| parameter["required"] == true);
            takes.push(format!("query: {}{}", self.query_name(), if needed { "" } else { " = {}" }));
            call.push("query".to_owned());
        }
        if self.repeatable {
            call.push("repeatable: true".to_owned());
        }
        takes.push("options?: CallOptions".to_owned());
        let (send, gives) = match self.answer {
            Some(Content::Json(schema)) => match types::rows(schema) {
                Some(rows) => (format!("list<{rows}>"), format!("List<{rows}>")),
                None => (format!("send<{}>", types::of(schema, "  ")), format!("Promise<{}>", types::of(schema, "  "))),
            },
            Some(Content::File(_)) => ("file".to_owned(), "Promise<Response>".to_owned()),
            None => ("send<void>".to_owned(), "Promise<void>".to_owned()),
        };
        let text = format!(
            "{}  {name}({}): {gives} {{\n    return this.#transport.{send}({{ {} }}, options);\n  }}\n",
            comment(&self.words, "  "),
            takes.join(", "),
            call.join(", ")
        );
        Method { name, text }
    }

    fn path_text(&self) -> String {
        if self.in_path.is_empty() {
            return format!("{:?}", self.path);
        }
        let filled = self.in_path.iter().fold(self.path.to_owned(), |path, name| {
            path.replace(&format!("{{{name}}}"), &format!("${{segment({name})}}"))
        });
        format!("`{filled}`")
    }
}

/// Returns the summary, the description, and the errors specific to this operation.
fn words(operation: &Map<String, Value>, document: &Value) -> String {
    let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!("{}.", text("summary")), String::new(), text("description").to_owned()];
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    for (status, response) in responses.filter(|(status, _)| ["404", "409", "422"].contains(&status.as_str())) {
        let link = response["$ref"].as_str().and_then(|link| document.pointer(link.trim_start_matches('#')));
        let description = link.unwrap_or(response)["description"].as_str().unwrap_or_default();
        lines.push(format!("@throws {{RekomiError}} {status}: {description}"));
    }
    lines.join("\n")
}

/// Shortens `readAffiliateBalances` of affiliates to `readBalances`: the noun is already in the class.
fn short(id: &str, noun: &str) -> String {
    let plural = pascal(noun);
    let one = plural.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let one = one.or_else(|| plural.strip_suffix('s').map(str::to_owned));
    for word in [Some(plural.clone()), one].into_iter().flatten() {
        if let Some((before, after)) = id.split_once(&word) {
            let whole_word = after.is_empty() || after.starts_with(|c: char| c.is_ascii_uppercase());
            if whole_word && !before.is_empty() {
                return format!("{before}{after}");
            }
        }
    }
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn methods_do_not_repeat_their_noun() {
        for (id, noun, name) in [
            ("listAffiliates", "affiliates", "list"),
            ("readAffiliateBalances", "affiliates", "readBalances"),
            ("giveBonus", "affiliates", "giveBonus"),
            ("setHomeCurrency", "home-currency", "set"),
            ("listDeliveries", "deliveries", "list"),
            ("readDelivery", "deliveries", "read"),
            ("linkPrograms", "links", "linkPrograms"),
        ] {
            assert_eq!(short(id, noun), name, "{id}");
        }
    }
}
