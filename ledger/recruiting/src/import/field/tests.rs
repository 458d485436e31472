//! Columns of the platforms' files are recognized.

use super::*;

fn guessed(kind: Kind, head: &str) -> Vec<(String, String)> {
    let head: Vec<String> = head.split(',').map(str::to_owned).collect();
    guess(kind, &head).into_iter().map(|(field, place)| (field, head[place].clone())).collect()
}

fn of(kind: Kind, head: &str, field: &str) -> Option<String> {
    guessed(kind, head).into_iter().find(|(own, _)| own == field).map(|(_, column)| column)
}

#[test]
fn each_platforms_columns_are_known() {
    let affiliates = [
        ("id,first_name,last_name,email,paypal_email,state,stripe_customer_id,token,created_at", "token"),
        ("Id,Email,First Name,Last Name,Ref ID,Paypal Email,Status", "Ref ID"),
        ("Firstname,Lastname,Email,Referral Code,Coupon", "Referral Code"),
        ("Partner Key,Email,First Name,Last Name,Country", "Partner Key"),
        ("Name,Email,Tracking Parameter,PayPal Email", "Tracking Parameter"),
        ("Name,Email,Country,Key", "Key"),
    ];
    for (head, slug) in affiliates {
        assert_eq!(of(Kind::Affiliates, head, "Slug").as_deref(), Some(slug), "{head}");
        assert!(of(Kind::Affiliates, head, "Email").is_some(), "{head}");
    }
    let customers = "Stripe Customer ID,Email,Affiliate Email,Affiliate First Name,Token,Created At";
    assert_eq!(of(Kind::Customers, customers, "CustomerId").as_deref(), Some("Stripe Customer ID"));
    assert_eq!(of(Kind::Customers, customers, "CustomerEmail").as_deref(), Some("Email"));
    assert_eq!(of(Kind::Customers, customers, "AffiliateEmail").as_deref(), Some("Affiliate Email"));
    assert_eq!(of(Kind::Customers, customers, "AffiliateSlug").as_deref(), Some("Token"));
    assert_eq!(of(Kind::Customers, customers, "Since").as_deref(), Some("Created At"));
}

#[test]
fn the_id_of_a_payout_is_the_rows_own_only_in_a_file_of_payouts() {
    let head = "payout_id,email,amount";
    assert_eq!(of(Kind::Payouts, head, "EntryId").as_deref(), Some("payout_id"));
    assert_eq!(of(Kind::Bonuses, head, "EntryId"), None);
    assert_eq!(of(Kind::Bonuses, head, "PayoutId").as_deref(), Some("payout_id"));
    assert_eq!(of(Kind::Leads, head, "EntryId"), None);
}

#[test]
fn a_column_holds_one_thing() {
    assert_eq!(guessed(Kind::Affiliates, "email"), [("Email".to_owned(), "email".to_owned())]);
    assert!(guessed(Kind::Affiliates, "x,y").is_empty());
}
