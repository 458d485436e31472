//! Goal: money moves only after one known person, or two, approved: an open browser, a key that someone else may know,
//! or a single admin isn't enough.
//! Method: an owner and members in their browsers, and keys that they create and rotate, approve runs and change the
//! rule.

use serde_json::{Value, json};
use world::{
    World,
    client::{
        api::Api,
        dashboard::{Marketer, PROVED_LONG_AGO},
        mailbox::{self, code},
    },
    organization_fixture::owner,
    payout_run_fixture::{act, bonus, id, partner, propose, reserved, run},
    team_fixture::{PASSWORD, joined},
};

const SETTINGS: &str = "/dashboard/payouts/settings";

/// Someone to whom 50.00 is payable.
async fn owed(world: &World, name: &str) {
    let paid = partner(world, name, "Manual").await;
    bonus(world, &paid.affiliate.to_string(), 5_000, "USD").await;
}

async fn rule(api: &Api, on: bool) -> (u16, String) {
    let answer = api.patch("/payout-settings", &json!({"secondApprover": on})).await;
    if answer.status == 200 { (200, String::new()) } else { answer.refusal() }
}

/// The settings' form, with the box for a second person cleared.
async fn end_rule(world: &World, person: &mut Marketer, proof: &[(&str, &str)]) -> world::http::Response {
    let organization = world.acme.organization.to_string();
    let mut form = vec![
        ("organization", organization.as_str()),
        ("schedule", "Manual"),
        ("weekday", "1"),
        ("monthDay", "1"),
        ("minimums", "USD 10.00"),
        ("taxGate", "Warn"),
        ("taxThresholds", ""),
    ];
    form.extend(proof);
    person.submit(SETTINGS, &form).await
}

async fn approve(world: &World, person: &mut Marketer, run: &str, proof: &[(&str, &str)]) -> world::http::Response {
    let organization = world.acme.organization.to_string();
    let mut form = vec![("organization", organization.as_str())];
    form.extend(proof);
    person.submit(&format!("/dashboard/payouts/runs/{run}/approve"), &form).await
}

/// A key that a person creates in the dashboard: its id and its bearer.
async fn created(world: &World, person: &mut Marketer, scope: &str) -> (String, Api) {
    let place = "/dashboard/settings/api-keys";
    let page = person.browser.get(place).await.expect_status(200).text();
    let id = page.split_once("name=\"id\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let form = [
        ("organization", organization.as_str()),
        ("id", &id),
        ("name", "own"),
        ("scope", scope),
        ("role", "admin"),
        ("mode", "live"),
    ];
    let page = person.submit(place, &form).await.expect_status(200).text();
    let bearer = page.split('"').find(|text| text.starts_with("rk_live_")).expect("the bearer, this once");
    (id, Api::new(world.ledger.base(), bearer))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_person_is_another_person_in_the_dashboard() {
    let world = World::start().await;
    let api = world.api();
    owed(&world, "paid").await;
    assert_eq!(rule(&api, true).await.0, 200);
    let mut nina = owner(&world).await;
    let mut ben = joined(&world, &mut nina, "ben@acme.test", "admin").await;
    let organization = world.acme.organization.to_string();
    let form = [("organization", organization.as_str()), ("currency", "USD")];
    nina.submit("/dashboard/payouts/runs", &form).await.expect_status(303);
    let made = api.all("/payout-runs").await.remove(0);
    assert_eq!(made["needsSecondApprover"], true, "{made}");

    let refused = approve(&world, &mut nina, &id(&made), &[]).await;
    assert!(refused.status == 409 && refused.text().contains("Someone else has to approve"), "{}", refused.text());
    // No key is the second person, whoever created it: it only proves that someone has it.
    let (_, of_ben) = created(&world, &mut ben, "admin").await;
    for key in [&api, &of_ben] {
        assert_eq!(act(key, &id(&made), "approve").await.refusal(), (409, "second_approver_required".to_owned()));
    }
    // An admin who rotates another one's key gets no second person by it, with or without the rule.
    assert_eq!(run(&api, &id(&made)).await["state"], "Proposed");
    approve(&world, &mut ben, &id(&made), &[]).await.expect_status(303);
    let running = reserved(&api, &id(&made)).await;
    assert!(running["approvedBy"].as_str().unwrap().starts_with("user:"), "{running}");

    // A key that proposes is the person who created it, and so is a key that such a key created.
    owed(&world, "next").await;
    let child = of_ben.post("/api-keys", &json!({"name": "child", "scope": "write", "role": "manager"})).await;
    let child = Api::new(world.ledger.base(), child.expect_status(201).json()["bearer"].as_str().unwrap());
    let made = id(&propose(&child, "USD").await.expect_status(201).json());
    let refused = approve(&world, &mut ben, &made, &[]).await;
    assert!(refused.status == 409 && refused.text().contains("one of your API keys did"), "{}", refused.text());
    approve(&world, &mut nina, &made, &[]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_approves_only_for_the_one_member_who_knows_it() {
    let world = World::start().await;
    let api = world.api();
    owed(&world, "paid").await;
    let mut nina = owner(&world).await;
    let mut ben = joined(&world, &mut nina, "ben@acme.test", "admin").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    for (scope, role) in [("write", "admin"), ("read", "admin"), ("automations", "manager"), ("admin", "manager")] {
        let key = api.post("/api-keys", &json!({"name": "less", "scope": scope, "role": role})).await;
        let key = Api::new(world.ledger.base(), key.expect_status(201).json()["bearer"].as_str().unwrap());
        assert_eq!(act(&key, &made, "approve").await.refusal(), (403, "forbidden".to_owned()), "{scope} as {role}");
    }

    // Ben's key, rotated by the owner: two people know it. Then the same the other way round.
    let (key, of_ben) = created(&world, &mut ben, "admin").await;
    let rotated = api.post(&format!("/api-keys/{key}/rotate"), &json!({"overlapHours": 168})).await;
    let rotated = Api::new(world.ledger.base(), rotated.expect_status(200).json()["bearer"].as_str().unwrap());
    for shared in [&of_ben, &rotated] {
        assert_eq!(act(shared, &made, "approve").await.refusal(), (409, "approver_unknown".to_owned()));
    }
    // What such a key creates is known to both as well.
    let child = rotated.post("/api-keys", &json!({"name": "child", "scope": "admin"})).await.expect_status(201).json();
    let child = Api::new(world.ledger.base(), child["bearer"].as_str().unwrap());
    assert_eq!(act(&child, &made, "approve").await.refusal(), (409, "approver_unknown".to_owned()));

    // A key whose creator left acts for no person, even where it was kept.
    let (_, kept) = created(&world, &mut ben, "admin").await;
    let user = world::team_fixture::user(&world, "ben@acme.test").await;
    world::organization_fixture::delete(&api, &format!("/team/{user}?keepKeys=true")).await.expect_status(204);
    assert_eq!(act(&kept, &made, "approve").await.refusal(), (409, "approver_unknown".to_owned()));
    kept.get("/programs").await.expect_status(200);
    assert_eq!(run(&api, &made).await["state"], "Proposed");

    // One that its creator alone knows does.
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approving_asks_again_who_it_is_after_five_minutes() {
    let world = World::start().await;
    let api = world.api();
    owed(&world, "paid").await;
    let mut nina = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    let page = format!("/dashboard/payouts/runs/{made}?organization={}", world.acme.organization);
    assert!(!nina.browser.get(&page).await.text().contains("step-up-password"), "they signed in just now");

    world.database.run(PROVED_LONG_AGO).await;
    assert!(nina.browser.get(&page).await.text().contains("step-up-password"));
    let refused = approve(&world, &mut nina, &made, &[]).await;
    assert!(refused.status == 403 && refused.text().contains("Enter your password"), "{}", refused.text());
    let refused = approve(&world, &mut nina, &made, &[("password", "not the password")]).await;
    assert!(refused.status == 400 && refused.text().contains("Incorrect password."), "{}", refused.text());
    assert_eq!(run(&api, &made).await["state"], "Proposed");
    // Cancelling moves nothing, and asks for nothing.
    approve(&world, &mut nina, &made, &[("password", &password)]).await.expect_status(303);
    reserved(&api, &made).await;

    // Nor is a key that could approve a way round it.
    world.database.run(PROVED_LONG_AGO).await;
    let keys = "/dashboard/settings/api-keys";
    let page = nina.browser.get(keys).await.expect_status(200).text();
    let fresh = page.split_once("name=\"id\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let form = [("organization", organization.as_str()), ("id", &fresh), ("name", "x"), ("scope", "admin")];
    assert_eq!(nina.submit(keys, &form).await.status, 403);
    let demo = api.all("/api-keys").await.remove(0)["id"].as_str().unwrap().to_owned();
    let rotate = [("organization", organization.as_str()), ("overlapHours", "24")];
    assert_eq!(nina.submit(&format!("{keys}/{demo}/rotate"), &rotate).await.status, 403);
    assert_eq!(nina.submit("/dashboard/payouts/connection", &[("organization", &organization)]).await.status, 403);
    let lesser = [("organization", organization.as_str()), ("id", &fresh), ("name", "x"), ("scope", "read")];
    nina.submit(keys, &lesser).await.expect_status(200);

    // With a second factor its code counts, and the password doesn't.
    nina.submit("/account/two-factor/begin", &[("password", &password)]).await.expect_status(303);
    let set_up = nina.browser.get("/account/two-factor").await.expect_status(200).text();
    let key = set_up.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    nina.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await.expect_status(200);
    owed(&world, "next").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    world.database.run(PROVED_LONG_AGO).await;
    assert_eq!(approve(&world, &mut nina, &made, &[("password", &password)]).await.status, 403);
    assert_eq!(approve(&world, &mut nina, &made, &[("code", "000000")]).await.status, 400);
    approve(&world, &mut nina, &made, &[("code", &code(&key, 1))]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_ends_by_an_owner_and_never_for_runs_that_are_open() {
    let world = World::start().await;
    let api = world.api();
    owed(&world, "paid").await;
    let mut nina = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let mut ben = joined(&world, &mut nina, "ben@acme.test", "admin").await;
    joined(&world, &mut nina, "olga@acme.test", "admin").await;
    let olga = world::team_fixture::user(&world, "olga@acme.test").await;
    world::organization_fixture::patch(&api, &format!("/team/{olga}"), &json!({"role": "owner"}))
        .await
        .expect_status(200);
    assert_eq!(rule(&api, true).await.0, 200);
    let made = id(&propose(&api, "USD").await.expect_status(201).json());

    // Neither a key, an owner's one included, nor an admin; nor an owner whose browser was left open.
    assert_eq!(rule(&api, false).await, (403, "owner_required".to_owned()));
    world.database.run(PROVED_LONG_AGO).await;
    let own = [("password", PASSWORD)];
    let refused = end_rule(&world, &mut ben, &own).await;
    assert!(refused.status == 403 && refused.text().contains("Only an owner"), "{}", refused.text());
    assert_eq!(end_rule(&world, &mut nina, &[]).await.status, 403);
    assert_eq!(end_rule(&world, &mut nina, &[("password", "not the password")]).await.status, 400);
    assert_eq!(api.get("/payout-settings").await.json()["secondApprover"], true);
    let emails = "select recipient from mails where kind = 'second_approver_off' order by recipient";
    assert_eq!(world.database.texts(emails).await.concat(), Vec::<String>::new());

    end_rule(&world, &mut nina, &[("password", &password)]).await.expect_status(303);
    assert_eq!(api.get("/payout-settings").await.json()["secondApprover"], false);
    assert_eq!(world.database.texts(emails).await.concat(), ["olga@acme.test", "owner@acme.test"]);
    let email = mailbox::read_email(&world.ledger.base(), "olga@acme.test", "second_approver_off").await;
    assert!(email["text"].as_str().unwrap().contains("owner@acme.test turned off"), "{email}");

    // The run that was proposed under it keeps it.
    let open = run(&api, &made).await;
    assert_eq!((&open["state"], &open["needsSecondApprover"]), (&json!("Proposed"), &json!(true)));
    for refused in [act(&api, &made, "approve").await, approve(&world, &mut nina, &made, &[]).await] {
        assert_eq!(refused.status, 409, "{}", refused.text());
    }
    world.database.run("update sessions set proved_at = now()").await;
    approve(&world, &mut ben, &made, &[]).await.expect_status(303);
    reserved(&api, &made).await;

    // And a run that was proposed without it needs no second person because the rule came later.
    owed(&world, "next").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    assert_eq!(rule(&api, true).await.0, 200);
    act(&api, &made, "approve").await.expect_status(200);
    world.finish().await;
}

#[tokio::test]
async fn what_was_paid_outside_is_not_written_down_by_one_where_two_decide() {
    let world = World::shared().await;
    let api = world.api();
    let paid = partner(&world, "paid", "Manual").await;
    bonus(&world, &paid.affiliate.to_string(), 5_000, "USD").await;
    let payment: Value = json!({"affiliateId": paid.affiliate.to_string(), "currency": "USD"});
    for scope in ["read", "write", "automations"] {
        let key = api.post("/api-keys", &json!({"name": "less", "scope": scope, "role": "admin"})).await;
        let key = Api::new(world.ledger.base(), key.expect_status(201).json()["bearer"].as_str().unwrap());
        assert_eq!(key.post("/payouts", &payment).await.refusal(), (403, "forbidden".to_owned()), "{scope}");
    }
    assert_eq!(rule(&api, true).await.0, 200);
    assert_eq!(api.post("/payouts", &payment).await.refusal(), (409, "second_approver_required".to_owned()));
    world.finish().await;
}
