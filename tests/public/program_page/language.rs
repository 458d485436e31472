//! Goal: a visitor reads a program page in their own language, and so does everything that follows their application. What
//! the brand wrote stays as it wrote it, and the brand reads the answers as it asked for them.
//! Method: the demo's page is read by browsers of several languages and with a language chosen on the page, and its form is
//! sent in German, wrongly and rightly.

use serde_json::json;
use world::{
    World,
    client::dashboard::Marketer,
    http::{Request, Response},
    organization_fixture::owner,
    program_page_fixture::{affiliates, as_slow_as_people, page_of, shown},
};

/// Reads a page with a browser that prefers these languages.
async fn read(visitor: &mut Marketer, target: &str, accepted: &str) -> Response {
    visitor.browser.send(Request::get(target).header("Accept-Language", accepted)).await
}

#[tokio::test]
async fn a_page_speaks_the_language_of_its_visitor() {
    let world = World::shared().await;
    let (base, place) = (world.ledger.base(), page_of(&world, ""));
    let mut visitor = Marketer::new(&base);
    let german = read(&mut visitor, &place, "de-AT,de;q=0.9,en;q=0.8").await.expect_status(200);
    assert_eq!(german.header("vary"), Some("accept-language"));
    assert_eq!(german.header("cache-control"), Some("private, max-age=60"));
    let page = german.text();
    for text in [
        "<html lang=\"de\">",
        "property=\"og:locale\" content=\"de_DE\"",
        &format!("<link rel=\"canonical\" href=\"{base}{place}\">"),
        &format!("<link rel=\"alternate\" hreflang=\"es\" href=\"{base}{place}?lang=es\">"),
        &format!("<link rel=\"alternate\" hreflang=\"x-default\" href=\"{base}{place}\">"),
        &format!("<a href=\"{place}?lang=de\" hreflang=\"de\" lang=\"de\" aria-current=\"true\">Deutsch</a>"),
        &format!("<a href=\"{place}?lang=en\" hreflang=\"en\" lang=\"en\">English</a>"),
        "20\u{a0}% jeder Zahlung",
        "innerhalb von 60 Tagen",
        "30 Tage nach dem Verkauf auszahlbar",
        "Wie wirst du uns empfehlen?",
        "Bewerbung absenden",
        // What the brand wrote.
        "Recommend Acme SaaS and earn on every sale",
        "disclose that you earn a commission",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for text in ["What you earn", "Send application", "Link name", "program-earn"] {
        assert!(!page.contains(text), "{text}: {page}");
    }

    // What somebody chose on the page counts before their browser.
    let spanish = read(&mut visitor, &format!("{place}?lang=es"), "de").await.expect_status(200).text();
    for text in [
        "<html lang=\"es\">",
        &format!("<link rel=\"canonical\" href=\"{base}{place}?lang=es\">"),
        "20\u{a0}% de cada pago",
        "Enviar solicitud",
    ] {
        assert!(spanish.contains(text), "{text}: {spanish}");
    }
    for (target, accepted, expected) in [
        ("", "fr", "Send application"),
        ("?lang=tlh", "es", "Enviar solicitud"),
        ("/thanks", "de", "Danke für deine Bewerbung"),
    ] {
        let answer = read(&mut visitor, &page_of(&world, target), accepted).await.expect_status(200);
        assert_eq!(answer.header("vary"), Some("accept-language"), "{target}");
        assert!(answer.text().contains(expected), "{target} {accepted}: {}", answer.text());
    }
    for (target, expected) in [("/p/nobody", "Seite nicht gefunden"), ("/p/nobody?lang=es", "Página no encontrada")] {
        let missing = read(&mut visitor, target, "de").await.expect_status(404).text();
        assert!(missing.contains(expected), "{missing}");
    }

    // The brand's team sees its page as each visitor does.
    let preview = format!("/dashboard/programs/{}/page/preview?lang=es", world.acme.program);
    let preview = owner(&world).await.browser.get(&preview).await.expect_status(200).text();
    for text in ["Esto es una vista previa", "Enviar solicitud", "noindex", "&#38;lang=de\" hreflang=\"de\""] {
        assert!(preview.contains(text), "{text}: {preview}");
    }
    world.finish().await;
}

#[tokio::test]
async fn an_application_is_answered_in_its_language() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let (place, email) = (page_of(&world, "?lang=de"), world.own("jana@creators.test"));
    let page = visitor.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains(&format!("action=\"{place}#apply\"")), "{page}");
    let token = shown(&page);
    let form = [
        ("shown", token.as_str()),
        ("f_email", email.as_str()),
        ("f_name", "Jana Holm"),
        ("f_website", "jana.blog"),
        ("terms", "yes"),
    ];
    let quick = visitor.submit(&place, &form).await.expect_status(400).text();
    assert!(quick.contains("Das ging sehr schnell"), "{quick}");
    as_slow_as_people().await;
    let wrong = [form[0], ("f_email", "jana"), ("f_alias", "no")];
    let refused = visitor.submit(&place, &wrong).await.expect_status(400).text();
    for text in [
        "Bitte korrigiere 4 Felder",
        "Gib eine gültige E-Mail-Adresse ein",
        "Dieses Feld ist erforderlich",
        "Verwende 3 bis 64 Buchstaben",
        "Setze das Häkchen",
    ] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    let done = visitor.submit(&place, &form).await.expect_status(303);
    assert_eq!(done.header("location"), Some(page_of(&world, "/thanks?lang=de").as_str()));
    let thanks = visitor.browser.get(&page_of(&world, "/thanks?lang=de")).await.expect_status(200).text();
    assert!(thanks.contains("So geht es weiter") && thanks.contains(&format!("href=\"{place}\"")), "{thanks}");

    let jana = affiliates(&world, &email).await.remove(0);
    assert_eq!(jana["application"], json!({"Website or channel": "https://jana.blog/"}));
    let language = format!("select language from affiliates where email = '{email}'");
    assert_eq!(world.database.texts(&language).await, [["de"]]);
    world.finish().await;
}
