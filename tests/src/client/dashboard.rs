//! A marketer at the dashboard: a browser that signs in.

use serde_json::Value;

use super::browser::Browser;
use crate::http::{Request, Response};

/// For `Database::set_proved_at`: so long ago that they are asked again who they are.
pub const PROVED_LONG_AGO: &str = "rekomi_later(proved_at, -300)";

/// What a form of the page sends along as the page showed it: the names of fields, and their values.
pub fn shown(page: &str) -> Vec<(String, String)> {
    let field = |rest: &str| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    };
    page.split("name=\"was.").skip(1).filter_map(field).collect()
}

/// The form that showed this, with the fields that someone changed in it.
pub fn changed<'a>(shown: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Vec<(String, &'a str)> {
    let was = shown.iter().map(|(name, value)| (format!("was.{name}"), value.as_str()));
    let is_left = |name: &str| !changes.iter().any(|(changed, _)| *changed == name);
    let left = shown.iter().filter(|(name, _)| is_left(name)).map(|(name, value)| (name.clone(), value.as_str()));
    was.chain(left).chain(changes.iter().map(|(name, value)| ((*name).to_owned(), *value))).collect()
}

#[derive(Debug)]
pub struct Marketer {
    base: String,
    pub browser: Browser,
}

impl Marketer {
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), browser: Browser::new(base) }
    }

    /// The same person, whose requests a load balancer brings to another process.
    #[must_use]
    pub fn at(&self, process: &str) -> Self {
        Self { base: self.base.clone(), browser: self.browser.at(process) }
    }

    /// A form, posted from a page of the dashboard's own origin.
    pub async fn submit(&mut self, target: &str, fields: &[(&str, &str)]) -> Response {
        let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let mut request = Request::new("POST", target)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", &self.base)
            .header("Sec-Fetch-Site", "same-origin");
        request.body = form.join("&").into_bytes();
        self.browser.send(request).await
    }

    /// A form with a file in the field `file`.
    pub async fn upload(&mut self, target: &str, fields: &[(&str, &str)], (name, file): (&str, &[u8])) -> Response {
        let part = |name: &str| format!("--b7\r\nContent-Disposition: form-data; name=\"{name}\"");
        let mut body: Vec<u8> =
            fields.iter().flat_map(|(name, value)| format!("{}\r\n\r\n{value}\r\n", part(name)).into_bytes()).collect();
        body.extend(format!("{}; filename=\"{name}\"\r\n\r\n", part("file")).bytes());
        body.extend(file);
        body.extend(b"\r\n--b7--\r\n");
        let mut request = Request::new("POST", target)
            .header("Content-Type", "multipart/form-data; boundary=b7")
            .header("Origin", &self.base)
            .header("Sec-Fetch-Site", "same-origin");
        request.body = body;
        self.browser.send(request).await
    }

    pub async fn sign_in(&mut self, owner: &Value) -> Response {
        let (email, password) = (owner["email"].as_str().unwrap(), owner["password"].as_str().unwrap());
        self.submit("/login", &[("email", email), ("password", password)]).await
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
