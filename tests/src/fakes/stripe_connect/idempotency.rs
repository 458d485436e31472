//! Idempotency as Stripe documents it (docs.stripe.com/api/idempotent_requests): the first execution's status and body are
//! kept and said again, a 500 too; another request under a used key is refused; while a request runs, another one under its
//! key is refused; what fails validation isn't kept; a key is forgotten after a day.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Answer, Call},
    refusal,
};

const DAY_SECONDS: i64 = 24 * 3_600;
const KEY_MAX: usize = 255;

#[derive(Debug, Clone)]
struct Reply {
    request: String,
    answer: Answer,
    at: i64,
}

#[derive(Debug, Default)]
pub(super) struct Replies {
    kept: BTreeMap<String, Reply>,
    /// Keys of requests that are under way.
    pub(super) running: BTreeSet<String>,
}

/// What to do about a request.
pub(super) enum Seen {
    /// It wasn't made before, or has no key.
    New,
    /// This was said before, or the request is refused because of its key.
    Answered(Answer, bool),
}

impl Replies {
    pub(super) fn look(&mut self, call: &Call, now: i64) -> Seen {
        let key = call.header("idempotency-key");
        if key.is_empty() || call.method != "POST" {
            return Seen::New;
        }
        self.kept.retain(|_, reply| now - reply.at < DAY_SECONDS);
        if key.chars().count() > KEY_MAX {
            let refused =
                refusal::of(400, "Idempotency keys can have at most 255 characters.").kind("idempotency_error");
            return Seen::Answered(refused.answer(), false);
        }
        if self.running.contains(key) {
            let message = format!(
                "There is currently another in-progress request using this Idempotent Key (that probably means you submitted \
                 twice, and the other request is still going through): {key}. Please try again later."
            );
            let refused = refusal::of(409, &message).kind("idempotency_error").code("idempotency_key_in_use");
            return Seen::Answered(refused.answer(), false);
        }
        match self.kept.get(key) {
            None => Seen::New,
            Some(reply) if reply.request == fingerprint(call) => Seen::Answered(reply.answer.clone(), true),
            Some(_) => {
                let message = format!(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
                     using a key other than '{key}' if you meant to execute a different request."
                );
                Seen::Answered(refusal::of(400, &message).kind("idempotency_error").answer(), false)
            }
        }
    }

    pub(super) fn keep(&mut self, call: &Call, answer: &Answer, now: i64) {
        let key = call.header("idempotency-key");
        if !key.is_empty() && call.method == "POST" {
            let reply = Reply { request: fingerprint(call), answer: answer.clone(), at: now };
            self.kept.insert(key.to_owned(), reply);
        }
    }
}

/// What makes two requests the same: where they go, and their parameters in any order.
fn fingerprint(call: &Call) -> String {
    let mut form = call.form().unwrap_or_default();
    form.sort();
    format!("{} {} {} {form:?}", call.method, call.path, call.header("stripe-account"))
}
