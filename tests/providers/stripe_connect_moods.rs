//! Goal: a payout is sent once also over a real connection that hangs, breaks, redirects, or brings nonsense.
//!
//! Method: the fake server of Stripe in each of its moods, for the transfer and for the look-up, the first or the second one; a
//! client that waits briefly does what `payout_core::step` says until the payout is sent, then the transfers are counted.

use std::time::Duration;

use payout_core::{
    step::{self, Fate, Outcome, Status, Step},
    stripe::{
        Answer, Call, Method, StripeError, VERSION,
        transfer::{self, Order},
    },
};
use serde_json::{Value, json};
use shared::money::{Currency, Money};
use world::{
    fakes::{
        FakeServer, Mood,
        stripe_connect::{self, RESTRICTED_KEY, StripeConnect},
    },
    http::Request,
};

const PATIENCE: Duration = Duration::from_millis(250);

async fn ask(fake: &FakeServer<StripeConnect>, call: &Call) -> Result<Answer, StripeError> {
    let request = match call.method {
        Method::Post => Request { headers: Vec::new(), ..Request::post(&call.path, call.encoded()) }
            .header("Content-Type", "application/x-www-form-urlencoded"),
        Method::Get | Method::Delete => Request::get(&format!("{}?{}", call.path, call.encoded())),
    };
    let request =
        request.header("Authorization", &format!("Bearer {RESTRICTED_KEY}")).header("Stripe-Version", VERSION);
    let request = match &call.key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    };
    match tokio::time::timeout(PATIENCE, request.send(fake.base())).await {
        Ok(Ok(response)) => Ok(Answer {
            status: response.status,
            request_id: response.header("request-id").map(str::to_owned),
            retry_after: response.header("retry-after").and_then(|seconds| seconds.parse().ok()),
            body: response.body,
        }),
        Ok(Err(error)) => Err(StripeError::silence(error.to_string())),
        Err(_) => Err(StripeError::silence("no answer in time")),
    }
}

/// Pays until the payout rests; how often it asked.
async fn pay(fake: &FakeServer<StripeConnect>, order: &Order) -> (Status, usize) {
    let (mut status, mut unclear, mut generation, mut requested) = (Status::Reserved, false, 1, 0);
    while status.is_open() {
        assert!(requested < 20, "it never ends");
        requested += 1;
        let unclear_before = unclear;
        let outcome = match step::next(status, unclear) {
            Step::LookUp => {
                let answer = ask(fake, &transfer::look_up(order)).await;
                step::after_look_up(answer.and_then(|answer| transfer::found(&answer, order)), 1)
            }
            _ => Outcome::Send,
        };
        let outcome = if outcome == Outcome::Send {
            unclear = true;
            let answer = ask(fake, &transfer::send(order, generation)).await;
            step::after_send(answer.and_then(|answer| transfer::sent(&answer, order)), 1)
        } else {
            outcome
        };
        match outcome {
            Outcome::Settle(_) => status = Status::Sent,
            Outcome::Cancel(reason) => panic!("given up: {reason:?}"),
            Outcome::Send => unreachable!("it was sent"),
            Outcome::Wait(wait) => {
                status = wait.status;
                match wait.fate {
                    Fate::Refused => (unclear, generation) = (false, generation + 1),
                    Fate::AsBefore => unclear = unclear_before,
                    Fate::Unclear => unclear = true,
                }
            }
        }
    }
    (status, requested)
}

fn moods() -> Vec<Mood> {
    let error = |kind: &str| json!({"error": {"type": kind, "message": "It went wrong."}});
    vec![
        Mood::Says(500, error("api_error")),
        Mood::Says(503, Value::Null),
        Mood::Says(401, error("invalid_request_error")),
        Mood::Says(403, error("invalid_request_error")),
        Mood::Says(404, Value::Null),
        Mood::Says(409, error("idempotency_error")),
        Mood::Says(200, json!({})),
        Mood::Says(200, json!({"object": "list", "data": [], "has_more": true})),
        Mood::Busy(1),
        Mood::Redirects("https://login.example/".to_owned()),
        Mood::Garbage,
        Mood::Writes(400, vec![("content-type", "text/html".to_owned())], "<html>too large</html>".to_owned()),
        Mood::Breaks,
        Mood::Hangs,
        Mood::Lost,
    ]
}

#[tokio::test]
async fn in_every_mood_it_is_paid_once() {
    for mood in moods() {
        // Where the first transfer is lost, the look-up follows, and then the second transfer.
        for (request, is_first) in
            [("POST /v1/transfers", true), ("GET /v1/transfers", false), ("POST /v1/transfers", false)]
        {
            let fake = stripe_connect::start();
            let account = fake.with(|stripe| {
                stripe.set_balance("usd", 1_000);
                stripe.ready_account("US", "full")
            });
            fake.once(request, mood.clone());
            if !is_first {
                fake.once("POST /v1/transfers", Mood::Hangs);
            }
            let order = Order {
                payout: "po_1".to_owned(),
                run: Some("run_1".to_owned()),
                organization: "org_1".to_owned(),
                destination: account,
                amount: Money::new(700, Currency::USD),
                description: "Affiliate payout".to_owned(),
            };
            let (status, requested) = pay(&fake, &order).await;
            let what = format!("{mood:?} at {request}: asked {requested} times");
            assert_eq!(status, Status::Sent, "{what}");
            let calls = fake.calls().iter().filter(|call| call.line() == request).count();
            assert!(calls >= if is_first { 1 } else { 2 } && requested > 1, "it wasn't in that mood: {what}");
            let (transfers, left) = fake.with(|stripe| (stripe.transfers(), stripe.platform().available["usd"]));
            assert_eq!((transfers.len(), left), (1, 300), "{what}");
        }
    }
}
