//! Goal: the script remembers who referred a visitor as long as the window is open, counts each arrival once, and works
//! where a browser keeps nothing.
//! Method: one visitor loses the cookie, the entry in localStorage, and the edge itself, one after another; others have
//! blocked storage, send Global Privacy Control, come back with an earlier version's entry, or sit in a frame, and the first
//! lookup of two fails. Two have pages of two affiliates open, and reload the earlier one's; another reloads a page whose
//! script was held back. One program has a window of its own and ignores Global Privacy Control, which its tag doesn't say;
//! another one's tag says so, and it isn't true.

use serde_json::json;
use world::{
    shared_app::{booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_and_what_is_not() {
    let world = shared_app().await;
    let site = Site::new("storage.localhost");
    let program = site.program(world, &json!({})).await;
    let (lauren, other) = (program.promoter(world, "kept").await, program.promoter(world, "later").await);
    let first = site.program(world, &json!({"attributionModel": "FirstTouch"})).await;
    let (early, late) = (first.promoter(world, "early").await, first.promoter(world, "late").await);
    let wide = site.program(world, &json!({"cookieWindowDays": 90, "gpcMode": "ignore"})).await;
    let wide_one = wide.promoter(world, "wide").await;
    let order = name("storage");
    let details = json!({
        "tag": program.tag(), "via": lauren.slug, "other": other.slug, "order": order,
        "first": first.tag(), "firstVia": early.slug, "firstOther": late.slug,
        "wide": wide.tag(), "wideVia": wide_one.slug,
    });
    site.play(world, "storage", &details);

    // Two arrivals of the first visitor, one of each of the two with two pages and of the one whose script was held back, and
    // one of each of the three whose browsers keep nothing in the end.
    lauren.has_clicks(world, 8).await;
    other.has_clicks(world, 4).await;
    // All three arrivals are clicks; only the first one counts for a sale.
    early.has_clicks(world, 1).await;
    late.has_clicks(world, 2).await;
    // Besides the one of the private visitor, one of each whose first lookup failed: by the next page, and by the redirect.
    wide_one.has_clicks(world, 3).await;
    for visitor in ["blocked", "private"] {
        let (conversion, commissions) = booked(world, &format!("{order}-{visitor}")).await;
        assert_eq!((&conversion["creditedBy"], &conversion["verified"]), (&json!("click"), &json!(false)), "{visitor}");
        assert_eq!(commissions[0]["amountCents"], 1_000, "{visitor}");
    }
}
