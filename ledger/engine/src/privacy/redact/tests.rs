use serde_json::json;
use shared::{
    id::OrganizationId,
    keys::{KeyRing, Purpose},
};

use super::*;

fn erased(names: &[Name]) -> Erased {
    let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pseudonym).unwrap();
    let organization = OrganizationId::from_bytes([1; 16]);
    let mut erased = Erased::of(organization, ring.current());
    for name in names {
        erased.add(name.clone(), name.hash(organization, ring.current()), ring.current().clone());
    }
    erased
}

fn ann() -> Erased {
    erased(&[Name::email("ann@x.test"), Name::Id("u-4711".into())])
}

fn sale(fields: &Value) -> String {
    let mut details =
        json!({"source": "s2s", "type": "sale", "externalEventId": "order-1", "amountCents": 9_900, "currency": "USD"});
    details.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event(&json!({ "conversion": details }))
}

fn gateway(kind: &str, name: &str, body: &str) -> String {
    event(&json!({"gateway": {"connectionId": "gw_02081040g2081040g2081040g2", "gateway": kind, "externalId": "evt_1",
        "eventType": name, "body": body}}))
}

fn event(payload: &Value) -> String {
    json!({"v": 1, "id": "evt_02081040g2081040g2081040g2", "organizationId": "org_04081040g2081040g2081040g2",
        "receivedAt": 1_790_000_000_000_i64, "requestId": "req_1", "payload": payload})
    .to_string()
}

fn redact(raw: &str, erased: &Erased) -> (Option<String>, Found) {
    let mut walk = Walk::new(erased, false);
    (walk.event(raw), walk.found)
}

#[test]
fn addresses_in_running_text() {
    let erased = ann();
    let mut walk = Walk::new(&erased, false);
    let text = walk.text("From Ann <Ann@X.test>, cc ann+2@x.test. Not joann@x.test, ann@x.test.au or ann@x.");
    assert!(!text.to_lowercase().contains("<ann@x.test>") && !text.contains("ann+2@x.test"), "{text}");
    assert!(text.contains("joann@x.test, ann@x.test.au or ann@x."), "{text}");
    assert_eq!(walk.found.addresses.into_iter().collect::<Vec<_>>(), ["Ann@X.test", "ann+2@x.test"]);
}

#[test]
fn an_own_event_loses_the_person_and_keeps_the_money() {
    let raw = sale(&json!({"customerId": "u-4711", "customerEmail": "Ann@X.test", "affiliateSlug": "lauren",
        "metadata": {"full_name": "Ann Smith", "phone": 491_511, "plan": "gold", "note": "mail ann@x.test"}}));
    let (redacted, found) = redact(&raw, &ann());
    let redacted = redacted.unwrap();
    for gone in ["u-4711", "nn@", "Ann", "491511"] {
        assert!(!redacted.contains(gone), "{gone}: {redacted}");
    }
    for kept in ["order-1", "9900", "lauren", "gold", "erased.invalid"] {
        assert!(redacted.contains(kept), "{kept}: {redacted}");
    }
    assert!(found.names.contains("Ann Smith"));
    assert_eq!(redact(&redacted, &ann()).0, None, "once is enough");
}

#[test]
fn a_sale_that_is_named_after_its_buyer() {
    for name in ["order-ann@x.test-7", "Ann@x.test", "lead_ann+a@x.test"] {
        let (redacted, found) = redact(&sale(&json!({"externalEventId": name})), &ann());
        let renamed = &found.sales[name];
        assert!(redacted.unwrap().contains(renamed) && !renamed.to_lowercase().contains("ann"), "{renamed}");
    }
    assert_eq!(redact(&sale(&json!({"externalEventId": "order-joann@x.test"})), &ann()).0, None);
}

#[test]
fn anothers_event_loses_the_address_only() {
    let raw = sale(&json!({"customerId": "u-1", "metadata": {"name": "Bob Jones", "gift_for": "ann@x.test"}}));
    let redacted = redact(&raw, &ann()).0.unwrap();
    assert!(redacted.contains("Bob Jones") && redacted.contains("u-1") && !redacted.contains("ann@x.test"));
    assert_eq!(redact(&sale(&json!({"customerId": "u-1", "metadata": {"name": "Bob"}})), &ann()).0, None);
}

#[test]
fn a_gateways_json_says_the_same_money() {
    let body = json!({"id": "evt_1", "object": "event", "type": "customer.updated", "created": 1_790_000_000,
        "data": {"object": {"id": "u-4711", "object": "customer", "email": "ann@x.test", "name": "Ann Smith", "phone": "+49 151",
            "address": {"line1": "Road 1", "city": "Ulm", "country": "DE", "state": "BW"}, "metadata": {"via": "lauren"}}}});
    let redacted = redact(&gateway("stripe", "customer.updated", &body.to_string()), &ann()).0.unwrap();
    for gone in ["u-4711", "ann@x.test", "Ann Smith", "+49 151", "Road 1", "Ulm", "BW"] {
        assert!(!redacted.contains(gone), "{gone}: {redacted}");
    }
    assert!(redacted.contains("lauren") && redacted.contains("DE") && redacted.contains("1790000000"));
}

#[test]
fn a_gateways_xml_keeps_its_elements() {
    let body = "<?xml version=\"1.0\"?>\n<notification><kind>x</kind><customer><id>u-4711</id><first-name>Ann &amp; Co</first-name>\
                <email>ann@x.test</email></customer><amount>9.90</amount></notification>";
    let erased = ann();
    let redacted = Walk::new(&erased, true).body(body);
    for gone in ["u-4711", "Ann", "ann@x"] {
        assert!(!redacted.contains(gone), "{gone}: {redacted}");
    }
    assert!(redacted.contains("<amount>9.90</amount>") && redacted.contains("<first-name>[erased]</first-name>"));
    assert_eq!(Walk::new(&Erased::default(), false).body(body), body, "nothing else changes");
}

#[test]
fn what_is_no_event_loses_the_addresses() {
    assert_eq!(redact("{\"broken\": ", &ann()).0, None);
    let redacted = redact("{\"broken\": \"ann@x.test", &ann()).0.unwrap();
    assert!(redacted.starts_with("{\"broken\": \"erased-"), "{redacted}");
}

#[test]
fn metadata_keeps_hashes_and_gateways_own_fields_keep_nothing() {
    let raw =
        sale(&json!({"customerId": "u-4711", "metadata": {"company": "Quxworth", "city": "Ulm", "plan": "gold"}}));
    let redacted = redact(&raw, &ann()).0.unwrap();
    assert!(!redacted.contains("Quxworth") && redacted.contains("gold"), "{redacted}");
    assert_eq!(redacted.matches("[erased:").count(), 2, "{redacted}");
    let body = json!({"id": "evt_1", "object": "event", "type": "customer.updated", "created": 1_790_000_000,
        "data": {"object": {"id": "u-4711", "object": "customer", "email": "ann@x.test", "phone": "+49 151",
            "metadata": {"company": "Quxworth"}}}});
    let redacted = redact(&gateway("stripe", "customer.updated", &body.to_string()), &ann()).0.unwrap();
    assert_eq!((redacted.matches("[erased:").count(), redacted.matches(GONE).count()), (1, 1), "{redacted}");
}

#[test]
fn tellings_of_one_sale_agree_on_what_it_is_known_with() {
    let erased = ann();
    let report =
        |company: &str| sale(&json!({"customerId": "u-4711", "metadata": {"company": company, "plan": "gold"}}));
    let known = Walk::new(&erased, true).field("metadata", "company", "Acme");
    let sales: KnownSales = [("order-1".to_owned(), [("company".to_owned(), known.clone())].into())].into();
    for company in ["Acme", "Zweiter Name", "ACME Inc"] {
        let redacted = Walk::new(&erased, false).knowing(&sales).event(&report(company)).unwrap();
        assert!(redacted.contains(&known) && redacted.contains("gold"), "{company}: {redacted}");
    }
}

#[test]
fn an_event_that_comes_again_is_recognised() {
    let raw = sale(&json!({"customerId": "u-4711", "metadata": {"name": "Ann Smith"}}));
    let stored = redact(&raw, &ann()).0.unwrap();
    let came = redact(&sale(&json!({"customerId": "u-4711", "metadata": {"name": "Ann Smith"}})), &ann()).0.unwrap();
    assert_eq!(stored, came);
    let hashed = Walk::new(&ann(), true).field("metadata", "name", "Ann Smith");
    let nameless = stored.replace(&hashed, "Ann Smith");
    assert!(nameless.contains("Ann Smith") && same_but_for_people(&stored, &nameless));
    let of_an_older_key = stored.replace(&hashed, &format!("[erased:{}]", "0".repeat(32)));
    assert!(same_but_for_people(&of_an_older_key, &stored));
    assert!(!same_but_for_people(&stored, &stored.replace("9900", "9901")));
    assert!(!same_but_for_people(&raw, &raw.replace("9900", "9901")));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let erased = ann();
        let _ = Walk::new(&erased, true).event(&text);
        let _ = Walk::new(&erased, true).body(&text);
        let _ = candidates(&text, None);
    }
}

#[test]
fn a_shopify_order_loses_its_buyer_and_keeps_its_referral() {
    let order = include_str!("../../../../../tests/fixtures/shopify/orders.paid.json");
    let odette = erased(&[Name::email("odette@buyers.example"), Name::Id("7210987654321".into())]);
    let redacted = redact(&gateway("shopify", "orders/paid", order), &odette).0.unwrap();
    for gone in ["7210987654321", "odette@", "Odette", "Lyon", "1 Example Street"] {
        assert!(!redacted.contains(gone), "{gone}: {redacted}");
    }
    for kept in ["5650830917711", "rekomi_ref", "lauren", "174.00", "LAUREN15"] {
        assert!(redacted.contains(kept), "{kept}: {redacted}");
    }
    assert_eq!(redact(&redacted, &odette).0, None, "once is enough");
}

#[test]
fn an_event_names_the_people_whose_whole_addresses_it_has() {
    let lee: BTreeSet<Name> = [Name::email("lee@icloud.com"), Name::Id("u-lee".into())].into();
    let names = |raw: &str| names_any(raw, &lee);
    for email in ["lee@icloud.com", " Lee+shop@me.com", "LEE@mac.com"] {
        assert!(names(&sale(&json!({"customerId": "u-1", "customerEmail": email}))), "{email}");
        let body = json!({"data": {"note": format!("line\nfrom <{}>.", email.trim())}}).to_string();
        assert!(names(&gateway("stripe", "invoice.paid", &body)), "{email}");
    }
    for email in ["kimlee@icloud.com", "kim-lee@icloud.com", "lee@icloud.com.mx", "lee@icloud.community"] {
        assert!(!names(&sale(&json!({"customerId": "u-1", "customerEmail": email}))), "{email}");
        assert!(!names(&sale(&json!({"externalEventId": format!("order-{email}-1"), "customerId": "u-1"}))), "{email}");
    }
    assert!(names(&sale(&json!({"customerId": "u-lee"}))) && !names(&sale(&json!({"customerId": "u-leeds"}))));
    assert!(names("no JSON, but lee@icloud.com") && !names("no JSON, and ashlee@icloud.com"));
}
