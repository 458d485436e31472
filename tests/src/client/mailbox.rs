//! Somebody who reads their mail: the development mailbox, and an authenticator app beside it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

use crate::{http::Request, wait};

/// The emails to an address, newest first.
pub async fn read_emails(base: &str, to: &str) -> Vec<Value> {
    let answer = Request::get(&format!("/dev/mailbox?to={to}")).send(base).await.unwrap().expect_status(200);
    answer.json()["data"].as_array().unwrap().clone()
}

/// The newest email of a kind to an address, which must be there within some seconds.
pub async fn read_email(base: &str, to: &str, kind: &str) -> Value {
    wait::until(&format!("the email {kind} to {to}"), 10, async || {
        read_emails(base, to).await.into_iter().find(|email| email["kind"] == kind)
    })
    .await
}

/// Path and query of the first link of the newest email of a kind.
pub async fn link(base: &str, to: &str, kind: &str) -> String {
    let email = read_email(base, to, kind).await;
    let link = email["links"][0].as_str().expect("an email with a link");
    link.strip_prefix(base).expect("a link to the ledger").to_owned()
}

/// Unsubscribes with an email's link, as a mail program does with one click.
pub async fn unsubscribe(base: &str, email: &Value) {
    let link = email["unsubscribe"].as_str().expect("a link").strip_prefix(base).expect("a link to the ledger");
    let click = Request::post(link, "List-Unsubscribe=One-Click");
    let click = click.header("Content-Type", "application/x-www-form-urlencoded");
    click.send(base).await.unwrap().expect_status(200);
}

/// The token of a link.
pub fn token(link: &str) -> &str {
    let rest = link.split_once("token=").expect("a link with a token").1;
    rest.split('&').next().unwrap_or_default()
}

/// What an authenticator app shows for a key in base32, so many steps of 30 s from now.
pub fn code(key: &str, steps_ahead: i64) -> String {
    let digits = key.bytes().filter(u8::is_ascii_alphanumeric).map(|digit| match digit {
        b'A'..=b'Z' => digit - b'A',
        _ => digit - b'2' + 26,
    });
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for digit in digits {
        bits = (bits << 5 | u32::from(digit)) & 0xffff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    let step = wait::now().millis() / 30_000 + steps_ahead;
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let start = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
