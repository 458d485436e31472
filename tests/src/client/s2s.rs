//! A brand's backend, which reports conversions to the edge.

use serde_json::Value;
use shared::timestamp::Timestamp;

use super::sign;
use crate::{
    http::{Request, Response},
    wait::now,
};

pub const PATH: &str = "/api/tracking/s2s";

#[derive(Debug, Clone)]
pub struct Backend {
    pub base: String,
    pub api_key: String,
    pub secret: String,
}

impl Backend {
    /// Signed as documented, at a time of one's choice.
    pub fn signed(&self, body: &str, at: Timestamp) -> Request {
        Request::post(PATH, body)
            .header("Authorization", &format!("Bearer {}", self.api_key))
            .header("Rekomi-Signature", &sign::header(&self.secret, at, body.as_bytes()))
    }

    pub async fn send(&self, request: &Request) -> Response {
        request.send(&self.base).await.expect("the edge answers")
    }

    pub async fn post(&self, body: &Value) -> Response {
        self.send(&self.signed(&body.to_string(), now())).await
    }

    /// As [`Backend::post`], for a body that need not be JSON.
    pub async fn post_text(&self, body: &str) -> Response {
        self.send(&self.signed(body, now())).await
    }
}
