//! Writes a JSON value as a literal of a programming language.

use serde_json::Value;

/// How a language writes its literals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub null: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub object: (&'static str, &'static str),
    pub empty_object: &'static str,
    /// What stands between a name and its value.
    pub arrow: &'static str,
    /// The spaces of one level.
    pub indent: usize,
    pub quote: fn(&str) -> String,
}

pub(super) const PYTHON: Style = Style {
    null: "None",
    yes: "True",
    no: "False",
    object: ("{", "}"),
    empty_object: "{}",
    arrow: ": ",
    indent: 4,
    quote: double,
};

pub(super) const PHP: Style = Style {
    null: "null",
    yes: "true",
    no: "false",
    object: ("[", "]"),
    // An empty array would be sent as `[]`.
    empty_object: "new stdClass()",
    arrow: " => ",
    indent: 4,
    quote: single,
};

pub(super) const RUBY: Style = Style {
    null: "nil",
    yes: "true",
    no: "false",
    object: ("{", "}"),
    empty_object: "{}",
    arrow: " => ",
    indent: 2,
    quote: ruby,
};

/// As JSON: TypeScript and Python read its escapes in the same way.
pub(super) fn double(text: &str) -> String {
    Value::from(text).to_string()
}

/// In single quotes PHP reads only two escapes, so `$` stays a dollar.
pub(super) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// In double quotes Ruby also fills in `#{…}`.
pub(super) fn ruby(text: &str) -> String {
    double(text).replace('#', "\\#")
}

impl Style {
    /// The value's lines; `level` is that of the line in which the literal begins.
    pub(super) fn write(&self, value: &Value, level: usize) -> String {
        match value {
            Value::Null => self.null.to_owned(),
            Value::Bool(true) => self.yes.to_owned(),
            Value::Bool(false) => self.no.to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => (self.quote)(text),
            Value::Array(all) => {
                let parts = all.iter().map(|one| self.write(one, level + 1)).collect();
                self.lines(("[", "]"), parts, level)
            }
            Value::Object(fields) if fields.is_empty() => self.empty_object.to_owned(),
            Value::Object(fields) => {
                let part = |(name, one): (&String, &Value)| {
                    format!("{}{}{}", (self.quote)(name), self.arrow, self.write(one, level + 1))
                };
                self.lines(self.object, fields.iter().map(part).collect(), level)
            }
        }
    }

    fn lines(&self, (open, close): (&str, &str), parts: Vec<String>, level: usize) -> String {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let pad = |level: usize| " ".repeat(level * self.indent);
        let lines: String = parts.iter().map(|part| format!("{}{part},\n", pad(level + 1))).collect();
        format!("{open}\n{lines}{}{close}", pad(level))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_the_language_writes_them() {
        let value = json!({"a": null, "b": [true, 1.5], "c": {}, "d": []});
        assert_eq!(
            PYTHON.write(&value, 0),
            "{\n    \"a\": None,\n    \"b\": [\n        True,\n        1.5,\n    ],\n    \"c\": {},\n    \"d\": [],\n}"
        );
        assert_eq!(
            PHP.write(&value, 1),
            "[\n        'a' => null,\n        'b' => [\n            true,\n            1.5,\n        ],\n        \
             'c' => new stdClass(),\n        'd' => [],\n    ]"
        );
        assert!(RUBY.write(&value, 0).starts_with("{\n  \"a\" => nil,\n"));
    }

    #[test]
    fn no_text_ends_its_quotes_or_runs_as_code() {
        let text = "\"it's\" \\ $HOME #{1} \n";
        assert_eq!(double(text), "\"\\\"it's\\\" \\\\ $HOME #{1} \\n\"");
        assert_eq!(single(text), "'\"it\\'s\" \\\\ $HOME #{1} \n'");
        assert_eq!(ruby(text), "\"\\\"it's\\\" \\\\ $HOME \\#{1} \\n\"");
    }
}
