//! Goal: the install page checks whether the script is on the brand's own page.
//! Method: a page on this machine, with and without the script.

use axum::{Router, http::header::CONTENT_SECURITY_POLICY, response::Html, routing::get};

use crate::recruit::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn the_script_is_looked_for_on_the_brands_page() {
    let mut fixture = Fixture::open().await;
    let snippet = fixture.page("/dashboard/install?stack=next-app").await;
    assert!(snippet.contains("app/layout.tsx") && snippet.contains(&fixture.program), "{snippet}");
    let code = fixture.page("/dashboard/install").await;
    let tag = code.split("data-copy=\"the script\">").nth(1).unwrap().split("</code>").next().unwrap();
    let tag = tag.replace("&lt;", "<").replace("&#60;", "<").replace("&gt;", ">").replace("&#62;", ">");
    let tag = tag.replace("&quot;", "\"").replace("&#34;", "\"");
    assert!(tag.starts_with("<script async src="), "{tag}");

    let good = format!("<html><head>{tag}</head><body>Hello</body></html>");
    let (held, other) = (good.clone(), good.replace("data-program-id=\"prog_", "data-program-id=\"prog_x"));
    let site = Router::new()
        .route("/", get(|| async { axum::response::Redirect::temporary("/good") }))
        .route("/good", get(move || async move { Html(good) }))
        .route("/bare", get(|| async { Html("<html><head><title>Shop</title></head></html>") }))
        .route("/other", get(move || async move { Html(other) }))
        .route("/strict", get(move || async move { ([(CONTENT_SECURITY_POLICY, "default-src 'self'")], Html(held)) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site).await });
    for (path, message) in [
        ("/bare", "The script wasn&#39;t found"),
        ("/other", "The program ID is another program&#39;s"),
        ("/strict", "security policy"),
        ("/missing", "The server answered 404"),
        ("/", "The program ID is correct"),
    ] {
        fixture.submit("/dashboard/install", &[("url", &format!("{address}{path}"))], 303).await;
        let page = fixture.page("/dashboard/install").await;
        assert!(page.contains(message), "{path}: {message} in {page}");
    }
    for (url, message) in
        [("http://10.0.0.1:8080/", "must point to a public address"), ("ftp://x.test", "must start with")]
    {
        let refused = fixture.submit("/dashboard/install", &[("url", url)], 400).await;
        assert!(refused.contains(message), "{url}: {refused}");
    }
    fixture.world.finish().await;
}
