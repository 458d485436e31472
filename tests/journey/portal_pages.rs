//! Goal: in their portal an affiliate sees what they earned and why, makes links, learns nothing about buyers, goes to another
//! brand only where it knows the address that they proved, and asks about a sale that they miss, which the brand decides.
//! Method: the demo's affiliate and brand, by their pages; the second organization has an affiliate with the same address.

use serde_json::json;
use world::{
    World,
    brand::{But, Partner},
    client::{
        dashboard::Marketer,
        mailbox::{link, read_email, token},
    },
    http::{Request, Response},
};

async fn enter(world: &World, email: &str) -> Marketer {
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser
}

async fn page(browser: &mut Marketer, target: &str) -> String {
    browser.browser.get(target).await.expect_status(200).text()
}

async fn sell(world: &World, partner: Option<&Partner>, id: &str, cents: i64) {
    let slug = partner.map(|partner| partner.slug.clone());
    let sale = world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = slug;
        report.customer_id = Some(format!("buyer-of-{id}"));
        report.customer_email = Some(format!("{id}@buyers.test"));
    });
    world.intake().accept(&[sale]).await;
}

/// The id in the first address of a page that begins so.
fn id_after(page: &str, start: &str) -> String {
    page.split(start).nth(1).and_then(|rest| rest.split(['"', '?']).next()).expect(start).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_earned_and_why() {
    let world = World::start().await;
    let early = world.acme.join(&world.database, "early").await;
    sell(&world, Some(&early), "order-1", 10_000).await;
    world.intake().accept(&[world.acme.click(&early)]).await;
    let mut browser = enter(&world, "early@creators.test").await;
    let home = page(&mut browser, "/a").await;
    for part in ["Earned so far", "$20.00", "What to do next", "Set up payouts", "Earned, USD", "Your money"] {
        assert!(home.contains(part), "{part} in {home}");
    }
    assert!(home.contains("monogram") && !home.contains("class=\"logo\""), "{home}");
    let logo = format!(
        "insert into program_logos (organization_id, program_id, content_type, bytes, width, height, updated_at)
         values ('{}', '{}', 'image/png', '\\x89504e47', 32, 32, now())",
        world.acme.organization.uuid(),
        world.acme.program.uuid(),
    );
    world.database.run(&logo).await;
    let home = page(&mut browser, "/a").await;
    assert!(home.contains("class=\"logo\" src=\"/p/acme/logo?v=") && !home.contains("monogram"), "{home}");
    let sales = page(&mut browser, "/a/sales").await;
    assert!(sales.contains("days after the sale, in case of a refund."), "{sales}");
    let id = id_after(&sales, "href=\"/a/sales/com_");
    let one = page(&mut browser, &format!("/a/sales/com_{id}")).await;
    for part in ["$20.00", "Sold for", "$100.00", "Becomes payable", "The sale was told with your name."] {
        assert!(one.contains(part), "{part} in {one}");
    }
    let csv = page(&mut browser, "/a/sales.csv").await;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(page(&mut browser, "/a/sales?kind=leads").await.contains("Nothing of that kind"));
    let clicks = page(&mut browser, "/a/clicks").await;
    assert!(clicks.contains("/early"), "{clicks}");
    let one_click = "<strong>1</strong> clicks";
    assert!(page(&mut browser, "/a/links").await.contains(one_click));
    // The same click is read from its day once that has been added up, and counts no more often.
    world
        .database
        .run(
            "insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
             select organization_id, (hour at time zone 'UTC')::date, program_id, affiliate_id, link_id, sum(clicks)
             from click_hours where clicks > 0 group by 1, 2, 3, 4, 5;
             insert into click_days_until (organization_id, day)
             select organization_id, (max(hour) at time zone 'UTC')::date + 1 from click_hours group by 1
             on conflict (organization_id) do update set day = excluded.day",
        )
        .await;
    for span in ["7d", "12m"] {
        let links = page(&mut browser, &format!("/a/links?span={span}")).await;
        assert!(links.contains(one_click), "{links}");
    }
    // Who bought is nobody's business but the brand's.
    for text in [&home, &sales, &one, &csv, &clicks] {
        for secret in ["buyer-of-order-1", "order-1", "buyers.test"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    // Nobody else's.
    let mut other = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    other.browser.get(&format!("/a/sales/com_{id}")).await.expect_status(404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_any_page_of_the_brand() {
    let world = World::start().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut browser = enter(&world, "early@creators.test").await;
    let links = page(&mut browser, "/a/links").await;
    assert!(links.contains(&format!("{}/early", early.host)) && links.contains("data-builder"), "{links}");
    // What they are paid: as the program says it, until they have a plan of their own.
    assert!(links.contains("What you earn") && links.contains("20 % of every payment"), "{links}");
    let own =
        json!({"scope": {"affiliateId": early.affiliate}, "components": [{"type": "percentage", "ratePercent": "35"}]});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &own).await.expect_status(201);
    let links = page(&mut browser, "/a/links").await;
    assert!(links.contains("35 % of every payment") && !links.contains("20 % of"), "{links}");
    let made = page(&mut browser, "/a/links?page=https%3A%2F%2Fbrand.test%2Fpricing%2Fpro").await;
    assert!(made.contains(&format!("{}/early/pricing/pro", early.host)), "{made}");
    let refused = browser.browser.get("/a/links?page=https%3A%2F%2Fevil.test%2F").await.expect_status(400).text();
    assert!(refused.contains("That page isn’t on brand.test"), "{refused}");
    let picture = browser.browser.get(&format!("/a/links/qr.svg?link={}", early.link)).await.expect_status(200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    let foreign = format!("/a/links/qr.svg?link={}", world.acme.partner.link);
    browser.browser.get(&foreign).await.expect_status(404);

    // One with a name has figures of its own; nobody takes a name that is another's.
    let expected = [("page", "https://brand.test/pricing"), ("label", "Newsletter")];
    browser.submit("/a/links", &expected).await.expect_status(303);
    assert!(page(&mut browser, "/a/links").await.contains("/early-newsletter"));
    let again = browser.submit("/a/links", &expected).await.expect_status(400).text();
    assert!(again.contains("You have a link of that name already"), "{again}");
    for (page, label) in [("https://evil.test/", "x"), ("https://brand.test/", "../x"), ("https://brand.test/", "")] {
        browser.submit("/a/links", &[("page", page), ("label", label)]).await.expect_status(400);
    }
    assert_eq!(world.database.count("select count(*) from links where slug like 'early%'").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_brand_opens_by_the_proved_address_only() {
    let world = World::start().await;
    let (acme, globex) = (&world.acme, &world.globex);
    acme.join(&world.database, "early").await;
    globex.join(&world.database, "early").await;
    let (here, there) = (acme.organization.to_string(), globex.organization.to_string());
    // Whoever opened an email of one brand reads that mail: both brands are there.
    let mut browser = enter(&world, "early@creators.test").await;
    let home = page(&mut browser, "/a").await;
    assert!(home.contains(&format!("value=\"{there}\"")) && home.contains(&format!("value=\"{here}\"")), "{home}");
    // Nor does anybody who is in type again who they are, and no cache keeps it.
    let form = browser.browser.get("/p/globex").await.expect_status(200);
    assert_eq!(form.header("cache-control"), Some("private, no-store"));
    let text = form.text();
    for part in ["You are signed in as early@creators.test", "value=\"early@creators.test\"", "value=\"early\""] {
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
    acme.join(&world.database, "mallory").await;
    let mut mallory = enter(&world, "mallory@creators.test").await;
    world.database.run("update affiliates set email = 'victim@creators.test' where slug = 'mallory'").await;
    globex.join(&world.database, "victim").await;
    assert!(!page(&mut mallory, "/a").await.contains(&there));
    mallory.submit("/a/switch", &[("to", &there)]).await.expect_status(404);

    // Nor does the other brand stay open for who isn't its affiliate any more.
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
async fn a_missing_sale_is_asked_for_and_credited() {
    let world = World::start().await;
    let base = world.ledger.base();
    let early = world.acme.join(&world.database, "early").await;
    world.intake().accept(&[world.acme.click(&early)]).await;
    sell(&world, Some(&world.acme.partner), "A-17", 10_000).await;
    let mut browser = enter(&world, "early@creators.test").await;
    let today = world::wait::now().to_string()[..10].to_owned();
    let whole =
        [("orderedOn", today.as_str()), ("bought", "The yearly plan"), ("orderId", "A-17"), ("note", "<b>me</b>")];
    let refused = browser.submit("/a/inquiries/new", &whole[..2]).await.expect_status(400).text();
    assert!(refused.contains("The yearly plan") && refused.contains("id=\"orderId-problem\""), "{refused}");
    browser.submit("/a/inquiries/new", &whole).await.expect_status(303);
    let by_mail = [("orderedOn", today.as_str()), ("bought", "Another"), ("buyerEmail", "A-17@buyers.test")];
    browser.submit("/a/inquiries/new", &by_mail).await.expect_status(303);
    assert!(page(&mut browser, "/a/inquiries").await.contains("looks at it"));

    let organization = world.acme.organization.to_string();
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let list = page(&mut brand, &format!("/dashboard/inquiries?organization={organization}")).await;
    assert!(list.contains("The yearly plan") && list.contains("Another"), "{list}");
    let credited =
        format!("inq_{}", id_after(list.split("The yearly plan").nth(1).unwrap(), "/dashboard/inquiries/inq_"));
    let one = page(&mut brand, &format!("/dashboard/inquiries/{credited}?organization={organization}")).await;
    for part in ["Lauren Vale has the credit", "The order’s number fits", "&lt;b&gt;me", "/early"] {
        assert!(
            one.contains(part) || one.contains(&part.replace("&lt;", "&#60;").replace("&gt;", "&#62;")),
            "{part} in {one}"
        );
    }
    let sale = format!("conv_{}", id_after(&one, "value=\"conv_"));
    let path = format!("/dashboard/inquiries/{credited}");
    let own = ("organization", organization.as_str());
    brand.submit(&path, &[own, ("decision", "credit"), ("conversion", &sale)]).await.expect_status(400);
    let decision =
        [own, ("decision", "credit"), ("conversion", sale.as_str()), ("answer", "You are right."), ("later", "yes")];
    brand.submit(&path, &decision).await.expect_status(303);
    brand.submit(&path, &decision).await.expect_status(409);
    let found = world.api().get(&format!("/conversions/{sale}")).await.json();
    assert_eq!(found["affiliateId"], json!(early.affiliate.to_string()));
    let report = read_email(&base, "early@creators.test", "inquiry_answered").await;
    assert!(report["text"].as_str().unwrap().contains("You are right."), "{report}");
    assert!(page(&mut browser, "/a/inquiries").await.contains("Credited"));
    assert!(page(&mut browser, "/a/sales").await.contains("$20.00"));

    // The other one is found by the buyer, rejected, and the address is forgotten.
    let other = format!("inq_{}", id_after(list.split("Another").nth(1).unwrap(), "/dashboard/inquiries/inq_"));
    let path = format!("/dashboard/inquiries/{other}");
    let one = page(&mut brand, &format!("{path}?organization={organization}")).await;
    assert!(one.contains("The buyer’s address fits") && one.contains("It is credited to whoever asks"), "{one}");
    let theirs = ("organization", world.globex.organization.to_string());
    brand.submit(&path, &[(theirs.0, &theirs.1), ("decision", "reject"), ("answer", "x")]).await.expect_status(404);
    brand.submit(&path, &[own, ("decision", "reject"), ("answer", "The same sale.")]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from missing_sale_claims where buyer_email is not null").await, 0);
    let csv = page(&mut brand, &format!("/dashboard/inquiries.csv?organization={organization}&status=all")).await;
    assert_eq!(csv.lines().count(), 3, "{csv}");

    // Five a day.
    for _ in 0..3 {
        browser.submit("/a/inquiries/new", &whole).await.expect_status(303);
    }
    let often = browser.submit("/a/inquiries/new", &whole).await;
    assert_eq!((often.status, often.header("retry-after")), (429, Some("3600")));
    world.finish().await;
}

/// A form with a file.
async fn upload(brand: &mut Marketer, base: &str, fields: &[(&str, &str)], file: &[u8]) -> Response {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--x7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--x7--\r\n");
    let mut request = Request::new("POST", "/dashboard/assets")
        .header("Content-Type", "multipart/form-data; boundary=x7")
        .header("Origin", base)
        .header("Sec-Fetch-Site", "same-origin");
    request.body = body;
    brand.browser.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_go_from_the_brand_to_its_affiliates() {
    let world = World::start().await;
    let base = world.ledger.base();
    let organization = world.acme.organization.to_string();
    let own = ("organization", organization.as_str());
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let picture = b"\x89PNG\r\n\x1a\nnot much of a picture";
    upload(&mut brand, &base, &[own, ("kind", "File"), ("title", "Banner 1")], picture).await.expect_status(303);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let refused = upload(&mut brand, &base, &[own, ("kind", "File"), ("title", "Bad")], svg).await;
    assert!(refused.status == 400 && refused.text().contains("Choose a picture"), "{}", refused.text());
    let words = [own, ("kind", "Text"), ("title", "Bio"), ("body", "We make <hats>.")];
    brand.submit("/dashboard/assets", &words).await.expect_status(303);
    let evil = [own, ("kind", "Link"), ("title", "Kit"), ("address", "javascript:alert(1)")];
    brand.submit("/dashboard/assets", &evil).await.expect_status(400);
    let page_of_brand = page(&mut brand, &format!("/dashboard/assets?organization={organization}")).await;
    assert!(page_of_brand.contains("Banner 1") && page_of_brand.contains("Bio"), "{page_of_brand}");

    let mut browser = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    let shelf = page(&mut browser, "/a/assets").await;
    assert!(shelf.contains("Banner 1") && !shelf.contains("<hats>"), "{shelf}");
    let id = id_after(&shelf, "/a/assets/ast_").trim_end_matches("/file").to_owned();
    let file = browser.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(200);
    assert_eq!((file.header("content-type"), file.body.as_slice()), (Some("image/png"), &picture[..]));
    assert!(file.header("content-security-policy").unwrap().contains("sandbox"));
    let saved = browser.browser.get(&format!("/a/assets/ast_{id}/file?save=yes")).await;
    assert_eq!(saved.header("content-disposition"), Some("attachment; filename=\"banner-1.png\""));
    // Nobody of another brand's.
    let their = world.globex.join(&world.database, "theirs").await;
    let mut stranger = enter(&world, &format!("{}@creators.test", their.slug)).await;
    stranger.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(404);
    brand.submit(&format!("/dashboard/assets/ast_{id}/delete"), &[own]).await.expect_status(303);
    browser.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_ones_own() {
    let world = World::start().await;
    let early = world.acme.join(&world.database, "early").await;
    let mut browser = enter(&world, "early@creators.test").await;
    browser.submit("/a/links", &[("page", "https://brand.test/x"), ("label", "video")]).await.expect_status(303);
    browser.submit("/a/settings/name", &[("name", "Ea <b>Early</b>")]).await.expect_status(303);
    let profile = page(&mut browser, "/a/settings").await;
    assert!(profile.contains("Ea &#60;b&#62;Early") && !profile.contains("<b>Early"), "{profile}");
    browser.submit("/a/settings/name", &[("name", " ")]).await.expect_status(400);

    // Emails are on until they are turned off.
    browser.submit("/a/settings/letters", &[("payout_sent", "yes")]).await.expect_status(303);
    let kept =
        world.database.texts("select kind from affiliate_notifications where not enabled order by 1").await.concat();
    assert_eq!(kept, ["commission_earned", "first_click"]);

    // The word in the links changes once, and with it every link; the old ones are nobody else's.
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
    assert!(page(&mut browser, "/a/settings").await.contains("possible once"));

    // Everywhere is everywhere.
    let mut second = enter(&world, "early@creators.test").await;
    browser.submit("/a/settings/everywhere", &[]).await.expect_status(303);
    for one in [&mut browser, &mut second] {
        assert_eq!(one.browser.get("/a").await.status, 303);
    }
    // What is kept is in the export, and goes with the affiliate.
    let path = format!("/affiliates/{}", early.affiliate);
    let export = world.api().get(&format!("{path}/export")).await.json();
    assert_eq!(export["data"]["notifications"]["rows"].as_array().unwrap().len(), 2, "{export}");
    world.api().post(&format!("{path}/erase"), &json!({"reason": "asked"})).await.expect_status(200);
    assert_eq!(world.database.count("select count(*) from affiliate_notifications").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brands_color_is_made_readable() {
    let world = World::start().await;
    let organization = world.acme.organization.uuid();
    world
        .database
        .run(&format!("update organizations set brand_color = '#ffe600' where organization_id = '{organization}'"))
        .await;
    let mut browser = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    assert!(page(&mut browser, "/a").await.contains("/assets/brand/ffe600.css"));
    let sheet = browser.browser.get("/assets/brand/ffe600.css").await.expect_status(200);
    assert_eq!(sheet.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(
        sheet.text().contains("--brand:") && !sheet.text().starts_with(":root{--brand:#ffe600"),
        "{}",
        sheet.text()
    );
    for bad in ["/assets/brand/ffe600", "/assets/brand/red.css", "/assets/brand/%7D.css"] {
        browser.browser.get(bad).await.expect_status(404);
    }
    world.finish().await;
}
