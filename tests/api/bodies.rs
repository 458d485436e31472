//! Goal: the bodies of a program, an affiliate, a conversion, a commission and a payout stay what clients know: every
//! field, its name and its form.
//! Method: each is compared with a file in `snapshots`, in which names stand for what differs in each run: ids, times,
//! days and addresses.

use serde_json::Value;
use world::{
    World,
    brand::But,
    payout_run_fixture::{bonus, exported, partner},
    wait::now,
};

/// Length of an id without its prefix.
const SUFFIX: usize = 26;

/// Names a text that differs in each run by what it is.
fn named(text: &str, world: &World) -> String {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let is_day = digits(0..4) && digits(5..7) && digits(8..10) && text.get(4..5) == Some("-");
    match text.rsplit_once('_') {
        Some((prefix, suffix)) if suffix.len() == SUFFIX && suffix.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            format!("[{prefix}_id]")
        }
        _ if is_day && text.len() == 10 => "[day]".to_owned(),
        _ if is_day && text.ends_with('Z') => "[time]".to_owned(),
        _ => text.replace(&world.ledger.base(), "[ledger]"),
    }
}

fn stable(value: Value, world: &World) -> Value {
    match value {
        Value::String(text) => named(&text, world).into(),
        Value::Array(values) => values.into_iter().map(|value| stable(value, world)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, stable(value, world))).collect(),
        other => other,
    }
}

#[tokio::test]
async fn bodies_stay_what_clients_know() {
    let world = World::start().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await;
    let at = now().plus_days(-1);
    let sale = world.acme.sale("order-1", 10_000).but(|report| {
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(at);
        report.click_token = Some(world.acme.token(&lena, at.plus_days(-1)));
    });
    world.intake().accept(&[sale]).await;
    let (conversion, commissions) = api.booked("order-1").await.expect("a conversion");
    bonus(&world, &lena.affiliate.to_string(), 250_000, "USD").await;
    let (_, payouts) = exported(&api, "USD", "PayPal").await;
    let read = async |path: String| api.get(&path).await.expect_status(200).json();
    let bodies = [
        ("program", read(format!("/programs/{}", world.acme.program)).await),
        ("affiliate", read(format!("/affiliates/{}", lena.affiliate)).await),
        ("conversion", conversion),
        ("commission", commissions.into_iter().next().expect("a commission")),
        ("payout", read(format!("/payouts/{}", payouts.first().expect("a payout"))).await),
    ];
    for (noun, body) in bodies {
        insta::assert_snapshot!(noun, serde_json::to_string_pretty(&stable(body, &world)).unwrap());
    }
    world.finish().await;
}
