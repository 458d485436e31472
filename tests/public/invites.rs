//! Goal: an invitation to a team is for one address and works once.
//! Method: the invited, others and people without an account open the link.

use world::{
    World,
    client::dashboard::Marketer,
    organization_fixture::owner,
    team_fixture::{PASSWORD, emails, form, joined, link},
};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_joins_with_one_button() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let requested = form(&world, &mut owner, "invite", &[("email", "Ann@Acme.test"), ("role", "manager")]).await;
    requested.expect_status(303);
    let page = owner.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(page.contains("ann@acme.test") && page.contains("Resend"), "{page}");
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
    assert!(again.status == 410 && again.text().contains("already accepted"), "{}", again.text());
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
    assert!(page.contains("You’re signed in as ann@acme.test") && !page.contains("<button type=\"submit\">Join"));
    assert_eq!(ann.submit(&link, &[]).await.status, 403);
    assert_eq!(world.database.count("select count(*) from memberships where role = 'admin'").await, 0);
    for wrong in ["/invites/x".to_owned(), format!("{}x", &link[..link.len() - 1]), format!("{link}a")] {
        assert_eq!(ann.browser.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(ann.submit(&wrong, &[("password", PASSWORD)]).await.status, 404, "{wrong}");
    }
    // A person who has an account signs in and comes back.
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
