//! AI assistants: how they are connected, and the requests that they send to `/mcp`.

use serde_json::{Value, json};

use crate::{
    World,
    client::dashboard::Marketer,
    http::{Request, Response},
};

/// The page where owners connect assistants.
pub const PLACE: &str = "/dashboard/settings/ai-assistants";
pub const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// The value of the field with this mark.
fn value(page: &str, mark: &str) -> String {
    let after = page.split_once(mark).unwrap_or_else(|| panic!("{mark}: {page}")).1;
    after.split_once("value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

/// Connects an assistant on the page; its id and its token.
pub async fn connect(world: &World, owner: &mut Marketer, name: &str, access: &str) -> (String, String) {
    let organization = world.acme.organization.to_string();
    let page = owner.browser.get(PLACE).await.expect_status(200).text();
    let id = value(&page, "name=\"id\"");
    let form = [("organization", organization.as_str()), ("id", &id), ("name", name), ("access", access)];
    let made = owner.submit(PLACE, &form).await.expect_status(200).text();
    (id, value(&made, "id=\"token\""))
}

/// A connected assistant.
#[derive(Debug, Clone)]
pub struct Assistant {
    pub base: String,
    pub token: String,
    /// What its host can show to a person.
    pub capabilities: Value,
}

impl Assistant {
    /// One whose host can show nothing.
    pub fn new(base: String, token: &str) -> Self {
        Self { base, token: token.to_owned(), capabilities: json!({}) }
    }

    /// The same in a host that can show these kinds of dialogs.
    #[must_use]
    pub fn showing(&self, modes: Value) -> Self {
        Self { capabilities: json!({ "elicitation": modes }), ..self.clone() }
    }

    pub fn request(&self, body: &Value) -> Request {
        let request = Request::post("/mcp", body.to_string()).header("Accept", "application/json, text/event-stream");
        request.header("Authorization", &format!("Bearer {}", self.token))
    }

    pub async fn send(&self, request: Request) -> Response {
        request.send(&self.base).await.unwrap()
    }

    /// As clients of the current version send it.
    pub fn modern(&self, method: &str, mut params: Value) -> Request {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": self.capabilities,
        });
        let name = params["name"].as_str().or(params["uri"].as_str()).map(str::to_owned);
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let request = self.request(&body).header("MCP-Protocol-Version", MODERN).header("Mcp-Method", method);
        match name {
            Some(name) => request.header("Mcp-Name", &name),
            None => request,
        }
    }

    pub async fn legacy(&self, method: &str, params: Value) -> Response {
        let body = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params});
        self.send(self.request(&body).header("MCP-Protocol-Version", LEGACY)).await
    }

    pub async fn tools(&self) -> Vec<String> {
        let list = self.send(self.modern("tools/list", json!({}))).await.expect_status(200).json();
        let names = list["result"]["tools"].as_array().unwrap().iter();
        names.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The result of a tool.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        let request = self.modern("tools/call", json!({"name": tool, "arguments": arguments}));
        let answer = self.send(request).await.expect_status(200).json();
        assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
        answer["result"].clone()
    }

    /// A call's whole answer, with more parameters.
    pub async fn answer(&self, tool: &str, arguments: &Value, more: &Value) -> Value {
        let mut params = json!({"name": tool, "arguments": arguments});
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        self.send(self.modern("tools/call", params)).await.expect_status(200).json()
    }

    /// The path of the page on which a person confirms a call.
    pub async fn to_confirm(&self, tool: &str, arguments: Value) -> String {
        let needed = self.done(tool, arguments).await;
        let url = needed["needsConfirmation"]["url"].as_str().unwrap_or_else(|| panic!("{tool}: {needed}"));
        url.strip_prefix(&self.base).unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    /// What a tool found or made.
    pub async fn done(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result["isError"], false, "{tool}: {result}");
        result["structuredContent"].clone()
    }

    /// The error and the field that a tool refused.
    pub async fn refused(&self, tool: &str, arguments: Value) -> (String, String) {
        let result = self.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
        let text = |name: &str| result["structuredContent"][name].as_str().unwrap_or_default().to_owned();
        (text("error"), text("field"))
    }
}
