//! Goal: an invitation is for one address and works once, for seven days.
//! Method: the link is opened by the invited, by others, twice, late, after being sent again and after being cancelled.

use serde_json::json;
use world::{Plan, World, client::dashboard::Marketer, http::Request};

use super::{PASSWORD, emails, form, joined, link, user};
use crate::organization::{delete, owner, pass_days};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_joins_with_one_button() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let requested = form(&world, &mut owner, "invite", &[("email", "Ann@Acme.test"), ("role", "manager")]).await;
    requested.expect_status(303);
    let page = owner.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(page.contains("ann@acme.test") && page.contains("Send again"), "{page}");
    let link = link(&world, "ann@acme.test").await;
    assert!(!page.contains(&link), "the link is in the mail and nowhere else");
    let token = link.rsplit('/').next().unwrap();
    assert!(!format!("{:?}", world.database.texts("select * from invitations").await).contains(token));

    let mut ann = Marketer::new(&world.ledger.base());
    for _ in 0..2 {
        let page = ann.browser.get(&link).await.expect_status(200).text();
        assert!(page.contains("Join Acme SaaS") && page.contains("as manager") && page.contains("new-password"));
    }
    assert_eq!(world.database.count("select count(*) from users").await, 1, "looking changes nothing");
    let short = ann.submit(&link, &[("password", "short")]).await;
    assert!(short.status == 400 && short.text().contains("at least 12 characters"));
    let place = ann.submit(&link, &[("password", PASSWORD)]).await.expect_status(303);
    let there = format!("/dashboard?organization={}", world.acme.organization);
    assert_eq!(place.header("location"), Some(there.as_str()));
    assert!(ann.browser.get(&there).await.expect_status(200).text().contains("Acme SaaS"));
    let verified = "select count(*) from users where email = 'ann@acme.test' and email_verified_at is not null";
    assert_eq!(world.database.count(verified).await, 1, "the link has shown that the address is theirs");
    assert_eq!(emails(&world, "owner@acme.test").await.last().unwrap()["kind"], "team_joined");

    let again = Marketer::new(&world.ledger.base()).submit(&link, &[("password", PASSWORD)]).await;
    assert!(again.status == 410 && again.text().contains("accepted already"), "{}", again.text());
    assert_eq!(world.database.count("select count(*) from memberships").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_one_address() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let mut ann = joined(&world, &mut owner, "ann@acme.test", "viewer").await;
    form(&world, &mut owner, "invite", &[("email", "bob@acme.test"), ("role", "admin")]).await.expect_status(303);
    let link = link(&world, "bob@acme.test").await;
    let page = ann.browser.get(&link).await.expect_status(200).text();
    assert!(page.contains("You are signed in as ann@acme.test") && !page.contains("<button type=\"submit\">Join"));
    assert_eq!(ann.submit(&link, &[]).await.status, 403);
    assert_eq!(world.database.count("select count(*) from memberships where role = 'admin'").await, 0);
    for wrong in ["/invites/x".to_owned(), format!("{}x", &link[..link.len() - 1]), format!("{link}a")] {
        assert_eq!(ann.browser.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(ann.submit(&wrong, &[("password", PASSWORD)]).await.status, 404, "{wrong}");
    }
    // Who has an account signs in with it, and comes back.
    let hash = "select password_hash from users where email = 'ann@acme.test'";
    world
        .database
        .run(&format!(
            "insert into users (id, email, password_hash, created_at) values (gen_random_uuid(), 'bob@acme.test', ({hash}), now())"
        ))
        .await;
    let mut bob = Marketer::new(&world.ledger.base());
    let page = bob.browser.get(&link).await.expect_status(200).text();
    assert!(page.contains(&format!("/login?next={link}")), "{page}");
    let sent = bob.submit(&link, &[("password", "taking over the account")]).await.expect_status(303);
    assert_eq!(
        sent.header("location"),
        Some(format!("/login?next={link}").as_str()),
        "no password is set for an account"
    );
    let back = bob.submit("/login", &[("email", "bob@acme.test"), ("password", PASSWORD), ("next", &link)]).await;
    assert_eq!(back.expect_status(303).header("location"), Some(link.as_str()));
    bob.submit(&link, &[]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from users where email_verified_at is null").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_renewed_and_cancelled() {
    let world = World::start().await;
    let api = world.api();
    let ann = json!({"email": "ann@acme.test", "role": "viewer"});
    let made = api.post("/team/invitations", &ann).await.expect_status(201).json();
    assert_eq!((&made["status"], &made["role"]), (&json!("Open"), &json!("viewer")));
    assert!(made["id"].as_str().unwrap().starts_with("inv_") && made.get("token").is_none());
    assert_eq!(api.post("/team/invitations", &ann).await.refusal(), (409, "already_invited".to_owned()));
    let owner = json!({"email": "owner@acme.test", "role": "viewer"});
    assert_eq!(api.post("/team/invitations", &owner).await.refusal(), (409, "already_member".to_owned()));
    for (body, field) in [
        (json!({"email": "b@acme.test", "role": "owner"}), "role"),
        (json!({"email": "b", "role": "viewer"}), "email"),
        (json!({"email": "b@acme.test\r\nBcc: c@acme.test", "role": "viewer"}), "email"),
    ] {
        assert_eq!(api.post("/team/invitations", &body).await.field_refusal().2, field, "{body}");
    }
    let (id, first) = (made["id"].as_str().unwrap(), link(&world, "ann@acme.test").await);
    let resend = Request::new("POST", &format!("/api/v1/team/invitations/{id}/resend"));
    assert_eq!(api.send(resend.clone()).await.refusal(), (429, "too_soon".to_owned()));
    pass_days(&world, 8).await;
    let mut browser = Marketer::new(&world.ledger.base());
    let late = browser.browser.get(&first).await;
    assert!(late.status == 410 && late.text().contains("older than seven days"), "{}", late.text());
    assert_eq!(browser.submit(&first, &[("password", PASSWORD)]).await.status, 410);
    assert_eq!(api.all("/team/invitations").await[0]["status"], "Expired");
    let renewed = api.send(resend).await.expect_status(200).json();
    assert_eq!((&renewed["status"], &renewed["id"]), (&json!("Open"), &made["id"]));
    let second = link(&world, "ann@acme.test").await;
    assert_ne!(first, second);
    assert_eq!(browser.browser.get(&first).await.status, 404, "the old link ends");
    browser.browser.get(&second).await.expect_status(200);
    delete(&api, &format!("/team/invitations/{id}")).await.expect_status(204);
    assert_eq!(delete(&api, &format!("/team/invitations/{id}")).await.refusal(), (409, "already_cancelled".to_owned()));
    assert_eq!(browser.browser.get(&second).await.status, 410);
    api.post("/team/invitations", &ann).await.expect_status(201);
    assert_eq!(delete(&world.other_api(), &format!("/team/invitations/{id}")).await.status, 404);
    assert!(world.other_api().all("/team/invitations").await.is_empty());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_limits_the_team_where_plans_are_sold() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    let mut owner = owner(&world).await;
    joined(&world, &mut owner, "ann@acme.test", "viewer").await;
    let third = form(&world, &mut owner, "invite", &[("email", "bob@acme.test"), ("role", "viewer")]).await;
    assert!(third.status == 402 && third.text().contains("the plan Growth or a larger one"), "{}", third.text());
    let body = world.api().post("/team/invitations", &json!({"email": "bob@acme.test", "role": "viewer"})).await.json();
    assert_eq!((&body["required"], &body["current"]), (&json!("Growth"), &json!("Starter")));
    let ann = user(&world, "ann@acme.test").await;
    delete(&world.api(), &format!("/team/{ann}")).await.expect_status(204);
    form(&world, &mut owner, "invite", &[("email", "bob@acme.test"), ("role", "viewer")]).await.expect_status(303);
    world.finish().await;
}
