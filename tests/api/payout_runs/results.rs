//! Goal: a payout is paid once and owed once, whatever its result files say: several payments, in any order, returned
//! money, the same file twice, and an earlier lead that counts instead.
//! Method: runs that were exported; reports of PayPal and Wise with several payments of one payout; the book is
//! compared with the outcome of each.

use serde_json::json;
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    http::{Request, Response},
    organization_fixture::owner,
    payout_run_fixture::{act, bonus, exported, id, import, outcomes, partner, propose, reserved},
    wait,
};

const PAYPAL: &str = "Date,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Reference Txn ID,Custom Number";

const WISE: &str = "ID,Status,Direction,Target amount (after fees),Target currency,Reference";

/// A world where one affiliate gets 59.40 by that rail, the run and the payout; its file was downloaded.
async fn under_way(rail: &str) -> (World, Partner, String, String) {
    let world = World::shared().await;
    let lena = partner(&world, "lena", rail).await;
    bonus(&world, &lena.affiliate.to_string(), 5_940, "EUR").await;
    let (run, mut payouts) = exported(&world.api(), "EUR", rail).await;
    (world, lena, run, payouts.remove(0))
}

fn report(rows: &[String]) -> String {
    format!("{PAYPAL}\n{}\n", rows.join("\n"))
}

fn row(kind: &str, status: &str, gross: &str, own: &str, (original, payout): (&str, &str)) -> String {
    format!(",{kind},{status},EUR,{gross},0.00,{gross},{own},{original},{payout}")
}

fn paid(status: &str, own: &str, payout: &str) -> String {
    row("Mass Payment", status, "-59.40", own, ("", payout))
}

async fn imported(api: &Api, run: &str, csv: &str) -> Vec<(String, Option<String>)> {
    let answer = import(api, run, csv).await.expect_status(200).json();
    outcomes(&answer).into_iter().map(|(_, outcome, error)| (outcome, error)).collect()
}

fn became(outcome: &str) -> (String, Option<String>) {
    (outcome.to_owned(), None)
}

fn ignored(code: &str) -> (String, Option<String>) {
    ("Ignored".to_owned(), Some(code.to_owned()))
}

async fn status(api: &Api, payout: &str) -> String {
    api.get(&format!("/payouts/{payout}")).await.json()["status"].as_str().unwrap().to_owned()
}

async fn hold(api: &Api, affiliate: &Partner) -> Option<String> {
    let path = format!("/affiliates/{}/payout-account", affiliate.affiliate);
    api.get(&path).await.expect_status(200).json()["hold"]["reason"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_denied_payment_undoes_no_other_one() {
    let (world, lena, run, payout) = under_way("PayPal").await;
    let api = world.api();
    let completed = report(&[paid("Completed", "8AB", &payout)]);
    assert_eq!(imported(&api, &run, &completed).await, [became("Sent")]);
    // The same batch was uploaded at PayPal once more by mistake.
    let both = report(&[paid("Completed", "8AB", &payout), paid("Denied", "9CD", &payout)]);
    assert_eq!(imported(&api, &run, &both).await, [became("Unchanged"), ignored("other_transfer")]);
    let alone = report(&[paid("Denied", "9CD", &payout)]);
    assert_eq!(imported(&api, &run, &alone).await, [ignored("other_transfer")]);
    assert_eq!((status(&api, &payout).await, hold(&api, &lena).await), ("Sent".to_owned(), None));
    assert_eq!(propose(&api, "EUR").await.refusal(), (409, "nothing_payable".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_completed_payment_wins_over_a_denied_one_before_it() {
    let (world, _, run, payout) = under_way("PayPal").await;
    let api = world.api();
    let both = report(&[paid("Denied", "9CD", &payout), paid("Completed", "8AB", &payout)]);
    assert_eq!(imported(&api, &run, &both).await, [ignored("other_transfer"), became("Sent")]);
    let sent = api.get(&format!("/payouts/{payout}")).await.json();
    assert_eq!((sent["status"].as_str(), sent["transferId"].as_str()), (Some("Sent"), Some("8AB")), "{sent}");
    // Two payments went through: the brand must decide.
    let twice = report(&[paid("Completed", "8AB", &payout), paid("Completed", "7EF", &payout)]);
    let refused = ("Refused".to_owned(), Some("already_sent".to_owned()));
    assert_eq!(imported(&api, &run, &twice).await, [became("Unchanged"), refused]);
    world.finish().await;
}

#[tokio::test]
async fn a_batch_of_wises_that_was_cancelled_and_uploaded_anew() {
    for newest_first in [false, true] {
        let (world, lena, run, payout) = under_way("Wise").await;
        let api = world.api();
        let reference = payout[payout.len() - 10..].to_uppercase();
        let line = |id: &str, status: &str| format!("{id},{status},OUT,59.40,EUR,{reference}");
        let list = |mut lines: Vec<String>| {
            if newest_first {
                lines.reverse();
            }
            format!("{WISE}\n{}\n", lines.join("\n"))
        };
        let sorted = |mut rows: Vec<(String, Option<String>)>| {
            if newest_first {
                rows.reverse();
            }
            rows
        };
        // The second one is still on its way.
        let early = list(vec![line("TRANSFER-1", "CANCELLED"), line("TRANSFER-2", "processing")]);
        let rows = sorted(imported(&api, &run, &early).await);
        assert_eq!(rows, [ignored("other_transfer"), became("Pending")]);
        assert_eq!(status(&api, &payout).await, "Sending");
        let late = list(vec![line("TRANSFER-1", "CANCELLED"), line("TRANSFER-2", "COMPLETED")]);
        let rows = sorted(imported(&api, &run, &late).await);
        assert_eq!(rows, [ignored("other_transfer"), became("Sent")]);
        assert_eq!(hold(&api, &lena).await, None);
        // It bounced: Wise may send it again with other details. Then it is back.
        for (word, outcome, after) in [("bounced_back", "Pending", "Sent"), ("funds_refunded", "Failed", "Reversed")] {
            let rows = imported(&api, &run, &format!("{WISE}\n{}\n", line("TRANSFER-2", word))).await;
            assert_eq!((rows, status(&api, &payout).await.as_str()), (vec![became(outcome)], after));
        }
        assert!(hold(&api, &lena).await.is_some_and(|reason| reason.contains("was returned")));
        world.finish().await;
    }
}

#[tokio::test]
async fn money_that_came_in_again_was_never_paid() {
    let (world, lena, run, payout) = under_way("PayPal").await;
    let api = world.api();
    // No one claimed it for thirty days, and PayPal has a row of its own for what came back.
    let rows = [
        row("Mass Pay Reversal", "Completed", "59.40", "8CD", ("7AB", &payout)),
        paid("Unclaimed", "7AB", &payout),
        row("General Currency Conversion", "Completed", "59.40", "8CE", ("7AB", &payout)),
    ];
    assert_eq!(imported(&api, &run, &report(&rows)).await, [became("Failed"), became("Pending")]);
    let failed = api.get(&format!("/payouts/{payout}")).await.json();
    assert_eq!(
        ["status", "reasonCode", "nextAction"].map(|name| failed[name].as_str().unwrap()),
        ["Failed", "payment_failed", "look_into_it"]
    );
    assert!(hold(&api, &lena).await.is_some_and(|reason| reason.contains(&payout)));
    world.finish().await;
}

#[tokio::test]
async fn a_payment_that_came_back_is_not_made_again_before_a_person_looked() {
    let (world, lena, run, payout) = under_way("PayPal").await;
    let api = world.api();
    let completed = report(&[paid("Completed", "8AB", &payout)]);
    assert_eq!(imported(&api, &run, &completed).await, [became("Sent")]);
    // A partial amount is no return, and neither is the return of another payment.
    let part = report(&[row("Payment Refund", "Completed", "9.40", "8CC", ("8AB", &payout))]);
    assert_eq!(imported(&api, &run, &part).await, [("Refused".to_owned(), Some("amount_differs".to_owned()))]);
    let other = report(&[row("Payment Refund", "Completed", "59.40", "8CD", ("9CD", &payout))]);
    assert_eq!(imported(&api, &run, &other).await, [ignored("other_transfer")]);
    assert_eq!(status(&api, &payout).await, "Sent");
    // PayPal's row has the original's name, and not always ours; the row of an unknown payment is ignored.
    let back = report(&[
        row("Payment Refund", "Completed", "59.40", "8CE", ("8AB", "")),
        row("Payment Refund", "Completed", "59.40", "8CF", ("1XY", "")),
        paid("Completed", "8AB", &payout),
    ]);
    assert_eq!(imported(&api, &run, &back).await, [became("Failed"), became("Unchanged")]);
    assert_eq!(status(&api, &payout).await, "Reversed");
    assert!(hold(&api, &lena).await.is_some_and(|reason| reason.contains("was returned")));
    let audited = "select count(*) from audit_log where action = 'payout_hold.placed' and actor = 'system'";
    assert_eq!(world.database.count(audited).await, 1);

    // A scheduled run doesn't pay it; after a person releases it, the next run does.
    assert_eq!(propose(&api, "EUR").await.refusal(), (409, "nothing_payable".to_owned()));
    let other = partner(&world, "other", "PayPal").await;
    bonus(&world, &other.affiliate.to_string(), 2_000, "EUR").await;
    let next = propose(&api, "EUR").await.expect_status(201).json();
    assert_eq!((next["payouts"].as_i64(), next["grossCents"].as_i64()), (Some(1), Some(2_000)), "{next}");
    let left_out =
        next["exclusions"].as_array().unwrap().iter().find(|one| one["affiliateId"] == lena.affiliate.to_string());
    assert_eq!(left_out.map(|one| one["reason"].as_str().unwrap()), Some("on_hold"), "{next}");
    act(&api, &id(&next), "cancel").await.expect_status(200);
    let path = format!("/api/v1/affiliates/{}/payout-hold", lena.affiliate);
    api.send(Request::new("DELETE", &path)).await.expect_status(200);
    let next = propose(&api, "EUR").await.expect_status(201).json();
    assert_eq!(next["grossCents"], 7_940, "{next}");
    world.finish().await;
}

#[tokio::test]
async fn what_a_person_marks_as_returned_waits_for_one_too() {
    let (world, lena, _, payout) = under_way("PayPal").await;
    let api = world.api();
    let mark = async |what: &str, body| api.post(&format!("/payouts/{payout}/{what}"), &body).await.expect_status(200);
    mark("mark-sent", json!({"transferId": "8AB"})).await;
    // The person who ends a hold for another reason reads about the return.
    let path = format!("/api/v1/affiliates/{}/payout-hold", lena.affiliate);
    let put = Request { method: "PUT".to_owned(), ..Request::post(&path, r#"{"reason": "traffic under review"}"#) };
    api.send(put).await.expect_status(200);
    mark("mark-failed", json!({"reason": "the account is closed"})).await;
    let reason = hold(&api, &lena).await.unwrap();
    assert!(reason.contains("was returned") && reason.contains("traffic under review"), "{reason}");
    assert_eq!(propose(&api, "EUR").await.refusal(), (409, "nothing_payable".to_owned()));
    world.finish().await;
}

async fn upload(world: &World, run: &str, csv: &str) -> Response {
    let mut nina = owner(world).await;
    let part =
        |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file =
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n{csv}\r\n--b--\r\n");
    let organization = world.acme.organization.to_string();
    let body = part("organization", &organization) + &part("dateOrder", "") + &file;
    let request =
        Request { body: body.into_bytes(), ..Request::new("POST", &format!("/dashboard/payouts/runs/{run}/import")) }
            .header("Content-Type", "multipart/form-data; boundary=b")
            .header("Origin", &world.ledger.base())
            .header("Sec-Fetch-Site", "same-origin");
    nina.browser.send(request).await
}

#[tokio::test]
async fn a_file_that_was_uploaded_twice_is_recognized() {
    let (world, _, run, payout) = under_way("PayPal").await;
    let api = world.api();
    let file = report(&[paid("Completed", "8AB", &payout), paid("Denied", "9CD", &payout)]);
    let first = upload(&world, &run, &file).await.expect_status(200).text();
    assert!(first.contains("1 marked as paid") && !first.contains("already imported"), "{first}");
    assert!(first.contains("other_transfer"), "{first}");
    let kept = "select count(*) from payout_result_files where sent = 1 and ignored = 1 and actor like 'user:%'";
    assert_eq!(world.database.count(kept).await, 1);
    let again = upload(&world, &run, &file).await.expect_status(200).text();
    assert!(again.contains("already imported") && again.contains("Nothing changed"), "{again}");
    assert!(again.contains("0 marked as paid, 0 marked as failed, 1 unchanged"), "{again}");
    let answer = import(&api, &run, &file).await.expect_status(200).json();
    assert!(answer["alreadyImportedAt"].is_string(), "{answer}");
    assert_eq!((answer["unchanged"].as_i64(), answer["ignored"].as_i64()), (Some(1), Some(1)), "{answer}");
    assert_eq!(world.database.count("select count(*) from payout_result_files").await, 1);

    // Even where something could be booked by now.
    world.database.run("update payouts set transfer = null, reference = 'by hand'").await;
    let alone = report(&[paid("Denied", "9CD", &payout)]);
    world.database.run(&format!(
        "insert into payout_result_files (organization_id, run_id, digest, actor, imported_at, sent, failed, unchanged, pending,
                                          ignored, refused)
         select organization_id, run_id, sha256('{}'::bytea), actor, imported_at, 0, 0, 0, 0, 1, 0 from payout_result_files",
        alone.replace('\n', "\\012"),
    ))
    .await;
    assert_eq!(imported(&api, &run, &alone).await, [ignored("already_imported")]);
    assert_eq!(status(&api, &payout).await, "Sent");
    world.finish().await;
}

/// A row that couldn't be booked yet isn't stored as read.
#[tokio::test]
async fn a_file_that_came_too_early_counts_later() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_940, "EUR").await;
    let run = id(&propose(&api, "EUR").await.expect_status(201).json());
    let payout = id(&api.all(&format!("/payouts?runId={run}")).await.remove(0));
    let file = format!("payoutId,status,reference\n{payout},Sent,pp-1\n");
    let early = ("Refused".to_owned(), Some("not_reserved".to_owned()));
    assert_eq!(imported(&api, &run, &file).await, [early]);
    act(&api, &run, "approve").await.expect_status(200);
    reserved(&api, &run).await;
    assert_eq!(imported(&api, &run, &file).await, [became("Sent")]);
    world.finish().await;
}

/// A plan pays for a buyer's first lead. The payout of another one goes on after an earlier one was reported. No person denied
/// that lead.
#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_lost_its_commission_in_a_payout_is_not_denied() {
    let world = World::start().await;
    let api = world.api();
    let robin = partner(&world, "robin", "PayPal").await;
    let plan = json!({
        "scope": "program", "effectiveAt": wait::now().plus_days(-60).to_string(), "holdDays": 30,
        "components": [{"type": "per_lead", "amountCents": 5_000, "currency": "USD"}],
    });
    api.post(&format!("/programs/{}/plans", world.acme.program), &plan).await.expect_status(201);
    let lead = |name: &str, days: i64| {
        world.acme.lead(name).but(|report| {
            report.affiliate_slug = Some(robin.slug.clone());
            report.customer_id = Some("buyer".to_owned());
            report.occurred_at = Some(wait::now().plus_days(-days));
        })
    };
    world.intake().accept(&[lead("second", 40)]).await;
    world.ledger.run_jobs().await;
    let (run, payouts) = exported(&api, "USD", "PayPal").await;
    world.intake().accept(&[lead("first", 45)]).await;
    let (before, commissions) = api.booked("second").await.unwrap();
    assert_eq!((&before["status"], &commissions[0]["amountCents"]), (&json!("Approved"), &json!(0)), "{before}");
    let back = format!("payoutId,status,reference,reason\n{},Sent,pp-1,\n", payouts[0]);
    import(&api, &run, &back).await.expect_status(200);
    let (after, commissions) = api.booked("second").await.unwrap();
    assert_eq!((&after["status"], &commissions[0]["paidCents"]), (&json!("Approved"), &json!(5_000)), "{after}");
    world.finish().await;
}
