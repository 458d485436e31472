//! Goal: an affiliate changes their own profile: name, emails, slug and sign-out.
//! Method: the demo's affiliate sends the forms, rightly and wrongly.

use serde_json::json;
use world::World;

use crate::fixture::{address, enter, join, page};

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_ones_own() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    browser.submit("/a/links", &[("page", "https://brand.test/x"), ("label", "video")]).await.expect_status(303);
    browser.submit("/a/settings/name", &[("name", "Ea <b>Early</b>")]).await.expect_status(303);
    let profile = page(&mut browser, "/a/settings").await;
    assert!(profile.contains("Ea &#60;b&#62;Early") && !profile.contains("<b>Early"), "{profile}");
    browser.submit("/a/settings/name", &[("name", " ")]).await.expect_status(400);
    // Others read the name, and no program that shows it should make a link of it.
    for (name, problem) in [
        ("Claim at evil.example", "Enter your name without a web address"),
        ("win@evil", "A name can’t contain an email or web address."),
    ] {
        let refused = browser.submit("/a/settings/name", &[("name", name)]).await.expect_status(400).text();
        assert!(refused.contains(problem) && refused.contains(&format!("value=\"{name}\"")), "{refused}");
    }
    let shown = world.api().get(&format!("/affiliates/{}", early.affiliate)).await.expect_status(200).json();
    assert_eq!(shown["name"], "Ea <b>Early</b>");

    // Emails are on until they are turned off.
    browser.submit("/a/settings/letters", &[("payout_sent", "yes")]).await.expect_status(303);
    let kept =
        world.database.texts("select kind from affiliate_notifications where not enabled order by 1").await.concat();
    assert_eq!(kept, ["commission_earned", "first_click"]);

    // A refused slug stays in its field.
    let refused = browser.submit("/a/settings/slug", &[("slug", "my name")]).await.expect_status(400).text();
    assert!(refused.contains("value=\"my name\""), "{refused}");

    // The slug changes once, and with it every link; no one else can take the old ones.
    for (slug, status) in
        [("x", 400), ("early", 400), (world.acme.partner.slug.as_str(), 409), ("ea-ly", 303), ("more", 409)]
    {
        assert_eq!(browser.submit("/a/settings/slug", &[("slug", slug)]).await.status, status, "{slug}");
    }
    for given_up in ["early", "EARLY-video"] {
        let thief = json!({"name": "Thief", "email": "thief@creators.test", "slug": given_up});
        assert_eq!(
            world.api().post("/affiliates", &thief).await.refusal(),
            (409, "slug_taken".to_owned()),
            "{given_up}"
        );
    }
    let links = page(&mut browser, "/a/links").await;
    assert!(links.contains("/ea-ly-video") && !links.contains("/early"), "{links}");
    let old =
        format!("select count(*) from edge_config where key = 'link:{}/early' and record is not null", early.host);
    assert_eq!(world.database.count(&old).await, 0, "the edge forgets the old place");
    assert!(page(&mut browser, "/a/settings").await.contains("You can only do this once"));

    // Everywhere is everywhere.
    let mut second = enter(&world, &address(&world, "early")).await;
    browser.submit("/a/settings/everywhere", &[]).await.expect_status(303);
    for one in [&mut browser, &mut second] {
        assert_eq!(one.browser.get("/a").await.status, 303);
    }
    // The stored preferences are in the export and are deleted with the affiliate.
    let path = format!("/affiliates/{}", early.affiliate);
    let export = world.api().get(&format!("{path}/export")).await.json();
    assert_eq!(export["data"]["notifications"]["rows"].as_array().unwrap().len(), 2, "{export}");
    world.api().post(&format!("{path}/erase"), &json!({"reason": "asked"})).await.expect_status(200);
    assert_eq!(world.database.count("select count(*) from affiliate_notifications").await, 0);
    world.finish().await;
}

/// A new link name changes the names of other links with it: none of them may become a name that is, or was, another
/// affiliate's, who would lose their sales.
#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_link_takes_no_name_of_another() {
    let world = World::shared().await;
    // Neither has a link of that name: one has given it up, the other only has it as their own.
    join(&world, "lauren-vale").await;
    let mut former = enter(&world, &address(&world, "lauren-vale")).await;
    former.submit("/a/settings/slug", &[("slug", "laurenv")]).await.expect_status(303);
    let own = json!({"name": "Nina", "email": world.own("nina-vale@creators.test"), "slug": "nina-vale"});
    world.api().post("/affiliates", &own).await.expect_status(201);

    join(&world, "foo").await;
    let mut browser = enter(&world, &address(&world, "foo")).await;
    browser.submit("/a/links", &[("page", "https://brand.test/x"), ("label", "vale")]).await.expect_status(303);
    for (slug, status) in [("lauren", 409), ("nina", 409), ("mallory", 303)] {
        assert_eq!(browser.submit("/a/settings/slug", &[("slug", slug)]).await.status, status, "{slug}");
        let links = page(&mut browser, "/a/links").await;
        let named = if status == 303 { "/mallory-vale" } else { "/foo-vale" };
        assert!(links.contains(named) && !links.contains("/lauren") && !links.contains("/nina"), "{links}");
    }
    let taken = "select count(*) from edge_config where key ~ '/(lauren|nina)-vale$' and record is not null";
    assert_eq!(world.database.count(taken).await, 0);
    world.finish().await;
}
