//! Goal: an owner requires two-step sign-in of the team, and a member who hasn't turned it on sees nothing of the
//! organization until they do.
//! Method: an owner and a manager with open sessions, each with an authenticator app.
//! Routes: `/dashboard/settings/team/two-steps`

use world::{
    World,
    client::{
        dashboard::{Marketer, PROVED_LONG_AGO},
        mailbox::code,
    },
    organization_fixture::owner,
    team_fixture::{PASSWORD, form, joined},
};

/// The key of their authenticator app.
async fn turn_on(browser: &mut Marketer, password: &str) -> String {
    browser.submit("/account/two-factor/begin", &[("password", password)]).await.expect_status(303);
    let page = browser.browser.get("/account/two-factor").await.text();
    let key = page.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    browser.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await.expect_status(200);
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_is_asked_for_two_steps() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let mut carla = joined(&world, &mut owner, &world.own("carla@acme.test"), "manager").await;
    let own = world.demo["owner"]["password"].as_str().unwrap();
    let (yes, proof) = (("required", "yes"), ("password", own));
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    for (given, status) in [(vec![yes], 403), (vec![yes, ("password", "not it")], 400)] {
        let refused = form(&world, &mut owner, "two-steps", &given).await.expect_status(status).text();
        assert!(refused.contains("id=\"twoSteps-problem\""), "{refused}");
    }
    let first = form(&world, &mut owner, "two-steps", &[yes, proof]).await.expect_status(409).text();
    assert!(first.contains("in your own account first"), "{first}");
    let key = turn_on(&mut owner, own).await;
    form(&world, &mut carla, "two-steps", &[yes, ("password", PASSWORD)]).await.expect_status(403);
    form(&world, &mut owner, "two-steps", &[yes]).await.expect_status(303);
    let recorded = "select count(*) from audit_log where after ->> 'secondFactorRequired' = 'true'";
    assert_eq!(world.database.count(recorded).await, 1);

    // Carla's session is open; the organization is closed to her, her account isn't.
    let named = format!("/dashboard/conversions?organization={}", world.acme.organization);
    let shut = carla.browser.get(&named).await.expect_status(403).text();
    assert!(shut.contains("requires two-step sign-in"), "{shut}");
    let sent_away = carla.browser.get("/dashboard").await.expect_status(303);
    assert_eq!(sent_away.header("location"), Some("/dashboard/organizations"));
    let page = carla.browser.get("/dashboard/organizations").await.expect_status(200).text();
    assert!(page.contains("/account/two-factor") && page.contains("Acme SaaS"), "{page}");
    owner.browser.get(&named).await.expect_status(200);
    world.api().get("/programs").await.expect_status(200);
    turn_on(&mut carla, PASSWORD).await;
    carla.browser.get(&named).await.expect_status(200);

    // Now a code proves who they are, and the password doesn't.
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    let no = ("required", "no");
    form(&world, &mut owner, "two-steps", &[no, proof]).await.expect_status(403);
    let next = code(&key, 1);
    form(&world, &mut owner, "two-steps", &[no, ("code", &next)]).await.expect_status(303);
    let page = owner.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(page.contains("Not required"), "{page}");
    world.finish().await;
}
