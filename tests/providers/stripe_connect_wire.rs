//! Calls of ours as the fake server of Stripe takes them, and its answers as ours, without a connection in between.

use payout_core::stripe::{Answer, Call, Method, VERSION};
use world::fakes;

/// A call of ours as the fake server takes it.
pub(crate) fn on_the_wire(call: &Call, key: &str) -> fakes::Call {
    let bearer = format!("Bearer {key}");
    let mut headers = vec![("Authorization", bearer.as_str()), ("Stripe-Version", VERSION)];
    headers.extend(call.key.as_deref().map(|key| ("Idempotency-Key", key)));
    headers.extend(call.account.as_deref().map(|account| ("Stripe-Account", account)));
    let (method, body) = match call.method {
        Method::Get => ("GET", String::new()),
        Method::Post => ("POST", call.encoded()),
        Method::Delete => ("DELETE", String::new()),
    };
    if call.method == Method::Post {
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        return fakes::Call::of(method, &call.path, &headers, &body);
    }
    fakes::Call::of(method, &format!("{}?{}", call.path, call.encoded()), &headers, &body)
}

/// The fake server's answer as ours.
pub(crate) fn answered(answer: fakes::Answer) -> Answer {
    Answer { status: answer.0, body: answer.1.to_string().into_bytes(), ..Answer::default() }
}
