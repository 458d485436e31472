//! Goal: an affiliate claims a missing sale, and the brand credits or declines it.
//! Method: the demo's affiliate sends the form in the portal; the brand decides on the dashboard.

use serde_json::json;
use world::{
    World,
    client::{dashboard::Marketer, mailbox::read_email},
};

use crate::fixture::{address, enter, id_after, join, page, sell};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_sale_is_asked_for_and_credited() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let early = join(&world, "early").await;
    world.intake().accept(&[world.acme.click(&early)]).await;
    sell(&world, Some(&world.acme.partner), "A-17", 10_000).await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    let today = world::wait::now().to_string()[..10].to_owned();
    let whole =
        [("orderedOn", today.as_str()), ("bought", "The yearly plan"), ("orderId", "A-17"), ("note", "<b>me</b>")];
    let refused = browser.submit("/a/inquiries/new", &whole[..2]).await.expect_status(400).text();
    assert!(refused.contains("The yearly plan") && refused.contains("id=\"orderId-problem\""), "{refused}");
    browser.submit("/a/inquiries/new", &whole).await.expect_status(303);
    let by_mail = [("orderedOn", today.as_str()), ("bought", "Another"), ("buyerEmail", "A-17@buyers.test")];
    browser.submit("/a/inquiries/new", &by_mail).await.expect_status(303);
    assert!(page(&mut browser, "/a/inquiries").await.contains("is reviewing it"));

    let organization = world.acme.organization.to_string();
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let list = page(&mut brand, &format!("/dashboard/inquiries?organization={organization}")).await;
    assert!(list.contains("The yearly plan") && list.contains("Another"), "{list}");
    let credited =
        format!("inq_{}", id_after(list.split("The yearly plan").nth(1).unwrap(), "/dashboard/inquiries/inq_"));
    let one = page(&mut brand, &format!("/dashboard/inquiries/{credited}?organization={organization}")).await;
    for part in ["Credited to Lauren Vale", "Order number matches", "&lt;b&gt;me", "/early"] {
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
    let report = read_email(&base, &address(&world, "early"), "inquiry_answered").await;
    assert!(report["text"].as_str().unwrap().contains("You are right."), "{report}");
    assert!(page(&mut browser, "/a/inquiries").await.contains("Credited"));
    assert!(page(&mut browser, "/a/sales").await.contains("$20.00"));

    // The other one is found by the buyer, rejected, and the address is forgotten.
    let other = format!("inq_{}", id_after(list.split("Another").nth(1).unwrap(), "/dashboard/inquiries/inq_"));
    let path = format!("/dashboard/inquiries/{other}");
    let one = page(&mut brand, &format!("{path}?organization={organization}")).await;
    assert!(one.contains("Buyer email matches") && one.contains("Already credited to this affiliate"), "{one}");
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
    let page = often.text();
    for part in ["You’ve sent 5 claims today.", "value=\"The yearly plan\"", "&#60;b&#62;me"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    world.finish().await;
}
