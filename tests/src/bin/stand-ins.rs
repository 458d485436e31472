//! The CRMs' stand-ins as a program of their own, for `cargo xtask dev --stand-ins`: everybody can try a connection without
//! an account at the vendor. The file that it is given says where each one is and which credentials it takes; what each
//! one is asked appears on the standard output.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a stand-in that can't go on stops where it is")]

use std::{collections::BTreeMap, fs, thread, time::Duration};

use serde_json::{Value, json};
use world::vendors::crm;

const LOOK: Duration = Duration::from_millis(300);

fn main() {
    let path = std::env::args().nth(1).expect("the file to write");
    let started: Vec<_> = crm::all().into_iter().map(|one| (one.slug(), crm::start(one))).collect();
    let described: BTreeMap<&str, Value> = started
        .iter()
        .map(|(slug, stand_in)| {
            let about = stand_in.with(|crm| {
                json!({"hosts": crm.hosts(), "credentials": crm.credentials(), "list": crm.list(), "base": stand_in.base()})
            });
            (*slug, about)
        })
        .collect();
    // Under its name only once it is whole: somebody waits for it.
    let unfinished = format!("{path}.part");
    fs::write(&unfinished, serde_json::to_string_pretty(&described).unwrap()).unwrap();
    fs::rename(&unfinished, &path).unwrap();
    let mut seen = vec![0; started.len()];
    loop {
        for ((slug, stand_in), seen) in started.iter().zip(&mut seen) {
            let calls = stand_in.calls();
            for call in calls.iter().skip(*seen) {
                println!("{slug}  {}  {}", call.line(), String::from_utf8_lossy(&call.body));
            }
            *seen = calls.len();
        }
        thread::sleep(LOOK);
    }
}
