//! A plain HTTP/1.1 client that sends exactly what it is told: no normalising of paths, no redirects, no pooling.

use std::{
    cell::Cell,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Ends a test whose request is never answered.
const PATIENCE: Duration = Duration::from_secs(120);

thread_local! {
    /// The address of this machine from which the test of this thread connects, if it has one of its own.
    static SOURCE: Cell<Option<Ipv4Addr>> = const { Cell::new(None) };
}

/// Has the test of this thread connect from another address of this machine, so that limits for a network count it alone.
pub(crate) fn connect_from(source: Ipv4Addr) {
    SOURCE.set(Some(source));
}

/// Systems that have only one address of this machine connect from there.
async fn connect(authority: &str) -> io::Result<TcpStream> {
    if let (Some(source), Ok(target)) = (SOURCE.get(), authority.parse::<SocketAddr>())
        && target.ip() == Ipv4Addr::LOCALHOST
    {
        let socket = TcpSocket::new_v4()?;
        if socket.bind((source, 0).into()).is_ok() {
            return socket.connect(target).await;
        }
    }
    TcpStream::connect(authority).await
}

#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, sent as they are.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", target) }.header("Content-Type", "application/json")
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it to a base URL such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// Where there is no connection, or it ends before the answer does.
    pub async fn send(&self, base: &str) -> io::Result<Response> {
        let authority = base.strip_prefix("http://").expect("tests talk plain http");
        timeout(PATIENCE, self.exchange(authority)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn exchange(&self, authority: &str) -> io::Result<Response> {
        let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.target);
        let named = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !named("Host") {
            head.push_str(&format!("Host: {authority}\r\n"));
        }
        if !named("Content-Length") && !named("Transfer-Encoding") && (!self.body.is_empty() || self.method == "POST") {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let (mut reader, mut writer) = connect(authority).await?.into_split();
        let write = async {
            // A server may refuse a body half-way; what it said then still counts.
            if writer.write_all(head.as_bytes()).await.is_ok() {
                let _ = writer.write_all(&self.body).await;
            }
            writer
        };
        let read = async {
            let mut bytes = Vec::new();
            let mut chunk = vec![0; 64 * 1024];
            loop {
                match reader.read(&mut chunk).await {
                    Ok(0) => return parse(&bytes, true, self.method == "HEAD"),
                    Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                    Err(error) => return parse(&bytes, true, self.method == "HEAD").map_err(|_| error),
                }
                if let Ok(response) = parse(&bytes, false, self.method == "HEAD") {
                    return Ok(response);
                }
            }
        };
        let (_writer, response) = tokio::join!(write, read);
        response
    }
}

/// An answer, if it is complete; `ended` where nothing more can come.
fn parse(bytes: &[u8], ended: bool, bodiless: bool) -> io::Result<Response> {
    let incomplete = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(incomplete)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(incomplete)?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status, headers, body: Vec::new() };
    let rest = &bytes[end + 4..];
    if bodiless || matches!(status, 204 | 304) {
        return Ok(response);
    }
    if response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        response.body = unchunked(rest).ok_or_else(incomplete)?;
    } else if let Some(length) = response.header("content-length").and_then(|value| value.parse::<usize>().ok()) {
        response.body = rest.get(..length).ok_or_else(incomplete)?.to_vec();
    } else if ended {
        response.body = rest.to_vec();
    } else {
        return Err(incomplete());
    }
    Ok(response)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// # Panics
    /// Where the body is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} with a body that is no JSON: {}", self.status, self.text()))
    }

    /// Status and stable code, for comparing refusals.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    /// Status, stable code and field.
    pub fn field_refusal(&self) -> (u16, String, String) {
        let (status, code) = self.refusal();
        (status, code, self.json()["field"].as_str().unwrap_or_default().to_owned())
    }

    /// # Panics
    /// Where the status is another one; shows the body.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}
