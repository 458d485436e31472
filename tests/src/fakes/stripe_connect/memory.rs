//! What was asked, written down line by line and asked again at the next start: so accounts and transfers of a development
//! machine outlive the program. Everything that it makes follows from what it is asked and when, so its ids are the same.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

use serde_json::{Value, json};

use super::{
    super::{Call, FakeServer, Vendor},
    Post, StripeConnect,
};

/// Of a call, what matters later.
const HEADERS: [&str; 5] = ["authorization", "content-type", "idempotency-key", "stripe-account", "stripe-version"];

/// As [`super::start`], as `prepared` the same way each time, and with what is written in that file.
///
/// # Panics
/// Where the file can't be read or written.
pub fn start_with(path: &Path, prepared: impl FnOnce(&mut StripeConnect)) -> FakeServer<StripeConnect> {
    let fake = super::start();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let file = OpenOptions::new().create(true).append(true).open(path).expect("a file to write to");
    fake.with(|stripe| {
        prepared(stripe);
        // What was told then isn't told again.
        stripe.courier.post = Post::Off;
        // A last line that wasn't finished is none.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).for_each(|line| stripe.again(&line));
        stripe.courier.post = Post::AtOnce;
        stripe.frozen = None;
        stripe.notes = Some(file);
    });
    fake
}

/// Only what changes something is written down.
pub(super) fn changes(call: &Call) -> bool {
    call.method != "GET" || call.path.starts_with("/setup/")
}

pub(super) fn note(file: &mut File, call: &Call, at: i64) {
    let headers: Vec<(&str, &str)> =
        HEADERS.iter().map(|name| (*name, call.header(name))).filter(|(_, value)| !value.is_empty()).collect();
    let line = json!({"at": at, "method": call.method, "path": call.path, "headers": headers,
        "body": String::from_utf8_lossy(&call.body)});
    // A line is one write, so that it is there as a whole or not at all.
    file.write_all(format!("{line}\n").as_bytes()).expect("what is asked can be written down");
}

impl StripeConnect {
    fn again(&mut self, line: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let headers: Vec<(String, String)> = line["headers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|header| (text(&header[0]), text(&header[1])))
            .collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.frozen = line["at"].as_i64();
        let call = Call::of(&text(&line["method"]), &text(&line["path"]), &headers, &text(&line["body"]));
        let _ = self.respond(&call);
    }
}
