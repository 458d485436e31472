//! The types of a delivery: its key, its request, and the result of an attempt. [`super::queue_store`] has the rows,
//! [`mod@super::attempt`] sends.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use shared::{
    id::{MessageId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::endpoint::EndpointKind;

/// How long a delivery that was taken is reserved for the attempt: longer than one can take.
pub const LOST_AFTER_MS: i64 = 60_000;

/// Identifies a delivery: the message and the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub organization: OrganizationId,
    pub endpoint: Uuid,
    pub message: MessageId,
}

/// A delivery that was taken for an attempt.
#[derive(Debug, Clone)]
pub struct Due {
    pub key: Key,
    /// The number of this attempt among all.
    pub attempt: i32,
    /// The number of this attempt since the delivery was last queued.
    pub tries: i32,
    pub kind: EndpointKind,
    pub url: String,
    pub event: String,
    pub data: String,
    pub reported_at: Timestamp,
}

/// A request to be sent.
#[derive(Debug)]
pub struct Request {
    pub url: String,
    pub headers: HeaderMap,
    /// Names of headers that are never shown.
    pub hidden: &'static [&'static str],
    pub body: String,
}

/// A finished attempt.
#[derive(Debug)]
pub struct Attempt {
    pub id: Uuid,
    /// Whether the receiver was called. It isn't if the request can't be built.
    pub called: bool,
    pub started_at: Timestamp,
    pub duration_ms: i32,
    /// The request's headers, without credentials.
    pub headers: Map<String, Value>,
    pub body_sha256: [u8; 32],
    pub status: Option<i16>,
    pub answer: Option<String>,
    pub verdict: Verdict,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Failed {
        /// A stable code.
        code: &'static str,
        message: String,
        then: Then,
    },
}

/// What follows from a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Retry, not before this many seconds if the receiver asked for that.
    Retry(Option<u64>),
    /// Don't retry: it can never succeed.
    GiveUp,
    /// Disable the endpoint: the receiver wants no more messages.
    Disable,
}

impl Verdict {
    pub fn failed(code: &'static str, message: impl Into<String>, then: Then) -> Self {
        Self::Failed { code, message: message.into(), then }
    }

    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Delivered => None,
            Self::Failed { code, .. } => Some(code),
        }
    }

    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Failed { message, .. } => Some(message),
        }
    }
}
