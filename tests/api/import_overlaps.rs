//! Goal: what was reported here before an import and what the file says about it meet in one sale and one binding.
//! Method: reports of a gateway and of pages, decisions about them, then files by API; `audit` and `replay --verify` at
//! the end.
//! Elsewhere: tests/api/imports.rs: `/imports/{id}`

use serde_json::json;
use world::{
    World,
    import_fixture::{counts, import},
    stripe::{Purchase, payment_event},
    wait,
};

use crate::import_sales::{row, rows};

/// A sale that Stripe reported here isn't booked again under another ID of its payment. If only its customer, amount and
/// day are the same, its row has a note.
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
