//! The fake servers of CRMs, Stripe, Shopify, Dodo Payments and Creem as a program of their own, for `cargo xtask dev
//! --fakes`: everybody can try a connection without an account at the vendor. The file that it is given says where each
//! one is and which credentials it takes; what each one is asked appears on the standard output.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a stand-in that can't go on stops where it is")]

use std::{collections::BTreeMap, fs, path::Path, thread, time::Duration};

use serde_json::{Value, json};
use world::fakes::{
    Call, creem, crm, dodo, shopify,
    stripe_connect::{self, GERMAN_KEY, GERMAN_PLATFORM, POOR_KEY, RESTRICTED_KEY, SECRET_KEY},
};

const LOOK: Duration = Duration::from_millis(300);

fn main() {
    let path = std::env::args().nth(1).expect("the file to write");
    let started: Vec<_> = crm::all().into_iter().map(|one| (one.slug(), crm::start(one))).collect();
    let described: BTreeMap<&str, Value> = started
        .iter()
        .map(|(slug, fake)| {
            let about = fake.with(|crm| {
                json!({"hosts": crm.hosts(), "credentials": crm.credentials(), "list": crm.list(), "base": fake.base()})
            });
            (*slug, about)
        })
        .collect();
    // Beside that file, so that it lives as long as the data of the ledger that knows its accounts.
    let memory = Path::new(&path).with_file_name("stripe-stand-in.jsonl");
    let stripe = stripe_connect::start_with(&memory, |stripe| {
        stripe.set_balance("usd", 100_000);
        stripe.set_balance("eur", 50_000);
        stripe.set_balance_of(GERMAN_PLATFORM, "eur", 100_000);
    });
    let base = stripe.base();
    let (dodo, creem, shopify) = (dodo::start(), creem::start(), shopify::start());
    let gateways = json!({
        "dodo": {"base": dodo.base(), "credentials": {"environment": "test", "apiKey": dodo::KEY}},
        "creem": {"base": creem.base(), "credentials": {"apiKey": creem::KEY}},
        "shopify": {"base": shopify.base(),
                    "credentials": {"shop": shopify::shop(), "webhookSecret": shopify::SIGNING_KEY}},
    });
    let described = json!({"crms": described, "gateways": gateways, "stripe": {
        "base": base, "page": format!("{base}/stand-in"), "restrictedKey": RESTRICTED_KEY, "secretKey": SECRET_KEY,
        "keyThatLacksPermissions": POOR_KEY, "germanSecretKey": GERMAN_KEY,
    }});
    // Under its name only once it is whole: somebody waits for it.
    let unfinished = format!("{path}.part");
    fs::write(&unfinished, serde_json::to_string_pretty(&described).unwrap()).unwrap();
    fs::rename(&unfinished, &path).unwrap();
    let mut seen = vec![0; started.len() + 4];
    loop {
        let all = started.iter().map(|(slug, fake)| (*slug, fake.calls()));
        let others = [
            ("stripe", stripe.calls()),
            ("dodo", dodo.calls()),
            ("creem", creem.calls()),
            ("shopify", shopify.calls()),
        ];
        for ((slug, calls), seen) in all.chain(others).zip(&mut seen) {
            calls.iter().skip(*seen).for_each(|call| report(slug, call));
            *seen = calls.len();
        }
        thread::sleep(LOOK);
    }
}

fn report(slug: &str, call: &Call) {
    let query: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    println!("{slug}  {}  {}{}", call.line(), query.join("&"), String::from_utf8_lossy(&call.body));
}
