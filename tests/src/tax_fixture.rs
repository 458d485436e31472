//! Tax forms: the affiliate who submits them, uploads, and the ledger's clock by days.

use serde_json::{Value, json};
use time::{Date, Month};

use crate::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    http::{Request, Response},
};

pub const PDF: &[u8] =
    b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n";

pub const W9: [(&str, &str); 11] = [
    ("name", "Lauren Pope"),
    ("classification", "Individual"),
    ("street", "12 Market Street"),
    ("city", "San Francisco"),
    ("region", "CA"),
    ("postalCode", "94103"),
    ("tinType", "SSN"),
    ("tin", "536-22-1234"),
    ("certify", "yes"),
    ("consent", "yes"),
    ("signature", "Lauren Pope"),
];

pub async fn affiliate(world: &World) -> (Marketer, String, String) {
    let (base, email) = (world.ledger.base(), world.demo["affiliate"]["email"].as_str().unwrap().to_owned());
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    (browser, email, world.demo["affiliate"]["id"].as_str().unwrap().to_owned())
}

pub async fn owner(world: &World) -> Marketer {
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    owner
}

pub async fn upload(browser: &mut Marketer, kind: &str, fields: &[(&str, &str)], pdf: &[u8]) -> Response {
    browser.upload(&format!("/a/tax/{kind}/upload"), fields, ("../../x.pdf", pdf)).await
}

pub async fn forms(world: &World) -> Vec<Value> {
    world.api().all("/tax-forms").await
}

/// Deletes the payouts that a test wrote without the book, before the invariants are checked.
pub async fn unbooked(world: &World) {
    world.database.run("delete from payouts where actor = 'test'").await;
}

pub async fn advance(world: &World, days: i64) {
    let body = json!({ "advanceDays": days }).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// The ledger's day, in UTC.
pub async fn today(world: &World) -> Date {
    let clock = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().json();
    let text = clock["now"].as_str().unwrap();
    let number = |from, to| text[from..to].parse::<u16>().unwrap();
    let month = Month::try_from(number(5, 7) as u8).unwrap();
    Date::from_calendar_date(i32::from(number(0, 4)), month, number(8, 10) as u8).unwrap()
}

/// Moves the clock to a day and returns how many days that was.
pub async fn until(world: &World, day: Date) -> i64 {
    let days = (day - today(world).await).whole_days();
    advance(world, days).await;
    days
}

/// Returns the newest email of a kind, after all that was due is done and there are so many of them.
pub async fn report(world: &World, to: &str, kind: &str, count: usize) -> String {
    world.ledger.run_jobs().await;
    let emails = read_emails(&world.ledger.base(), to).await;
    let found: Vec<Value> = emails.into_iter().filter(|one| one["kind"] == kind).collect();
    assert_eq!(found.len(), count, "{kind}: {found:?}");
    found.first().map(Value::to_string).unwrap_or_default()
}

/// Path and query of a link to the ledger.
pub fn path(world: &World, url: &str) -> String {
    url.strip_prefix(&world.ledger.base()).expect("a link of ours").to_owned()
}
