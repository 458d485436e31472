//! Goal: what Stripe doesn't pay leaves as a file once, comes back as a file row by row, and is listed for the
//! accountant.
//! Method: files of PayPal and Wise are exported, answered and imported by API.

use serde_json::{Value, json};
use world::{
    World,
    client::api::Api,
    http::{Request, Response},
    payout_run_fixture::{act, bonus, id, import, outcomes, partner, propose, reserved, run},
};

#[tokio::test]
async fn a_file_goes_out_once_and_comes_back_row_by_row() {
    let world = World::shared().await;
    let api = world.api();
    let (lena, robin) = (partner(&world, "lena", "PayPal").await, partner(&world, "robin", "PayPal").await);
    let wise = partner(&world, "willow", "Wise").await;
    for (who, cents) in [(&lena, 5_940), (&robin, 2_000), (&wise, 3_000)] {
        bonus(&world, &who.affiliate.to_string(), cents, "EUR").await;
    }
    world.database.run("update affiliates set name = '=HYPERLINK(\"http://evil.test\")' where slug = 'willow'").await;
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    let export = |rail: &str| format!("/payout-runs/{made}/export?rail={rail}");
    assert_eq!(api.get(&export("PayPal")).await.refusal(), (409, "run_not_approved".to_owned()));
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;

    let file = api.get(&export("PayPal")).await.expect_status(200);
    assert!(file.header("content-disposition").unwrap().contains("paypal-run_"));
    let lines: Vec<String> = file.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let lena_line = lines.iter().find(|line| line.starts_with("lena@paid.test,59.40,EUR,po_")).expect("Lena's line");
    assert_eq!(api.get(&export("PayPal")).await.expect_status(200).text(), file.text(), "the same file again");
    let batch = api.get(&export("Wise")).await.expect_status(200).text();
    assert!(
        batch.starts_with("name,recipientEmail,paymentReference,") && batch.contains("target,30.00,EUR,EUR"),
        "{batch}"
    );
    assert!(batch.lines().nth(1).unwrap().starts_with("\"HYPERLINK("), "no cell is a formula: {batch}");
    let payout = |line: &str| line.split(',').nth(3).unwrap().to_owned();
    let (first, other) = (payout(lena_line), payout(lines.iter().find(|line| line.starts_with("robin")).unwrap()));
    let cancelled = act_on(&api, &first).await;
    assert_eq!(cancelled.refusal(), (409, "exported".to_owned()), "it may be paid already");

    let back = format!(
        "payoutId,status,reference,reason\n{first},Sent,pp-1,\n{other},Failed,,Account closed\nlauren,Sent,,\n\
         po_01jzzzzzzzezzzzzzzzzzzzzzz,Sent,,\n{first},perhaps,,\n"
    );
    let answer = import(&api, &made, &back).await.expect_status(200).json();
    let row = |line, outcome: &str, error: Option<&str>| (line, outcome.to_owned(), error.map(str::to_owned));
    assert_eq!(
        outcomes(&answer),
        [
            row(2, "Sent", None),
            row(3, "Failed", None),
            row(4, "Refused", Some("payout_id_invalid")),
            row(5, "Refused", Some("not_in_run")),
            row(6, "Refused", Some("status_unknown")),
        ]
    );
    assert_eq!(answer["alreadyImportedAt"], Value::Null, "{answer}");
    let again = import(&api, &made, &back).await.expect_status(200).json();
    assert_eq!((again["unchanged"].as_i64(), again["sent"].as_i64()), (Some(2), Some(0)), "{again}");
    assert!(again["alreadyImportedAt"].is_string(), "{again}");
    let sent = api.get(&format!("/payouts/{first}")).await.json();
    assert_eq!((sent["status"].as_str(), sent["amountCents"].as_i64()), (Some("Sent"), Some(5_940)));

    // Wise's own list names the payment by its short reference.
    let reference = batch.lines().nth(1).unwrap().rsplit(',').nth(5).unwrap();
    let head = "ID,Status,Direction,Source amount (after fees),Source currency,Target amount (after fees),Target currency,Reference";
    let wrong = format!("{head}\nTRANSFER-1,COMPLETED,OUT,29.00,EUR,29.00,EUR,{reference}\n");
    assert_eq!(outcomes(&import(&api, &made, &wrong).await.json()), [row(2, "Refused", Some("amount_differs"))]);
    let right = format!("{head}\nTRANSFER-1,COMPLETED,OUT,30.00,EUR,30.00,EUR,{reference}\n");
    assert_eq!(outcomes(&import(&api, &made, &right).await.json()), [row(2, "Sent", None)]);

    // A failed payout is owed again after a person reviewed it; the run is done; the accountant's list has everything.
    world::wait::until("the run is done", 20, async || (run(&api, &made).await["state"] == "Done").then_some(())).await;
    let list = api.get(&format!("/payout-runs/{made}/remittance")).await.expect_status(200).text();
    assert_eq!(list.lines().count(), 4, "{list}");
    assert!(
        list.contains(&format!("{first},")) && list.contains("'=HYPERLINK") && list.contains("TRANSFER-1"),
        "{list}"
    );
    assert_eq!(
        propose(&api, "EUR").await.refusal(),
        (409, "nothing_payable".to_owned()),
        "it was exported, and failed"
    );
    let hold = format!("/api/v1/affiliates/{}/payout-hold", robin.affiliate);
    api.send(Request::new("DELETE", &hold)).await.expect_status(200);
    let next = propose(&api, "EUR").await.expect_status(201).json();
    assert_eq!((next["payouts"].as_i64(), next["grossCents"].as_i64()), (Some(1), Some(2_000)));
    world.finish().await;
}

async fn act_on(api: &Api, payout: &str) -> Response {
    api.send(Request::new("POST", &format!("/api/v1/payouts/{payout}/cancel"))).await
}

#[tokio::test]
async fn anothers_payout_is_in_no_file_of_mine() {
    let world = World::shared().await;
    let (api, other) = (world.api(), world.other_api());
    let lena = partner(&world, "lena", "Manual").await;
    bonus(&world, &lena.affiliate.to_string(), 5_000, "EUR").await;
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let payout = id(&api.all(&format!("/payouts?runId={made}")).await.remove(0));

    let csv = format!("payoutId,status\n{payout},Sent\n");
    assert_eq!(import(&other, &made, &csv).await.refusal().0, 404);
    for what in ["export?rail=PayPal", "remittance"] {
        assert_eq!(other.get(&format!("/payout-runs/{made}/{what}")).await.refusal().0, 404, "{what}");
    }
    // A run of the other organization doesn't help.
    let own = "insert into payout_runs (organization_id, id, currency, state, cutoff, proposed_by, created_at)
               values ('ORG', gen_random_uuid(), 'EUR', 'Running', now(), 'schedule', now())";
    world.database.run(&own.replace("ORG", &world.globex.organization.uuid().to_string())).await;
    let theirs = id(&other.all("/payout-runs").await.remove(0));
    let answer = import(&other, &theirs, &csv).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Refused".to_owned(), Some("not_in_run".to_owned()))]);
    assert_eq!(api.get(&format!("/payouts/{payout}")).await.json()["status"], "Reserved");

    // No CSV, too large a CSV, and an empty one.
    let path = format!("/api/v1/payout-runs/{made}/import");
    assert_eq!(api.send(Request::post(&path, "{}")).await.refusal().0, 415);
    assert_eq!(
        import(&api, &made, &"x".repeat(3 * 1024 * 1024)).await.refusal(),
        (413, "payload_too_large".to_owned())
    );
    assert_eq!(import(&api, &made, "a,b\n1,2\n").await.refusal(), (400, "file_unreadable".to_owned()));
    // A rail that is paid manually has no file.
    assert_eq!(
        api.get(&format!("/payout-runs/{made}/export?rail=PayPal")).await.refusal(),
        (409, "nothing_to_export".to_owned())
    );
    assert_eq!(api.get(&format!("/payout-runs/{made}/export?rail=Stripe")).await.refusal().0, 400);
    world.finish().await;
}

#[tokio::test]
async fn whoever_is_stopped_before_the_export_is_not_in_the_file() {
    let world = World::shared().await;
    let api = world.api();
    let names = ["lena", "robin", "willow"];
    let mut partners = Vec::new();
    for name in names {
        let who = partner(&world, name, "PayPal").await;
        bonus(&world, &who.affiliate.to_string(), 5_000, "EUR").await;
        partners.push(who);
    }
    let made = id(&propose(&api, "EUR").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let hold = |number: usize| format!("/api/v1/affiliates/{}/payout-hold", partners[number].affiliate);
    let put = async |number| {
        let request = Request::post(&hold(number), r#"{"reason": "looks odd"}"#);
        api.send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
    };
    put(1).await;
    let banned = format!("/affiliates/{}", partners[2].affiliate);
    api.patch(&banned, &json!({"status": "Banned"})).await.expect_status(200);

    let export = format!("/payout-runs/{made}/export?rail=PayPal");
    let file = api.get(&export).await.expect_status(200).text();
    assert!(file.lines().count() == 1 && file.starts_with("lena@paid.test,50.00,EUR,"), "{file}");
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    let message = |number: usize| {
        let whose = partners[number].affiliate.to_string();
        let one = payouts.iter().find(|one| one["affiliateId"] == whose).expect("their payout");
        ["status", "reasonCode", "nextAction"].map(|name| one[name].as_str().unwrap().to_owned())
    };
    assert_eq!(message(0)[..2], ["Sending", "exported"]);
    assert_eq!(message(1), ["Reserved", "on_hold", "lift_hold"]);
    assert_eq!(message(2), ["Reserved", "not_approved", "approve_affiliate"]);

    // A file that someone may have uploaded stays as it is; those who are released get a file of their own.
    put(0).await;
    api.send(Request::new("DELETE", &hold(1))).await.expect_status(200);
    let again = api.get(&export).await.expect_status(200);
    assert_eq!((again.header("rekomi-parts"), again.text()), (Some("2"), file.clone()));
    let next = format!("{export}&part=2");
    let of_robin = api.get(&next).await.expect_status(200).text();
    assert!(of_robin.lines().count() == 1 && of_robin.starts_with("robin@paid.test,50.00,EUR,"), "{of_robin}");
    assert_eq!(api.get(&next).await.expect_status(200).text(), of_robin);
    assert_eq!(api.get(&format!("{export}&part=3")).await.refusal(), (409, "nothing_to_export".to_owned()));

    // An affiliate who is paid elsewhere from now on leaves the file, and no one takes the line.
    let details = json!({"rail": "PayPal", "email": "elsewhere@paid.test"}).to_string();
    let path = format!("/api/v1/affiliates/{}/payout-method", partners[0].affiliate);
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, details) };
    api.send(request).await.expect_status(200);
    assert_eq!(api.get(&export).await.refusal(), (409, "nothing_to_export".to_owned()));
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    let whose = partners[0].affiliate.to_string();
    let one = payouts.iter().find(|one| one["affiliateId"] == whose).expect("their payout");
    assert_eq!(
        (one["status"].as_str(), one["reasonCode"].as_str()),
        (Some("Sending"), Some("details_changed")),
        "{one}"
    );
    assert!(one["reason"].as_str().is_some_and(|why| why.contains("changed their payout details")), "{one}");
    assert_eq!(api.get(&next).await.expect_status(200).text(), of_robin);
    // Not uploaded: marked as failed, it is owed again.
    let failed = format!("/payouts/{}/mark-failed", id(one));
    let failed = api.post(&failed, &json!({"reason": "never uploaded"})).await.expect_status(200).json();
    assert_eq!(failed["status"], "Failed", "{failed}");
    world.finish().await;
}

#[tokio::test]
async fn payments_that_no_file_can_have_say_why() {
    let world = World::shared().await;
    let api = world.api();
    for name in ["lena", "robin"] {
        let who = partner(&world, name, "PayPal").await;
        // PayPal doesn't pay Indian rupees.
        bonus(&world, &who.affiliate.to_string(), 500_000, "INR").await;
    }
    let made = id(&propose(&api, "INR").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let refused = api.get(&format!("/payout-runs/{made}/export?rail=PayPal")).await;
    assert_eq!(refused.refusal(), (409, "nothing_to_export".to_owned()));
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    assert_eq!(payouts.len(), 2, "{payouts:?}");
    for one in payouts {
        assert_eq!((&one["status"], &one["reasonCode"]), (&json!("Reserved"), &json!("not_exportable")), "{one}");
        assert!(one["reason"].as_str().is_some_and(|why| why.contains("support the currency")), "{one}");
    }
    world.finish().await;
}
