//! Goal: an affiliate switches only to a brand that knows the address that they proved, and an email leads to the portal of
//! the brand that sent it.
//! Method: the second organization has an affiliate with the same address; and then twenty more have.

use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
};

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

#[tokio::test(flavor = "multi_thread")]
async fn an_emails_link_opens_the_portal_of_its_brand() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let (acme, globex) = (&world.acme, &world.globex);
    let [both, one] = ["both", "one"].map(|slug| address(&world, slug));
    for brand in [acme, globex] {
        brand.join_as(&world.database, "both", &both).await;
    }
    acme.join_as(&world.database, "one", &one).await;
    let (here, there) = (acme.organization.to_string(), globex.organization.to_string());
    let open = |brand: &str, next: &str| format!("/a/open?brand={brand}&next={next}");

    // Someone who isn't signed in does so at that brand, and gets to the page.
    let mut browser = Marketer::new(&base);
    let away = browser.browser.get(&open(&there, "/a/settings")).await.expect_status(303);
    let door = format!("/a/link?brand={there}&next=%2Fa%2Fsettings");
    assert_eq!(away.header("location"), Some(door.as_str()));
    let form = page(&mut browser, &door).await;
    for (name, value) in [("brand", there.as_str()), ("next", "/a/settings")] {
        assert!(form.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}: {form}");
    }
    let wish = [("email", both.as_str()), ("brand", there.as_str()), ("next", "/a/settings")];
    browser.submit("/a/link", &wish).await.expect_status(303);
    let entry = link(&base, &both, "affiliate_link").await;
    let sent = read_emails(&base, &both).await;
    assert_eq!(sent.iter().filter(|email| email["kind"] == "affiliate_link").count(), 1, "only from that brand");
    let entered = browser.submit("/a/enter", &[("token", token(&entry)), ("next", "/a/settings")]).await;
    assert_eq!(entered.header("location"), Some("/a/settings"));

    // At the same brand it only leads on.
    for (next, place) in [("/a/settings", "/a/settings"), ("//evil.test", "/a"), ("/dashboard", "/a")] {
        let opened = browser.browser.get(&open(&there, next)).await.expect_status(303);
        assert_eq!(opened.header("location"), Some(place), "{next}");
    }

    // At another one it shows a button and changes nothing, as any site can have such a link.
    let cookie = |browser: &Marketer| browser.browser.cookie("__Host-rekomi_affiliate").unwrap().to_owned();
    let kept = cookie(&browser);
    let question = page(&mut browser, &open(&here, "/a/payouts")).await;
    for part in [
        format!("name=\"to\" value=\"{here}\""),
        "name=\"next\" value=\"/a/payouts\"".to_owned(),
        "action=\"/a/switch\"".to_owned(),
    ] {
        assert!(question.contains(&part), "{part}: {question}");
    }
    assert_eq!(cookie(&browser), kept);
    assert!(page(&mut browser, "/a").await.contains(&format!("value=\"{there}\" selected")));

    // The button switches, and the page is never one elsewhere.
    for (brand, next, place) in [
        (&here, "/a/payouts", "/a/payouts"),
        (&there, "//evil.test", "/a"),
        (&here, "https://evil.test/a/tax", "/a"),
        (&there, "/dashboard", "/a"),
    ] {
        let question = page(&mut browser, &open(brand, next)).await;
        assert_eq!(question.contains("name=\"next\""), place == next, "{next}: {question}");
        let fields = [("to", brand.as_str()), ("next", next)];
        let opened = browser.submit("/a/switch", &fields).await.expect_status(303);
        assert_eq!(opened.header("location"), Some(place), "{next}");
        assert!(page(&mut browser, "/a").await.contains(&format!("value=\"{brand}\" selected")), "{next}");
    }
    browser.browser.get("/a/open?brand=none").await.expect_status(404);

    // A brand that doesn't know the proved address asks for another sign-in, and the session stays as it is.
    let mut lonely = enter(&world, &one).await;
    let away = lonely.browser.get(&open(&there, "/a/settings")).await.expect_status(303);
    assert_eq!(away.header("location"), Some(door.as_str()));
    page(&mut lonely, "/a").await;
    // An address that only other brands know gets their links, without a page that they don't have.
    let wish = [("email", one.as_str()), ("brand", there.as_str()), ("next", "/a/payouts/x")];
    lonely.submit("/a/link", &wish).await.expect_status(303);
    let emails = read_emails(&base, &one).await;
    assert!(!emails.iter().any(|email| email.to_string().contains("%2Fa%2Fpayouts")), "{emails:?}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_of_one_of_many_brands_leads_to_a_link_of_that_brand() {
    let world = World::start().await;
    let (base, email) = (world.ledger.base(), "many@creators.test");
    // As many brands as get a link at once, and all of them come before this one.
    let others = format!(
        "insert into tenants (id, created_at)
         select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, now() from generate_series(1, 20) n;
         insert into organizations (organization_id, slug, name, created_at)
         select id, 'many-' || id, 'Many', now() from tenants where id::text like '00000000-%';
         insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select organization_id, gen_random_uuid(), 'many', '{email}', 'Many', 'Approved', now()
         from organizations where slug like 'many-%'"
    );
    world.database.run(&others).await;
    world.acme.join_as(&world.database, "many", email).await;
    let here = world.acme.organization.to_string();
    let mut browser = Marketer::new(&base);
    let wish = [("email", email), ("brand", here.as_str()), ("next", "/a/settings")];
    browser.submit("/a/link", &wish).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    let sent = read_emails(&base, email).await;
    assert_eq!(sent.iter().filter(|email| email["kind"] == "affiliate_link").count(), 1, "only from that brand");
    let entered = browser.submit("/a/enter", &[("token", token(&entry)), ("next", "/a/settings")]).await;
    assert_eq!(entered.header("location"), Some("/a/settings"));
    assert!(page(&mut browser, "/a").await.contains(&format!("value=\"{here}\" selected")));
    world.finish().await;
}
