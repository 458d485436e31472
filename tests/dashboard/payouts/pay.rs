//! Goal: a person pays their affiliates in three clicks: Payouts, *Pay 2 affiliates*, *Pay $80.00*. What they see is
//! what is paid: nobody twice, no one whom they left out, no one who came later, and nothing without the proof and the
//! people that the rules require.
//! Method: an owner's browser posts the page's form as it is, twice, changed, too late, with a wrong password, and where a
//! second person has to approve.
//! Routes: `/dashboard/payouts/pay`, `/dashboard/payouts/runs/{id}/live`

use serde_json::{Value, json};
use world::{
    World,
    client::{
        api::Api,
        dashboard::{Marketer, PROVED_LONG_AGO},
    },
    http::{Request, Response},
    organization_fixture::owner,
    payout_run_fixture::{act, bonus, partner, reserved, run},
    team_fixture::joined,
};

const PAY: &str = "/dashboard/payouts/pay";

/// Someone to whom the amount is payable: their id.
async fn owed(world: &World, name: &str, cents: i64) -> String {
    let affiliate = partner(world, name, "Manual").await.affiliate.to_string();
    bonus(world, &affiliate, cents, "USD").await;
    affiliate
}

/// The values of a page's fields with this name.
fn values(page: &str, name: &str) -> Vec<String> {
    let begins = format!("name=\"{name}\" value=\"");
    page.split(begins.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

async fn open(world: &World, person: &mut Marketer) -> String {
    let target = format!("{PAY}?organization={}&currency=USD", world.acme.organization);
    person.browser.get(&target).await.expect_status(200).text()
}

/// Posts the page's form. The boxes of the affiliates in `without` are cleared, and `more` is typed.
async fn submit(person: &mut Marketer, page: &str, without: &[&str], more: &[(&str, &str)]) -> Response {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for name in ["organization", "run", "currency", "listed", "pay", "cutoff", "list", "seen"] {
        let sent = values(page, name).into_iter().filter(|value| name != "pay" || !without.contains(&value.as_str()));
        // The frame has forms of its own.
        let one = if matches!(name, "listed" | "pay") { usize::MAX } else { 1 };
        fields.extend(sent.take(one).map(|value| (name, value)));
    }
    fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    person.submit(PAY, &fields).await
}

const GO: (&str, &str) = ("do", "pay");

/// The run that an answer leads to.
fn led_to(answer: &Response) -> String {
    let to = answer.header("location").expect("a redirect");
    to.split("/runs/").nth(1).and_then(|rest| rest.split('?').next()).expect("a run").to_owned()
}

async fn runs(api: &Api) -> Vec<Value> {
    api.all("/payout-runs").await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_clicks_pay_everyone_once() {
    let world = World::shared().await;
    let api = world.api();
    owed(&world, "ada", 5_000).await;
    owed(&world, "ben", 3_000).await;
    let mut nina = owner(&world).await;
    let list = nina.browser.get("/dashboard/payouts").await.expect_status(200).text();
    assert!(list.contains("Pay 2 affiliates \u{b7} $80.00") && list.contains("2 of 2 ready"), "{list}");
    let page = open(&world, &mut nina).await;
    assert!(page.contains(">Pay $80.00<") && page.contains("Pay ada"), "{page}");
    assert!(runs(&api).await.is_empty(), "looking stores nothing");

    // Twice at the same time, from two windows, and once more afterward.
    let mut other = owner(&world).await;
    let (one, two) = tokio::join!(submit(&mut nina, &page, &[], &[GO]), submit(&mut other, &page, &[], &[GO]));
    let again = submit(&mut nina, &page, &[], &[GO]).await;
    let made = led_to(&one.expect_status(303));
    assert_eq!((led_to(&two.expect_status(303)), led_to(&again.expect_status(303))), (made.clone(), made.clone()));
    let running = reserved(&api, &made).await;
    assert_eq!(
        (&running["payouts"], &running["grossCents"], &running["excluded"]),
        (&json!(2), &json!(8_000), &json!(0))
    );
    assert_eq!((runs(&api).await.len(), api.all("/payouts").await.len()), (1, 2));

    // What the run's page loads again while it goes on.
    let part = format!("/dashboard/payouts/runs/{made}/live?organization={}", world.acme.organization);
    let part = nina.browser.get(&part).await.expect_status(200).text();
    assert!(part.contains("0 of 2 paid") && part.contains("Processing") && !part.contains("<html"), "{part}");

    // Nothing is left to pay.
    let list = nina.browser.get("/dashboard/payouts").await.expect_status(200).text();
    assert!(!list.contains("Pay 2 affiliates"), "{list}");
    assert!(open(&world, &mut nina).await.contains("No one can be paid in USD right now."));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_out_or_came_later_is_not_paid() {
    let world = World::shared().await;
    let api = world.api();
    let ada = owed(&world, "ada", 5_000).await;
    let ben = owed(&world, "ben", 3_000).await;
    let mut nina = owner(&world).await;
    let page = open(&world, &mut nina).await;

    // Without a script the button still has the old total: the page asks again.
    let refused = submit(&mut nina, &page, &[&ben], &[GO]).await.expect_status(409).text();
    assert!(refused.contains("Nothing was paid yet. The total is now $50.00 to 1 affiliate."), "{refused}");
    assert!(runs(&api).await.is_empty());
    assert_eq!(values(&refused, "run"), values(&page, "run"));
    let none = submit(&mut nina, &page, &[&ada, &ben], &[GO]).await.expect_status(409).text();
    assert!(none.contains("Select at least one affiliate."), "{none}");
    // The button for that shows the same page with its new total.
    let shown = submit(&mut nina, &page, &[&ben], &[("do", "preview")]).await.expect_status(200).text();
    assert!(shown.contains(">Pay $50.00<") && runs(&api).await.is_empty(), "{shown}");

    // What is earned after the page was made waits for the next run.
    bonus(&world, &ada, 700, "USD").await;
    owed(&world, "carl", 4_000).await;
    let made = led_to(&submit(&mut nina, &shown, &[&ben], &[GO]).await.expect_status(303));
    let running = reserved(&api, &made).await;
    assert_eq!((&running["payouts"], &running["grossCents"]), (&json!(1), &json!(5_000)), "{running}");
    let out = running["exclusions"].as_array().unwrap();
    assert_eq!(out.len(), 1, "{running}");
    assert_eq!((&out[0]["affiliateId"], &out[0]["reason"]), (&json!(ben), &json!("excluded")));
    let place = format!("/dashboard/payouts/runs/{made}?organization={}", world.acme.organization);
    assert!(nina.browser.get(&place).await.text().contains("Excluded manually"));

    // They are still owed it, and the next run pays them.
    let next = open(&world, &mut nina).await;
    assert!(next.contains("Pay ben") && next.contains(">Pay $70.00<"), "{next}");
    let made = led_to(&submit(&mut nina, &next, &[], &[GO]).await.expect_status(303));
    assert_eq!(reserved(&api, &made).await["grossCents"], 7_000);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_the_list_is_not_paid_with_it() {
    let world = World::shared().await;
    let api = world.api();
    owed(&world, "ada", 5_000).await;
    let carl = world.acme.join(&world.database, "carl").await.affiliate.to_string();
    bonus(&world, &carl, 4_000, "USD").await;
    let mut nina = owner(&world).await;
    let page = open(&world, &mut nina).await;
    assert!(page.contains("Pay ada") && !page.contains("Pay carl"), "{page}");

    // Carl sets up payouts while the page is open. The script replaces the total and not the list above it.
    let path = format!("/api/v1/affiliates/{carl}/payout-method");
    let method = json!({"rail": "Manual", "holder": "carl", "account": "DE02 1203 0000 0000 2020 51"});
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, method.to_string()) };
    api.send(request).await.expect_status(200);
    let fresh = submit(&mut nina, &page, &[], &[("do", "preview")]).await.expect_status(200).text();
    let page = page.replace(&values(&page, "seen").concat(), &values(&fresh, "seen").concat());
    let refused = submit(&mut nina, &page, &[], &[GO]).await.expect_status(409).text();
    assert!(refused.contains("The total is now $90.00 to 2 affiliates.") && refused.contains("Pay carl"), "{refused}");
    assert!(runs(&api).await.is_empty());
    let made = led_to(&submit(&mut nina, &refused, &[], &[GO]).await.expect_status(303));
    assert_eq!(reserved(&api, &made).await["grossCents"], 9_000);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_two_decide_one_only_requests() {
    let world = World::shared().await;
    let api = world.api();
    owed(&world, "ada", 5_000).await;
    let mut nina = owner(&world).await;
    let mut ben = joined(&world, &mut nina, &world.own("ben@acme.test"), "admin").await;
    let early = open(&world, &mut nina).await;
    api.patch("/payout-settings", &json!({"secondApprover": true})).await.expect_status(200);
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    let page = open(&world, &mut nina).await;
    assert!(page.contains("Request approval") && !page.contains(">Pay $50.00<"), "{page}");
    let made = led_to(&submit(&mut nina, &page, &[], &[("do", "request")]).await.expect_status(303));
    assert_eq!(run(&api, &made).await["state"], "Proposed");

    // The page from before the rule, and the same page sent as if there were none, approve nothing.
    world.database.set_proved_at("now()").await;
    assert_eq!(led_to(&submit(&mut nina, &early, &[], &[GO]).await.expect_status(303)), made, "the open run is shown");
    let refused = submit(&mut nina, &page, &[], &[GO]).await.expect_status(409).text();
    assert!(refused.contains("Someone else has to approve this run."), "{refused}");
    assert_eq!(run(&api, &made).await["state"], "Proposed");
    assert_eq!(runs(&api).await.len(), 1);
    let list = ben.browser.get("/dashboard/payouts").await.expect_status(200).text();
    assert!(list.contains("Review payout run \u{b7} $50.00"), "{list}");

    let form = [("organization", world.acme.organization.to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    ben.submit(&format!("/dashboard/payouts/runs/{made}/approve"), &form).await.expect_status(303);
    reserved(&api, &made).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_paid_without_the_password_or_by_a_viewer() {
    let world = World::shared().await;
    let api = world.api();
    owed(&world, "ada", 5_000).await;
    let mut nina = owner(&world).await;
    let mut vera = joined(&world, &mut nina, &world.own("vera@acme.test"), "viewer").await;
    let seen = open(&world, &mut vera).await;
    assert!(!seen.contains(">Pay $50.00<"), "{seen}");
    submit(&mut vera, &seen, &[], &[GO]).await.expect_status(403);

    assert!(!open(&world, &mut nina).await.contains("step-up-password"), "they signed in just now");
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    let page = open(&world, &mut nina).await;
    assert!(page.contains("step-up-password"), "{page}");
    let refused = submit(&mut nina, &page, &[], &[GO]).await.expect_status(403).text();
    assert!(refused.contains("Enter your password"), "{refused}");
    let refused = submit(&mut nina, &page, &[], &[("password", "not the password"), GO]).await.expect_status(400);
    assert!(refused.text().contains("Incorrect password."), "{}", refused.text());
    assert!(runs(&api).await.is_empty(), "nothing is even proposed");
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let made = led_to(&submit(&mut nina, &page, &[], &[("password", &password), GO]).await.expect_status(303));
    reserved(&api, &made).await;

    // A canceled run isn't brought back by its page.
    owed(&world, "ben", 2_000).await;
    world.database.set_proved_at("now()").await;
    let page = open(&world, &mut nina).await;
    let made = led_to(&submit(&mut nina, &page, &[], &[("do", "request")]).await.expect_status(303));
    // Nor is one approved that waits: it may hold more than the page shows by now.
    assert_eq!(led_to(&submit(&mut nina, &page, &[], &[GO]).await.expect_status(303)), made);
    assert_eq!(run(&api, &made).await["state"], "Proposed");
    act(&api, &made, "cancel").await.expect_status(200);
    assert_eq!(led_to(&submit(&mut nina, &page, &[], &[GO]).await.expect_status(303)), made);
    assert_eq!(run(&api, &made).await["state"], "Cancelled");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_for_missing_tax_forms_is_requested_once() {
    let world = World::shared().await;
    let api = world.api();
    owed(&world, "ada", 5_000).await;
    let mut nina = owner(&world).await;
    let mut mona = joined(&world, &mut nina, &world.own("mona@acme.test"), "manager").await;
    let organization = world.acme.organization.to_string();
    let rule = |gate| [("organization", organization.as_str()), ("currency", "USD"), ("taxGate", gate), ("do", "rule")];

    let seen = open(&world, &mut mona).await;
    assert!(seen.contains("1 affiliate has no valid tax form") && !seen.contains("Save rule"), "{seen}");
    mona.submit(PAY, &rule("Hold")).await.expect_status(403);
    let page = open(&world, &mut nina).await;
    assert!(page.contains("value=\"Warn\" checked") && page.contains(">Pay $50.00<"), "{page}");
    nina.submit(PAY, &rule("Never")).await.expect_status(400);

    // Their money stays payable, and the page says why they aren't paid.
    let answer = nina.submit(PAY, &rule("Hold")).await.expect_status(303);
    let page = nina.browser.get(answer.header("location").unwrap()).await.expect_status(200).text();
    assert!(page.contains("Rule for tax forms saved") && page.contains("No one can be paid in USD"), "{page}");
    assert_eq!(api.get("/payout-settings").await.json()["taxGate"], "Hold");
    // The default is a choice like any other.
    nina.submit(PAY, &rule("Warn")).await.expect_status(303);
    let page = open(&world, &mut nina).await;
    assert!(page.contains(">Pay $50.00<") && !page.contains("Save rule"), "{page}");
    assert!(runs(&api).await.is_empty());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_paid_yet_is_reminded_and_who_can_is_left_out_from_the_list() {
    let world = World::shared().await;
    let ada = owed(&world, "ada", 5_000).await;
    let nowhere = world.acme.join(&world.database, "nowhere").await.affiliate.to_string();
    bonus(&world, &nowhere, 2_000, "USD").await;
    let mut nina = owner(&world).await;
    let list = nina.browser.get("/dashboard/payouts").await.expect_status(200).text();
    for text in ["1 of 2 ready \u{b7} 1 without a payout method", "Remind", &format!("/dashboard/affiliates/{ada}")] {
        assert!(list.contains(text), "{text}: {list}");
    }
    let organization = world.acme.organization.to_string();
    let target = format!("/dashboard/payouts/accounts/{nowhere}/invite");
    let form = [("organization", organization.as_str()), ("back", "payouts")];
    let answer = nina.submit(&target, &form).await.expect_status(303);
    assert!(answer.header("location").unwrap().starts_with("/dashboard/payouts?"));
    let emails = "recipient = 'nowhere@creators.test' and kind = 'payout_setup'";
    assert_eq!(world.database.count_emails(emails).await, 1);
    assert!(nina.browser.get("/dashboard/payouts").await.text().contains("Setup email sent"));
    let again = nina.submit(&target, &form).await.expect_status(409).text();
    assert!(again.contains("a few minutes ago"), "{again}");
    assert_eq!(world.database.count_emails(emails).await, 1);

    // The row's link opens the page without its affiliate.
    let page = format!("{PAY}?organization={organization}&currency=USD&without={ada}");
    let page = nina.browser.get(&page).await.expect_status(200).text();
    assert!(page.contains("Select at least one affiliate.") && page.contains("Pay ada"), "{page}");
    assert!(page.contains("No payout method") && page.contains("nowhere@creators.test"), "{page}");
    for tab in ["upcoming", "in-progress", "paid", "failed"] {
        // Only the tab of those who are owed something says who is ready.
        let page = nina.browser.get(&format!("/dashboard/payouts?tab={tab}")).await.expect_status(200).text();
        assert!(page.contains("Pay affiliates in USD") && !page.contains("of 2 ready"), "{tab}: {page}");
        let file = nina.browser.get(&format!("/dashboard/payouts.csv?tab={tab}")).await.expect_status(200).text();
        assert!(file.contains("affiliate id"), "{tab}: {file}");
    }
    world.finish().await;
}
