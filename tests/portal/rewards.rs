//! Goal: an affiliate hands in a proof, sees what became of it, and is named on a leaderboard only if they agree.
//! Method: the demo's brand sets a bounty and a leaderboard up on the dashboard, and decides in its queue.
//! Routes: `/a/rewards` `/a/rewards/name` `/a/rewards/{id}`

use serde_json::json;
use world::{
    World,
    client::{dashboard::Marketer, mailbox::read_email},
};

use crate::fixture::{address, enter, id_after, join, page, sell};

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_rejected_and_then_rewarded() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let early = join(&world, "early").await;
    let body = json!({"programId": world.acme.program.to_string(), "kind": "Bounty", "title": "A video",
                      "startsAt": "2026-01-01T00:00:00Z", "proof": {"linksMax": 2, "hosts": ["youtube.com"]},
                      "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"}});
    let made = world.api().post("/rewards", &body).await.expect_status(201).json();
    let path = format!("/a/rewards/{}", made["id"].as_str().unwrap());
    let mut browser = enter(&world, &address(&world, "early")).await;
    assert!(page(&mut browser, "/a/rewards").await.contains("A video"));
    assert!(page(&mut browser, &path).await.contains("youtube.com"));
    browser.submit(&path, &[("links", "https://vimeo.com/1")]).await.expect_status(400);
    browser.submit(&path, &[("links", "https://youtube.com/watch?v=1")]).await.expect_status(303);
    browser.submit(&path, &[("links", "https://youtube.com/watch?v=2")]).await.expect_status(409);
    assert!(page(&mut browser, "/a/rewards").await.contains("Under review"));

    let organization = world.acme.organization.to_string();
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let queue = format!("/dashboard/rewards/review?organization={organization}");
    let shown = page(&mut brand, &queue).await;
    let claim = format!("/dashboard/rewards/claims/rwc_{}", id_after(&shown, "/dashboard/rewards/claims/rwc_"));
    let own = ("organization", organization.as_str());
    brand.submit(&claim, &[own, ("decision", "reject"), ("reason", "Too short.")]).await.expect_status(303);
    let email = read_email(&base, &address(&world, "early"), "reward_rejected").await;
    assert!(email["text"].as_str().unwrap().contains("Too short."), "{email}");
    assert!(page(&mut browser, "/a/rewards").await.contains("Too short."));
    browser.submit(&path, &[("links", "https://youtube.com/watch?v=3")]).await.expect_status(303);
    brand.submit(&claim, &[own, ("decision", "approve")]).await.expect_status(303);
    brand.submit(&claim, &[own, ("decision", "approve")]).await.expect_status(409);
    read_email(&base, &address(&world, "early"), "reward_approved").await;
    assert!(page(&mut browser, "/a/rewards").await.contains("Earned"));
    let paid = world.database.count("select count(*) from commissions where kind = 'Bonus' and amount = 5000").await;
    assert_eq!(paid, 1);
    assert_eq!(early.slug, "early");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_a_proof_for_the_brand_only() {
    let world = World::shared().await;
    let base = world.ledger.base();
    join(&world, "early").await;
    let body = json!({"programId": world.acme.program.to_string(), "kind": "Bounty", "title": "A poster",
                      "startsAt": "2026-01-01T00:00:00Z", "proof": {"linksMax": 0, "hosts": [], "text": true, "file": true},
                      "prize": {"kind": "InKind", "text": "A frame"}});
    let made = world.api().post("/rewards", &body).await.expect_status(201).json();
    let path = format!("/a/rewards/{}", made["id"].as_str().unwrap());
    let mut browser = enter(&world, &address(&world, "early")).await;
    let note = [("note", "It hangs in the shop.")];
    for bad in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b""] {
        browser.upload(&path, &note, ("poster.png", bad)).await.expect_status(400);
    }
    let picture = b"\x89PNG\r\n\x1a\nnot much of a poster";
    browser.upload(&path, &note, ("poster.png", picture)).await.expect_status(303);

    let own = format!("organization={}", world.acme.organization);
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let shown = page(&mut brand, &format!("/dashboard/rewards/review?{own}")).await;
    assert!(shown.contains("It hangs in the shop."), "{shown}");
    let claim = id_after(&shown, "/dashboard/rewards/claims/rwc_").trim_end_matches("/file").to_owned();
    let file = format!("/dashboard/rewards/claims/rwc_{claim}/file");
    let sent = brand.browser.get(&format!("{file}?{own}")).await.expect_status(200);
    assert_eq!((sent.header("content-type"), sent.body.as_slice()), (Some("image/png"), &picture[..]));
    assert!(sent.header("content-security-policy").unwrap().contains("sandbox"));
    browser.browser.get(&file).await.expect_status(303);
    world.finish().await;
}

/// An affiliate sees how far they are themselves, and their place among all.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_ones_own_and_a_place_is_among_all() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let prize = json!({"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"});
    let program = world.acme.program.to_string();
    for body in [
        json!({"programId": program, "kind": "Milestone", "title": "Three sales", "startsAt": "2026-01-01T00:00:00Z",
               "metric": "Sales", "goal": 3, "prize": prize}),
        json!({"programId": program, "kind": "Contest", "title": "The best", "startsAt": "2026-01-01T00:00:00Z",
               "endsAt": "2099-01-01T00:00:00Z", "metric": "Sales", "winners": 1, "prize": prize}),
    ] {
        world.api().post("/rewards", &body).await.expect_status(201);
    }
    let mut browser = enter(&world, &address(&world, "early")).await;
    let shown = page(&mut browser, "/a/rewards").await;
    assert!(shown.contains("max=\"3\" value=\"0\"") && !shown.contains("number 1"), "{shown}");
    for id in ["one", "two"] {
        sell(&world, Some(&world.acme.partner), id, 10_000).await;
    }
    sell(&world, Some(&early), "three", 10_000).await;
    let shown = page(&mut browser, "/a/rewards").await;
    assert!(shown.contains("max=\"3\" value=\"1\""), "{shown}");
    assert!(shown.contains("You’re number 2, with 1 sale"), "{shown}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_a_number_until_they_agree() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let early = join(&world, "early").await;
    sell(&world, Some(&world.acme.partner), "one", 10_000).await;
    sell(&world, Some(&early), "two", 10_000).await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let board = [
        ("organization", organization.as_str()),
        ("programId", program.as_str()),
        ("leaderboard", "on"),
        ("metric", "Sales"),
        ("repeats", "Month"),
    ];
    brand.submit("/dashboard/rewards/leaderboards", &board).await.expect_status(303);
    let mut browser = enter(&world, &address(&world, "early")).await;
    let shown = page(&mut browser, "/a/rewards").await;
    assert!(shown.contains("Affiliate 1") || shown.contains("Affiliate 2"), "{shown}");
    assert!(!shown.contains("Lauren Vale"), "{shown}");
    browser.submit("/a/rewards/name", &[("shown", "yes"), ("name", "")]).await.expect_status(400);
    let linked = [("shown", "yes"), ("name", "Claim at evil.example")];
    let refused = browser.submit("/a/rewards/name", &linked).await.expect_status(400).text();
    assert!(refused.contains("Enter your name without a web address"), "{refused}");
    assert_eq!(world.database.count("select count(*) from leaderboard_names").await, 0);
    browser.submit("/a/rewards/name", &[("shown", "yes"), ("name", "The Early One")]).await.expect_status(303);
    assert!(page(&mut browser, "/a/rewards").await.contains("The Early One"));
    browser.submit("/a/rewards/name", &[("name", "The Early One")]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from leaderboard_names").await, 0);
    world.finish().await;
}
