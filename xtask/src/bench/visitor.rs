//! A signed-in visitor who requests pages of a ledger over one connection: just enough HTTP to measure times.

use crate::instance::Instance;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const MAILED_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_page(&self) -> bool {
        self.status == 200 && self.head.to_ascii_lowercase().contains("content-type: text/html")
    }

    fn cookies(&self) -> String {
        let cookies = self.head.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.split(';').next().unwrap_or_default().trim().to_owned())
        });
        cookies.collect::<Vec<_>>().join("; ")
    }
}

#[derive(Debug)]
pub(super) struct Visitor {
    stream: TcpStream,
    port: u16,
    base: String,
    cookies: String,
}

impl Visitor {
    fn stranger(instance: &Instance) -> Result<Self> {
        Ok(Self { stream: connect(instance.port)?, port: instance.port, base: instance.base(), cookies: String::new() })
    }

    /// Signs in as the demo's owner.
    pub(super) fn owner(instance: &Instance) -> Result<Self> {
        let email = instance.reported("/owner/email")?.replace('@', "%40");
        let mut visitor = Self::stranger(instance)?;
        visitor.enter("/login", &format!("email={email}&password={}", instance.reported("/owner/password")?))?;
        Ok(visitor)
    }

    /// Signs in as an affiliate, with the link from an email.
    pub(super) fn affiliate(instance: &Instance, email: &str) -> Result<Self> {
        let mut visitor = Self::stranger(instance)?;
        let address = email.replace('@', "%40");
        visitor.post("/a/link", &format!("email={address}"))?;
        let began = Instant::now();
        loop {
            let mailbox = visitor.send("GET", &format!("/dev/mailbox?to={address}"), "", "")?;
            let emails: Value = serde_json::from_slice(&mailbox.body).context("the mailbox isn't valid JSON")?;
            let links = emails.pointer("/data/0/links").and_then(Value::as_array).into_iter().flatten();
            let token = links.filter_map(Value::as_str).find_map(|link| link.split_once("token="));
            if let Some((_, token)) = token {
                let token = token.split('&').next().unwrap_or_default();
                visitor.enter("/a/enter", &format!("token={token}"))?;
                return Ok(visitor);
            }
            if began.elapsed() > MAILED_WITHIN {
                bail!("{email} didn't get an email");
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Opens another connection: the ledger closes one on which nothing was sent for a while.
    pub(super) fn reconnect(&mut self) -> Result<()> {
        self.stream = connect(self.port)?;
        Ok(())
    }

    fn enter(&mut self, path: &str, form: &str) -> Result<()> {
        let answer = self.post(path, form)?;
        self.cookies = answer.cookies();
        if answer.status != 303 || self.cookies.is_empty() {
            bail!("can't sign in at {path}: {}", answer.status);
        }
        Ok(())
    }

    pub(super) fn post(&mut self, path: &str, form: &str) -> Result<Answer> {
        let cookies = if self.cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", self.cookies) };
        let about = format!(
            "{cookies}Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            self.base,
            form.len()
        );
        self.send("POST", path, &about, form)
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Answer> {
        let cookies = format!("Cookie: {}\r\n", self.cookies);
        self.send("GET", path, &cookies, "")
    }

    /// Returns the status and the time to the first byte of a file; the rest isn't awaited.
    pub(super) fn first_byte(&mut self, path: &str) -> Result<(u16, Duration)> {
        let mut stream = connect(self.port)?;
        let started = Instant::now();
        self.ask(&mut stream, "GET", path, &format!("Cookie: {}\r\n", self.cookies), "")?;
        let (mut answer, mut chunk) = (Vec::new(), [0; 32 * 1024]);
        loop {
            let read = stream.read(&mut chunk).with_context(|| format!("no response from {path}"))?;
            answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
            let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
            if read == 0 || end.is_some_and(|end| answer.len() > end + 4) {
                let taken = started.elapsed();
                return Ok((status(&String::from_utf8_lossy(&answer))?, taken));
            }
        }
    }

    /// Returns the id of the newest item in a list of the API.
    pub(super) fn newest(&mut self, bearer: &str, list: &str) -> Result<Option<String>> {
        Ok(self.api(bearer, list)?.pointer("/data/0/id").and_then(Value::as_str).map(str::to_owned))
    }

    pub(super) fn api(&mut self, bearer: &str, path: &str) -> Result<Value> {
        let about = format!("Authorization: Bearer {bearer}\r\n");
        let answer = self.send("GET", &format!("/api/v1/{path}"), &about, "")?;
        serde_json::from_slice(&answer.body).with_context(|| format!("{path} isn't valid JSON"))
    }

    fn ask(&self, stream: &mut TcpStream, method: &str, path: &str, about: &str, body: &str) -> Result<()> {
        let host = self.base.trim_start_matches("http://");
        Ok(write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{about}\r\n{body}")?)
    }

    fn send(&mut self, method: &str, path: &str, about: &str, body: &str) -> Result<Answer> {
        let mut stream = self.stream.try_clone()?;
        self.ask(&mut stream, method, path, about, body)?;
        let mut answer = Vec::with_capacity(128 * 1024);
        let mut chunk = [0; 32 * 1024];
        loop {
            if let Some(answer) = complete(&answer).with_context(|| path.to_owned())? {
                return Ok(answer);
            }
            let read = self.stream.read(&mut chunk).with_context(|| format!("no response from {path}"))?;
            if read == 0 {
                bail!("the ledger closed the connection at {path}");
            }
            answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }
}

fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn status(head: &str) -> Result<u16> {
    head.get(9..12).and_then(|text| text.parse().ok()).context("a response has no status")
}

/// Returns the answer once it is complete.
fn complete(answer: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let status = status(&head)?;
    let start = end + 4;
    let body = answer.get(start..start + length.context("a response has no length")?);
    Ok(body.map(|body| Answer { status, head, body: body.to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let whole = complete(answer).unwrap().unwrap();
        assert!(whole.body == b"ok" && !whole.is_page());
        assert!(complete(&answer[..answer.len() - 1]).unwrap().is_none());
    }

    #[test]
    fn cookies_are_sent_back_as_they_came() {
        let answer =
            b"HTTP/1.1 303 See Other\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(complete(answer).unwrap().unwrap().cookies(), "a=1; b=2");
    }
}
