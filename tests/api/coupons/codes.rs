//! Goal: a coupon's code is one code however it is written, in capitals or small letters of any alphabet, wherever
//! codes are compared.
//! Method: coupons by API; sales that name them in other letters; searches, pages and an import with the same; a row
//! without keys, as the previous version wrote it.

use serde_json::json;
use shared::event::Event;
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    program_fixture::{ProgramFixture, percentage},
    wait::now,
};

fn by(world: &World, id: &str, code: &str) -> Event {
    world.acme.sale(id, 10_000).but(|report| {
        report.coupon_code = Some(code.to_owned());
        report.occurred_at = Some(now());
    })
}

#[tokio::test]
async fn a_code_credits_in_the_letters_of_any_alphabet() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let new = |code: &str| json!({"programId": fixture.program, "affiliateId": nadia, "code": code});
    for (place, (code, typed)) in [
        ("İNDİRİM20", vec!["indirim20", "INDIRIM20", "i\u{307}ndi\u{307}ri\u{307}m20", "İndirim20"]),
        ("ΕΚΠΤΩΣΗΣ", vec!["εκπτωσης", "εκπτωσησ", "Εκπτωσης"]),
        ("straße", vec!["STRASSE", "Strasse", "STRAẞE"]),
        ("СКИДКА", vec!["скидка"]),
    ]
    .into_iter()
    .enumerate()
    {
        let made = fixture.api.post("/coupons", &new(code)).await.expect_status(201).json();
        assert_eq!(made["code"], code, "kept as it was written");
        for (which, typed) in typed.iter().chain([&code]).enumerate() {
            let id = format!("sale-{place}-{which}");
            fixture.world.intake().accept(&[by(&fixture.world, &id, typed)]).await;
            let (sale, _) = fixture.api.booked(&id).await.unwrap();
            assert_eq!(
                (sale["creditedBy"].as_str(), fixture.earned(&id).await),
                (Some("coupon"), 2_000),
                "{code} {typed}"
            );
            let taken = fixture.api.post("/coupons", &new(typed)).await;
            assert_eq!(taken.field_refusal(), (409, "coupon_taken".to_owned(), "code".to_owned()), "{code} {typed}");
            let query: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
            assert_eq!(fixture.api.all(&format!("/coupons?code={query}")).await.len(), 1, "{code} {typed}");
        }
    }
    for code in ["SAVE\u{200b}20", "\u{feff}SAVE20", "SA\u{ad}VE20"] {
        let refused = fixture.api.post("/coupons", &new(code)).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "code".to_owned()), "{code:?}");
        assert!(refused.text().contains("invisible"), "{}", refused.text());
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_imports_compare_alike() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let world = &fixture.world;
    let coupon =
        json!({"programId": fixture.program, "affiliateId": nadia, "code": "ΕΚΠΤΩΣΗΣ", "externalId": "İ-promo"});
    fixture.api.post("/coupons", &coupon).await.expect_status(201);
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let organization = world.acme.organization;
    let greek = "%CE%B5%CE%BA%CF%80%CF%84%CF%89%CF%83%CE%B7%CF%82";
    for page in [
        format!("/dashboard/search?organization={organization}&q={greek}"),
        format!("/dashboard/programs/{}/coupons?organization={organization}&q={greek}", fixture.program),
        format!("/dashboard/programs/{}/coupons?organization={organization}&q=i-PROMO", fixture.program),
    ] {
        let found = owner.browser.get(&page).await.expect_status(200).text();
        assert!(found.contains("ΕΚΠΤΩΣΗΣ"), "{page}: {found}");
    }
    let csv = "email,name,coupon\nomar@old.test,Omar,εκπτωσης\nzoe@old.test,Zoe,SA\u{200b}VE\n";
    let file = json!({"kind": "Affiliates", "source": "Rewardful", "programId": fixture.program,
                      "destination": "https://acme.test/", "csv": csv});
    let checked = fixture.api.post("/imports", &file).await.expect_status(201).json();
    let rows = fixture.api.all(&format!("/imports/{}/rows", checked["id"].as_str().unwrap())).await;
    let notes = json!(rows).to_string();
    assert!(notes.contains("The coupon code εκπτωσης belongs to another affiliate."), "{notes}");
    assert!(notes.contains("characters that a buyer can't type"), "{notes}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_coupon_that_the_version_before_wrote_is_found() {
    let world = World::shared().await;
    for (place, code) in ["OLD10", "İNDİRİM", "ΕΚΠΤΩΣΗΣ", "Straße"].into_iter().enumerate() {
        let insert = format!(
            "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
             values ('{}', gen_random_uuid(), '{}', '{}', '{code}', now() - interval '1 hour')",
            world.acme.organization.uuid(),
            world.acme.program.uuid(),
            world.acme.partner.affiliate.uuid()
        );
        world.database.run(&insert).await;
        let id = format!("sale-{place}");
        world.intake().accept(&[by(&world, &id, &code.to_lowercase())]).await;
        let (sale, _) = world.api().booked(&id).await.unwrap();
        assert_eq!(sale["creditedBy"], "coupon", "{code}");
    }
    // Changes by the previous version are followed, too.
    let rename = "update coupons set external_id = 'PROMO_Old' where code = 'OLD10'";
    world.database.run(rename).await;
    world.intake().accept(&[by(&world, "by-gateway", "promo_old")]).await;
    assert_eq!(world.api().booked("by-gateway").await.unwrap().0["creditedBy"], "coupon");
    world.finish().await;
}
