//! An app that asks a person for access over OAuth, as apps and browsers send it.

use serde_json::{Value, json};

use crate::{
    World,
    client::{browser::parameter, dashboard::Marketer},
    http::{Request, Response},
};

/// From RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const CALLBACK: &str = "https://claude.ai/api/mcp/auth_callback";

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A parameter of the address that the browser is sent to, as it was before it was encoded.
pub fn returned(response: &Response, name: &str) -> Option<String> {
    let value = parameter(response, name)?;
    url::form_urlencoded::parse(format!("v={value}").as_bytes()).next().map(|(_, value)| value.into_owned())
}

/// An app with a client id, and the ledger that it talks to.
#[derive(Debug)]
pub struct App {
    pub base: String,
    pub client: String,
    pub callback: String,
}

impl App {
    pub async fn registered(world: &World, name: &str) -> Self {
        let base = world.ledger.base();
        let body = json!({"client_name": name, "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"]}).to_string();
        let made = Request::post("/oauth/register", body).send(&base).await.unwrap().expect_status(201).json();
        let client = made["client_id"].as_str().unwrap().to_owned();
        Self { base, client, callback: CALLBACK.to_owned() }
    }

    pub fn resource(&self) -> String {
        format!("{}/mcp", self.base)
    }

    /// What it asks for, with changes; an empty value leaves a parameter out.
    pub fn request(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let resource = self.resource();
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "a state & more"),
            ("scope", "rekomi:read rekomi:write"),
            ("resource", &resource),
        ];
        pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub fn address(&self, changes: &[(&str, &str)]) -> String {
        let request = self.request(changes);
        let pairs: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("/oauth/authorize?{}", encoded(&pairs))
    }

    /// What the page answers to a person who decides.
    pub async fn decided(&self, person: &mut Marketer, decision: &[(&str, &str)]) -> Response {
        let request = self.request(&[]);
        let mut fields: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(decision);
        person.submit("/oauth/authorize", &fields).await
    }

    /// The code that a person gives it in an organization.
    pub async fn code(&self, person: &mut Marketer, organization: &str, access: &str) -> String {
        let decision = [("organization", organization), ("access", access), ("decision", "allow")];
        let answer = self.decided(person, &decision).await.expect_status(303);
        returned(&answer, "code").unwrap_or_else(|| panic!("{:?}", answer.header("location")))
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = Request::post(path, encoded(fields));
        let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        Request { headers, ..request }.send(&self.base).await.unwrap()
    }

    /// Exchanges a code, with changes.
    pub async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> Response {
        let resource = self.resource();
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("resource", &resource),
        ];
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/oauth/token", &fields).await
    }

    pub async fn refresh(&self, token: &str) -> Response {
        let fields = [("grant_type", "refresh_token"), ("client_id", &self.client), ("refresh_token", token)];
        self.post("/oauth/token", &fields).await
    }

    /// Whom a token acts for.
    pub async fn userinfo(&self, token: &str) -> Response {
        let request = Request::get("/oauth/userinfo").header("Authorization", &format!("Bearer {token}"));
        request.send(&self.base).await.unwrap()
    }

    /// A request to `/mcp`.
    pub async fn mcp(&self, token: &str, method: &str, params: Value) -> Response {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let request = Request::post("/mcp", body).header("Authorization", &format!("Bearer {token}"));
        request.header("MCP-Protocol-Version", "2025-11-25").send(&self.base).await.unwrap()
    }

    /// The names of the tools that it is offered.
    pub async fn tools(&self, token: &str) -> Vec<String> {
        let listed = self.mcp(token, "tools/list", json!({})).await.expect_status(200).json();
        let tools = listed["result"]["tools"].as_array().unwrap().iter();
        tools.map(|tool| tool["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn tokens(&self, person: &mut Marketer, organization: &str, access: &str) -> Value {
        let code = self.code(person, organization, access).await;
        self.exchange(&code, &[]).await.expect_status(200).json()
    }
}
