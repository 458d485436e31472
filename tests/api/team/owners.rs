//! Goal: an organization always has an owner, whoever acts at the same time.
//! Method: the last owner is demoted, removed and leaves; two owners demote each other at the same time, again and
//! again; the database is tried directly too.

use serde_json::json;
use world::{
    World,
    client::api::Api,
    database::run,
    organization_fixture::{delete, key, owner, patch},
    team_fixture::{form, joined, user},
};

const OWNERS: &str = "select count(*) from memberships where role = 'owner'";

/// An owner's key that the installation created: it keeps its role when people lose theirs.
async fn owners_key(world: &World) -> Api {
    key(world, &world.acme.organization.to_string(), "rk_live_installation", "owner").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_one_stays() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let id = user(&world, &world.own("owner@acme.test")).await;
    let last = (409, "last_owner".to_owned());
    assert_eq!(patch(&world.api(), &format!("/team/{id}"), &json!({"role": "admin"})).await.refusal(), last);
    assert_eq!(delete(&world.api(), &format!("/team/{id}")).await.refusal(), last);
    for path in ["leave".to_owned(), format!("members/{id}/remove"), format!("members/{id}/role")] {
        let refused = form(&world, &mut owner, &path, &[("role", "viewer")]).await;
        assert!(refused.status == 409 && refused.text().contains("needs at least one owner"), "{path}");
    }
    let mut app = world.database.connect_as_app().await;
    let tenant = world.acme.organization.uuid();
    for statement in ["update memberships set role = 'admin'", "delete from memberships"] {
        run(&mut app, "begin").await;
        run(&mut app, &format!("set local rekomi.tenants = '{tenant}'")).await;
        run(&mut app, statement).await;
        let refused = sqlx::raw_sql("commit").execute(&mut app).await.unwrap_err().to_string();
        assert!(refused.contains("at least one owner"), "{statement}: {refused}");
    }
    assert_eq!(world.database.count(OWNERS).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_demote_each_other_at_once() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let [owners, anns] = ["owner@acme.test", "ann@acme.test"].map(|email| world.own(email));
    let mut ann = joined(&world, &mut owner, &anns, "viewer").await;
    let (first, second) = (user(&world, &owners).await, user(&world, &anns).await);
    let (api, promote) = (owners_key(&world).await, json!({"role": "owner"}));
    for round in 0..10 {
        patch(&api, &format!("/team/{second}"), &promote).await.expect_status(200);
        patch(&api, &format!("/team/{first}"), &promote).await.expect_status(200);
        let (of_second, of_first) = (format!("members/{second}/role"), format!("members/{first}/role"));
        let demote = [("role", "viewer")];
        let (one, two) =
            tokio::join!(form(&world, &mut owner, &of_second, &demote), form(&world, &mut ann, &of_first, &demote),);
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [303, 403 | 409]), "round {round}: {statuses:?}");
        assert_eq!(world.database.count(OWNERS).await, 1, "round {round}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ownership_is_handed_over() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let [owners, anns] = ["owner@acme.test", "ann@acme.test"].map(|email| world.own(email));
    joined(&world, &mut owner, &anns, "manager").await;
    let (old, new) = (user(&world, &owners).await, user(&world, &anns).await);
    let guess = form(&world, &mut owner, "transfer", &[("userId", &new), ("password", "guess")]).await;
    assert!(guess.status == 400 && guess.text().contains("id=\"password-problem\""));
    let password = world.demo["owner"]["password"].as_str().unwrap();
    let nobody = [("userId", "usr_01kdvdna00e5v8r2m6q1w9d3xk"), ("password", password)];
    assert_eq!(form(&world, &mut owner, "transfer", &nobody).await.status, 404);
    form(&world, &mut owner, "transfer", &[("userId", &new), ("password", password)]).await.expect_status(303);
    let roles = world.database.texts("select role from memberships order by role").await;
    assert_eq!(roles, [["admin"], ["owner"]]);
    assert_eq!(form(&world, &mut owner, "invite", &[("email", "c@acme.test"), ("role", "viewer")]).await.status, 403);

    let (api, back) = (owners_key(&world).await, json!({"userId": old, "fromUserId": new}));
    assert_eq!(api.post("/team/transfer-ownership", &back).await.expect_status(200).json()["role"], "owner");
    let wrong = api.post("/team/transfer-ownership", &json!({"userId": old, "fromUserId": new})).await;
    assert_eq!(wrong.field_refusal().2, "fromUserId");
    let report = "select count(*) from audit_log where action = 'organization.ownership_transferred'";
    assert_eq!(world.database.count(report).await, 2);
    world.finish().await;
}
