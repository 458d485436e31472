//! Goal: a file of past sales is recognized by its columns, and its sums are shown before anything is booked.
//! Method: an owner's browser uploads a file and sends the forms as the page has them.
//! Elsewhere: tests/dashboard/imports.rs: `/dashboard/imports/{id}`

use serde_json::json;
use world::{
    World,
    import_fixture::{counts, import},
    organization_fixture, wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_sales_shows_its_sums_first() {
    let world = World::shared().await;
    let mut owner = organization_fixture::owner(&world).await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let csv = "id,created_at,partner_email,amount,earnings,currency,status\n\
               cm_1,2025-03-01,lauren@creators.test,10000,2500,usd,paid\n\
               cm_2,2025-04-01,lauren@creators.test,10000,1000,usd,pending\n\
               cm_3,03/04/2025,lauren@creators.test,10000,1000,usd,pending\n";
    let csv = csv.replace("lauren@creators.test", &world.own("lauren@creators.test"));
    let fields = [
        ("organization", organization.as_str()),
        ("kind", ""),
        ("source", "Dub"),
        ("program", &program),
        ("destination", ""),
        ("file", &csv),
    ];
    let to = owner.submit("/dashboard/imports", &fields).await.expect_status(303);
    let place = to.header("location").unwrap().split('?').next().unwrap().to_owned();
    let page = format!("{place}?organization={organization}");
    let checked = owner.browser.get(&page).await.expect_status(200).text();
    for part in
        ["Sales from Dub", "Paid before the move", "Unpaid, left to the other platform", "$2,500.00", "Import sales"]
    {
        assert!(checked.contains(part), "{part} in {checked}");
    }
    // The amounts are in cents, and the brand pays what is unpaid.
    let changed = [
        ("organization", organization.as_str()),
        ("map-SaleId", "0"),
        ("map-SoldAt", "1"),
        ("map-AffiliateEmail", "2"),
        ("map-SaleAmount", "3"),
        ("map-Commission", "4"),
        ("map-Currency", "5"),
        ("map-Status", "6"),
        ("dateOrder", "DayFirst"),
        ("unpaid", "PaidHere"),
        ("cents", "yes"),
        ("currency", ""),
    ];
    // A currency that doesn't exist isn't ignored, and the form keeps what was chosen.
    let mut misspelled = changed;
    misspelled[11].1 = "EUU";
    let refused = owner.submit(&format!("{place}/mapping"), &misspelled).await.expect_status(400).text();
    for part in [
        "id=\"currency-problem\">Must be a supported currency, not EUU.",
        "value=\"EUU\"",
        "value=\"PaidHere\" checked",
        "<option value=\"DayFirst\" selected>",
    ] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    assert_eq!(refused.matches("supported currency, not EUU").count(), 1, "only at the field: {refused}");
    owner.submit(&format!("{place}/mapping"), &changed).await.expect_status(303);
    let checked = owner.browser.get(&page).await.expect_status(200).text();
    for part in ["Unpaid, to be paid here", "$25.00", "$20.00"] {
        assert!(checked.contains(part), "{part} in {checked}");
    }
    owner.submit(&format!("{place}/start"), &[("organization", organization.as_str())]).await.expect_status(303);
    wait::until("the end", 30, async || owner.browser.get(&page).await.text().contains("Results").then_some(())).await;
    assert_eq!(world.database.count("select count(*) from conversions where source = 'Import'").await, 3);
    // The same file again brings nothing, and says so.
    let to = owner.submit("/dashboard/imports", &fields).await.expect_status(303);
    let place = to.header("location").unwrap().split('?').next().unwrap().to_owned();
    owner.submit(&format!("{place}/mapping"), &changed).await.expect_status(303);
    let again = owner.browser.get(&format!("{place}?organization={organization}")).await.expect_status(200).text();
    assert!(again.contains("Everything in this file was imported before."), "{again}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_payouts_shows_what_it_would_book() {
    let world = World::shared().await;
    let mut owner = organization_fixture::owner(&world).await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let lauren = world.own("lauren@creators.test");
    let csv = format!("affiliate_email,amount,paid_at,reference\n{lauren},120.50,2025-04-15,PAY-1\n");
    let fields = [
        ("organization", organization.as_str()),
        ("kind", "Payouts"),
        ("source", "Tolt"),
        ("program", &program),
        ("destination", ""),
        ("file", &csv),
    ];
    let to = owner.submit("/dashboard/imports", &fields).await.expect_status(303);
    let place = to.header("location").unwrap().split('?').next().unwrap().to_owned();
    let page = format!("{place}?organization={organization}");
    let checked = owner.browser.get(&page).await.expect_status(200).text();
    assert!(checked.contains("Payouts from Tolt") && checked.contains("Choose one for the import."), "{checked}");
    let changed = [
        ("organization", organization.as_str()),
        ("map-AffiliateEmail", "0"),
        ("map-EntryAmount", "1"),
        ("map-SentAt", "2"),
        ("map-EntryId", "3"),
        ("dateOrder", "Automatic"),
        ("unpaid", "SettledThere"),
        ("taxed", "yes"),
        ("currency", "USD"),
    ];
    owner.submit(&format!("{place}/mapping"), &changed).await.expect_status(303);
    let checked = owner.browser.get(&page).await.expect_status(200).text();
    for part in ["Paid before the move", "$120.50", "Import payouts", "aren’t counted in any tax year here", "PAY-1"]
    {
        assert!(checked.contains(part), "{part} in {checked}");
    }
    assert!(!checked.contains("that the other platform hasn’t paid"), "payments are all paid: {checked}");
    owner.submit(&format!("{place}/start"), &[("organization", organization.as_str())]).await.expect_status(303);
    wait::until("the end", 30, async || owner.browser.get(&page).await.text().contains("Results").then_some(())).await;
    let paid = "select count(*) from payouts where amount = 12050 and taxed_elsewhere and reference like '%: PAY-1'";
    assert_eq!(world.database.count(paid).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_another_platform_is_not_shown_as_paid() {
    let world = World::shared().await;
    let (api, mut owner) = (world.api(), organization_fixture::owner(&world).await);
    let lauren = world.own("lauren@creators.test");
    let sale = json!({"externalId": "ch_1", "occurredAt": "2025-05-01T09:00:00Z", "affiliateEmail": lauren,
        "amountCents": 10_000, "commissionCents": 3_000, "currency": "USD", "status": "due"});
    let body = json!({"kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(),
        "rows": [sale]});
    assert_eq!(counts(&import(&api, &body).await), [1, 0, 0, 0]);
    let payout = api.all("/payouts").await.remove(0);
    let place = |path: &str| format!("{path}?organization={}", world.acme.organization);
    let id = payout["id"].as_str().unwrap();
    for path in [place("/dashboard"), format!("{}&tab=paid", place("/dashboard/payouts"))] {
        let page = owner.browser.get(&path).await.expect_status(200).text();
        assert!(page.contains("Settled elsewhere"), "{path}: {page}");
    }
    let page = owner.browser.get(&place(&format!("/dashboard/payouts/{id}"))).await.expect_status(200).text();
    for part in ["Settled elsewhere", "Left to another platform: $30.00", "No one here pays it"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for part in ["receipt.pdf", "Mark as failed", "Paid from your balance", "<dt>Paid</dt>", "Recorded as paid"] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    let affiliate = payout["affiliateId"].as_str().unwrap();
    let page = owner.browser.get(&place(&format!("/dashboard/affiliates/{affiliate}"))).await.expect_status(200).text();
    for part in [
        "Payout of $30.00 left to another platform",
        "<dt>Paid</dt><dd>$0.00</dd>",
        "<dt>Settled elsewhere</dt><dd>$30.00</dd>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let list = owner.browser.get(&place("/dashboard/commissions")).await.expect_status(200).text();
    let paid = list.split("<h2>Paid</h2>").nth(1).and_then(|rest| rest.split("</div>").next());
    assert!(paid.is_some_and(|tile| !tile.contains("30.00")), "{list}");
    let (conversion, commissions) = api.booked("ch_1").await.expect("it is there");
    let [conversion, commission] = [&conversion["id"], &commissions[0]["id"]].map(|id| id.as_str().unwrap());
    for (path, filter) in [
        ("/dashboard/commissions", "status=Paid"),
        ("/dashboard/conversions", "status=Paid&from=2025-05-01&to=2025-05-31"),
        ("/dashboard/payouts", "tab=paid"),
    ] {
        let page = format!("{}&{filter}", place(path));
        let list = owner.browser.get(&page).await.expect_status(200).text();
        for part in ["Settled elsewhere</span>", "This includes what an import left"] {
            assert!(list.contains(part), "{part} in {page}: {list}");
        }
        let file = owner.browser.get(&page.replacen('?', ".csv?", 1)).await.expect_status(200).text();
        assert!(file.contains("\"SettledThere\""), "{page}: {file}");
    }
    let found =
        owner.browser.get(&format!("{}&q={commission}", place("/dashboard/search"))).await.expect_status(200).text();
    assert!(found.contains("Settled elsewhere"), "{found}");
    let pages = [format!("/dashboard/conversions/{conversion}"), format!("/dashboard/commissions/{commission}")];
    for path in pages.iter().map(|path| place(path)) {
        let page = owner.browser.get(&path).await.expect_status(200).text();
        assert!(page.contains("Settled elsewhere</span>"), "{path}: {page}");
        for part in ["good\">Paid</span>", "Paid out.", ", paid out", "$30.00 was paid"] {
            assert!(!page.contains(part), "{part} in {path}: {page}");
        }
    }
    let page = owner.browser.get(&place(&pages[1])).await.expect_status(200).text();
    assert!(page.contains("of which $30.00 was left to another platform."), "{page}");
    world.finish().await;
}
