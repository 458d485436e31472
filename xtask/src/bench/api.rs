//! `bench api`: measures a typical load from brands' own software at a steady pace, reads and writes mixed, against a
//! release ledger with some thousand sales and a thousand affiliates.
//!
//! The same load comes first for some seconds that don't count: each new connection to Postgres has yet to read the catalogs,
//! and to prepare each statement.
//!
//! Each request starts at its scheduled time, whether or not earlier ones are answered, and its latency counts from
//! that time, so a ledger that falls behind can't hide it by receiving fewer requests. Any answer but the expected one
//! is an error, and one error fails the run.

use crate::instance::{Instance, Plan};
use crate::process::Interrupt;
use crate::setup;
use crate::{progress, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);
const SETTLE: Duration = Duration::from_secs(75);
/// How many affiliates the brand has, each with a link, besides those of the demo. A table of three rows is planned for three
/// rows until autovacuum next comes, while the load adds thousands.
const AFFILIATES: usize = 1_000;
/// How long the load lasts before it counts.
const WARM: Duration = Duration::from_secs(10);
/// More connections than can be in use at the same time, even at ten times the pace.
const CONNECTIONS: u64 = 32;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Requests per second
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    rate: u32,
    /// Duration in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Number of existing sales from the last year
    #[arg(long, default_value_t = 5_000)]
    sales: u32,
    /// Fail if more than one request in a hundred takes longer than this, in milliseconds
    #[arg(long)]
    p99: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    run::loud(run::cargo().args(["build", "--release", "--package", "ledger"])).context("the ledger doesn't build")?;
    // The benchmark sets the pace; `tests/api/rate_limit.rs` tests the rate limit.
    let instance = Instance::start(&Plan::measured(options.sales), &node, &interrupt)?;
    let mut caller = Caller::meet(&instance)?;
    caller.sign_up(&interrupt)?;
    settle(&interrupt)?;
    caller.run_jobs()?;
    let step = progress::step("warm-up");
    let warm = u64::from(options.rate) * WARM.as_secs();
    caller.pace(options.rate, 0..warm, &interrupt)?.verdict(None)?;
    step.done(&format!("{warm} requests"));
    let step = progress::step("requests");
    let counted = warm..warm + u64::from(options.rate) * options.seconds;
    let outcome = caller.pace(options.rate, counted, &interrupt)?;
    step.done(&format!("{} in {} s", outcome.times.len() + outcome.errors.len(), options.seconds));
    outcome.print(options);
    outcome.verdict(options.p99.map(Duration::from_millis))
}

/// Waits for statistics: a table that was just filled has none, and is planned as if it were empty; autovacuum runs
/// once a minute.
fn settle(interrupt: &Interrupt) -> Result<()> {
    let step = progress::step("Postgres statistics");
    let started = Instant::now();
    while started.elapsed() < SETTLE {
        interrupt.check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    step.done("collected");
    Ok(())
}

/// One brand's software, with the ids that it requests.
#[derive(Debug)]
struct Caller {
    port: u16,
    bearer: String,
    program: String,
    /// Of the demo, with commissions.
    affiliate: String,
    /// Those who signed up, who get links and bonuses.
    affiliates: Vec<String>,
    commissions: Vec<String>,
    conversions: Vec<String>,
}

impl Caller {
    fn meet(instance: &Instance) -> Result<Self> {
        let mut caller = Self {
            port: instance.port,
            bearer: instance.reported("/apiKey")?.to_owned(),
            program: instance.reported("/program/id")?.to_owned(),
            affiliate: instance.reported("/affiliate/id")?.to_owned(),
            affiliates: Vec::new(),
            commissions: Vec::new(),
            conversions: Vec::new(),
        };
        caller.commissions = caller.ids("/commissions?perPage=100")?;
        caller.conversions = caller.ids("/conversions?perPage=100")?;
        Ok(caller)
    }

    fn sign_up(&mut self, interrupt: &Interrupt) -> Result<()> {
        let step = progress::step("affiliates");
        let mut connection = Connection::open(self.port)?;
        for number in 0..AFFILIATES {
            interrupt.check()?;
            let body = json!({"name": "Bench", "email": format!("affiliate-{number}@creators.test")});
            let key = format!("affiliate-{number}");
            let answer = connection.send(&self.request("POST", "/affiliates", Some((&key, &body))), 201)?;
            let made: Value = serde_json::from_slice(&answer).context("an affiliate isn't valid JSON")?;
            let id = made["id"].as_str().context("an affiliate has no id")?;
            let (link, key) = (self.link(id, number), format!("link-{number}"));
            connection.send(&self.request("POST", "/links", Some((&key, &link))), 201)?;
            self.affiliates.push(id.to_owned());
        }
        step.done(&format!("{AFFILIATES}, with a link each"));
        Ok(())
    }

    fn link(&self, affiliate: &str, number: impl std::fmt::Display) -> Value {
        let destination = format!("https://acme.test/{number}");
        json!({"programId": self.program, "affiliateId": affiliate, "destination": destination})
    }

    fn ids(&self, list: &str) -> Result<Vec<String>> {
        let answer = Connection::open(self.port)?.send(&self.request("GET", list, None), 200)?;
        let page: Value = serde_json::from_slice(&answer).context("a list isn't valid JSON")?;
        let rows = page["data"].as_array().context("a list has no rows")?;
        let ids: Vec<String> = rows.iter().filter_map(|row| Some(row["id"].as_str()?.to_owned())).collect();
        if ids.len() < 100 { bail!("{list} has only {} rows", ids.len()) } else { Ok(ids) }
    }

    /// Returns the request of that number and its expected status: four reads, then a write.
    fn call(&self, number: u64) -> (Vec<u8>, u16) {
        let pick = |from: &[String]| {
            let at = usize::try_from(number / 5).unwrap_or_default() % from.len().max(1);
            from.get(at).cloned().unwrap_or_default()
        };
        let read = |path: &str| (self.request("GET", path, None), 200);
        let affiliate = &self.affiliate;
        match number % 5 {
            0 => read("/conversions?perPage=50"),
            1 => read(&format!("/commissions/{}", pick(&self.commissions))),
            2 => read(&format!("/conversions/{}", pick(&self.conversions))),
            3 => match number / 5 % 4 {
                0 => read(&format!("/commissions/{}/explain", pick(&self.commissions))),
                1 => read(&format!("/commissions?affiliateId={affiliate}&perPage=25")),
                2 => read(&format!("/affiliates/{affiliate}/balances")),
                _ => read("/clicks/summary?groupBy=day"),
            },
            _ => self.write(number, &pick(&self.affiliates)),
        }
    }

    fn write(&self, number: u64, affiliate: &str) -> (Vec<u8>, u16) {
        let (path, body) = match number / 5 % 3 {
            0 => ("/affiliates".to_owned(), json!({"name": "Bench", "email": format!("bench-{number}@creators.test")})),
            1 => ("/links".to_owned(), self.link(affiliate, number)),
            _ => {
                let program = &self.program;
                let bonus = json!({"programId": program, "amountCents": 100, "currency": "USD", "reason": "bench"});
                (format!("/affiliates/{affiliate}/bonuses"), bonus)
            }
        };
        (self.request("POST", &path, Some((&format!("bench-{number}"), &body))), 201)
    }

    /// A write goes with its idempotency key and its body.
    fn request(&self, method: &str, path: &str, body: Option<(&str, &Value)>) -> Vec<u8> {
        let (extra, body) = body.map_or_else(Default::default, |(key, body)| {
            let body = body.to_string();
            let about = format!(
                "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n",
                body.len()
            );
            (about, body)
        });
        let bearer = &self.bearer;
        format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {bearer}\r\n{extra}\r\n{body}"
        )
        .into_bytes()
    }

    /// Has the ledger do what is due now that the data is there, such as counting a year of sales by country.
    fn run_jobs(&self) -> Result<()> {
        let step = progress::step("jobs");
        Connection::open(self.port)?
            .send(b"POST /dev/run-jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", 200)?;
        step.done("done");
        Ok(())
    }

    /// Sends the requests with these numbers, so many per second.
    fn pace(&self, rate: u32, numbers: Range<u64>, interrupt: &Interrupt) -> Result<Outcome> {
        let gap = Duration::from_secs(1) / rate;
        let (next, started) = (AtomicU64::new(numbers.start), Instant::now() + Duration::from_millis(100));
        let work = || -> Result<Outcome> {
            let mut outcome = Outcome::default();
            let mut connection = Connection::open(self.port)?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end || interrupt.happened() {
                    return Ok(outcome);
                }
                let due = started + gap * u32::try_from(number - numbers.start).context("too many requests")?;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let (request, status) = self.call(number);
                match connection.send(&request, status) {
                    Ok(_) => outcome.times.push(due.elapsed()),
                    Err(error) => {
                        outcome.errors.push(format!("{error:#}"));
                        connection = Connection::open(self.port)?;
                    }
                }
            }
        };
        let parts: Vec<Result<Outcome>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        interrupt.check()?;
        let mut whole = Outcome::default();
        for part in parts {
            let part = part?;
            whole.times.extend(part.times);
            whole.errors.extend(part.errors);
        }
        whole.times.sort_unstable();
        Ok(whole)
    }
}

#[derive(Debug, Default)]
struct Outcome {
    /// Latencies of correct answers; ascending at the end.
    times: Vec<Duration>,
    errors: Vec<String>,
}

impl Outcome {
    /// Returns the latency within which this many thousandths of the requests were answered.
    fn within(&self, thousandths: usize) -> Duration {
        let at = (self.times.len() * thousandths).div_ceil(1_000).saturating_sub(1);
        self.times.get(at).copied().unwrap_or_default()
    }

    fn print(&self, options: &Options) {
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
        println!("\nAPI, {} requests/s for {} s, 80% reads, {} sales", options.rate, options.seconds, options.sales);
        println!("  answered  {}", self.times.len());
        println!("  errors    {}", self.errors.len());
        for (name, thousandths) in [("p50", 500), ("p95", 950), ("p99", 990), ("p99.9", 999), ("slowest", 1_000)] {
            println!("  {name:<9} {}", ms(self.within(thousandths)));
        }
    }

    fn verdict(&self, p99: Option<Duration>) -> Result<()> {
        match self.errors.first() {
            Some(first) => {
                bail!("{} requests got an unexpected response; the first one: {first}", self.errors.len())
            }
            None if self.times.is_empty() => bail!("no requests were sent"),
            None => match p99 {
                Some(limit) if self.within(990) > limit => {
                    bail!("p99 is {:?}, at most {limit:?} is allowed", self.within(990))
                }
                _ => Ok(()),
            },
        }
    }
}

struct Connection(TcpStream);

impl Connection {
    fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    /// Returns the answer's body if its status is the expected one.
    fn send(&mut self, request: &[u8], expected: u16) -> Result<Vec<u8>> {
        self.0.write_all(request).context("the ledger closed a connection")?;
        let mut answer = Vec::with_capacity(16 * 1024);
        let mut chunk = [0; 16 * 1024];
        loop {
            if let Some((status, body)) = complete(&answer)? {
                if status == expected {
                    return Ok(body.to_vec());
                }
                let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\r').next().unwrap_or_default());
                bail!("{line} returned {status}: {}", String::from_utf8_lossy(body));
            }
            let read = self.0.read(&mut chunk).context("no response")?;
            if read == 0 {
                bail!("the ledger closed a connection");
            }
            answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }
}

/// Returns status and body once the answer is complete.
fn complete(answer: &[u8]) -> Result<Option<(u16, &[u8])>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let status = head.get(9..12).and_then(|text| text.parse().ok()).context("a response has no status")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let start = end + 4;
    Ok(answer.get(start..start + length.context("a response has no length")?).map(|body| (status, body)))
}

#[cfg(test)]
mod tests {
    use super::{Outcome, complete};
    use std::time::Duration;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(complete(answer).unwrap(), Some((201, &b"{}"[..])));
        assert_eq!(complete(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(complete(b"HTTP/1.1 200 OK\r\n").unwrap(), None);
    }

    #[test]
    fn percentiles_are_those_of_the_requests() {
        let times = (1..=100).map(Duration::from_millis).collect();
        let outcome = Outcome { times, errors: Vec::new() };
        assert_eq!(outcome.within(500), Duration::from_millis(50));
        assert_eq!(outcome.within(990), Duration::from_millis(99));
        assert_eq!(outcome.within(1_000), Duration::from_millis(100));
        assert!(outcome.verdict(None).is_ok() && Outcome::default().verdict(None).is_err());
        let within = |millis| outcome.verdict(Some(Duration::from_millis(millis))).is_ok();
        assert!(within(99) && !within(98));
    }
}
