//! `/stand-in/sale` and `/stand-in/refund` of the fake gateways, for a person who tries a connection without an
//! account: what happens at the gateway is sent to its webhooks, in the gateway's shapes and signed as the gateway signs.

use std::thread;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Call;
use crate::vendor_webhooks::{Account, Delivery};

const AMOUNT: i64 = 4_900;
const AMOUNT_MAX: i64 = 100_000_000;
/// Above all ids of the fixtures.
const NUMBERS_BEGIN: u64 = 6_000_000_000_000;

/// A sale that was made here.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Unlike any other.
    pub number: u64,
    /// As the gateway calls it.
    pub id: String,
    /// In minor units, without tax.
    pub amount: i64,
    /// With two decimals.
    pub currency: String,
    /// The click token or slug that the brand passed on.
    pub reference: String,
    /// How much of it went back.
    pub refunded: i64,
}

impl Sale {
    /// The buyer's.
    pub fn email(&self) -> String {
        format!("buyer{}@buyers.example", self.number)
    }
}

/// A gateway that can sell.
pub trait Sells {
    /// As in a connection's `type`.
    const KIND: &'static str;

    fn sales(&mut self) -> &mut Vec<Sale>;

    /// The addresses and secrets of the webhooks that are turned on.
    fn webhooks(&self) -> Vec<(String, String)>;

    /// The topic and the event of a sale.
    fn sold(&self, sale: &Sale) -> (&'static str, Value);

    /// The topic and the event of a refund of that amount, which `sale.refunded` includes.
    fn refunded(&self, sale: &Sale, amount: i64) -> (&'static str, Value);

    fn sale_id(number: u64) -> String;
}

/// Answers what is for the stand-in itself.
pub fn respond<G: Sells>(gateway: &mut G, call: &Call) -> Option<Response> {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&call.body).into_owned().collect();
    let done = match call.line().as_str() {
        "POST /stand-in/sale" => sell(gateway, &form),
        "POST /stand-in/refund" => refund(gateway, &form),
        _ => return None,
    };
    Some(match done {
        Ok(done) => Json(done).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    })
}

fn text<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(known, text)| known == name && !text.is_empty()).map(|(_, text)| text.as_str())
}

fn amount(form: &[(String, String)], most: i64) -> Result<Option<i64>, String> {
    let Some(text) = text(form, "amount") else { return Ok(None) };
    let amount = text.parse().ok().filter(|amount| (1..=most).contains(amount));
    amount.map(Some).ok_or_else(|| format!("amount must be in minor units, 1 to {most}"))
}

fn sell<G: Sells>(gateway: &mut G, form: &[(String, String)]) -> Result<Value, String> {
    let number = NUMBERS_BEGIN + u64::from(rand::random::<u32>()) * 1_000_000_000;
    let sale = Sale {
        number,
        id: G::sale_id(number),
        amount: amount(form, AMOUNT_MAX)?.unwrap_or(AMOUNT),
        currency: text(form, "currency").unwrap_or("USD").to_uppercase(),
        reference: text(form, "ref").unwrap_or_default().to_owned(),
        refunded: 0,
    };
    let (topic, event) = gateway.sold(&sale);
    let answers = deliver(gateway, &format!("{}_sale", sale.id), topic, &event)?;
    let done = json!({"sale": sale.id, "amount": sale.amount, "currency": sale.currency, "answers": answers});
    gateway.sales().push(sale);
    Ok(done)
}

fn refund<G: Sells>(gateway: &mut G, form: &[(String, String)]) -> Result<Value, String> {
    let id = text(form, "sale").ok_or("sale is missing: the id that /stand-in/sale answered")?;
    let at = gateway.sales().iter().position(|sale| sale.id == id).ok_or(format!("there is no sale {id}"))?;
    let mut sale = gateway.sales()[at].clone();
    let left = sale.amount - sale.refunded;
    if left == 0 {
        return Err("all of it was refunded".to_owned());
    }
    let amount = amount(form, left)?.unwrap_or(left);
    sale.refunded += amount;
    let (topic, event) = gateway.refunded(&sale, amount);
    let answers = deliver(gateway, &format!("{id}_refund_{}", sale.refunded), topic, &event)?;
    gateway.sales()[at] = sale;
    Ok(json!({"sale": id, "refunded": amount, "answers": answers}))
}

/// Sends the event to each webhook; returns the statuses, null where nobody answered.
fn deliver<G: Sells>(gateway: &G, id: &str, topic: &str, event: &Value) -> Result<Vec<Option<u16>>, String> {
    let webhooks = gateway.webhooks();
    if webhooks.is_empty() {
        return Err("there is no webhook yet: connect this gateway first".to_owned());
    }
    Ok(webhooks.iter().map(|(url, secret)| send(G::KIND, (url, secret), (id, topic), &event.to_string())).collect())
}

fn send(kind: &'static str, (url, secret): (&str, &str), (id, topic): (&str, &str), body: &str) -> Option<u16> {
    let url = url::Url::parse(url).ok()?;
    let account = Account {
        base: format!("http://{}:{}", url.host_str()?, url.port_or_known_default()?),
        target: url.path().to_owned(),
        connection: Value::Null,
        kind,
        secret: secret.to_owned(),
    };
    let request = account.signed(body, &Delivery::of(id, topic));
    // On a thread of its own: the server's own is in a runtime, and waits here.
    let sending = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(request.send(&account.base)).ok().map(|response| response.status)
    });
    sending.join().ok().flatten()
}

/// An amount in minor units as decimal text, in currencies with two decimals.
pub fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
