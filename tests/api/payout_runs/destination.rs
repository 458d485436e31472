//! Goal: a change of where an affiliate's money goes can't pass unseen: it puts their payouts on hold for some days,
//! the old destination is notified, a run that was proposed before leaves them out, and the approver sees it. The
//! person who makes a bank transfer is warned, and confirms if they made it anyway.
//! Method: affiliates change their PayPal address, their bank account and their rail between proposal and payment, or
//! are stopped; the ledger's clock is moved.

use serde_json::json;
use world::{
    World,
    client::{api::Api, mailbox},
    http::Request,
    organization_fixture::{owner, pass_days},
    payout_run_fixture::{act, bonus, id, import, outcomes, partner, propose, reserved},
};

async fn pay_by(world: &World, affiliate: &str, details: serde_json::Value) {
    let path = format!("/api/v1/affiliates/{affiliate}/payout-method");
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, details.to_string()) };
    world.api().send(request).await.expect_status(200);
}

async fn hold(api: &Api, affiliate: &str) -> serde_json::Value {
    api.get(&format!("/affiliates/{affiliate}/payout-account")).await.expect_status(200).json()["hold"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_destination_waits_is_announced_and_shown() {
    let world = World::start().await;
    let (api, base) = (world.api(), world.ledger.base());
    let (lena, stays) = (partner(&world, "lena", "PayPal").await, partner(&world, "stays", "PayPal").await);
    for who in [&lena, &stays] {
        bonus(&world, &who.affiliate.to_string(), 5_000, "EUR").await;
    }
    let lena = lena.affiliate.to_string();
    // The address that is paid wants no invitations, which isn't what the warning is.
    let invited = json!({"programId": world.globex.program.to_string(), "affiliates": [{"email": "lena@paid.test"}]});
    world.other_api().post("/affiliates/bulk-invite", &invited).await.expect_status(200);
    mailbox::unsubscribe(&base, &mailbox::read_email(&base, "lena@paid.test", "application_approved").await).await;
    assert_eq!(hold(&api, &lena).await, json!(null), "the first way that someone gives is no change");
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    let page = format!("/dashboard/payouts/runs/{made}?organization={}", world.acme.organization);
    let mut nina = owner(&world).await;
    let seen = nina.browser.get(&page).await.expect_status(200).text();
    assert!(seen.contains("to l\u{2026}@paid.test") && !seen.contains("changed today"), "{seen}");

    // The same address again changes nothing; another one does.
    pay_by(&world, &lena, json!({"rail": "PayPal", "email": "lena@paid.test"})).await;
    assert_eq!(hold(&api, &lena).await, json!(null));
    pay_by(&world, &lena, json!({"rail": "PayPal", "email": "thief@elsewhere.test"})).await;
    let held = hold(&api, &lena).await;
    assert!(held["actor"] == "system" && held["reason"].as_str().unwrap().contains("three days"), "{held}");
    let message = mailbox::read_email(&base, "lena@paid.test", "payout_method_changed").await;
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("It now pays by"), "{text}");
    assert!(
        text.contains("t\u{2026}@elsewhere.test") && !text.contains("thief") && !text.contains("/a/enter"),
        "{text}"
    );
    let seen = nina.browser.get(&page).await.expect_status(200).text();
    assert!(seen.contains("to t\u{2026}@elsewhere.test") && seen.contains("changed today"), "{seen}");

    // An approved run pays the unchanged affiliate, and the other one is still owed.
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    let of = |whose: &str| payouts.iter().find(|one| one["affiliateId"] == whose).expect("their payout").clone();
    let left = of(&lena);
    assert_eq!(
        (&left["status"], &left["reasonCode"], &left["nextAction"]),
        (&json!("Failed"), &json!("destination_changed"), &json!("next_run")),
        "{left}"
    );
    assert_eq!(of(&stays.affiliate.to_string())["status"], "Reserved");
    let next = propose(&api, "EUR").await;
    assert_eq!(next.refusal(), (409, "nothing_payable".to_owned()));
    assert_eq!(next.json()["exclusions"][0]["reason"], "on_hold", "{}", next.text());

    // After three days the next run pays the new destination, and still says that it is new.
    pass_days(&world, 4).await;
    world.ledger.run_jobs().await;
    assert_eq!(hold(&api, &lena).await, json!(null), "the hold is over");
    let next = id(&propose(&api, "EUR").await.expect_status(201).json());
    let mut nina = owner(&world).await;
    let seen = nina.browser.get(&page.replace(&made, &next)).await.expect_status(200).text();
    assert!(seen.contains("to t\u{2026}@elsewhere.test") && seen.contains("changed 4 days ago"), "{seen}");
    act(&api, &next, "approve").await.expect_status(200);
    let running = reserved(&api, &next).await;
    assert_eq!((&running["counts"]["reserved"], &running["counts"]["failed"]), (&json!(1), &json!(0)));
    world.finish().await;
}

#[tokio::test]
async fn whoever_changes_after_the_money_is_set_aside_is_in_no_file() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await.affiliate.to_string();
    let stays = partner(&world, "stays", "PayPal").await.affiliate.to_string();
    for who in [&lena, &stays] {
        bonus(&world, who, 5_000, "EUR").await;
    }
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    pay_by(&world, &lena, json!({"rail": "PayPal", "email": "thief@elsewhere.test"})).await;
    // Someone lifts the hold: the run still pays only the affiliates that its approver saw.
    api.send(Request::new("DELETE", &format!("/api/v1/affiliates/{lena}/payout-hold"))).await.expect_status(200);
    let file = api.get(&format!("/payout-runs/{made}/export?rail=PayPal")).await.expect_status(200).text();
    assert!(file.lines().count() == 1 && file.starts_with("stays@paid.test"), "{file}");
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    let payout = payouts.iter().find(|one| one["affiliateId"] == lena.as_str()).expect("her payout");
    assert_eq!((&payout["status"], &payout["reasonCode"]), (&json!("Reserved"), &json!("destination_changed")));
    world.finish().await;
}

#[tokio::test]
async fn another_rail_is_another_destination() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await.affiliate.to_string();
    bonus(&world, &lena, 5_000, "EUR").await;
    for details in [
        json!({"rail": "Wise", "email": "lena@paid.test"}),
        json!({"rail": "Manual", "holder": "Lena", "account": "DE02 1203 0000 0000 2020 51"}),
        json!({"rail": "Stripe"}),
    ] {
        api.send(Request::new("DELETE", &format!("/api/v1/affiliates/{lena}/payout-hold"))).await;
        pay_by(&world, &lena, details.clone()).await;
        assert!(hold(&api, &lena).await.is_object(), "{details}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_between_two_destinations_makes_none_the_first() {
    let world = World::start().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await.affiliate.to_string();
    // Stripe is chosen, but never set up.
    pay_by(&world, &lena, json!({"rail": "Stripe"})).await;
    pass_days(&world, 4).await;
    world.ledger.run_jobs().await;
    assert_eq!(hold(&api, &lena).await, json!(null), "the hold is over");
    pay_by(&world, &lena, json!({"rail": "PayPal", "email": "thief@elsewhere.test"})).await;
    let held = hold(&api, &lena).await;
    assert!(held["reason"].as_str().is_some_and(|reason| reason.contains("three days")), "{held}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_the_release_of_another_hold() {
    let world = World::start().await;
    let api = world.api();
    let path = |affiliate: &str| format!("/api/v1/affiliates/{affiliate}/payout-hold");
    let put = async |affiliate: &str| {
        let request = Request::post(&path(affiliate), r#"{"reason": "A payment came back"}"#);
        api.send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
    };
    let release = async |affiliate: &str| {
        let released = api.send(Request::new("DELETE", &path(affiliate))).await.expect_status(200).json();
        released["hold"]["reason"].as_str().map(str::to_owned)
    };
    let moves = async |affiliate: &str| {
        pay_by(&world, affiliate, json!({"rail": "PayPal", "email": "thief@elsewhere.test"})).await;
    };
    let mut affiliates = Vec::new();
    for name in ["lena", "robin", "unchanged"] {
        affiliates.push(partner(&world, name, "PayPal").await.affiliate.to_string());
    }
    let [lena, robin, unchanged] = affiliates.as_slice() else { panic!("{affiliates:?}") };
    // A change under a hold, and a hold after a change.
    put(lena).await;
    moves(lena).await;
    moves(robin).await;
    put(robin).await;
    put(unchanged).await;
    for affiliate in [lena, robin] {
        assert_eq!(hold(&api, affiliate).await["reason"], "A payment came back");
        let left = release(affiliate).await;
        assert!(left.as_deref().is_some_and(|reason| reason.contains("three days")), "{left:?}");
    }
    assert_eq!(release(unchanged).await, None);
    assert_eq!(release(robin).await, None, "a second release ends the pause");
    pass_days(&world, 4).await;
    world.ledger.run_jobs().await;
    assert_eq!(hold(&api, lena).await, json!(null), "the pause is over");
    // A hold stays when the pause under it is over, and its release is the last one then.
    put(lena).await;
    pay_by(&world, lena, json!({"rail": "PayPal", "email": "lena@paid.test"})).await;
    pass_days(&world, 4).await;
    world.ledger.run_jobs().await;
    assert_eq!(hold(&api, lena).await["reason"], "A payment came back");
    assert_eq!(release(lena).await, None);
    world.finish().await;
}

/// A payout's status, reason code and next action.
async fn shown(api: &Api, payout: &str) -> [String; 3] {
    let one = api.get(&format!("/payouts/{payout}")).await.expect_status(200).json();
    ["status", "reasonCode", "nextAction"].map(|name| one[name].as_str().unwrap_or_default().to_owned())
}

/// A bank transfer whose money is reserved: the affiliate, the run and the payout.
async fn by_bank(world: &World) -> (String, String, String) {
    let api = world.api();
    let lena = partner(world, "lena", "Manual").await.affiliate.to_string();
    bonus(world, &lena, 5_000, "EUR").await;
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let payout = id(&api.all(&format!("/payouts?runId={made}")).await.remove(0));
    assert_eq!(shown(&api, &payout).await, ["Reserved", "export_it", "pay_and_mark"]);
    (lena, made, payout)
}

#[tokio::test]
async fn a_bank_transfer_to_another_account_than_approved_takes_a_confirmation() {
    let world = World::shared().await;
    let api = world.api();
    let (lena, made, payout) = by_bank(&world).await;
    pay_by(&world, &lena, json!({"rail": "Manual", "holder": "Lena", "account": "DE89 3704 0044 0532 0130 00"})).await;
    let elsewhere = ["Reserved", "destination_changed", "look_into_it"];
    assert_eq!(shown(&api, &payout).await, elsewhere);
    // Someone lifts the hold: the run's approver still saw another account.
    api.send(Request::new("DELETE", &format!("/api/v1/affiliates/{lena}/payout-hold"))).await.expect_status(200);
    assert_eq!(shown(&api, &payout).await, elsewhere);
    let list = api.get(&format!("/payout-runs/{made}/remittance")).await.expect_status(200).text();
    assert!(list.contains("Don\u{2019}t pay this."), "{list}");
    let page = format!("/dashboard/payouts/runs/{made}?organization={}", world.acme.organization);
    let seen = owner(&world).await.browser.get(&page).await.expect_status(200).text();
    assert!(seen.contains("Don\u{2019}t pay this."), "{seen}");

    let mark = async |body| api.post(&format!("/payouts/{payout}/mark-sent"), &body).await;
    for body in [json!({"reference": "#118"}), json!({"reference": "#118", "confirmed": false})] {
        let refused = mark(body).await;
        assert_eq!(refused.refusal(), (409, "payout_stopped".to_owned()), "{}", refused.text());
        assert!(refused.text().contains("destination changed"), "{}", refused.text());
        assert_eq!(shown(&api, &payout).await, elsewhere);
    }
    // The transfer was already made.
    for body in [json!({"reference": "#118", "confirmed": true}), json!({"reference": "#118"})] {
        assert_eq!(mark(body).await.expect_status(200).json()["status"], "Sent");
    }
    let confirmed = format!(
        "select count(*) from audit_log where action = 'payout.marked_sent' and target = '{payout}'
           and after ->> 'confirmedDespite' = 'destination_changed'"
    );
    assert_eq!(world.database.count(&confirmed).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_bank_transfer_waits_as_long_as_its_affiliate_is_stopped() {
    let world = World::shared().await;
    let api = world.api();
    let (lena, _, payout) = by_bank(&world).await;
    let path = format!("/api/v1/affiliates/{lena}/payout-hold");
    let put = Request { method: "PUT".to_owned(), ..Request::post(&path, r#"{"reason": "looks odd"}"#) };
    api.send(put).await.expect_status(200);
    assert_eq!(shown(&api, &payout).await, ["Reserved", "on_hold", "lift_hold"]);
    let mark = async || api.post(&format!("/payouts/{payout}/mark-sent"), &json!({"reference": "#118"})).await;
    assert_eq!(mark().await.refusal(), (409, "payout_stopped".to_owned()));
    api.send(Request::new("DELETE", &path)).await.expect_status(200);
    assert_eq!(shown(&api, &payout).await, ["Reserved", "export_it", "pay_and_mark"], "it can be paid again");

    let affiliate = format!("/affiliates/{lena}");
    api.patch(&affiliate, &json!({"status": "Banned"})).await.expect_status(200);
    assert_eq!(shown(&api, &payout).await, ["Reserved", "not_approved", "approve_affiliate"]);
    assert_eq!(mark().await.refusal(), (409, "payout_stopped".to_owned()));
    // Canceled, it is owed again, and no run pays it.
    api.post(&format!("/payouts/{payout}/cancel"), &json!({})).await.expect_status(200);
    let next = propose(&api, "EUR").await;
    assert_eq!(next.refusal(), (409, "nothing_payable".to_owned()));
    assert_eq!(next.json()["exclusions"][0]["reason"], "not_approved", "{}", next.text());
    world.finish().await;
}

#[tokio::test]
async fn what_a_file_says_was_paid_counts_after_the_account_changed() {
    let world = World::shared().await;
    let api = world.api();
    let (lena, made, payout) = by_bank(&world).await;
    pay_by(&world, &lena, json!({"rail": "PayPal", "email": "lena@paid.test"})).await;
    assert_eq!(shown(&api, &payout).await[1], "destination_changed");
    let file = format!("payoutId,status,reference\n{payout},Sent,bank 118\n");
    let answer = import(&api, &made, &file).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Sent".to_owned(), None)]);
    world.finish().await;
}
