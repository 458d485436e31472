//! Examples to copy: a call with curl, TypeScript, Python, PHP and Ruby. Each is complete, and takes the key from the
//! environment, so that it ends up neither in the code nor in the shell's history.

use serde_json::Value;

use super::{
    example::json,
    literal::{PHP, PYTHON, RUBY, double, ruby, single},
    markdown,
};

/// What a successful response has as its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    Json,
    File,
    Nothing,
}

/// The parts of a call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub method: &'a str,
    /// With the examples of its parameters filled in.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<&'a Value>,
    /// Whether it accepts `Idempotency-Key`.
    pub repeatable: bool,
    /// Whether it needs no key.
    pub public: bool,
    pub reply: Reply,
}

/// A call in one language.
#[derive(Debug)]
pub struct Example {
    /// Names the language for scripts.
    pub key: &'static str,
    pub language: &'static str,
    pub text: String,
}

impl Example {
    /// For templates: escaped, with as few characters as a text between tags needs.
    pub fn html(&self) -> String {
        markdown::code(&self.text)
    }
}

impl Call<'_> {
    /// The call in every language; `base` is this installation's own address.
    pub(super) fn examples(&self, base: &str) -> Vec<Example> {
        let url = self.url(base);
        [
            ("curl", "curl", self.curl(&url)),
            ("typescript", "TypeScript", self.typescript(&url)),
            ("python", "Python", self.python(&url)),
            ("php", "PHP", self.php(&url)),
            ("ruby", "Ruby", self.ruby(&url)),
        ]
        .into_iter()
        .map(|(key, language, text)| Example { key, language, text })
        .collect()
    }

    fn url(&self, base: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let joint = if query.is_empty() { "" } else { "?" };
        format!("{base}{}{joint}{query}", self.path)
    }

    fn curl(&self, url: &str) -> String {
        let mut lines = vec![match self.method {
            "get" => format!("curl \"{url}\""),
            "post" if self.body.is_some() => format!("curl \"{url}\""),
            other => format!("curl -X {} \"{url}\"", other.to_uppercase()),
        }];
        if !self.public {
            lines.push("-H \"Authorization: Bearer $REKOMI_API_KEY\"".to_owned());
        }
        if self.repeatable {
            lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
        }
        if let Some(body) = self.body {
            lines.push("-H 'Content-Type: application/json'".to_owned());
            lines.push(format!("-d '{}'", json(body).replace('\'', "'\\''")));
        }
        if self.reply == Reply::File {
            lines.push("-OJ".to_owned());
        }
        lines.join(" \\\n  ")
    }

    /// The headers, each as `name` and its value as code.
    fn headers(&self, key: &str, unique: &str, json_type: &str) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        if !self.public {
            all.push(("Authorization", key.to_owned()));
        }
        if self.repeatable {
            all.push(("Idempotency-Key", unique.to_owned()));
        }
        if self.body.is_some() {
            all.push(("Content-Type", json_type.to_owned()));
        }
        all
    }

    fn typescript(&self, url: &str) -> String {
        let headers =
            self.headers("`Bearer ${process.env.REKOMI_API_KEY}`", "crypto.randomUUID()", "\"application/json\"");
        let mut options = Vec::new();
        if self.method != "get" {
            options.push(format!("  method: \"{}\",\n", self.method.to_uppercase()));
        }
        if !headers.is_empty() {
            let lines: String = headers.iter().map(|(name, value)| format!("    \"{name}\": {value},\n")).collect();
            options.push(format!("  headers: {{\n{lines}  }},\n"));
        }
        if let Some(body) = self.body {
            options.push(format!("  body: JSON.stringify({}),\n", json(body).replace('\n', "\n  ")));
        }
        let options = if options.is_empty() { String::new() } else { format!(", {{\n{}}}", options.concat()) };
        let read = match self.reply {
            Reply::Json => "\nconst data = await response.json();",
            Reply::File => "\nconst file = await response.arrayBuffer();",
            Reply::Nothing => "",
        };
        format!(
            "const response = await fetch({}{options});\nif (!response.ok) throw new Error(await response.text());{read}",
            double(url)
        )
    }

    fn python(&self, url: &str) -> String {
        // `json=` sends the content type.
        let headers = self.headers("f\"Bearer {os.environ['REKOMI_API_KEY']}\"", "str(uuid.uuid4())", "");
        let headers: Vec<_> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut text = String::new();
        if !self.public {
            text.push_str("import os\n");
        }
        if self.repeatable {
            text.push_str("import uuid\n");
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("import requests\n\nresponse = requests.{}(\n    {},\n", self.method, double(url)));
        if !headers.is_empty() {
            let lines: String = headers.iter().map(|(name, value)| format!("        \"{name}\": {value},\n")).collect();
            text.push_str(&format!("    headers={{\n{lines}    }},\n"));
        }
        if let Some(body) = self.body {
            text.push_str(&format!("    json={},\n", PYTHON.write(body, 1)));
        }
        text.push_str("    timeout=30,\n)\nresponse.raise_for_status()");
        text.push_str(match self.reply {
            Reply::Json => "\ndata = response.json()",
            Reply::File => "\nfile = response.content",
            Reply::Nothing => "",
        });
        text
    }

    fn php(&self, url: &str) -> String {
        let headers = self.headers(
            "'Authorization: Bearer ' . getenv('REKOMI_API_KEY')",
            "'Idempotency-Key: ' . bin2hex(random_bytes(16))",
            "'Content-Type: application/json'",
        );
        let mut options = String::new();
        if self.method != "get" {
            options.push_str(&format!("    CURLOPT_CUSTOMREQUEST => '{}',\n", self.method.to_uppercase()));
        }
        options.push_str("    CURLOPT_RETURNTRANSFER => true,\n");
        if !headers.is_empty() {
            let lines: String = headers.iter().map(|(_, line)| format!("        {line},\n")).collect();
            options.push_str(&format!("    CURLOPT_HTTPHEADER => [\n{lines}    ],\n"));
        }
        if let Some(body) = self.body {
            options.push_str(&format!("    CURLOPT_POSTFIELDS => json_encode({}),\n", PHP.write(body, 1)));
        }
        let read = match self.reply {
            Reply::Json => "\n$data = json_decode($body, true, 512, JSON_THROW_ON_ERROR);",
            Reply::File | Reply::Nothing => "",
        };
        format!(
            "<?php\n$curl = curl_init({});\ncurl_setopt_array($curl, [\n{options}]);\n$body = curl_exec($curl);\n\
             if ($body === false || curl_getinfo($curl, CURLINFO_RESPONSE_CODE) >= 400) {{\n    \
             throw new RuntimeException($body === false ? curl_error($curl) : $body);\n}}{read}",
            single(url)
        )
    }

    fn ruby(&self, url: &str) -> String {
        let headers =
            self.headers("\"Bearer #{ENV.fetch(\"REKOMI_API_KEY\")}\"", "SecureRandom.uuid", "\"application/json\"");
        let mut text = String::new();
        if self.body.is_some() || self.reply == Reply::Json {
            text.push_str("require \"json\"\n");
        }
        text.push_str("require \"net/http\"\n");
        if self.repeatable {
            text.push_str("require \"securerandom\"\n");
        }
        text.push_str(&format!("\nuri = URI({})\n", ruby(url)));
        text.push_str(&format!("request = Net::HTTP::{}.new(uri)\n", capitalized(self.method)));
        for (name, value) in headers {
            text.push_str(&format!("request[\"{name}\"] = {value}\n"));
        }
        if let Some(body) = self.body {
            text.push_str(&format!("request.body = JSON.generate({})\n", RUBY.write(body, 0)));
        }
        text.push_str(
            "response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == \"https\") do |http|\n  \
             http.request(request)\nend\nraise response.body.to_s unless response.is_a?(Net::HTTPSuccess)",
        );
        text.push_str(match self.reply {
            Reply::Json => "\ndata = JSON.parse(response.body)",
            Reply::File => "\nfile = response.body",
            Reply::Nothing => "",
        });
        text
    }
}

/// `Net::HTTP` has a class for each method.
fn capitalized(method: &str) -> String {
    let (first, rest) = method.split_at_checked(1).unwrap_or_default();
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(call: &Call<'_>, key: &str) -> String {
        let examples = call.examples("https://ledger.test");
        examples.into_iter().find(|example| example.key == key).unwrap().text
    }

    #[test]
    fn a_write_can_be_pasted() {
        let body = json!({"name": "Lauren's", "note": null});
        let call = Call {
            method: "patch",
            path: "/a".to_owned(),
            query: vec![],
            body: Some(&body),
            repeatable: true,
            public: false,
            reply: Reply::Json,
        };
        let curl = text(&call, "curl");
        assert!(
            curl.starts_with(
                "curl -X PATCH \"https://ledger.test/a\" \\\n  -H \"Authorization: Bearer $REKOMI_API_KEY\""
            )
        );
        assert!(curl.ends_with("\"name\": \"Lauren'\\''s\",\n  \"note\": null\n}'"), "{curl}");
        assert_eq!(
            text(&call, "typescript"),
            "const response = await fetch(\"https://ledger.test/a\", {\n  method: \"PATCH\",\n  headers: {\n    \
             \"Authorization\": `Bearer ${process.env.REKOMI_API_KEY}`,\n    \"Idempotency-Key\": crypto.randomUUID(),\n    \
             \"Content-Type\": \"application/json\",\n  },\n  body: JSON.stringify({\n    \"name\": \"Lauren's\",\n    \
             \"note\": null\n  }),\n});\nif (!response.ok) throw new Error(await response.text());\n\
             const data = await response.json();"
        );
        assert_eq!(
            text(&call, "python"),
            "import os\nimport uuid\n\nimport requests\n\nresponse = requests.patch(\n    \"https://ledger.test/a\",\n    \
             headers={\n        \"Authorization\": f\"Bearer {os.environ['REKOMI_API_KEY']}\",\n        \
             \"Idempotency-Key\": str(uuid.uuid4()),\n    },\n    json={\n        \"name\": \"Lauren's\",\n        \
             \"note\": None,\n    },\n    timeout=30,\n)\nresponse.raise_for_status()\ndata = response.json()"
        );
        assert!(text(&call, "php").contains(
            "CURLOPT_POSTFIELDS => json_encode([\n        'name' => 'Lauren\\'s',\n        'note' => null,\n    ]),\n]);"
        ));
        let ruby = text(&call, "ruby");
        assert!(ruby.contains("request = Net::HTTP::Patch.new(uri)\n"), "{ruby}");
        assert!(ruby.contains("JSON.generate({\n  \"name\" => \"Lauren's\",\n  \"note\" => nil,\n})\n"), "{ruby}");
    }

    #[test]
    fn a_read_sends_no_more_than_it_needs() {
        let call = Call {
            method: "get",
            path: "/a".to_owned(),
            query: vec![("from".to_owned(), "a b&\"$'".to_owned())],
            body: None,
            repeatable: false,
            public: true,
            reply: Reply::File,
        };
        let url = "https://ledger.test/a?from=a+b%26%22%24%27";
        assert_eq!(text(&call, "curl"), format!("curl \"{url}\" \\\n  -OJ"));
        assert!(text(&call, "typescript").starts_with(&format!("const response = await fetch(\"{url}\");\n")));
        assert!(
            text(&call, "python").starts_with(&format!(
                "import requests\n\nresponse = requests.get(\n    \"{url}\",\n    timeout=30,\n)"
            ))
        );
        assert!(text(&call, "php").contains(&format!("curl_init('{url}');")));
        assert!(text(&call, "ruby").starts_with(&format!("require \"net/http\"\n\nuri = URI(\"{url}\")\n")));
    }
}
