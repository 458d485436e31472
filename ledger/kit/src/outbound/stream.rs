//! A response that is read as it arrives.

use std::time::Duration;

use reqwest::{Method, header::HeaderMap};

use super::{
    client::{Failure, Outbound, failure, outcome},
    target,
};
use crate::trace;

/// A response whose body is still on its way. Dropping it ends the connection.
#[derive(Debug)]
pub struct Stream {
    pub status: u16,
    pub headers: HeaderMap,
    response: reqwest::Response,
}

impl Outbound {
    /// Sends a request, and returns its response as soon as its headers are there. `within` limits the whole exchange.
    ///
    /// # Errors
    /// [`Failure`] if there was no response; any status is a response.
    pub async fn open(
        &self,
        method: Method,
        url: &str,
        (headers, body): (HeaderMap, Vec<u8>),
        within: Duration,
    ) -> Result<Stream, Failure> {
        let url = target::check(url, self.reach).map_err(Failure::Url)?;
        let span = trace::call(&method, url.host_str());
        let request = self.client.request(method, url).headers(headers).body(body).timeout(within);
        let sent = request.send().await.map_err(failure);
        trace::answered(span, outcome(&sent));
        let response = sent?;
        Ok(Stream { status: response.status().as_u16(), headers: response.headers().clone(), response })
    }
}

impl Stream {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// If the connection breaks, or the time for the whole exchange is over.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let chunk = self.response.chunk().await.map_err(failure)?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}
