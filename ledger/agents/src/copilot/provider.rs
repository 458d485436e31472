//! Sends requests to a model's server, and reads answers as they arrive.

use std::time::Duration;

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    chat::{End, Fault, Prompt, Reply},
    connection::Connection,
    sse,
    wire::{self, Reader},
};
use kit::outbound::{Failure, Outbound, stream::Stream};

/// How long a server may send nothing.
const IDLE: Duration = Duration::from_secs(60);
/// How long we wait before the one other attempt.
const WAIT_MAX: Duration = Duration::from_secs(20);
const WAIT: Duration = Duration::from_secs(2);
/// What is read of a document.
const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
const LIST_WITHIN: Duration = Duration::from_secs(15);

/// Why there is no whole answer, and what came of it.
#[derive(Debug)]
pub struct Failed {
    pub fault: Fault,
    pub part: Option<Reply>,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self { fault, part: None }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Provider<'a> {
    pub outbound: &'a Outbound,
    pub connection: &'a Connection,
}

impl Provider<'_> {
    /// Asks once more, after a moment, if the server was busy and nothing had come yet. `shown` gets the text as it arrives.
    ///
    /// # Errors
    /// [`Failed`], with what came.
    pub async fn answer(
        &self,
        prompt: &Prompt,
        until: Instant,
        shown: &mut (impl FnMut(&str) + Send),
    ) -> Result<Reply, Failed> {
        let first = self.attempt(prompt, until, shown).await;
        let Err(Failed { fault: Fault::Busy(wait), part: None }) = &first else { return first };
        let wait = wait.map_or(WAIT, |seconds| Duration::from_secs(seconds.into()));
        if wait > WAIT_MAX || Instant::now() + wait >= until {
            return first;
        }
        sleep(wait).await;
        self.attempt(prompt, until, shown).await
    }

    async fn attempt(
        &self,
        prompt: &Prompt,
        until: Instant,
        shown: &mut (impl FnMut(&str) + Send),
    ) -> Result<Reply, Failed> {
        let Connection { kind, token_field, .. } = self.connection;
        let body = kind.body(prompt, *token_field).to_string().into_bytes();
        let within = until.saturating_duration_since(Instant::now());
        let url = format!("{}{}", self.connection.base, kind.answers_path());
        let opened = self.outbound.open(Method::POST, &url, (self.headers()?, body), within);
        let mut stream = within_idle(opened).await?;
        if stream.status != 200 {
            let retry_after = stream.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let status = stream.status;
            let body = document(&mut stream).await.unwrap_or_default();
            return Err(wire::fault(status, retry_after.as_deref(), &body).into());
        }
        let content = stream.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content.starts_with("text/event-stream") {
            // Some servers can't stream, or not together with tools.
            let body = document(&mut stream).await?;
            let body = serde_json::from_slice(&body).map_err(|_| Fault::Unreadable)?;
            let reply = kind.whole(&body)?;
            reply.blocks.iter().for_each(|block| {
                if let super::chat::Block::Text { text } = block {
                    shown(text);
                }
            });
            return Ok(reply);
        }
        self.read(stream, shown).await
    }

    async fn read(&self, mut stream: Stream, shown: &mut (impl FnMut(&str) + Send)) -> Result<Reply, Failed> {
        let (mut parser, mut reader) = (sse::Parser::default(), Reader::new(self.connection.kind));
        let fault = loop {
            let events = match within_idle(stream.next()).await {
                Ok(Some(bytes)) => parser.push(&bytes).map_err(|_| Fault::TooLong),
                Ok(None) => {
                    let last = parser.end().map(|event| reader.take(&event)).transpose();
                    last.iter().flatten().flatten().for_each(|text| shown(text));
                    break last.err();
                }
                Err(fault) => Err(fault),
            };
            let taken = events.and_then(|events| {
                events.iter().try_for_each(|event| {
                    if let Some(text) = reader.take(event)? {
                        shown(&text);
                    }
                    Ok(())
                })
            });
            if let Err(fault) = taken {
                break Some(fault);
            }
        };
        let reply = reader.end();
        match fault {
            // A server may close badly after it said everything.
            Some(_) if reply.end != End::Cut => Ok(reply),
            Some(fault) => Err(Failed { fault, part: (!reply.blocks.is_empty()).then_some(reply) }),
            None if reply.end == End::Cut && reply.blocks.is_empty() => Err(Fault::Unreadable.into()),
            None => Ok(reply),
        }
    }

    /// The names of the server's models.
    ///
    /// # Errors
    /// If the server doesn't list them.
    pub async fn models(&self) -> Result<Vec<String>, Fault> {
        let url = format!("{}{}", self.connection.base, self.connection.kind.models_path());
        let opened = self.outbound.open(Method::GET, &url, (self.headers()?, Vec::new()), LIST_WITHIN);
        let mut stream = within_idle(opened).await?;
        let (status, body) = (stream.status, document(&mut stream).await?);
        if status != 200 {
            return Err(wire::fault(status, None, &body));
        }
        let list = serde_json::from_slice(&body).map_err(|_| Fault::Unreadable)?;
        Ok(wire::models(&list))
    }

    fn headers(&self) -> Result<HeaderMap, Fault> {
        let key = self.connection.key.as_ref().map(|key| key.expose());
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (name, value) in self.connection.kind.headers(key) {
            let mut value = HeaderValue::from_str(&value).map_err(|_| Fault::Credentials)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

async fn within_idle<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Fault> {
    match timeout(IDLE, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Failure::Timeout)) | Err(_) => Err(Fault::Silent),
        Ok(Err(failure)) => Err(Fault::Unreachable(failure.to_string())),
    }
}

async fn document(stream: &mut Stream) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(bytes) = within_idle(stream.next()).await? {
        body.extend_from_slice(&bytes);
        if body.len() > DOCUMENT_BYTES_MAX {
            return Err(Fault::TooLong);
        }
    }
    Ok(body)
}
