//! Goal: commissions are found and decided on the dashboard, one by one and in bulk.
//! Method: sales of two affiliates; the pages are read and their forms sent as a browser sends them; the effect is read
//! by API.
//! Routes: `/dashboard/commissions.csv`, `/dashboard/commissions/{id}/{what}`

use world::payout_run_fixture::{act, id, partner, propose, reserved};

use crate::conversions::{Fixture, rows};

#[tokio::test]
async fn commissions_are_decided_one_by_one_and_many_at_once() {
    let mut fixture = Fixture::open().await;
    let events = [
        fixture.sale("one", &fixture.early, "ann", 10_000),
        fixture.sale("two", &fixture.late, "ben", 5_000),
        fixture.sale("three", &fixture.late, "cleo", 3_000),
    ];
    fixture.world.intake().accept(&events).await;
    let ids =
        [fixture.commission("one").await.0, fixture.commission("two").await.0, fixture.commission("three").await.0];
    let page = fixture.page("/commissions?status=Pending").await;
    for text in ["early", "late", "$20.00", "$10.00", "On hold"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(rows(&fixture.page("/commissions?affiliate=early&status=Pending").await), [ids[0].as_str()]);
    let receipt = fixture.page(&format!("/commissions/{}", ids[0])).await;
    for text in ["<h1>$20.00 for early</h1>", ">On hold</span>", "<p class=\"headline\">Payable on ", "</a> link name"]
    {
        assert!(receipt.contains(text), "{text}: {receipt}");
    }
    assert!(
        receipt.contains("20% of $100.00 = $20.00") && !receipt.contains("USD "),
        "amounts as in the list: {receipt}"
    );
    let refused = fixture.post("/commissions", &[("what", "release"), ("ids", &ids[0]), ("reason", "")]).await;
    let refused = refused.expect_status(400).text();
    assert!(refused.contains("Enter a reason") && refused.contains("checked"), "{refused}");
    let both =
        [("what", "release"), ("ids", ids[0].as_str()), ("ids", &ids[1]), ("ids", "com_x"), ("reason", "Early.")];
    let page = fixture.post("/commissions", &both).await.expect_status(200).text();
    assert!(page.contains("Released 2.") && page.contains("1 skipped"), "{page}");
    assert_eq!(fixture.commission("one").await.1, "Approved");
    assert_eq!(rows(&fixture.page("/commissions?status=Approved&affiliate=late").await), [ids[1].as_str()]);
    fixture.world.database.set_member_names("Una").await;
    let path = |what: &str| format!("/commissions/{}/{what}", ids[2]);
    let refused = fixture.post(&path("deny"), &[("reason", "")]).await.expect_status(400).text();
    assert!(refused.contains("deny-reason-problem"), "{refused}");
    fixture.post(&path("deny"), &[("reason", "Twice.")]).await.expect_status(303);
    assert_eq!(fixture.commission("three").await.1, "Denied");
    let receipt = fixture.page(&format!("/commissions/{}?done=deny", ids[2])).await;
    assert!(receipt.contains("Undo denial") && receipt.contains("Twice."), "{receipt}");
    assert!(receipt.contains("<strong>Deny</strong> Una") && !receipt.contains("user:usr_"), "by name: {receipt}");
    let refused = fixture.post(&path("release"), &[("reason", "x")]).await.expect_status(409).text();
    assert!(refused.contains("nothing to release"), "{refused}");
    fixture.post(&path("approve"), &[("reason", "Once.")]).await.expect_status(303);
    assert_eq!(fixture.commission("three").await.1, "Pending");
    let file = fixture.page("/commissions.csv?affiliate=early").await;
    assert!(file.contains("\"one\",\"20.00\",\"20.00\",\"0.00\",\"USD\",\"Approved\""), "{file}");
    fixture.post(&path("eat"), &[("reason", "x")]).await.expect_status(404);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commission_has_the_same_status_on_each_page() {
    let mut fixture = Fixture::open().await;
    let payee = partner(&fixture.world, "payee", "Manual").await;
    fixture.world.intake().accept(&[fixture.sale("one", &payee, "ann", 50_000)]).await;
    let (commission, conversion) = (fixture.commission("one").await.0, fixture.id("one").await);
    let path = format!("/commissions/{commission}/release");
    fixture.post(&path, &[("reason", "Early.")]).await.expect_status(303);
    let search = format!("/search?q={commission}");
    let found = fixture.page(&search).await;
    assert!(found.contains("Payable \u{b7} payee"), "{found}");

    let api = fixture.world.api();
    let run = id(&propose(&api, "USD").await.expect_status(201).json());
    act(&api, &run, "approve").await.expect_status(200);
    reserved(&api, &run).await;
    for (page, text) in [
        ("/commissions?affiliate=payee", ">In payout</span>"),
        (&format!("/conversions/{conversion}"), ">In payout</span>"),
        (&search, "In payout \u{b7} payee"),
    ] {
        let shown = fixture.page(page).await;
        assert!(shown.contains(text), "{page}: {shown}");
    }
    let payout = id(&api.all(&format!("/payouts?runId={run}")).await[0]);
    let found = fixture.page(&format!("/search?q={payout}")).await;
    assert!(found.contains("Processing \u{b7} payee"), "{found}");
    fixture.world.finish().await;
}
