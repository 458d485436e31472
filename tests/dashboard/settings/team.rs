//! Goal: a role's limits apply from the next request on, and a removed member sees nothing.
//! Method: one person becomes viewer, manager and admin in turn and tries every write of the dashboard with an open
//! session.

use serde_json::json;
use world::{
    World,
    client::dashboard::Marketer,
    organization_fixture::{owner, patch},
    team_fixture::{form, joined, user},
};

/// Every write of the dashboard: its path and the lowest role that may do it.
const WRITES: [(&str, &str); 12] = [
    ("/dashboard/review/conv_01kdvdna00e5v8r2m6q1w9d3xk", "manager"),
    ("/dashboard/quarantine/019b0000-0000-7000-8000-000000000000", "manager"),
    ("/dashboard/gateways", "admin"),
    ("/dashboard/gateways/gw_01kdvdna00e5v8r2m6q1w9d3xk/test", "admin"),
    ("/dashboard/gateways/gw_01kdvdna00e5v8r2m6q1w9d3xk/disconnect", "admin"),
    ("/dashboard/test-mode", "admin"),
    ("/dashboard/settings", "admin"),
    ("/dashboard/settings/delete", "owner"),
    ("/dashboard/settings/team/invite", "owner"),
    ("/dashboard/settings/team/transfer", "owner"),
    ("/dashboard/settings/team/members/usr_01kdvdna00e5v8r2m6q1w9d3xk/remove", "owner"),
    ("/dashboard/settings/team/invitations/inv_01kdvdna00e5v8r2m6q1w9d3xk/cancel", "owner"),
];

const RANKS: [&str; 4] = ["viewer", "manager", "admin", "owner"];

fn rank(role: &str) -> usize {
    RANKS.iter().position(|known| *known == role).unwrap()
}

async fn tries(world: &World, person: &mut Marketer, role: &str) {
    let organization = world.acme.organization.to_string();
    for (path, least) in WRITES {
        let fields = [("organization", organization.as_str()), ("decision", "deny"), ("reason", "")];
        let answer = person.submit(path, &fields).await;
        let refused = answer.status == 403;
        assert_eq!(refused, rank(role) < rank(least), "{role} at {path}: {} {}", answer.status, answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_with_one_open_session() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let mut ann = joined(&world, &mut owner, "ann@acme.test", "viewer").await;
    tries(&world, &mut ann, "viewer").await;
    let id = user(&world, "ann@acme.test").await;
    let page = ann.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(
        page.contains("owner@acme.test")
            && page.contains("class=\"avatar")
            && page.contains("Leave organization")
            && !page.contains("Remove"),
        "{page}"
    );
    form(&world, &mut owner, &format!("members/{id}/role"), &[("role", "manager")]).await.expect_status(303);
    tries(&world, &mut ann, "manager").await;
    let changed = patch(&world.api(), &format!("/team/{id}"), &json!({"role": "admin"})).await.expect_status(200);
    assert_eq!(changed.json()["role"], "admin");
    tries(&world, &mut ann, "admin").await;
    let place = format!("/dashboard?organization={}", world.acme.organization);
    ann.browser.get(&place).await.expect_status(200);
    form(&world, &mut owner, &format!("members/{id}/remove"), &[]).await.expect_status(303);
    for path in [place.as_str(), "/dashboard/settings/team", "/dashboard/settings"] {
        let named = format!("{}?organization={}", path.split('?').next().unwrap(), world.acme.organization);
        assert_eq!(ann.browser.get(&named).await.status, 404, "{path}");
    }
    let nowhere = ann.browser.get("/dashboard").await.expect_status(303);
    assert_eq!(nowhere.header("location"), Some("/dashboard/organizations"));
    assert!(ann.browser.get("/dashboard/organizations").await.text().contains("ask an owner to invite ann@acme.test"));
    world.finish().await;
}

#[tokio::test]
async fn an_open_invitation_stays_on_the_page_however_many_were_accepted_since() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let email = world.own("late@team.test");
    form(&world, &mut owner, "invite", &[("email", email.as_str()), ("role", "viewer")]).await.expect_status(303);
    let accepted = format!(
        "insert into invitations (organization_id, id, email, role, token_hash, invited_by, created_at, sent_at, expires_at,
                                  accepted_at)
         select '{0}', ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, '0'))::uuid, 'joined@team.test', 'viewer',
                sha256(('{0}' || n)::bytea), 'system', now(), now(), now(), now() from generate_series(1, 250) n",
        world.acme.organization.uuid()
    );
    world.database.run(&accepted).await;
    let page = owner.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(page.contains(&email) && !page.contains("joined@team.test"), "{page}");
    world.finish().await;
}
