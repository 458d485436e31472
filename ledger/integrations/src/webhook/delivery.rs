//! A delivery on its way: whose it is, the request that it becomes, and what an attempt came to. The rows behind it are
//! [`super::queue_store`]'s, the sending is [`mod@super::attempt`]'s.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use shared::{
    id::{MessageId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::endpoint::EndpointKind;

/// Which message it is, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub organization: OrganizationId,
    pub endpoint: Uuid,
    pub message: MessageId,
}

/// A delivery whose attempt begins now.
#[derive(Debug, Clone)]
pub struct Due {
    pub key: Key,
    /// Of all its attempts.
    pub attempt: i32,
    /// Of those since it was last queued.
    pub tries: i32,
    pub kind: EndpointKind,
    pub url: String,
    pub event: String,
    pub data: String,
    pub reported_at: Timestamp,
}

/// A request about to be sent.
#[derive(Debug)]
pub struct Request {
    pub url: String,
    pub headers: HeaderMap,
    /// Names of headers that are not shown to anybody.
    pub hidden: &'static [&'static str],
    pub body: String,
}

/// An attempt that was made.
#[derive(Debug)]
pub struct Attempt {
    pub id: Uuid,
    pub started_at: Timestamp,
    pub duration_ms: i32,
    /// Without credentials.
    pub headers: Map<String, Value>,
    pub body_sha256: [u8; 32],
    pub status: Option<i16>,
    pub answer: Option<String>,
    pub verdict: Verdict,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Failed {
        /// Stable.
        code: &'static str,
        message: String,
        then: Then,
    },
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Not before so many seconds, where the receiver asked for that.
    Retry(Option<u64>),
    /// It will never go through.
    GiveUp,
    /// The receiver wants nothing more at all.
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
