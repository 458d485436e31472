//! Examples to copy: the call with curl, and bodies as JSON.

use serde_json::Value;

/// Formats JSON over several lines.
pub(super) fn json(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The parts of a call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub method: &'a str,
    /// With the examples of its parameters filled in.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<&'a Value>,
    pub repeatable: bool,
}

impl Call<'_> {
    /// Returns the shell command. The key comes from the environment, so that it doesn't end up in the shell's history.
    pub(super) fn curl(&self, base: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let joint = if query.is_empty() { "" } else { "?" };
        let mut lines = vec![match self.method {
            "get" => format!("curl \"{base}{}{joint}{query}\"", self.path),
            "post" if self.body.is_some() => format!("curl \"{base}{}{joint}{query}\"", self.path),
            other => format!("curl -X {} \"{base}{}{joint}{query}\"", other.to_uppercase(), self.path),
        }];
        lines.push("-H \"Authorization: Bearer $REKOMI_API_KEY\"".to_owned());
        if self.repeatable {
            lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
        }
        if let Some(body) = self.body {
            lines.push("-H 'Content-Type: application/json'".to_owned());
            lines.push(format!("-d '{}'", json(body).replace('\'', "'\\''")));
        }
        lines.join(" \\\n  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_can_be_pasted() {
        let body = serde_json::json!({"name": "Lauren's"});
        let call = Call { method: "patch", path: "/a".to_owned(), query: vec![], body: Some(&body), repeatable: true };
        let text = call.curl("https://ledger.test");
        assert!(
            text.starts_with(
                "curl -X PATCH \"https://ledger.test/a\" \\\n  -H \"Authorization: Bearer $REKOMI_API_KEY\""
            )
        );
        assert!(text.ends_with("\"name\": \"Lauren'\\''s\"\n}'"), "{text}");
        let call = Call {
            method: "get",
            query: vec![("from".to_owned(), "a b".to_owned())],
            body: None,
            repeatable: false,
            ..call
        };
        assert!(call.curl("").starts_with("curl \"/a?from=a+b\" \\\n"));
    }
}
