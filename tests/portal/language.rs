//! Goal: an affiliate reads the portal in the language of their browser, until they choose one; amounts and dates are written as
//! that language writes them.
//! Method: an affiliate with a sale opens every page with a German browser, chooses Spanish in their profile, and sends forms
//! wrongly. No page may show a key of the catalogue or English beside the other language.

use serde_json::json;
use world::{World, client::dashboard::Marketer, http::Request};

use crate::fixture::{address, enter, join, sell};

const PAGES: [&str; 11] = [
    "/a",
    "/a/links",
    "/a/sales",
    "/a/clicks",
    "/a/payouts",
    "/a/payouts/setup",
    "/a/tax",
    "/a/tax?usPerson=no&entity=no&worksInUs=no",
    "/a/assets",
    "/a/inquiries",
    "/a/settings",
];
/// Words of the English pages that no other language has.
const ENGLISH: [&str; 8] = [
    "Sign out",
    "Next steps",
    "Your link",
    "Sale amount",
    "Clicks on your",
    "Payout history",
    "Tax form",
    "Save changes",
];

async fn read(browser: &mut Marketer, target: &str, accepted: &str) -> String {
    let request = Request::get(target).header("Accept-Language", accepted);
    browser.browser.send(request).await.expect_status(200).text()
}

fn expect(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text} in {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_speaks_the_affiliates_language() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    sell(&world, Some(&early), "order-1", 600_000).await;
    world.intake().accept(&[world.acme.click(&early)]).await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    for target in PAGES {
        let page = read(&mut browser, target, "de-AT,de;q=0.9,en;q=0.5").await;
        expect(&page, &["<html lang=\"de\">", "Zum Inhalt springen", "Abmelden"]);
        for text in ENGLISH.iter().chain(&[">portal-", ">common-"]) {
            assert!(!page.contains(text), "{text} in {target}: {page}");
        }
    }
    let home = read(&mut browser, "/a", "de").await;
    expect(&home, &["Hallo", "Insgesamt verdient", "1.200,00\u{a0}$", "Auszahlungen einrichten", "30 Tage"]);
    let sales = read(&mut browser, "/a/sales", "de").await;
    expect(&sales, &["In der Wartefrist", "6.000,00\u{a0}$", "Tage nach dem Verkauf", "Verkauf"]);
    let links = read(&mut browser, "/a/links", "de").await;
    expect(&links, &["<strong>1</strong> Klick<", "20\u{a0}% jeder Zahlung"]);
    // What nobody has translated is in English, and so is what a browser of another language gets.
    expect(&read(&mut browser, "/a", "fr").await, &["<html lang=\"en\">", "Total earned", "$1,200.00"]);

    // Their own choice counts before the browser's, for one who comes back too.
    let refused = browser.submit("/a/settings/language", &[("language", "fr")]).await.expect_status(400).text();
    expect(&refused, &["Choose one of the languages."]);
    browser.submit("/a/settings/language", &[("language", "es")]).await.expect_status(303);
    let profile = read(&mut browser, "/a/settings?done=language", "de").await;
    expect(&profile, &["<html lang=\"es\">", "Idioma cambiado.", "<option value=\"es\" selected>Español</option>"]);
    let mut again = enter(&world, &address(&world, "early")).await;
    expect(&read(&mut again, "/a", "de").await, &["Total ganado", "1200,00\u{a0}$"]);
    let audited = world.api().all("/audit-log?action=affiliate.language_changed").await;
    assert_eq!((audited.len(), &audited[0]["after"]["language"]), (1, &json!("es")), "{audited:?}");

    // A refused form says why in the same language.
    for (target, fields, why) in [
        ("/a/settings/name", &[("name", " ")][..], "Introduce tu nombre"),
        ("/a/settings/name", &[("name", "evil.example")], "Escribe tu nombre sin direcciones web"),
        ("/a/settings/slug", &[("slug", "x")], "Usa de 3 a 64 letras"),
        ("/a/links", &[("page", "https://elsewhere.test"), ("label", "video")], "Introduce una página de"),
        ("/a/inquiries/new", &[("orderedOn", "yesterday")], "Introduce la fecha del pedido"),
        ("/a/payouts/setup/method", &[("rail", "Cash")], "Elige uno de los métodos de cobro"),
    ] {
        let page = again.submit(target, fields).await.expect_status(400).text();
        expect(&page, &["<html lang=\"es\">", why]);
    }

    // Erasure forgets it.
    let path = format!("/affiliates/{}", early.affiliate);
    world.api().post(&format!("{path}/erase"), &json!({"reason": "asked"})).await.expect_status(200);
    assert_eq!(world.database.count("select count(*) from affiliates where language is not null").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_speaks_the_browsers_language() {
    let world = World::shared().await;
    let mut browser = Marketer::new(&world.ledger.base());
    expect(&read(&mut browser, "/a/link", "de").await, &["<html lang=\"de\">", "Anmeldelink senden"]);
    expect(&read(&mut browser, "/a/link/sent", "es").await, &["<html lang=\"es\">", "Revisa tu correo"]);
    let request = Request::get("/a/enter?token=forged").header("Accept-Language", "de");
    let forged = browser.browser.send(request).await.expect_status(410).text();
    expect(&forged, &["Dieser Link ist unvollständig", "Anmeldelink senden"]);
    world.finish().await;
}
