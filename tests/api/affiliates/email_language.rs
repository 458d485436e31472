//! Goal: an affiliate's emails are in the language that they chose, and so are the amounts and dates in them; who chose
//! none gets English ones.
//! Method: one of two affiliates chose German; both are paid by API and request a sign-in link, and their emails are
//! read.

use serde_json::{Value, json};
use world::{
    World,
    client::{dashboard::Marketer, mailbox::read_email},
    payout_run_fixture::{bonus, partner},
};

const GERMAN: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];
const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The only commission's day: of the month, the month, and the year.
async fn earned(world: &World, affiliate: &str) -> [usize; 3] {
    let day = format!(
        "select to_char(created_at at time zone 'UTC', 'FMDD FMMM YYYY') as day from commissions
         where affiliate_id = '{affiliate}'"
    );
    let text = world.database.texts(&day).await.concat().concat();
    let parts: Vec<usize> = text.split(' ').map(|part| part.parse().unwrap()).collect();
    parts.try_into().unwrap()
}

fn text<'e>(email: &'e Value, field: &str) -> &'e str {
    email[field].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_reads_emails_in_their_language() {
    let world = World::shared().await;
    let (api, base) = (world.api(), world.ledger.base());
    let lena = partner(&world, &world.own("lena"), "Manual").await;
    let robin = partner(&world, &world.own("robin"), "Manual").await;
    let [hers, his] = [&lena, &robin].map(|who| format!("{}@creators.test", who.slug));
    let chosen = format!("update affiliates set language = 'de' where id = '{}'", lena.affiliate.uuid());
    world.database.run(&chosen).await;
    for (who, address) in [(&lena, &hers), (&robin, &his)] {
        let affiliate = who.affiliate.to_string();
        bonus(&world, &affiliate, 123_450, "EUR").await;
        let paid = json!({"affiliateId": affiliate, "currency": "EUR", "expectedCents": 123_450});
        api.post("/payouts", &paid).await.expect_status(201);
        Marketer::new(&base).submit("/a/link", &[("email", address)]).await.expect_status(303);
    }

    let german = read_email(&base, &hers, "payout_sent").await;
    assert!(text(&german, "subject").ends_with("hat dir 1.234,50 EUR gesendet"), "{german}");
    let [day, month, year] = earned(&world, &lena.affiliate.uuid().to_string()).await;
    let earned_on = format!("Verdient: {day}. {} {year}", GERMAN[month - 1]);
    let hello = format!("Hallo {},", lena.slug);
    for part in [hello.as_str(), "Provisionen: 1.234,50\u{a0}EUR", "Für: 1 Provision", "Du bekommst", &earned_on] {
        assert!(text(&german, "text").contains(part), "{part} in {german}");
    }
    assert!(text(&german, "html").contains("<html lang=\"de\">"), "{german}");
    let link = read_email(&base, &hers, "affiliate_link").await;
    assert_eq!(text(&link, "subject"), "Dein Anmeldelink");

    let english = read_email(&base, &his, "payout_sent").await;
    assert!(text(&english, "subject").ends_with("sent you EUR 1,234.50"), "{english}");
    let [day, month, year] = earned(&world, &robin.affiliate.uuid().to_string()).await;
    let earned_on = format!("Earned: {day} {} {year}", ENGLISH[month - 1]);
    let hello = format!("Hi {},", robin.slug);
    for part in [hello.as_str(), "Commissions: EUR\u{a0}1,234.50", "For: 1 commission", "You’re receiving", &earned_on]
    {
        assert!(text(&english, "text").contains(part), "{part} in {english}");
    }
    assert!(text(&english, "html").contains("<html lang=\"en\">"), "{english}");
    let link = read_email(&base, &his, "affiliate_link").await;
    assert_eq!(text(&link, "subject"), "Your sign-in link");
    world.finish().await;
}
