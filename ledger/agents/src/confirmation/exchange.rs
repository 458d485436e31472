//! Asks the API in this process, as an assistant or as the person who looks at what it asked for.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header::CONTENT_TYPE},
};
use serde_json::Value;

use crate::tool::call::{self, RESPONSE_BYTES_MAX};
use identity::access::{actor::RequestId, agent::Agent};
use kit::error::{Error, Result};

/// Who asks the API, and for which request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub api: Router,
    pub agent: Agent,
    pub request_id: Option<RequestId>,
}

/// What the API answered; `body` is null if it isn't JSON.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub body: Value,
}

impl Caller {
    /// # Errors
    /// If the response can't be read.
    pub async fn send(&self, request: Request<Body>) -> Result<Answered> {
        let response = call::send(request, self.api.clone(), &self.agent, self.request_id.as_ref()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), RESPONSE_BYTES_MAX).await.map_err(|error| Error::internal(error))?;
        Ok(Answered { status, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// # Errors
    /// As [`Caller::send`].
    pub async fn get(&self, path: &str) -> Result<Answered> {
        self.send(Self::request(Method::GET, path, Body::empty())?).await
    }

    /// # Errors
    /// As [`Caller::send`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answered> {
        self.send(Self::request(Method::POST, path, Body::from(body.to_string()))?).await
    }

    fn request(method: Method, path: &str, body: Body) -> Result<Request<Body>> {
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json").body(body);
        request.map_err(|error| Error::internal(error))
    }
}

impl Answered {
    /// A text of the answer, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// # Errors
    /// 503 if the API couldn't answer, which says nothing about what was asked.
    pub fn or_unavailable(self) -> Result<Self> {
        if self.status.is_server_error() {
            return Err(Error::unavailable(format!("the API answered {}", self.status)));
        }
        Ok(self)
    }
}
