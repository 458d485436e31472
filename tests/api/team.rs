//! Goal: invitations end, are renewed and cancelled by API; a plan limits the team where plans are sold; a key acts
//! with its role and no further.
//! Method: the owner invites by API; days pass; keys of each role try what the next role may do.

mod keys;
mod notifications;
mod owners;

use serde_json::json;
use world::{
    Plan, World,
    client::dashboard::Marketer,
    http::Request,
    organization_fixture::{delete, key, owner, pass_days, patch},
    team_fixture::{PASSWORD, form, joined, link, user},
};

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
    // It's valid on its seventh day, and no longer.
    pass_days(&world, 6).await;
    let mut browser = Marketer::new(&world.ledger.base());
    browser.browser.get(&first).await.expect_status(200);
    pass_days(&world, 2).await;
    let late = browser.browser.get(&first).await;
    assert!(late.status == 410 && late.text().contains("invitation has expired"), "{}", late.text());
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
    assert!(third.status == 402 && third.text().contains("the Growth plan or higher"), "{}", third.text());
    let body = world.api().post("/team/invitations", &json!({"email": "bob@acme.test", "role": "viewer"})).await.json();
    assert_eq!((&body["required"], &body["current"]), (&json!("Growth"), &json!("Starter")));
    let ann = user(&world, "ann@acme.test").await;
    delete(&world.api(), &format!("/team/{ann}")).await.expect_status(204);
    form(&world, &mut owner, "invite", &[("email", "bob@acme.test"), ("role", "viewer")]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_as_far_as_their_role() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let invitation = json!({"email": "x@acme.test", "role": "viewer"});
    for role in ["viewer", "manager", "admin"] {
        let api = key(&world, &organization, &format!("rk_live_{role}"), role).await;
        assert_eq!(api.all("/team").await.len(), 1);
        assert_eq!(api.post("/team/invitations", &invitation).await.refusal(), (403, "forbidden".to_owned()), "{role}");
        assert_eq!(delete(&api, "/team/usr_01kdvdna00e5v8r2m6q1w9d3xk").await.status, 403, "{role}");
    }
    let other = world.other_api();
    let ours = user(&world, &world.own("owner@acme.test")).await;
    assert_eq!(patch(&other, &format!("/team/{ours}"), &json!({"role": "viewer"})).await.status, 404);
    assert_eq!(delete(&other, &format!("/team/{ours}")).await.status, 404);
    world.finish().await;
}
