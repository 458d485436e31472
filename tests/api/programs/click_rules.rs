//! Goal: a program that pays for clicks pays for visitors, once a day each and within its own limits, and sudden growth
//! is reviewed first.
//! Method: signed batches of clicks with the visitors that the edge distinguishes, in any order and repeated; the
//! ledger recounts; commissions and rules by API, the review by page.

use serde_json::json;
use shared::{event::ClickClass, id::ProgramId};
use world::{
    World,
    client::dashboard::Marketer,
    verify,
    visits::{Paying, classed, noon},
};

#[tokio::test]
async fn a_visitor_earns_once_a_day_and_affiliate() {
    let world = World::start().await;
    let paying = Paying::ten_cents(&world).await;
    let (anna, ben) = (paying.partner("anna").await, paying.partner("ben").await);
    let at = noon(2);
    let click = |visitor, country| paying.click_from(&world, &anna, at, visitor, country);
    let clicks = [
        click(Some("a"), Some("DE")),
        click(Some("a"), Some("DE")),
        // The same visitor, with privacy control and through another country.
        click(Some("a"), None),
        click(Some("a"), Some("US")),
        click(Some("b"), Some("US")),
        // Without a hash, all of them count as one visitor.
        click(None, None),
        click(None, Some("DE")),
        click(None, Some("FR")),
        classed(click(Some("c"), None), ClickClass::Bot),
        classed(click(Some("d"), None), ClickClass::Prefetch),
        classed(click(Some("e"), None), ClickClass::Head),
    ];
    world.intake().accept(&clicks).await;
    world.intake().accept(&[paying.click(&world, &ben, at, Some("a"))]).await;
    paying.recount(&world).await;
    assert_eq!((paying.cents(&anna).await, paying.cents(&ben).await), (vec![30], vec![10]));
    let one = paying.earned().await.into_iter().find(|one| one["amountCents"] == 30).unwrap();
    let day = at.to_string().split('T').next().unwrap().to_owned();
    assert_eq!(one["reason"], format!("3 visitors on {day} at USD 0.10 each = USD 0.30"));
    assert_eq!((one["status"].as_str(), one["heldFor"].as_str()), (Some("Pending"), None));

    // A repeated batch changes nothing; a late one is added; another day counts separately.
    world.intake().post(&clicks).await;
    paying.recount(&world).await;
    assert_eq!(paying.cents(&anna).await, [30]);
    let late = [paying.click(&world, &anna, at, Some("late")), paying.click(&world, &anna, noon(1), Some("a"))];
    world.intake().accept(&late).await;
    paying.recount(&world).await;
    assert_eq!(paying.cents(&anna).await, [10, 40]);
    paying.advance(&world, 31).await;
    assert!(paying.earned().await.iter().all(|one| one["status"] == "Approved"));
    world.finish().await;
}

#[tokio::test]
async fn an_organization_that_cannot_be_counted_holds_up_no_other() {
    let world = World::start().await;
    let paying = Paying::ten_cents(&world).await;
    let anna = paying.partner("anna").await;
    // Another organization pays for clicks, too, by rules that this build can't read.
    let components = json!([{"type": "per_click", "amountCents": 10, "currency": "USD"}]);
    let other = json!({"name": "By the click", "components": components});
    let other = world.other_api().post("/programs", &other).await.expect_status(201).json();
    let program: ProgramId = other["id"].as_str().unwrap().parse().unwrap();
    let unreadable = format!(
        "insert into click_rules (organization_id, program_id, effective_at, visitors_per_affiliate, daily_budget,
                                  currency, created_at)
         values ('{}', '{}', now(), 10, 100, 'ZZZ', now())",
        world.globex.organization.uuid(),
        program.uuid()
    );
    world.database.run(&unreadable).await;
    world.intake().accept(&[paying.click(&world, &anna, noon(1), Some("a"))]).await;
    world.ledger.run_jobs().await;
    assert_eq!(paying.cents(&anna).await, [10]);
    assert!(world.ledger.log().contains("job.organization_failed"), "the log names what failed");
    // Rules are never deleted, but the proofs at the end have to read them.
    let delete = "delete from click_rules where currency = 'ZZZ'";
    world.database.run_untriggered(delete).await;
    world.finish().await;
}

#[tokio::test]
async fn a_plan_pays_once_it_has_begun_and_only_as_corrected() {
    let world = World::start().await;
    let part = |cents: i64| json!([{"type": "per_click", "amountCents": cents, "currency": "USD"}]);
    let api = world.api();
    // It begins in the last second of today.
    let start = noon(0).plus_millis(43_199_000);
    let body = json!({"name": "From tonight on", "startsAt": start.to_string(), "components": part(10)});
    let made = api.post("/programs", &body).await.expect_status(201).json();
    let paying = Paying { program: made["id"].as_str().unwrap().parse().unwrap(), api };
    let anna = paying.partner("anna").await;
    let morning = noon(0).plus_millis(-43_200_000);
    world.intake().accept(&[paying.click(&world, &anna, morning, Some("a"))]).await;
    paying.recount(&world).await;
    assert!(paying.cents(&anna).await.is_empty(), "the plan may still change");
    let correction = json!({"effectiveAt": start.plus_millis(1).to_string(), "components": part(3)});
    paying.api.post(&format!("/programs/{}/plans", paying.program), &correction).await.expect_status(201);
    paying.advance(&world, 1).await;
    assert_eq!(paying.cents(&anna).await, [3]);
    world.finish().await;
}

#[tokio::test]
async fn a_visitor_of_two_countries_earns_in_one() {
    let world = World::start().await;
    let part = |cents: i64, country: &str| json!({"type": "per_click", "amountCents": cents, "currency": "USD", "when": {"countries": [country]}});
    let paying = Paying::by(&world, json!([part(7, "DE"), part(5, "US")])).await;
    let anna = paying.partner("anna").await;
    let click = |visitor, country| paying.click_from(&world, &anna, noon(1), Some(visitor), country);
    for (country, cents) in [("US", 5), ("DE", 7)] {
        world.intake().accept(&[click("a", Some(country))]).await;
        paying.recount(&world).await;
        assert_eq!(paying.cents(&anna).await.into_iter().sum::<i64>(), cents, "one visitor, who was in {country}, too");
    }
    world.intake().accept(&[click("a", None), click("b", Some("US")), click("c", None)]).await;
    paying.recount(&world).await;
    // "a" is counted in DE, "b" in the US, and "c" nowhere: their country is unknown.
    assert_eq!(paying.cents(&anna).await, [5, 7]);
    world.finish().await;
}

#[tokio::test]
async fn a_denied_day_that_nothing_earns_any_longer_is_worth_nothing_once_approved() {
    let world = World::start().await;
    let part = |cents: i64, country: &str| json!({"type": "per_click", "amountCents": cents, "currency": "USD", "when": {"countries": [country]}});
    let paying = Paying::by(&world, json!([part(7, "DE"), part(5, "US")])).await;
    let anna = paying.partner("anna").await;
    let why = json!({"reason": "looked at"});
    let click = |country| paying.click_from(&world, &anna, noon(1), Some("a"), Some(country));
    world.intake().accept(&[click("US")]).await;
    paying.recount(&world).await;
    let id = paying.earned().await.remove(0)["id"].as_str().unwrap().to_owned();
    paying.api.post(&format!("/commissions/{id}/deny"), &why).await.expect_status(200);
    world.intake().accept(&[click("DE")]).await;
    paying.recount(&world).await;
    let now = paying.api.get(&format!("/commissions/{id}")).await.json();
    assert_eq!((now["status"].as_str(), now["earnedCents"].as_i64()), (Some("Denied"), Some(0)), "{now}");
    paying.api.post(&format!("/commissions/{id}/approve"), &why).await.expect_status(200);
    assert_eq!(paying.cents(&anna).await, [0, 7], "one visitor, who counts in DE");
    world.finish().await;
}

#[tokio::test]
async fn limits_count_from_the_day_on_which_they_are_set() {
    let world = World::start().await;
    let paying = Paying::ten_cents(&world).await;
    let (anna, ben) = (paying.partner("anna").await, paying.partner("ben").await);
    let rules = format!("/programs/{}/click-rules", paying.program);
    let usual = paying.api.get(&rules).await.expect_status(200).json();
    let expected = json!({
        "visitorsPerAffiliate": 1000, "dailyBudgetCents": null, "currency": null, "reviewGrowth": 5, "effectiveAt": null
    });
    assert_eq!(usual, expected);
    // Four visitors of yesterday count although today two are the most.
    world.intake().accept(&paying.crowd(&world, &anna, noon(1), 4)).await;
    let few = paying.api.patch(&rules, &json!({"visitorsPerAffiliate": 2})).await.expect_status(200).json();
    assert_eq!((few["visitorsPerAffiliate"].as_i64(), few["reviewGrowth"].as_i64()), (Some(2), Some(5)));
    let today = noon(0).plus_millis(-43_200_000);
    world.intake().accept(&paying.crowd(&world, &anna, today, 4)).await;
    world.intake().accept(&paying.crowd(&world, &ben, today.plus_millis(600_000), 2)).await;
    paying.recount(&world).await;
    assert_eq!((paying.cents(&anna).await, paying.cents(&ben).await), (vec![20, 40], vec![20]));
    let message = paying.earned().await.into_iter().find(|one| one["reason"].as_str().unwrap().contains("over the"));
    assert!(message.unwrap()["reason"].as_str().unwrap().ends_with("; 2 visitors over the daily limit"));

    // A budget of 35 cents pays for three visitors: Anna's two came first.
    let budget = json!({"dailyBudgetCents": 35, "currency": "USD"});
    paying.api.patch(&rules, &budget).await.expect_status(200);
    paying.recount(&world).await;
    assert_eq!((paying.cents(&anna).await, paying.cents(&ben).await), (vec![20, 40], vec![10]));
    let entry = paying.api.all("/audit-log?action=program.click_rules_changed").await.remove(0);
    assert_eq!(entry["after"]["dailyBudget"], "USD 0.35", "{entry}");

    for (body, field) in [
        (json!({}), "visitorsPerAffiliate"),
        (json!({"visitorsPerAffiliate": 0}), "visitorsPerAffiliate"),
        (json!({"reviewGrowth": 1}), "reviewGrowth"),
        (json!({"dailyBudgetCents": -1}), "dailyBudgetCents"),
        (json!({"currency": "dollars"}), "currency"),
    ] {
        let (status, _, named) = paying.api.patch(&rules, &body).await.field_refusal();
        assert_eq!((status, named.as_str()), (400, field), "{body}");
    }
    world.other_api().get(&rules).await.expect_status(404);
    world.other_api().patch(&rules, &budget).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn sudden_growth_waits_until_a_person_decides() {
    let world = World::start().await;
    let paying = Paying::ten_cents(&world).await;
    let (anna, ben) = (paying.partner("anna").await, paying.partner("ben").await);
    world.intake().accept(&paying.crowd(&world, &anna, noon(1), 101)).await;
    world.intake().accept(&paying.crowd(&world, &ben, noon(1), 100)).await;
    paying.recount(&world).await;
    let held = paying.earned().await.into_iter().find(|one| one["heldFor"] == "Review").expect("one is held");
    let id = held["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (held["affiliateId"].as_str(), held["amountCents"].as_i64()),
        (Some(&*anna.affiliate.to_string()), Some(1_010))
    );
    assert!(held["reason"].as_str().unwrap().ends_with("101 visitors, compared with 0 in the previous 7 days"));
    verify::check(&world.ledger).await;

    // Time passes and a release is requested: the commissions stay held.
    let why = json!({"reason": "please"});
    let refused = paying.api.post(&format!("/commissions/{id}/release"), &why).await.refusal();
    assert_eq!(refused, (409, "commission_held".to_owned()));
    paying.api.post(&format!("/affiliates/{}/release", anna.affiliate), &why).await.expect_status(200);
    let status = async || paying.api.get(&format!("/commissions/{id}")).await.json()["status"].clone();
    assert_eq!(status().await, "Pending");
    world.other_api().post(&format!("/commissions/{id}/approve"), &why).await.expect_status(404);

    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let overview = marketer.browser.get("/dashboard").await.expect_status(200).text();
    assert!(overview.contains("1 day of paid clicks to review"), "{overview}");
    let review = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    assert!(review.contains("Sudden growth in paid clicks") && review.contains("$10.10"), "{review}");
    let receipt = marketer.browser.get(&format!("/dashboard/commissions/{id}")).await.expect_status(200).text();
    assert!(receipt.contains("Held for review because its clicks grew suddenly"), "{receipt}");
    let organization = world.acme.organization.to_string();
    let form = [("organization", organization.as_str()), ("reason", "Her newsletter went out")];
    marketer.submit(&format!("/dashboard/commissions/{id}/approve"), &form).await.expect_status(303);
    // A recount doesn't hold again what a person reviewed.
    paying.recount(&world).await;
    let now = paying.api.get(&format!("/commissions/{id}")).await.json();
    assert_eq!((now["status"].as_str(), now["heldFor"].as_str()), (Some("Pending"), None), "{now}");
    let review = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    assert!(!review.contains("Sudden growth"), "{review}");
    paying.advance(&world, 32).await;
    assert_eq!(status().await, "Approved");
    let again = paying.api.post(&format!("/commissions/{id}/approve"), &why).await.refusal();
    assert_eq!(again, (409, "not_denied".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn denied_growth_earns_nothing_whatever_comes_late() {
    let world = World::start().await;
    let paying = Paying::ten_cents(&world).await;
    let anna = paying.partner("anna").await;
    world.intake().accept(&paying.crowd(&world, &anna, noon(1), 150)).await;
    paying.recount(&world).await;
    let id = paying.earned().await.remove(0)["id"].as_str().unwrap().to_owned();
    paying.api.post(&format!("/commissions/{id}/deny"), &json!({"reason": "a farm"})).await.expect_status(200);
    world.intake().accept(&[paying.click(&world, &anna, noon(1), Some("late"))]).await;
    paying.advance(&world, 0).await;
    paying.advance(&world, 40).await;
    let now = paying.api.get(&format!("/commissions/{id}")).await.json();
    assert_eq!((now["status"].as_str(), now["amountCents"].as_i64()), (Some("Denied"), Some(0)), "{now}");
    world.finish().await;
}
