//! Goal: a program pays a recruiter their share of what the recruit earns, exactly, by the rule of each sale's time.
//! Method: terms, recruiters and sales by API; refunds and decisions change the parent; strangers get 404. What changes a
//! recruiter is reported before and after the sale.
//! Routes: `/programs/{id}/sub-affiliate-config`, `/affiliates/{id}/recruits`, `/affiliates/{id}/recruiter`,
//! `/me/sub-affiliate/link`

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    http::{Request, Response},
    program_fixture::percentage,
    wait::now,
};

use crate::created;

async fn overrides(world: &World) -> Vec<Value> {
    world.api().all("/commissions?type=Override").await
}

async fn put(world: &World, path: &str, body: Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    world.api().send(Request { method: "PUT".to_owned(), ..request }).await
}

#[tokio::test]
async fn a_recruiter_earns_a_share_that_follows_the_parent() {
    let world = World::shared().await;
    let path = format!("/programs/{}/sub-affiliate-config", world.acme.program);
    let unset = json!({"enabled": false, "percent": 0.0, "months": null, "effectiveAt": null});
    assert_eq!(world.api().get(&path).await.expect_status(200).json(), unset);
    for (body, field) in [
        (json!({"enabled": true, "percent": 100.1}), "percent"),
        (json!({"enabled": true, "percent": -1}), "percent"),
        (json!({"enabled": true, "percent": 10, "months": 0}), "months"),
    ] {
        assert_eq!(put(&world, &path, body).await.field_refusal().2, field);
    }
    let set = put(&world, &path, json!({"enabled": true, "percent": 10})).await.expect_status(200).json();
    assert_eq!((set["enabled"].as_bool(), set["percent"].as_f64()), (Some(true), Some(10.0)));
    let logged = world.api().all("/audit-log?action=program.sub_affiliate_config_changed").await;
    assert_eq!(logged.len(), 1);

    let recruit = world.acme.partner.affiliate.to_string();
    let recruiter = world.acme.join(&world.database, "early").await;
    let recruiter_id = recruiter.affiliate.to_string();
    let at = format!("/affiliates/{recruit}/recruiter");
    let decision = |id: &str| json!({"recruiterId": id, "reason": "Met at the fair"});
    assert_eq!(put(&world, &at, decision(&recruit)).await.field_refusal().2, "recruiterId");
    put(&world, &at, decision(&recruiter_id)).await.expect_status(200);
    let loops = put(&world, &format!("/affiliates/{recruiter_id}/recruiter"), decision(&recruit)).await;
    assert_eq!(loops.field_refusal().2, "recruiterId");

    let own_plan = json!({"scope": {"affiliateId": recruit}, "components": percentage("30")});
    let own_plan = created(&world, &format!("/programs/{}/plans", world.acme.program), own_plan).await;
    let slug = &world.acme.partner.slug;
    let sale = json!({"externalEventId": "one", "amountCents": 9_900, "customerId": "ann", "affiliateSlug": slug});
    let made = created(&world, "/conversions", sale).await;
    let conversion = made["id"].as_str().unwrap();
    let parents = world.api().all(&format!("/commissions?conversionId={conversion}&type=Conversion")).await;
    let parent = &parents[0];
    let earned = overrides(&world).await;
    assert_eq!(earned.len(), parents.len());
    assert_eq!(earned[0]["amountCents"].as_i64(), Some(parent["amountCents"].as_i64().unwrap() / 10));
    assert_eq!(earned[0]["ofCommissionId"], parent["id"]);
    assert_eq!((&earned[0]["affiliateId"], &earned[0]["holdUntil"]), (&json!(recruiter_id), &parent["holdUntil"]));

    let listed = world.api().get(&format!("/affiliates/{recruiter_id}/recruits")).await.expect_status(200).json();
    assert_eq!(listed["recruits"][0]["affiliateId"], json!(recruit));
    assert_eq!(listed["recruits"][0]["earned"][0]["amountCents"], earned[0]["amountCents"]);
    let link = format!("/me/sub-affiliate/link?affiliateId={recruiter_id}&programId={}", world.acme.program);
    let link = world.api().get(&link).await.expect_status(200).json();
    assert!(link["url"].as_str().unwrap().ends_with(&format!("/p/{}?by=early", world.own("acme"))), "{link}");

    let denied = format!("/commissions/{}/deny", parent["id"].as_str().unwrap());
    world.api().post(&denied, &json!({"reason": "Not ours"})).await.expect_status(200);
    let after = overrides(&world).await;
    assert_eq!((after[0]["amountCents"].as_i64(), after[0]["status"].as_str()), (Some(0), Some("Denied")));
    let explained = format!("/commissions/{}/explain", after[0]["id"].as_str().unwrap());
    let receipt = world.api().get(&explained).await.expect_status(200).json();
    assert_eq!(receipt["type"].as_str().or(receipt["kind"].as_str()), Some("Override"), "{receipt}");
    assert_eq!(receipt["plan"]["planVersionId"], own_plan["id"], "the plan that the recruit has alone: {receipt}");

    for path in [path, format!("/affiliates/{recruiter_id}/recruits")] {
        assert_eq!(world.other_api().get(&path).await.refusal().0, 404, "{path}");
    }
    world.finish().await;
}

/// What a sale earned whom, and what holds it: its flags, what holds the recruit's commission, and each override with an
/// amount.
async fn book(world: &World, name: &str) -> (Value, Value, Vec<(i64, String, Value)>) {
    let (conversion, commissions) = world.api().booked(name).await.unwrap();
    let is_override = |row: &&Value| row["type"] == "Override";
    let parent = commissions.iter().find(|row| !is_override(row)).unwrap();
    let overrides = commissions.iter().filter(is_override).filter(|row| row["amountCents"] != 0);
    let row = |row: &Value| {
        (row["amountCents"].as_i64().unwrap(), row["status"].as_str().unwrap().to_owned(), row["heldFor"].clone())
    };
    (conversion["flags"].clone(), parent["heldFor"].clone(), overrides.map(row).collect())
}

/// What happens to a recruiter, or to one of their recruits.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    Address,
    Account,
    Status,
}

async fn happens(world: &World, change: Change, recruit: &str, recruiter: &str) {
    let path = format!("/affiliates/{recruiter}");
    match change {
        Change::Nothing => {}
        Change::Address => {
            let own = world.api().get(&format!("/affiliates/{recruit}")).await.expect_status(200).json();
            let alias = own["email"].as_str().unwrap().replace('@', "+alias@");
            world.api().patch(&path, &json!({"email": alias})).await.expect_status(200);
        }
        Change::Account => {
            for who in [recruit, recruiter] {
                let paypal = json!({"rail": "PayPal", "email": format!("{recruit}@paypal.test")});
                put(world, &format!("/affiliates/{who}/payout-method"), paypal).await.expect_status(200);
            }
        }
        Change::Status => {
            world.api().patch(&path, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);
        }
    }
}

/// A caller's clock may be ahead, so that a sale is booked before what applies at its time is known.
#[tokio::test]
async fn what_changes_a_recruiter_counts_the_same_before_and_after_the_sale() {
    let world = World::shared().await;
    let path = format!("/programs/{}/sub-affiliate-config", world.acme.program);
    put(&world, &path, json!({"enabled": true, "percent": 10})).await.expect_status(200);
    let review = |amount| vec![(amount, "Pending".to_owned(), json!("Review"))];
    for (change, flags, overrides) in [
        (Change::Nothing, json!([]), vec![(200, "Pending".to_owned(), Value::Null)]),
        (Change::Address, json!(["SelfRecruit"]), review(200)),
        (Change::Account, json!(["SelfRecruit"]), review(200)),
        (Change::Status, json!([]), Vec::new()),
    ] {
        for sale_first in [true, false] {
            let name = format!("{change:?}-{sale_first}").to_lowercase();
            let recruit = world.acme.join(&world.database, &format!("recruit-{name}")).await;
            let recruiter = world.acme.join(&world.database, &format!("early-{name}")).await.affiliate.to_string();
            let id = recruit.affiliate.to_string();
            let by = json!({"recruiterId": recruiter, "reason": "Met at the fair"});
            put(&world, &format!("/affiliates/{id}/recruiter"), by).await.expect_status(200);
            let sale = world.acme.sale(&name, 10_000).but(|report| {
                report.customer_id = Some(name.clone());
                report.affiliate_slug = Some(recruit.slug.clone());
                report.occurred_at = Some(now().plus_millis(3_600_000));
            });
            if !sale_first {
                happens(&world, change, &id, &recruiter).await;
            }
            world.intake().accept(&[sale]).await;
            if sale_first {
                happens(&world, change, &id, &recruiter).await;
            }
            let expected = (flags.clone(), Value::Null, overrides.clone());
            assert_eq!(book(&world, &name).await, expected, "{change:?}, sale first: {sale_first}");
        }
    }
    world.check().await;
    world.finish().await;
}

#[tokio::test]
async fn an_export_says_who_recruited_whom_and_an_erasure_leaves_no_name() {
    let world = World::shared().await;
    let path = format!("/programs/{}/sub-affiliate-config", world.acme.program);
    put(&world, &path, json!({"enabled": true, "percent": 10})).await.expect_status(200);
    let recruit = world.acme.partner.affiliate.to_string();
    let recruiter = world.acme.join(&world.database, "early").await.affiliate.to_string();
    let by = json!({"recruiterId": recruiter, "reason": "early@creators.test told us"});
    put(&world, &format!("/affiliates/{recruit}/recruiter"), by).await.expect_status(200);
    let paypal = json!({"rail": "PayPal", "email": "early@paypal.test"});
    put(&world, &format!("/affiliates/{recruiter}/payout-method"), paypal).await.expect_status(200);
    let slug = &world.acme.partner.slug;
    let sale = json!({"externalEventId": "one", "amountCents": 10_000, "customerId": "ann", "affiliateSlug": slug});
    created(&world, "/conversions", sale).await;
    let before = overrides(&world).await;
    assert_eq!(before[0]["amountCents"], 200);
    let part = async |who: &str, name: &str| {
        let export = world.api().get(&format!("/affiliates/{who}/export")).await.expect_status(200).json();
        export["data"][name]["rows"].clone()
    };
    assert_eq!(part(&recruit, "recruiters").await[0]["reason"], "early@creators.test told us");
    assert_eq!(part(&recruiter, "recruits").await.as_array().unwrap().len(), 1);
    assert_eq!(part(&recruiter, "payoutAccountKeys").await.as_array().unwrap().len(), 1);
    let reason = json!({"reason": "They asked"});
    world.api().post(&format!("/affiliates/{recruiter}/erase"), &reason).await.expect_status(200);
    let named = "select count(*) from affiliate_recruits where reason like '%early@%'";
    assert_eq!(world.database.count(named).await, 0);
    assert_eq!(world.database.count("select count(*) from affiliate_recruits where reason like '%told us'").await, 1);
    assert_eq!(overrides(&world).await[0]["amountCents"], before[0]["amountCents"], "the book stays");
    world.check().await;
    world.finish().await;
}
