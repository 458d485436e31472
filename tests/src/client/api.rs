//! A brand's own program, with its API key.

use serde_json::Value;

use crate::http::{Request, Response};

#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    bearer: String,
}

impl Api {
    pub fn new(base: impl Into<String>, bearer: &str) -> Self {
        Self { base: base.into(), bearer: bearer.to_owned() }
    }

    pub async fn send(&self, request: Request) -> Response {
        let authorised = request.header("Authorization", &format!("Bearer {}", self.bearer));
        authorised.send(&self.base).await.expect("the ledger answers")
    }

    /// `path` is below `/api/v1`.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Request::get(&format!("/api/v1{path}"))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Request::post(&format!("/api/v1{path}"), body.to_string())).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        let request =
            Request { method: "PATCH".to_owned(), ..Request::post(&format!("/api/v1{path}"), body.to_string()) };
        self.send(request).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.send(Request::new("DELETE", &format!("/api/v1{path}"))).await
    }

    /// Every row of a list, page by page.
    ///
    /// # Panics
    /// Where a page is refused.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let after = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let page = self.get(&format!("{path}{joint}perPage=100{after}")).await.expect_status(200).json();
            rows.extend(page["data"].as_array().expect("a list").iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return rows,
            }
        }
    }

    /// The conversion of that external id, with its commissions, once it is there.
    pub async fn booked(&self, external_event_id: &str) -> Option<(Value, Vec<Value>)> {
        let conversion = self.all(&format!("/conversions?externalEventId={external_event_id}")).await.pop()?;
        let id = conversion["id"].as_str()?.to_owned();
        let commissions = self.all(&format!("/commissions?conversionId={id}")).await;
        Some((conversion, commissions))
    }
}
