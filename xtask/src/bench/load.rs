//! Sends clicks over 16 keep-alive connections and checks each answer, because a fast but wrong answer is worthless.
//!
//! One thread cycles through the connections, reading one answer and sending the next click on each, so that 15 others
//! are always in progress and the server never waits for the client. This takes the least CPU time from the one core
//! that the server leaves free.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);
/// Distinct requests, built before the clock starts.
const VISITORS: u32 = 4_000;
/// The number of different links requested from `edge/bench/store.mjs`, which knows any link.
const LINKS: u32 = 200;
const LINK_HOST: &str = "go.bench.test";
/// The redirect target that both Workers must return.
const SHOP: &[u8] = b"https://shop.bench.test/";

const BROWSERS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 350.0",
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
];
const REFERRERS: [&str; 4] = [
    "https://www.youtube.com/watch?v=9bZkp7q19f0",
    "https://www.instagram.com/",
    "https://blog.example.com/best-tools-2026",
    "https://t.co/",
];
const COUNTRIES: [&str; 6] = ["US", "DE", "GB", "BR", "IN", "JP"];

/// The result of one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) clicks: u64,
    pub(crate) time: Duration,
}

impl Round {
    #[expect(clippy::cast_precision_loss, reason = "less than 2^52 clicks")]
    pub(crate) fn per_second(self) -> f64 {
        self.clicks as f64 / self.time.as_secs_f64()
    }
}

/// The clicks of many visitors, in the order in which they are sent repeatedly.
pub(crate) fn clicks() -> Vec<Vec<u8>> {
    (0..VISITORS).map(click).collect()
}

fn click(visitor: u32) -> Vec<u8> {
    // A multiplier without common factors goes through all combinations instead of repeating a few.
    let mixed = visitor.wrapping_mul(2_654_435_761) >> 8;
    let pick = |list: &[&'static str], by: u32| list.get((mixed / by) as usize % list.len()).copied().unwrap_or("");
    let (link, [_, second, third, fourth]) = (mixed % LINKS, mixed.to_be_bytes());
    let (browser, referrer, country) = (pick(&BROWSERS, 3), pick(&REFERRERS, 7), pick(&COUNTRIES, 11));
    format!(
        "GET /link-{link} HTTP/1.1\r\nHost: {LINK_HOST}\r\nUser-Agent: {browser}\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.9\r\n\
         Accept-Encoding: gzip, br\r\nReferer: {referrer}\r\nCF-Connecting-IP: 198.{second}.{third}.{fourth}\r\n\
         CF-IPCountry: {country}\r\nCF-Ray: 9a{visitor:014x}-FRA\r\n\r\n"
    )
    .into_bytes()
}

/// Sends clicks for about `time`, and waits for the answers to all of them.
pub(crate) fn round(port: u16, clicks: &[Vec<u8>], time: Duration) -> Result<Round> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(port)?);
    }
    let mut next = clicks.iter().cycle();
    let mut send = |connection: &mut Connection| match next.next() {
        Some(click) => connection.send(click),
        None => bail!("no clicks to send"),
    };
    let started = Instant::now();
    for connection in &mut connections {
        send(connection)?;
    }
    let mut count = 0;
    while started.elapsed() < time {
        for connection in &mut connections {
            connection.receive()?;
            send(connection)?;
            count += 1;
        }
    }
    for connection in &mut connections {
        connection.receive()?;
        count += 1;
    }
    Ok(Round { clicks: count, time: started.elapsed() })
}

/// Returns the number of headers in a click's answer. Each header costs both sides the same, so both must return
/// equally many.
pub(crate) fn headers(port: u16, click: &[u8]) -> Result<usize> {
    let mut connection = Connection::open(port)?;
    connection.send(click)?;
    let answer = connection.receive()?;
    Ok(answer.split(|byte| *byte == b'\n').filter(|line| line.contains(&b':')).count())
}

/// Returns the body of `GET path`.
pub(crate) fn get(port: u16, path: &str) -> Result<Vec<u8>> {
    let mut stream = connect(port)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = end_of_head(&answer).with_context(|| format!("GET {path}: the response was cut off"))?;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        bail!("GET {path} returned {:?}", first_line(&answer));
    }
    Ok(answer.split_off(head))
}

fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

struct Connection {
    stream: TcpStream,
    buffer: [u8; 4096],
}

impl Connection {
    fn open(port: u16) -> Result<Self> {
        Ok(Self { stream: connect(port)?, buffer: [0; 4096] })
    }

    fn send(&mut self, click: &[u8]) -> Result<()> {
        self.stream.write_all(click).context("workerd closed a connection")
    }

    /// Reads one answer. Only one is in progress per connection, so it ends where the bytes end.
    fn receive(&mut self) -> Result<&[u8]> {
        let mut filled = 0;
        loop {
            let free =
                self.buffer.get_mut(filled..).filter(|free| !free.is_empty()).context("a response is too long")?;
            let read = self.stream.read(free).context("no response from workerd")?;
            if read == 0 {
                bail!("workerd closed a connection");
            }
            filled += read;
            if self.buffer.get(..filled).is_some_and(|got| end_of_head(got).is_some()) {
                break;
            }
        }
        let answer = self.buffer.get(..filled).unwrap_or_default();
        check(answer)?;
        Ok(answer)
    }
}

fn check(answer: &[u8]) -> Result<()> {
    if !answer.starts_with(b"HTTP/1.1 302 ") || !header(answer, b"location").is_some_and(|url| url.starts_with(SHOP)) {
        bail!("a click wasn't redirected to the shop:\n{}", String::from_utf8_lossy(answer));
    }
    // The body of a redirect would be read as part of the next answer.
    if header(answer, b"content-length").is_some_and(|length| length != b"0") {
        bail!("a redirect has a body:\n{}", String::from_utf8_lossy(answer));
    }
    Ok(())
}

fn header<'a>(answer: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    answer.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let (start, rest) = line.split_at_checked(name.len())?;
        let value = rest.strip_prefix(b":").filter(|_| start.eq_ignore_ascii_case(name))?;
        Some(value.trim_ascii())
    })
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn first_line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{check, clicks};
    use std::collections::HashSet;

    #[test]
    fn only_a_redirect_to_the_shop_counts() {
        let answer = |status, location| {
            format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n").into_bytes()
        };
        assert!(check(&answer(302, "https://shop.bench.test/pricing?rk=x")).is_ok());
        assert!(check(&answer(404, "https://shop.bench.test/")).is_err());
        assert!(check(&answer(302, "https://shop.bench.test.evil.com/")).is_err());
        assert!(check(b"HTTP/1.1 302 Found\r\n\r\n").is_err());
    }

    #[test]
    fn every_visitor_is_another() {
        let clicks = clicks();
        assert_eq!(clicks.iter().collect::<HashSet<_>>().len(), clicks.len());
    }
}
