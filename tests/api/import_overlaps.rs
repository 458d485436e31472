//! Goal: what was reported here before an import and what the file says about it meet in one sale and one binding.
//! Method: reports of a gateway and of pages, decisions about them, then files by API; `audit` and `replay --verify` at
//! the end.
//! Elsewhere: tests/api/imports.rs: `/imports/{id}`

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    import_fixture::{counts, file, import},
    payout_run_fixture::partner,
    stripe::{Purchase, payment_event},
    wait,
};

use crate::import_sales::{row, rows};

/// A sale that Stripe reported here isn't booked again under another ID of its payment. If only its customer, amount
/// and day are the same, its row has a note.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_several_names() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let invoice = |name: &str, shape: &str| brand.stripe_event(&Purchase::new(name, None).paid(shape, 1));
    let pays = brand.stripe_event(&payment_event("invoice_payment.paid", "second", "pays"));
    let (first, second) = (invoice("first", "invoice.paid.before_basil"), invoice("second", "invoice.paid.basil"));
    world.intake().accept(&[first, second, pays, invoice("third", "invoice.paid.basil")]).await;
    let sold_at = wait::now().plus_millis(-60_000).to_string();
    let sold = |(id, customer): (&str, &str)| {
        let mut sold = row(id, &sold_at, [9_900, 2_000], "approved", None);
        sold["customerId"] = json!(customer);
        sold
    };
    let past = [("ch_fixture", "cus_first"), ("pi_second", "cus_second"), ("ch_third", "cus_third")].map(sold);
    let imported = import(&api, &rows(&world, &past, &json!({"unpaid": "PaidHere"}))).await;
    assert_eq!(counts(&imported), [1, 0, 0, 2], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    for (row, (reason, name)) in reported.iter().zip([
        ("already_reported", "in_first_1"),
        ("already_reported", "in_second_1"),
        ("noted", "in_third_1"),
    ]) {
        assert_eq!(row["reason"], reason, "{row}");
        assert!(row["message"].as_str().unwrap().contains(name), "{row}");
    }
    assert_eq!(world.database.count("select count(*) from conversions").await, 4);
    world.finish().await;
}

/// A file that names a payment by two of its IDs books it once, if Stripe named both.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_name_a_payment_twice() {
    let world = World::shared().await;
    let api = world.api();
    let pays = |name: &str| world.acme.stripe_event(&payment_event("invoice_payment.paid", name, "pays"));
    world.intake().accept(&["one", "two"].map(pays)).await;
    let past = ["in_one_1", "pi_one", "pi_two", "in_two_1"]
        .map(|id| row(id, "2025-03-01T09:00:00Z", [10_000, 3_000], "due", None));
    let imported = import(&api, &rows(&world, &past, &json!({"unpaid": "PaidHere"}))).await;
    assert_eq!(counts(&imported), [2, 0, 0, 2], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    for row in [&reported[1], &reported[3]] {
        assert_eq!(row["reason"], "duplicate", "{reported:?}");
    }
    assert_eq!(world.database.count("select count(*) from conversions where source = 'Import'").await, 2);
    world.finish().await;
}

/// What pages claim stands in no import's way, unless its commission was paid.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_the_place_of_claims() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let nina = partner(&world, "nina", "PayPal").await.affiliate.to_string();
    let claim = |id: &str| {
        let claim = brand.by_page(&brand.sale(id, 10_000));
        claim.but(|report| report.affiliate_slug = Some("nina".to_owned()))
    };
    world.intake().accept(&["ord_1", "ord_2", "ord_3"].map(claim)).await;
    // A person approves two of them, and one is paid.
    for id in ["ord_3", "ord_2"] {
        let (claimed, commissions) = api.booked(id).await.expect("it is there");
        let review = format!("/conversions/{}/review", claimed["id"].as_str().unwrap());
        api.post(&review, &json!({"decision": "Approve", "reason": "As ordered."})).await.expect_status(200);
        if id == "ord_3" {
            let release = format!("/commissions/{}/release", commissions[0]["id"].as_str().unwrap());
            api.post(&release, &json!({"reason": "As ordered."})).await.expect_status(200);
            let pay = json!({"affiliateId": nina, "currency": "USD", "expectedCents": 2_000, "reference": "bank 7"});
            api.post("/payouts", &pay).await.expect_status(201);
        }
    }
    let past = ["ord_1", "ord_2", "ord_3"]
        .map(|id| row(id, "2025-03-01T09:00:00Z", [10_000, 3_000], "paid", Some("2025-04-15")));
    let imported = import(&api, &rows(&world, &past, &Value::Null)).await;
    assert_eq!(counts(&imported), [2, 0, 0, 1], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    assert_eq!(reported[2]["reason"], "already_reported", "{reported:?}");
    assert!(reported[2]["message"].as_str().unwrap().contains("Your pages reported"), "{reported:?}");
    let lauren = brand.partner.affiliate.to_string();
    for id in ["ord_1", "ord_2"] {
        let (sale, commissions) = api.booked(id).await.expect("it is there");
        assert_eq!((sale["affiliateId"].as_str(), sale["verified"].as_bool()), (Some(lauren.as_str()), Some(true)));
        let earned = |commission: &Value| {
            let affiliate = commission["affiliateId"].as_str().unwrap().to_owned();
            (affiliate, commission["amountCents"].as_i64().unwrap(), commission["paidCents"].as_i64().unwrap())
        };
        let mut earned: Vec<_> = commissions.iter().map(earned).collect();
        earned.sort_by_key(|row| row.1);
        assert_eq!(earned, [(nina.clone(), 0, 0), (lauren.clone(), 3_000, 3_000)], "{id}: {commissions:?}");
    }
    // The same file again, and the pages again: nothing changes.
    world.intake().post(&[claim("ord_1")]).await;
    let again = import(&api, &rows(&world, &past, &Value::Null)).await;
    assert_eq!(counts(&again), [0, 0, 2, 1], "{again}");
    world.finish().await;
}

/// A sale that a person denied binds its customer to no one, and a customer whom a person moved is the new affiliate's,
/// unless that was about a claim of an order that was only made later.
#[tokio::test(flavor = "multi_thread")]
async fn customers_are_bound_as_people_decided() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let (lauren, hers) = (brand.partner.affiliate.to_string(), brand.partner.slug.as_str());
    let nina = brand.join(&world.database, "nina").await.affiliate.to_string();
    let of = |(id, customer, slug): (&str, &str, Option<&str>)| {
        let (customer, slug) = (customer.to_owned(), slug.map(str::to_owned));
        brand.sale(id, 10_000).but(|report| {
            report.customer_id = Some(customer);
            report.affiliate_slug = slug;
        })
    };
    let bought = [
        ("stolen", "cus_1", Some("nina")),
        ("moved", "cus_2", Some(hers)),
        ("moved-too", "cus_3", Some(hers)),
        ("removed", "cus_4", Some("nina")),
    ];
    world.intake().accept(&bought.map(of)).await;
    let claim = brand.by_page(&brand.sale("claimed", 10_000));
    world.intake().accept(&[claim.but(|report| report.affiliate_slug = Some(hers.to_owned()))]).await;
    let decide = async |id: &str, action: &str, decision: Value| {
        let (sale, _) = api.booked(id).await.expect("it is there");
        let path = format!("/conversions/{}/{action}", sale["id"].as_str().unwrap());
        api.post(&path, &decision).await.expect_status(200);
    };
    decide("stolen", "review", json!({"decision": "Deny", "reason": "The code was stolen."})).await;
    let moves =
        [("claimed", json!(nina)), ("moved", json!(nina)), ("moved-too", json!(nina)), ("removed", Value::Null)];
    for (id, whose) in moves {
        let moved = json!({"affiliateId": whose, "reach": "Customer", "reason": "As agreed."});
        decide(id, "reattribute", moved).await;
    }
    // The claimed order is only made now.
    world.intake().accept(&[of(("claimed", "cus_5", None))]).await;
    let csv = format!("Customer ID,Token\ncus_1,{hers}\ncus_2,{hers}\ncus_3,nina\ncus_4,{hers}\ncus_5,{hers}\n");
    let imported = import(&api, &file(&world, "Customers", &csv)).await;
    assert_eq!(counts(&imported), [3, 0, 1, 1], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    assert_eq!(reported[1]["reason"], "bound_to_another", "{reported:?}");
    let renewals = [("renewal-1", "cus_1", None), ("renewal-4", "cus_4", None), ("renewal-5", "cus_5", None)];
    world.intake().accept(&renewals.map(of)).await;
    for (id, ..) in renewals {
        let (sale, commissions) = api.booked(id).await.expect("it is there");
        assert_eq!(sale["affiliateId"].as_str(), Some(lauren.as_str()), "{id}: {sale}");
        assert_eq!(commissions[0]["amountCents"], 2_000, "{id}: {commissions:?}");
    }
    let (_, denied) = api.booked("stolen").await.expect("it is there");
    assert!(denied.iter().all(|commission| commission["amountCents"] == 0), "{denied:?}");
    // The same file again binds no one again.
    let again = import(&api, &file(&world, "Customers", &csv)).await;
    assert_eq!(counts(&again), [0, 0, 4, 1], "{again}");
    world.finish().await;
}
