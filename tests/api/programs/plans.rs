//! Goal: a developer sets a program up in one call, sends a year of history, changes plans from dates on, and every
//! commission is right to the cent.
//! Method: programs, affiliates and plans by API; signed batches with dates of the past; commissions by API are
//! compared with arithmetic written next to them.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    program_fixture::{ProgramFixture, days_ago, percentage, send},
    wait::now,
};

#[tokio::test]
async fn one_call_and_a_year_of_history() {
    let world = World::shared().await;
    let api = world.api();
    let starts_at = days_ago(366);
    let components = json!([
        {"type": "flat", "amountCents": 25_000, "currency": "USD", "duration": "once"},
        {"type": "percentage", "ratePercent": "5", "when": {"on": "recurring"}}
    ]);
    let body = json!({
        "name": "Bounty & continuation", "startsAt": starts_at.to_string(), "components": components,
        "allowedOrigins": ["https://acme.test"]
    });
    let made = api.post("/programs", &body).await.expect_status(201).json();
    assert_eq!(
        (made["slug"].as_str(), made["attributionModel"].as_str()),
        (Some("bounty-continuation"), Some("LastTouch"))
    );
    assert_eq!((made["cookieWindowDays"].as_i64(), made["holdDays"].as_i64()), (Some(60), Some(30)));
    assert_eq!(made["customerBinding"], "AffiliateAndPlan");
    assert!(made["publicKey"].as_str().unwrap().starts_with("pk_"));
    let plan = &made["plan"];
    assert_eq!((&plan["scope"], &plan["inForce"]), (&json!("program"), &json!(true)));
    assert_eq!(plan["effectiveAt"], starts_at.to_string());
    assert_eq!(plan["summary"], json!(["USD 250.00 for a customer's first sale", "5% of each renewal"]));
    let program = made["id"].as_str().unwrap().to_owned();
    assert_eq!(api.get(&format!("/programs/{program}")).await.json()["slug"], made["slug"]);

    let fixture = ProgramFixture { world, api, program };
    fixture.affiliate("nadia").await;
    let mut events = Vec::new();
    for month in 0..12 {
        let at = starts_at.plus_days(1 + 30 * month);
        let monthly = fixture.sale(&format!("yearly-{month}"), "nadia", "u_1", at, 9_900);
        events.push(monthly.but(|report| report.subscription_id = Some("sub_1".to_owned())));
    }
    // An uneven price without a subscription: the second purchase is the renewal.
    events.push(fixture.sale("odd-0", "nadia", "u_2", starts_at.plus_days(40), 4_999));
    events.push(fixture.sale("odd-1", "nadia", "u_2", starts_at.plus_days(70), 4_999));
    fixture.world.intake().accept(&events).await;

    // The first payment: USD 250.00. Each of eleven renewals: 5% of USD 99.00 = 4.95.
    assert_eq!(fixture.earned("yearly-0").await, 25_000);
    for month in 1..12 {
        assert_eq!(fixture.earned(&format!("yearly-{month}")).await, 495, "month {month}");
    }
    // 5% of 49.99 = 2.4995, rounded half up: 2.50.
    assert_eq!((fixture.earned("odd-0").await, fixture.earned("odd-1").await), (25_000, 250));
    let all = fixture.api.all(&format!("/commissions?programId={}", fixture.program)).await;
    let sum: i64 = all.iter().map(|row| row["amountCents"].as_i64().unwrap()).sum();
    // 2 × 250.00 + 11 × 4.95 + 2.50.
    assert_eq!((all.len(), sum), (14, 55_695));
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_plan_changes_from_a_date_on() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    fixture.affiliate("nadia").await;
    // Nothing has happened yet: a date in the past is fine.
    let change = json!({"effectiveAt": days_ago(100).to_string(), "components": percentage("30"), "note": "Summer", "holdDays": 14});
    fixture.plan(&change).await.expect_status(201);
    fixture
        .world
        .intake()
        .accept(&[
            fixture.sale("old-first", "nadia", "old", days_ago(200), 10_000),
            fixture.sale("old-later", "nadia", "old", days_ago(50), 10_000),
            fixture.sale("new-first", "nadia", "new", days_ago(50), 10_000),
        ])
        .await;
    // Bound before the change: 20% for ever. First bought after it: 30%.
    assert_eq!((fixture.earned("old-first").await, fixture.earned("old-later").await), (2_000, 2_000));
    assert_eq!(fixture.earned("new-first").await, 3_000);
    // A first sale from before the change, reported after it and after another change from now on.
    let made = fixture.plan(&json!({"components": percentage("40")})).await.expect_status(201).json();
    assert_eq!(made["holdDays"], 14, "as in the version before");
    fixture
        .world
        .intake()
        .accept(&[
            fixture.sale("late-told", "nadia", "late", days_ago(150), 10_000),
            fixture.sale("newest", "nadia", "newest", now(), 10_000),
            fixture.sale("old-newest", "nadia", "old", now(), 10_000),
        ])
        .await;
    assert_eq!((fixture.earned("late-told").await, fixture.earned("newest").await), (2_000, 4_000));
    assert_eq!(fixture.earned("old-newest").await, 2_000);
    // A future version is listed first and isn't in force.
    let ahead = json!({"effectiveAt": now().plus_days(30).to_string(), "components": percentage("50")});
    fixture.plan(&ahead).await.expect_status(201);
    let twice = fixture.plan(&ahead).await;
    assert_eq!(twice.refusal(), (409, "plan_exists".to_owned()));
    let plans = fixture.api.all(&format!("/programs/{}/plans", fixture.program)).await;
    let shown: Vec<_> =
        plans.iter().map(|plan| (plan["summary"][0].as_str().unwrap(), plan["inForce"].as_bool().unwrap())).collect();
    let expected = [
        ("50% of each sale", false),
        ("40% of each sale", true),
        ("30% of each sale", false),
        ("20% of each sale", false),
    ];
    assert_eq!(shown, expected);
    assert_eq!(plans[2]["note"], "Summer");
    let page = fixture.api.get(&format!("/programs/{}/plans?perPage=3", fixture.program)).await.json();
    assert!(page["nextCursor"].is_string());
    fixture.world.finish().await;
}

#[tokio::test]
async fn segments_and_overrides_and_their_end() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let (nadia, _) = (fixture.affiliate("nadia").await, fixture.affiliate("omar").await);
    let set = |body: Value| {
        let path = format!("/affiliates/{nadia}/segment");
        let api = fixture.api.clone();
        async move { send(&api, "PUT", &path, &body).await }
    };
    let gold = set(json!({"segment": "gold", "effectiveAt": days_ago(300).to_string()})).await.expect_status(200);
    assert_eq!(gold.json()["segment"], "gold");
    let tiers = json!([{
        "type": "tiers", "by": "sales", "period": "ever", "mode": "marginal",
        "steps": [{"from": 1, "ratePercent": "30"}, {"from": 3, "ratePercent": "35"}]
    }]);
    fixture
        .plan(&json!({"scope": {"segment": "gold"}, "effectiveAt": days_ago(366).to_string(), "components": tiers}))
        .await
        .expect_status(201);
    let own = json!({"affiliateId": nadia});
    fixture
        .plan(&json!({"scope": own, "effectiveAt": days_ago(90).to_string(), "components": percentage("40")}))
        .await
        .expect_status(201);
    let ended = fixture.plan(&json!({"scope": own, "effectiveAt": days_ago(60).to_string(), "components": null})).await;
    assert_eq!(ended.expect_status(201).json()["components"], Value::Null);
    fixture
        .world
        .intake()
        .accept(&[
            fixture.sale("before-gold", "nadia", "b0", days_ago(350), 10_000),
            fixture.sale("gold", "nadia", "b1", days_ago(100), 10_000),
            fixture.sale("own", "nadia", "b2", days_ago(80), 10_000),
            fixture.sale("gold-again", "nadia", "b3", days_ago(50), 10_000),
            fixture.sale("other", "omar", "b4", days_ago(80), 10_000),
        ])
        .await;
    // Not in the segment yet: the program's 20%. Then the segment's tiers: it is the affiliate's second sale, so 30%.
    assert_eq!((fixture.earned("before-gold").await, fixture.earned("gold").await), (2_000, 3_000));
    // Her override of 40%; after its end the tiers apply again, and it is her fourth sale: 35%.
    assert_eq!((fixture.earned("own").await, fixture.earned("gold-again").await), (4_000, 3_500));
    assert_eq!(fixture.earned("other").await, 2_000);
    // By API, from a date: the past is closed now, the future is open.
    let past = set(json!({"segment": null, "effectiveAt": days_ago(70).to_string()})).await;
    assert_eq!(past.field_refusal(), (400, "validation_failed".to_owned(), "effectiveAt".to_owned()));
    assert_eq!(set(json!({"segment": null})).await.expect_status(200).json()["segment"], Value::Null);
    fixture.world.intake().accept(&[fixture.sale("no-more-gold", "nadia", "b5", now(), 10_000)]).await;
    fixture.world.intake().accept(&[fixture.sale("gold-customer", "nadia", "b3", now(), 10_000)]).await;
    // A new customer is the program's; one bound under the segment's plan keeps it: her sixth or seventh sale, 35%.
    assert_eq!((fixture.earned("no-more-gold").await, fixture.earned("gold-customer").await), (2_000, 3_500));
    // An override of someone else may still be backdated, as he has had no sale since.
    let omar = fixture.api.all("/affiliates?slug=omar").await[0]["id"].clone();
    let body = json!({"scope": {"affiliateId": omar}, "effectiveAt": days_ago(79).to_string(), "components": percentage("25")});
    fixture.plan(&body).await.expect_status(201);
    let body = json!({"scope": {"affiliateId": omar}, "effectiveAt": days_ago(81).to_string(), "components": percentage("25")});
    assert_eq!(fixture.plan(&body).await.field_refusal().2, "effectiveAt");
    fixture.world.finish().await;
}

/// What a brand decides about an affiliate's plan while their rate is raised applies also after the raise's end.
#[tokio::test]
async fn a_decision_outlasts_a_raise() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let own = json!({"affiliateId": fixture.affiliate("nadia").await});
    let before =
        json!({"scope": own, "effectiveAt": days_ago(90).to_string(), "components": percentage("40"), "holdDays": 14});
    fixture.plan(&before).await.expect_status(201);
    let raise = json!({"email": "nadia@creators.test", "programId": fixture.program, "ratePercent": "50", "months": 3});
    assert_eq!(fixture.api.post("/automations/rate-bump", &raise).await.json()["result"], "raised");
    let theirs = async || {
        let mut plans = fixture.api.all(&format!("/programs/{}/plans", fixture.program)).await;
        plans.retain(|plan| plan["scope"] == own);
        plans
    };
    let rates =
        |plans: &[Value]| plans.iter().map(|plan| plan["components"][0]["ratePpm"].as_i64()).collect::<Vec<_>>();
    assert_eq!(rates(&theirs().await), [400_000, 500_000, 400_000].map(Some), "the latest first: the raise's end");

    // No plan of their own any more: also after the raise's end, where their earlier plan would have come back.
    fixture.plan(&json!({"scope": own, "components": null})).await.expect_status(201);
    assert_eq!(rates(&theirs().await), [None, Some(400_000), None, Some(500_000), Some(400_000)]);
    let decided = json!({"scope": own, "components": percentage("35"), "note": "For good"});
    fixture.plan(&decided).await.expect_status(201);
    let plans = theirs().await;
    let expected = [Some(350_000), None, Some(400_000), Some(350_000), None, Some(500_000), Some(400_000)];
    assert_eq!(rates(&plans), expected);
    for plan in [&plans[0], &plans[3]] {
        assert_eq!((&plan["note"], &plan["holdDays"]), (&json!("For good"), &json!(14)), "{plan}");
        assert_eq!(plan["components"], plans[3]["components"], "with the same ids");
    }
    let in_force: Vec<_> = plans.iter().map(|plan| plan["inForce"] == true).collect();
    assert_eq!(in_force, [false, false, false, true, false, false, false]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_bad_plan_is_refused_by_the_path_of_its_mistake() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    fixture.affiliate("nadia").await;
    fixture.world.intake().accept(&[fixture.sale("sale", "nadia", "u", days_ago(10), 10_000)]).await;
    let good = || json!({"type": "percentage", "ratePercent": "5"});
    let tiers =
        |steps: Value| json!({"type": "tiers", "by": "sales", "period": "month", "mode": "whole", "steps": steps});
    for (body, field) in [
        (json!({}), "components"),
        (json!({"components": null}), "components"),
        (json!({"components": []}), "components"),
        (json!({"components": [good(), {"type": "percentage", "ratePercent": "101"}]}), "components[1].ratePercent"),
        (json!({"components": [{"type": "percentage", "ratePercent": 5}]}), "components[0].ratePercent"),
        (json!({"components": [{"type": "percent"}]}), "components[0].type"),
        (json!({"components": [{"type": "percentage", "ratePercent": "5", "rate": 1}]}), "components[0].rate"),
        (json!({"components": [{"type": "flat", "amountCents": 100}]}), "components[0].currency"),
        (json!({"components": [tiers(json!([{"from": 2, "ratePercent": "5"}]))]}), "components[0].steps[0].from"),
        (
            json!({"components": [{"type": "percentage", "ratePercent": "5", "when": {"countries": ["Germany"]}}]}),
            "components[0].when.countries[0]",
        ),
        (
            json!({"components": [{"type": "percentage", "ratePercent": "5", "cap": {"currency": "USD"}}]}),
            "components[0].cap.perConversion",
        ),
        (json!({"components": [good()], "holdDays": 366}), "holdDays"),
        (json!({"components": [good()], "scope": "segment"}), "scope"),
        (json!({"components": [good()], "scope": {"segment": ""}}), "scope.segment"),
        (json!({"components": [good()], "effectiveAt": "yesterday"}), "effectiveAt"),
        (json!({"components": [good()], "effectiveAt": days_ago(11).to_string()}), "effectiveAt"),
        (json!({"components": [good()], "effectiveAt": "1999-12-31T00:00:00Z"}), "effectiveAt"),
        (json!({"components": null, "scope": {"segment": "gold"}}), "components"),
        (json!({"components": [good()], "from": "now"}), "from"),
    ] {
        let refused = fixture.plan(&body).await;
        assert_eq!(
            refused.field_refusal(),
            (400, "validation_failed".to_owned(), field.to_owned()),
            "{body}: {}",
            refused.text()
        );
    }
    // After the sale, the past is open.
    let after = json!({"components": [good()], "effectiveAt": days_ago(9).to_string()});
    fixture.plan(&after).await.expect_status(201);
    for (body, field) in [
        (json!({"components": percentage("5")}), "name"),
        (json!({"name": " ", "components": percentage("5")}), "name"),
        (json!({"name": "x", "slug": "Upper", "components": percentage("5")}), "slug"),
        (json!({"name": "x", "cookieWindowDays": 366, "components": percentage("5")}), "cookieWindowDays"),
        (json!({"name": "x", "attributionModel": "Linear", "components": percentage("5")}), "attributionModel"),
        (json!({"name": "x", "customerBinding": "Plan", "components": percentage("5")}), "customerBinding"),
        (
            json!({"name": "x", "review": {"velocityPerHour": 0}, "components": percentage("5")}),
            "review.velocityPerHour",
        ),
        (
            json!({"name": "x", "allowedOrigins": ["https://a.test", "https://a.test/x"], "components": percentage("5")}),
            "allowedOrigins[1]",
        ),
        (json!({"name": "x", "holdDays": -1, "components": percentage("5")}), "holdDays"),
        (json!({"name": "x"}), "components"),
    ] {
        let refused = fixture.api.post("/programs", &body).await;
        assert_eq!(
            refused.field_refusal(),
            (400, "validation_failed".to_owned(), field.to_owned()),
            "{body}: {}",
            refused.text()
        );
    }
    let taken = json!({"name": "x", "slug": "by-api", "components": percentage("5")});
    assert_eq!(fixture.api.post("/programs", &taken).await.refusal(), (409, "slug_taken".to_owned()));
    let derived = fixture.api.post("/programs", &json!({"name": "By API", "components": percentage("5")})).await;
    assert!(derived.expect_status(201).json()["slug"].as_str().unwrap().starts_with("by-api-"));
    fixture.world.finish().await;
}

#[tokio::test]
async fn rules_change_from_now_on() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    fixture.affiliate("nadia").await;
    let change = |body: Value| {
        let (api, path) = (fixture.api.clone(), format!("/programs/{}", fixture.program));
        async move { send(&api, "PATCH", &path, &body).await }
    };
    fixture.world.intake().accept(&[fixture.sale("first", "nadia", "u", days_ago(10), 10_000)]).await;
    let changed = change(json!({"name": "New name", "customerBinding": "Affiliate", "cookieWindowDays": 90})).await;
    let changed = changed.expect_status(200).json();
    assert_eq!((changed["name"].as_str(), changed["cookieWindowDays"].as_i64()), (Some("New name"), Some(90)));
    assert_eq!(changed["attributionModel"], "LastTouch");
    assert_eq!(fixture.api.get(&format!("/programs/{}", fixture.program)).await.json(), changed);
    fixture.plan(&json!({"components": percentage("40")})).await.expect_status(201);
    // A sale from before the change, reported now, keeps affiliate and plan; one from after it has its day's plan.
    fixture.world.intake().accept(&[fixture.sale("told-late", "nadia", "u", days_ago(5), 10_000)]).await;
    fixture.world.intake().accept(&[fixture.sale("now", "nadia", "u", now(), 10_000)]).await;
    assert_eq!((fixture.earned("told-late").await, fixture.earned("now").await), (2_000, 4_000));
    for (body, field) in [
        (json!({}), "name"),
        (json!({"slug": "other"}), "slug"),
        (json!({"cookieWindowDays": 0}), "cookieWindowDays"),
        (json!({"allowedOrigins": ["*"]}), "allowedOrigins[0]"),
    ] {
        assert_eq!(change(body.clone()).await.field_refusal().2, field, "{body}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_sale_of_a_clock_that_is_ahead_doesnt_depend_on_what_came_first() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let ahead = now().plus_millis(3_600_000);
    fixture.world.intake().accept(&[fixture.sale("before", "nadia", "u_1", ahead, 10_000)]).await;
    assert_eq!(fixture.earned("before").await, 2_000);
    fixture.plan(&json!({"components": percentage("40")})).await.expect_status(201);
    fixture.world.intake().accept(&[fixture.sale("after", "nadia", "u_2", ahead, 10_000)]).await;
    assert_eq!((fixture.earned("before").await, fixture.earned("after").await), (4_000, 4_000));
    // The same with a segment.
    fixture.plan(&json!({"scope": {"segment": "gold"}, "components": percentage("50")})).await.expect_status(201);
    let gold = json!({"segment": "gold"});
    send(&fixture.api, "PUT", &format!("/affiliates/{nadia}/segment"), &gold).await.expect_status(200);
    assert_eq!((fixture.earned("before").await, fixture.earned("after").await), (5_000, 5_000));
    fixture.world.finish().await;
}
