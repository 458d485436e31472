//! Goal: the reviewer of an application sees what the applicant's website says of itself, without leaving the page.
//! Method: the form of `/dashboard/affiliates/{id}/site` as a browser sends it. The websites are on this machine.

use axum::{
    Router,
    response::{Html, Redirect},
    routing::get,
};
use serde_json::json;

use super::Fixture;

const PAGE: &str = "<html><head><title>Nina &amp; yoga</title>\
    <meta name=\"description\" content=\"<b>Slow</b> mornings\"></head>\
    <body>By Nina. <a href=\"https://www.youtube.com/@nina\">Videos</a></body></html>";

/// Starts the websites and returns their origin.
async fn websites() -> String {
    let site = Router::new()
        .route("/", get(|| async { Redirect::temporary("/home") }))
        .route("/home", get(|| async { Html(PAGE) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site).await });
    origin
}

/// An applicant with this website.
async fn applicant(fixture: &Fixture, name: &str, website: &str) -> String {
    let body = json!({"name": name, "email": fixture.address(name), "status": "Pending",
                      "application": {"website": website, "promotionPlan": "Videos"}});
    let made = fixture.world.api().post("/affiliates", &body).await.expect_status(201).json();
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicants_website_is_previewed() {
    let mut fixture = Fixture::open().await;
    let origin = websites().await;
    let nina = applicant(&fixture, "Nina", &format!("{origin}/#about")).await;
    let omar = applicant(&fixture, "Omar", &format!("{origin}/gone")).await;
    let pia = applicant(&fixture, "Pia", "pia on most channels").await;

    let before = fixture.page(&format!("?status=Pending&review={nina}")).await;
    assert!(before.contains("Preview website") && !before.contains("id=\"website\""), "{before}");
    let without = fixture.page(&format!("?status=Pending&review={pia}")).await;
    assert!(without.contains("1 of 3") && !without.contains("Preview website"), "{without}");

    let own = fixture.page(&format!("/{nina}")).await;
    assert!(own.contains(&format!("status=Pending&amp;review={nina}\">Review application")), "{own}");

    let seen = fixture.post(&format!("/{nina}/site"), &[]).await.expect_status(200).text();
    for text in [
        "Nina &#38; yoga",
        "&#60;b&#62;Slow",
        "href=\"https://www.youtube.com/@nina\"",
        "Their name is on their website.",
        "Approve<span class=\"hidden\"> Nina</span>",
    ] {
        assert!(seen.contains(text), "{text}: {seen}");
    }
    assert!(!seen.contains("<b>Slow") && !seen.contains("Preview website"), "{seen}");
    let gone = fixture.post(&format!("/{omar}/site"), &[]).await.expect_status(200).text();
    assert!(gone.contains("The website returned 404.") && gone.contains("> Omar</span>"), "{gone}");
    // Without a website, and after the decision, there is nothing to preview.
    let place = fixture.post(&format!("/{pia}/site"), &[]).await.expect_status(303);
    assert!(place.header("location").unwrap().contains(&format!("review={pia}")));
    fixture.post(&format!("/{omar}/reject"), &[("notify", "")]).await.expect_status(303);
    fixture.post(&format!("/{omar}/site"), &[]).await.expect_status(303);

    // The search of the list stays.
    let found = fixture.post(&format!("/{nina}/site"), &[("q", "nina")]).await.expect_status(200).text();
    assert!(found.contains("1 of 1") && found.contains("value=\"nina\""), "{found}");

    let theirs = format!("/{}/site", fixture.world.globex.partner.affiliate);
    fixture.post(&theirs, &[]).await.expect_status(404);
    fixture.world.database.set_member_roles("viewer").await;
    fixture.post(&format!("/{nina}/site"), &[]).await.expect_status(403);
    assert!(!fixture.page(&format!("?status=Pending&review={nina}")).await.contains("Preview website"));
    fixture.world.finish().await;
}
