//! A brand's site in a real browser: an origin of its own with the script on its pages, and programs that allow it.

use std::process::Command;

use serde_json::{Value, json};

use crate::{World, http::Request, program_fixture::percentage, settings, shared_app::name, wait, wait::now};

/// A site that the browser's side serves below `origin` while a visit lasts.
#[derive(Debug)]
pub struct Site {
    pub origin: String,
    port: u16,
}

/// A program of the first brand that allows a site.
#[derive(Debug)]
pub struct Promoted {
    pub id: String,
    pub public_key: String,
    origin: String,
}

/// An affiliate of such a program, with a link to the site.
#[derive(Debug)]
pub struct Promoter {
    pub slug: String,
    pub affiliate: shared::id::AffiliateId,
}

impl Site {
    /// `host` is a name below `localhost`, which browsers look up on this machine.
    pub fn new(host: &str) -> Self {
        let port = settings::free_port();
        Self { origin: format!("http://{host}:{port}"), port }
    }

    /// Creates a program whose sales earn 20%; `more` are further fields.
    pub async fn program(&self, world: &World, more: &Value) -> Promoted {
        let mut body = json!({
            "name": name("Site "), "allowedOrigins": [self.origin], "destination": format!("{}/", self.origin),
            "components": percentage("20"),
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = world.api().post("/programs", &body).await.expect_status(201).json();
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        Promoted { id: text("id"), public_key: text("publicKey"), origin: self.origin.clone() }
    }

    /// Plays `tests/pages/site/<theme>.mjs`, and returns what it found out.
    ///
    /// # Panics
    /// Where the browser's side fails, with what it said.
    pub fn play(&self, world: &World, theme: &str, details: &Value) -> Value {
        let mut setup = json!({"edge": world.edge_base(), "origin": self.origin, "port": self.port});
        setup.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
        let mut visit = Command::new(settings::node());
        visit.arg(settings::root().join("tests/pages/site").join(format!("{theme}.mjs"))).arg(setup.to_string());
        visit.env("REKOMI_TEST_CHROMIUM", settings::chromium());
        let output = tokio::task::block_in_place(|| visit.output()).unwrap();
        assert!(output.status.success(), "{theme}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }
}

impl Promoted {
    /// Creates an affiliate with a link, and waits until the edge knows both.
    pub async fn promoter(&self, world: &World, of: &str) -> Promoter {
        let slug = name(of);
        let body = json!({
            "name": slug, "slug": slug, "email": format!("{slug}@creators.test"), "programId": self.id,
            "destination": format!("{}/landing", self.origin),
        });
        let made = world.api().post("/affiliates", &body).await.expect_status(201).json();
        assert_eq!(made["link"]["slug"].as_str(), Some(slug.as_str()));
        // With a token that is valid, nothing is recorded.
        let token = world.acme.token(&world.acme.partner, now());
        let body = json!({"programId": self.id, "via": slug, "clickToken": token}).to_string();
        wait::until(&format!("the edge to know {slug}"), 60, async || {
            let request = Request::post("/api/v1/track/click", body.clone()).header("Origin", &self.origin);
            request.send(&world.edge_base()).await.ok().filter(|answer| answer.status == 200)
        })
        .await;
        Promoter { slug, affiliate: made["id"].as_str().unwrap().parse().unwrap() }
    }

    /// What a page's tag needs.
    pub fn tag(&self) -> Value {
        json!({"program": self.id, "key": self.public_key})
    }
}

impl Promoter {
    /// Waits until exactly so many clicks of theirs are stored.
    ///
    /// # Panics
    /// Where there are more.
    pub async fn has_clicks(&self, world: &World, expected: i64) {
        let stored = format!("select count(*) from clicks where affiliate_id = '{}'", self.affiliate.uuid());
        wait::until(&format!("{expected} clicks of {}", self.slug), 20, async || {
            let count = world.database.count(&stored).await;
            assert!(count <= expected, "{}: {count} clicks", self.slug);
            (count == expected).then_some(())
        })
        .await;
    }
}
