//! Goal: an affiliate switches only to a brand that knows the address that they proved.
//! Method: the second organization has an affiliate with the same address.

use world::{World, client::dashboard::Marketer};

use crate::fixture::{address, enter, page};

#[tokio::test(flavor = "multi_thread")]
async fn another_brand_opens_by_the_proved_address_only() {
    let world = World::shared().await;
    let (acme, globex) = (&world.acme, &world.globex);
    let [early, mallorys, victims] = ["early", "mallory", "victim"].map(|slug| address(&world, slug));
    for brand in [acme, globex] {
        brand.join_as(&world.database, "early", &early).await;
    }
    let (here, there) = (acme.organization.to_string(), globex.organization.to_string());
    // The link in one brand's email proves the address, so both brands are there.
    let mut browser = enter(&world, &early).await;
    let home = page(&mut browser, "/a").await;
    assert!(home.contains(&format!("value=\"{there}\"")) && home.contains(&format!("value=\"{here}\"")), "{home}");
    // A signed-in affiliate doesn't have to identify again, and no cache stores the page.
    let form = browser.browser.get(&format!("/p/{}", world.own("globex"))).await.expect_status(200);
    assert_eq!(form.header("cache-control"), Some("private, no-store"));
    let text = form.text();
    for part in ["value=\"early\"", &format!("You’re signed in as {early}"), &format!("value=\"{early}\"")] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let kept = browser.browser.cookie("__Host-rekomi_affiliate").unwrap().to_owned();
    let to = if home.contains(&format!("value=\"{there}\" selected")) { &here } else { &there };
    browser.submit("/a/switch", &[("to", to)]).await.expect_status(303);
    let moved = page(&mut browser, "/a").await;
    assert!(moved.contains(&format!("value=\"{to}\" selected")), "{moved}");
    let mut old = Marketer::new(&world.ledger.base());
    old.browser.set_cookie("__Host-rekomi_affiliate", &kept);
    assert_eq!(old.browser.get("/a").await.status, 303, "the session of before is over");

    // A brand that gives its affiliate another's address opens nothing: the address is not what was proved.
    acme.join_as(&world.database, "mallory", &mallorys).await;
    let mut mallory = enter(&world, &mallorys).await;
    world.database.run(&format!("update affiliates set email = '{victims}' where slug = 'mallory'")).await;
    globex.join_as(&world.database, "victim", &victims).await;
    assert!(!page(&mut mallory, "/a").await.contains(&there));
    mallory.submit("/a/switch", &[("to", &there)]).await.expect_status(404);

    // The other brand doesn't stay open for a person who is no longer its affiliate.
    let (back, left) = if to == &here { (&there, globex) } else { (&here, acme) };
    let banned = format!(
        "update affiliates set status = 'Banned' where slug = 'early' and organization_id = '{}'",
        left.organization.uuid()
    );
    world.database.run(&banned).await;
    assert!(!page(&mut browser, "/a").await.contains(back.as_str()));
    browser.submit("/a/switch", &[("to", back)]).await.expect_status(404);
    world.finish().await;
}
