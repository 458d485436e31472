//! Events as Shopify publishes them (`tests/fixtures/shopify`), with made-up values.

use serde_json::json;
use shared::token::TOKEN_PREFIX;

use super::*;
use crate::fact::{Basis, Buyer, ConversionFact, Fact, RefundEffect, RefundFact};

macro_rules! shape {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/fixtures/shopify/", $name, ".json")))
            .unwrap()
    };
}

const SALE: &str = "5650830917711";

fn read(event: &Value) -> Result<Reading, Unreadable> {
    super::read(&event.to_string())
}

fn with(mut event: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        event[field] = value.clone();
    }
    event
}

fn sale(reading: &Reading) -> Option<&ConversionFact> {
    reading.facts.iter().find_map(|fact| if let Fact::Conversion(sale) = fact { Some(&**sale) } else { None })
}

fn refunds(reading: &Reading) -> Vec<&RefundFact> {
    let mut found = Vec::new();
    for fact in &reading.facts {
        if let Fact::Refund(refund) = fact {
            found.push(refund);
        }
    }
    found
}

/// Commissionable amount and total of the paid order with other fields.
fn totals(fields: Value) -> Result<Option<(i64, i64)>, &'static str> {
    let reading = read(&with(shape!("orders.paid"), fields)).map_err(|error| error.code)?;
    Ok(sale(&reading).map(|sale| (sale.amount, sale.paid)))
}

#[test]
fn a_paid_order_is_a_sale_in_the_shops_currency() {
    let reading = read(&shape!("orders.paid")).unwrap();
    assert_eq!(reading.at.to_string(), "2026-11-18T12:26:38Z");
    assert_eq!(reading.customer, Buyer::new(Some("7210987654321"), Some("odette@buyers.example")));
    let sale = sale(&reading).unwrap();
    assert_eq!((sale.external_id.as_str(), sale.amount, sale.paid), (SALE, 13_500, 17_400));
    assert_eq!((sale.currency.code(), sale.paid_known, sale.reported_recurring), ("EUR", true, false));
    let items: Vec<(&str, i64)> =
        sale.details.items.iter().map(|item| (item.product_id.as_str(), item.amount)).collect();
    assert_eq!(items, [("8101", 9_000), ("8102", 4_500)]);
    assert_eq!((sale.product_id.as_deref(), sale.details.country.as_deref()), (Some("8101"), Some("FR")));
    assert_eq!(sale.details.metadata["gift"], "no");
    let evidence = &reading.evidence;
    assert_eq!((evidence.slug.as_deref(), evidence.coupons.as_slice()), (Some("lauren"), &["LAUREN15".to_owned()][..]));
    assert_eq!((evidence.purchase.as_deref(), evidence.click_token.as_deref()), (Some(SALE), Some("rkc_landing")));
}

#[test]
fn only_money_that_came_is_a_sale() {
    let waiting = read(&shape!("orders.create")).unwrap();
    assert_eq!((waiting.facts.len(), waiting.evidence.slug.as_deref()), (0, Some("lauren")));
    for (status, is_sale) in [
        ("pending", false),
        ("authorized", false),
        ("partially_paid", false),
        ("voided", false),
        ("expired", false),
        ("paid", true),
        ("partially_refunded", true),
        ("refunded", true),
    ] {
        assert_eq!(totals(json!({ "financial_status": status })).unwrap().is_some(), is_sale, "{status}");
    }
    assert_eq!(totals(json!({ "subtotal_price": "0.00" })), Ok(None));
    let renewal = read(&with(shape!("orders.paid"), json!({ "source_name": "subscription_contract" }))).unwrap();
    assert!(sale(&renewal).unwrap().reported_recurring);
}

#[test]
fn a_canceled_order_reports_its_refunds_only() {
    let reading = read(&shape!("orders.cancelled")).unwrap();
    assert_eq!(sale(&reading), None);
    let [refund] = refunds(&reading)[..] else { panic!("{reading:?}") };
    assert_eq!((refund.external_id.as_str(), refund.refund_of.as_str(), refund.amount), ("980002", SALE, 17_400));
    assert_eq!((refund.basis, refund.effect, refund.currency.code()), (Basis::Paid, RefundEffect::Made, "EUR"));
    let unpaid = with(shape!("orders.cancelled"), json!({ "financial_status": "voided", "refunds": [] }));
    assert!(read(&unpaid).unwrap().facts.is_empty());
}

#[test]
fn tax_in_the_price_is_taken_out_without_that_of_shipping() {
    // 135.00 includes 27.00; 2.00 of the 29.00 is on shipping.
    assert_eq!(totals(json!({ "taxes_included": true })), Ok(Some((10_800, 17_400))));
    assert_eq!(
        totals(json!({ "taxes_included": true, "total_tax": null, "shipping_lines": null })),
        Ok(Some((13_500, 17_400)))
    );
    assert_eq!(totals(json!({ "taxes_included": true, "total_tax": "1.00" })), Err("negative_amount"));
}

#[test]
fn a_gift_card_is_no_sale_until_it_is_spent() {
    let line = |id: u64, price: &str, gift_card: Value| {
        let mut line = json!({ "product_id": id, "price": price, "quantity": 1 });
        line["gift_card"] = gift_card;
        line
    };
    let with_goods = json!({ "line_items": [line(8101, "100.00", json!(true)), line(8102, "35.00", json!(null))] });
    assert_eq!(totals(with_goods.clone()), Ok(Some((3_500, 17_400))), "refunds are of all that was paid");
    let reading = read(&with(shape!("orders.paid"), with_goods)).unwrap();
    let report = sale(&reading).unwrap();
    assert_eq!((report.product_id.as_deref(), report.details.items.len()), (Some("8102"), 0));
    let mut discounted = line(8101, "150.00", json!(true));
    discounted["discount_allocations"] = json!([{ "amount": "15.00" }]);
    assert_eq!(totals(json!({ "line_items": [discounted] })), Ok(None), "nothing else was bought");
}

#[test]
fn amounts_are_exact_in_every_currency() {
    let lines = json!([]);
    let of = |currency: &str, amount: &str| {
        totals(json!({ "currency": currency, "subtotal_price": amount, "total_price": amount, "line_items": lines }))
    };
    for (currency, amount, expected) in [
        ("JPY", "5400", Ok(Some((5_400, 5_400)))),
        ("JPY", "5400.00", Ok(Some((5_400, 5_400)))),
        ("JPY", "5400.50", Err("fractional_amount")),
        ("KWD", "1.005", Ok(Some((1_005, 1_005)))),
        ("KWD", "1.5", Ok(Some((1_500, 1_500)))),
        ("USD", "49.99", Ok(Some((4_999, 4_999)))),
        ("USD", "49.999", Err("fractional_amount")),
        ("USD", "-1.00", Err("negative_amount")),
        ("USD", "92233720368547758.08", Err("amount_out_of_range")),
        ("USD", "", Err("malformed_event")),
        ("XYZ", "1.00", Err("unsupported_currency")),
    ] {
        assert_eq!(of(currency, amount), expected, "{currency} {amount}");
    }
    assert_eq!(totals(json!({ "subtotal_price": 135 })), Err("malformed_event"), "a number");
}

#[test]
fn the_token_may_be_in_cart_line_or_landing_page() {
    let token = format!("{TOKEN_PREFIX}{}", "A".repeat(75));
    let mut in_line = with(shape!("orders.paid"), json!({ "note_attributes": [], "landing_site": null }));
    in_line["line_items"][1]["properties"] = json!([{ "name": "_ref", "value": token }]);
    let in_cart =
        json!({ "note_attributes": [{ "name": "anything", "value": token }, { "name": "empty", "value": null }] });
    let on_page = json!({ "note_attributes": null, "landing_site": format!("/?a&rk={token}#top") });
    for event in [in_line, with(shape!("orders.paid"), in_cart), with(shape!("orders.paid"), on_page)] {
        assert_eq!(read(&event).unwrap().evidence.click_token.as_ref(), Some(&token));
    }
    let via = json!({ "note_attributes": [], "landing_site": "/products/studio?via=lauren" });
    assert_eq!(read(&with(shape!("orders.paid"), via)).unwrap().evidence.slug.as_deref(), Some("lauren"));
    let guest = json!({ "customer": null });
    let guest = read(&with(shape!("orders.paid"), guest)).unwrap();
    assert_eq!(guest.customer, Buyer::new(None, Some("odette@buyers.example")));
}

#[test]
fn a_refund_counts_in_the_shops_currency() {
    let reading = read(&shape!("refunds.create")).unwrap();
    let [refund] = refunds(&reading)[..] else { panic!("{reading:?}") };
    // 95.70 in the buyer's dollars: 45.00 + 9.00 for the bulbs and 33.00 beside them.
    assert_eq!((refund.external_id.as_str(), refund.refund_of.as_str()), ("980001", SALE));
    assert_eq!((refund.amount, refund.currency.code(), refund.basis), (8_700, "EUR", Basis::Paid));
    assert_eq!(reading.at.to_string(), "2026-11-20T09:10:00Z");

    let changed = |change: &dyn Fn(&mut Value)| {
        let mut event = shape!("refunds.create");
        change(&mut event);
        let reading = read(&event).map_err(|error| error.code)?;
        Ok(refunds(&reading).first().map(|refund| (refund.amount, refund.currency.code().to_owned())))
    };
    let euros = |amount: i64| Ok(Some((amount, "EUR".to_owned())));
    let transaction = |field: &'static str, value: &'static str| {
        move |event: &mut Value| event["transactions"][0][field] = json!(value)
    };
    // In the shop's own currency the payment itself counts.
    assert_eq!(
        changed(&|event| {
            transaction("currency", "EUR")(event);
            transaction("amount", "20.00")(event);
        }),
        euros(2_000)
    );
    assert_eq!(changed(&transaction("status", "pending")), euros(8_700));
    for (field, value) in [("status", "failure"), ("status", "error"), ("kind", "void"), ("kind", "sale")] {
        assert_eq!(changed(&transaction(field, value)), Ok(None), "{field} {value}");
    }
    assert_eq!(changed(&|event| event["transactions"] = json!([])), Ok(None), "goods back into stock");
    // Without the sets, the payment's own currency is all that is known.
    let bare = changed(&|event| {
        event["refund_line_items"] = json!([]);
        event["order_adjustments"] = json!([]);
        event["total_duties_set"] = json!(null);
    });
    assert_eq!(bare, Ok(Some((9_570, "USD".to_owned()))));
    let unclear = changed(&|event| {
        event["refund_line_items"] = json!([]);
        event["order_adjustments"] = json!([]);
    });
    assert_eq!(unclear, Err("other_currency"));
}

#[test]
fn a_refund_in_another_currency_is_converted_at_its_own_rate() {
    let set = |shop: &str, paid: &str| {
        json!({ "shop_money": { "amount": shop, "currency_code": "EUR" },
                "presentment_money": { "amount": paid, "currency_code": "USD" } })
    };
    let refund = |paid: &[(&str, &str)], lines: &Value, shipping: &Value| {
        let parts = json!({ "refund_line_items": lines, "refund_shipping_lines": shipping, "order_adjustments": [] });
        let mut event = with(shape!("refunds.create"), parts);
        let mut transaction = event["transactions"][0].clone();
        let mut transactions = Vec::new();
        for (amount, currency) in paid {
            (transaction["amount"], transaction["currency"]) = (json!(amount), json!(currency));
            transactions.push(transaction.clone());
        }
        event["transactions"] = json!(transactions);
        let reading = read(&event).unwrap();
        let [refund] = refunds(&reading)[..] else { panic!("{reading:?}") };
        (refund.amount, refund.currency.code().to_owned())
    };
    let euros = |amount: i64| (amount, "EUR".to_owned());
    let none = json!([]);
    // Half of an order of 120.00 whose prices include 20.00 of tax.
    let goods = json!([{ "subtotal_set": set("60.00", "66.00"), "total_tax_set": set("10.00", "11.00") }]);
    assert_eq!(refund(&[("66.00", "USD")], &goods, &none), euros(6_000));
    let shipping = json!([{ "subtotal_amount_set": set("5.00", "5.50") }]);
    assert_eq!(refund(&[("5.50", "USD")], &none, &shipping), euros(500));
    assert_eq!(refund(&[("71.50", "USD")], &goods, &shipping), euros(6_500));
    // A rate that doesn't divide evenly: the shop's own amounts are exact, and a part of them is to the nearest cent.
    let goods_at_rate = json!([{ "subtotal_set": set("129.00", "140.26"), "total_tax_set": set("20.60", "22.40") }]);
    assert_eq!(refund(&[("140.26", "USD")], &goods_at_rate, &none), euros(12_900));
    assert_eq!(refund(&[("162.66", "USD")], &goods_at_rate, &none), euros(14_960), "prices without tax");
    assert_eq!(refund(&[("30.07", "USD")], &goods_at_rate, &none), euros(2_766));
    let goods_and_more = json!([{ "subtotal_set": set("49.90", "54.26"), "total_tax_set": null }]);
    let shipping_at_rate = json!([{ "subtotal_amount_set": set("4.90", "5.33") }]);
    assert_eq!(refund(&[("59.59", "USD")], &goods_and_more, &shipping_at_rate), euros(5_480));
    // A part of it had been paid in the shop's own currency.
    assert_eq!(refund(&[("20.00", "EUR"), ("44.00", "USD")], &goods, &none), euros(6_000));
}

#[test]
fn other_topics_have_no_effect() {
    let customer = json!({ "id": 7, "email": "odette@buyers.example", "updated_at": "2026-11-18T12:26:40Z" });
    let reading = read(&customer).unwrap();
    assert_eq!(reading, Reading::nothing(reading.at));
    assert_eq!(read(&json!({ "id": 7 })).unwrap_err().code, "malformed_event");
}
