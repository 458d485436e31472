//! Stripe with Connect, as far as affiliates are paid through it: accounts and what is asked of them, balances, transfers,
//! reversals, bank payouts, links, webhook endpoints, and idempotency, after Stripe's reference (docs.stripe.com/api). What
//! belongs to gateways it leaves to [`super::stripe`], so that one address stands in for all of Stripe.
//!
//! Every field of every request is checked (`schema`); keys have permissions; what a test wants to happen at Stripe it does
//! through the methods of [`StripeConnect`] (`incidents`), and a person through `/stand-in` (`control`).

mod account;
mod bank;
mod control;
mod country;
mod courier;
mod endpoint;
mod idempotency;
mod incidents;
mod memory;
mod onboarding;
mod platform;
mod refusal;
mod schema;
mod transfer;

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    time::{Duration, Instant},
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;

pub use self::{
    account::Account,
    bank::BankPayout,
    courier::{Delivered, Post},
    endpoint::Endpoint,
    incidents::Effect,
    memory::start_with,
    platform::{
        GERMAN_KEY, GERMAN_PLATFORM, NEEDED, PLATFORM, POOR_KEY, Platform, RESTRICTED_KEY, SECRET_KEY, UNCONNECTED_KEY,
    },
    transfer::Transfer,
};
use self::{
    courier::Courier,
    idempotency::Seen,
    onboarding::Page,
    platform::{Key, keys, platforms},
};
use super::{Answer, Call, FakeServer, Vendor, stripe};
use crate::wait::now;

#[derive(Debug)]
pub struct StripeConnect {
    platforms: BTreeMap<String, Platform>,
    keys: Vec<Key>,
    gateway: stripe::Stripe,
    courier: Courier,
    /// Its own address, for the links that it makes.
    base: String,
    /// How far its clock is ahead, in seconds.
    ahead: i64,
    made: u32,
    requested: u64,
    /// What the next requests that begin so are answered with, and kept under their key: a 500.
    upsets: Vec<(String, Effect)>,
    /// How many calls a second are taken, and when the last ones came.
    limit: Option<usize>,
    recent: VecDeque<Instant>,
    /// Where what it is asked is written down, and what time it was then.
    notes: Option<File>,
    frozen: Option<i64>,
}

impl Default for StripeConnect {
    fn default() -> Self {
        Self {
            platforms: platforms(),
            keys: keys(),
            gateway: stripe::Stripe::default(),
            courier: Courier::default(),
            base: "https://connect.stripe.com".to_owned(),
            ahead: 0,
            made: 0,
            requested: 0,
            upsets: Vec::new(),
            limit: None,
            recent: VecDeque::new(),
            notes: None,
            frozen: None,
        }
    }
}

pub fn start() -> FakeServer<StripeConnect> {
    let fake = FakeServer::of(StripeConnect::default());
    let base = fake.base().to_owned();
    fake.with(|stripe| stripe.base = base);
    fake
}

impl Vendor for StripeConnect {
    fn answer(&mut self, call: &Call) -> Answer {
        self.take(call).0
    }

    fn respond(&mut self, call: &Call) -> Response {
        let at = self.real_time();
        if let Some(file) = self.notes.as_mut().filter(|_| memory::changes(call)) {
            memory::note(file, call, at);
        }
        if !call.path.starts_with("/v1/") {
            return self.page(call);
        }
        let (answer, is_replayed) = self.take(call);
        let mut response = super::write(&answer);
        self.requested += 1;
        let request = format!("req_{:014}", self.requested);
        let headers = response.headers_mut();
        headers.insert("Request-Id", HeaderValue::from_str(&request).unwrap());
        if is_replayed {
            headers.insert("Idempotent-Replayed", HeaderValue::from_static("true"));
        }
        if answer.0 == 429 {
            headers.insert("Stripe-Rate-Limited-Reason", HeaderValue::from_static("global-rate"));
        }
        response
    }
}

/// Which permission a request needs; None where there is no such request.
fn permission(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    Some(match (method, parts.as_slice()) {
        ("GET", ["account"]) => "rak_accounts_kyc_basic_read",
        ("GET", ["balance"]) => "rak_balance_read",
        ("GET", ["accounts"] | ["accounts", _]) => "rak_connected_account_read",
        ("POST" | "DELETE", ["accounts"] | ["accounts", _]) => "rak_connected_account_write",
        ("POST", ["account_links"]) => "rak_account_link_write",
        ("POST", ["accounts", _, "login_links"]) => "rak_login_link_write",
        ("GET", ["transfers"] | ["transfers", _]) => "rak_transfer_read",
        ("POST", ["transfers"] | ["transfers", _, "reversals"]) => "rak_transfer_write",
        ("GET", ["payouts"] | ["payouts", _]) => "rak_payout_read",
        ("GET", ["balance_transactions"]) => "rak_balance_transaction_source_read",
        ("GET", ["webhook_endpoints"] | ["webhook_endpoints", _]) => "rak_webhook_read",
        ("POST", ["webhook_endpoints"]) | ("DELETE", ["webhook_endpoints", _]) => "rak_webhook_write",
        _ => return None,
    })
}

impl StripeConnect {
    fn next(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    fn id(&mut self, kind: &str) -> String {
        format!("{kind}_1StandIn{:010}", self.next())
    }

    /// Unix seconds, by its own clock.
    pub fn now(&self) -> i64 {
        self.real_time() + self.ahead
    }

    fn real_time(&self) -> i64 {
        self.frozen.unwrap_or_else(|| now().seconds())
    }

    /// The answer, and whether it was given before.
    fn take(&mut self, call: &Call) -> (Answer, bool) {
        let bearer = call.bearer();
        let Some(key) = self.keys.iter().find(|key| key.text == bearer).cloned() else {
            return (self.gateway.answer(call), false);
        };
        if let Some(refused) = self.refused(call, &key) {
            return (refused, false);
        }
        let time = self.now();
        let replies = &mut self.platforms.get_mut(&key.platform).unwrap().replies;
        if let Seen::Answered(answer, is_replayed) = replies.look(call, time) {
            return (answer, is_replayed);
        }
        let form = match schema::checked(call) {
            Ok(form) => form,
            Err(refused) => return (refused, false),
        };
        if call.line() == "POST /v1/transfers"
            && let Some(refused) = transfer::invalid(&form)
        {
            return (refused, false);
        }
        let line = call.line();
        let upset =
            self.upsets.iter().position(|(start, _)| line.starts_with(start)).map(|at| self.upsets.remove(at).1);
        let answer = match upset {
            Some(Effect::None) => refusal::broken(),
            Some(Effect::Done) => {
                let _ = self.execute(call, &key, &form);
                refusal::broken()
            }
            None => self.execute(call, &key, &form),
        };
        self.platforms.get_mut(&key.platform).unwrap().replies.keep(call, &answer, time);
        (answer, false)
    }

    /// What is refused whatever is asked.
    fn refused(&mut self, call: &Call, key: &Key) -> Option<Answer> {
        let version = call.header("stripe-version");
        if !version.is_empty() && !schema::is_version(version) {
            return Some(refusal::of(400, &format!("Invalid Stripe API version: {version}")).answer());
        }
        if let Some(limit) = self.limit {
            let second = Duration::from_secs(1);
            self.recent.retain(|at| at.elapsed() < second);
            if self.recent.len() >= limit {
                return Some(refusal::too_many());
            }
            self.recent.push_back(Instant::now());
        }
        let Some(needed) = permission(&call.method, &call.path) else {
            let message = format!("Unrecognized request URL ({}: {}).", call.method, call.path);
            return Some(refusal::of(404, &message).answer());
        };
        if !key.may(needed) {
            return Some(refusal::no_permission(&key.text, &key.platform, needed));
        }
        let account = call.header("stripe-account");
        let platform = &self.platforms[&key.platform];
        if !account.is_empty() && (!platform.accounts.contains_key(account) || call.method != "GET") {
            return Some(refusal::no_access(&key.text, account));
        }
        let is_about_others =
            ["/v1/accounts", "/v1/account_links", "/v1/transfers"].iter().any(|one| call.path.starts_with(one));
        if is_about_others && !platform.has_connect && call.method == "GET" {
            let message = "Only Stripe Connect platforms can work with other accounts. If you specified a client_id parameter, \
                           make sure it's correct.";
            return Some(refusal::of(400, message).code("platform_account_required").answer());
        }
        None
    }

    fn execute(&mut self, call: &Call, key: &Key, form: &[(String, String)]) -> Answer {
        let (time, base) = (self.now(), self.base.clone());
        let account = call.header("stripe-account");
        let parts: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        let id = match (call.method.as_str(), parts.as_slice()) {
            ("POST", ["accounts"]) => self.id("acct"),
            ("POST", ["transfers"]) => self.id("tr"),
            ("POST", ["transfers", ..]) => self.id("trr"),
            ("POST", ["account_links"]) => self.id("token"),
            _ => String::new(),
        };
        let number = if call.line() == "POST /v1/webhook_endpoints" { self.next() } else { 0 };
        let platform = self.platforms.get_mut(&key.platform).unwrap();
        if !account.is_empty() {
            return bank::answer(platform, account, &call.path, form);
        }
        let answer = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["account"]) => Answer(200, platform.shown()),
            ("GET", ["balance"]) => Answer(200, platform.balance()),
            ("POST", ["accounts"]) => account::create(platform, form, id, time),
            ("GET", ["accounts"]) => {
                let since = schema::one(form, "created[gte]").and_then(|since| since.parse().ok()).unwrap_or(i64::MIN);
                let requested = platform.accounts.values().filter(|one| one.created >= since);
                let mut all: Vec<(i64, String, Value)> =
                    requested.map(|one| (-one.created, one.id.clone(), one.shown())).collect();
                all.sort_by(|one, other| (one.0, &other.1).cmp(&(other.0, &one.1)));
                let all: Vec<(String, Value)> = all.into_iter().map(|(_, id, shown)| (id, shown)).collect();
                transfer::paged(&all, form, "/v1/accounts", "account")
            }
            ("GET", ["accounts", one]) => match platform.accounts.get(*one) {
                Some(found) => Answer(200, found.shown()),
                None => refusal::no_access(&key.text, one),
            },
            ("POST", ["account_links"]) => onboarding::link(platform, form, &key.text, &base, id, time),
            ("POST", ["accounts", one, "login_links"]) => onboarding::login(platform, one, &key.text, &base, time),
            ("POST", ["transfers"]) => transfer::create(platform, form, id, time),
            ("GET", ["transfers"]) => transfer::list(platform, form),
            ("GET", ["transfers", one]) => match platform.transfers.iter().find(|known| known.id == *one) {
                Some(found) => Answer(200, found.shown()),
                None => refusal::not_found("transfer", one, "transfer"),
            },
            ("POST", ["transfers", one, "reversals"]) => transfer::reverse(platform, one, form, id, time),
            ("GET", ["payouts"]) => transfer::paged(&[], form, "/v1/payouts", "payout"),
            ("GET", ["balance_transactions"]) => {
                transfer::paged(&[], form, "/v1/balance_transactions", "balance_transaction")
            }
            ("GET", ["payouts", one]) => refusal::not_found("payout", one, "id"),
            ("POST", ["webhook_endpoints"]) => endpoint::create(platform, form, number),
            (method, ["webhook_endpoints", ..]) => endpoint::answer(platform, method, &call.path, form),
            _ => refusal::of(404, "Unrecognized request URL.").answer(),
        };
        if answer.0 == 200
            && let ("POST", ["transfers", one, "reversals"]) = (call.method.as_str(), parts.as_slice())
        {
            self.report_reversal(one);
        }
        answer
    }

    /// The pages for people: Stripe's own, and the fake server's.
    fn page(&mut self, call: &Call) -> Response {
        let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        let time = self.now();
        let page = match (call.method.as_str(), parts.as_slice()) {
            (_, ["stand-in", rest @ ..]) => return self.control(call, rest),
            ("GET", ["setup", account, token]) => self.find(account).map(|one| onboarding::open(one, token, time)),
            ("POST", ["setup", account, token]) => {
                let form: Vec<(String, String)> = url::form_urlencoded::parse(&call.body).into_owned().collect();
                let what = schema::one(&form, "do").unwrap_or_default();
                let page = self.find(account).map(|one| onboarding::done(one, token, what));
                self.report_account(account);
                page
            }
            ("GET", ["express", account]) => self.find(account).map(|one| Page::Html(onboarding::dashboard(one))),
            _ => None,
        };
        match page {
            Some(Page::Html(text)) => Html(text).into_response(),
            Some(Page::To(url)) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
            None => (StatusCode::NOT_FOUND, Html(onboarding::page("There is nothing here.", ""))).into_response(),
        }
    }
}
