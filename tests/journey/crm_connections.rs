//! Goal: a stranger connects each CRM by the API alone, from its catalogue to a chosen list; a wrong or missing credential is
//! named with what helps; no secret is ever shown.
//! Method: every vendor's fake server beside a real ledger; what is sent is read from the catalogue, as a stranger would.

mod dashboard;
mod settings;

use serde_json::{Value, json};
use world::{
    Plan, World,
    fakes::{
        FakeServer, Mood,
        crm::{self, Crm},
    },
    http::{Request, Response},
};

pub(crate) type Vendor = FakeServer<Box<dyn Crm>>;

/// A world beside one vendor's fake server.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) vendor: Vendor,
}

impl Office {
    pub(crate) async fn of(slug: &str) -> Self {
        let vendor = crm::start(crm::of(slug));
        let plan = vendor.with(|crm| crm.hosts()).iter().fold(Plan::default(), |plan, host| {
            plan.ledger_setting(&format!("REKOMI_VENDOR_BASE_{host}"), vendor.base())
        });
        Self { world: Box::pin(plan.start()).await, vendor }
    }

    pub(crate) fn slug(&self) -> &'static str {
        self.vendor.with(|crm| crm.slug())
    }

    fn secrets(&self) -> Vec<String> {
        let descriptor = connector::providers::named(self.slug()).unwrap().descriptor();
        let credentials = self.vendor.with(|crm| crm.credentials());
        let secret = |name: &String| descriptor.field(name).is_some_and(|field| field.secret);
        credentials.into_iter().filter(|(name, _)| secret(name)).map(|(_, value)| value).collect()
    }

    /// What a stranger would send.
    pub(crate) fn body(&self) -> Value {
        json!({"type": self.slug(), "credentials": self.vendor.with(|crm| crm.credentials())})
    }

    pub(crate) async fn create(&self, body: &Value) -> Response {
        self.world.api().post("/connections", body).await
    }

    /// A connection with the fake server's list.
    pub(crate) async fn connected(&self) -> Value {
        let mut body = self.body();
        if let Some(list) = self.vendor.with(|crm| crm.list()) {
            body["list"] = json!(list.id);
        }
        self.create(&body).await.expect_status(201).json()
    }

    pub(crate) async fn change(&self, made: &Value, body: &Value) -> Response {
        self.world.api().patch(&path(made), body).await
    }

    pub(crate) async fn test(&self, made: &Value) -> Response {
        self.world.api().send(Request::new("POST", &format!("/api/v1{}/test", path(made)))).await
    }

    /// No secret in an answer, a log, or the clear of the database.
    pub(crate) async fn keeps_secrets(&self, answers: &[&Response]) {
        let mut places = vec![self.world.ledger.log()];
        for table in ["crm_connections", "idempotency_keys", "audit_log", "mails"] {
            places.push(format!("{:?}", self.world.database.texts(&format!("select * from {table}")).await));
        }
        places.extend(answers.iter().map(|answer| answer.text()));
        for place in places {
            for secret in self.secrets() {
                let line = place.lines().find(|line| line.contains(&secret));
                assert_eq!(line, None, "{secret}");
            }
        }
    }
}

pub(crate) fn path(made: &Value) -> String {
    format!("/connections/{}", made["id"].as_str().unwrap())
}

fn slugs() -> Vec<&'static str> {
    crm::all().iter().map(|crm| crm.slug()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_vendor_is_connected_from_its_catalogue() {
    for slug in slugs() {
        let office = Office::of(slug).await;
        let api = office.world.api();
        let vendors = api.get("/crm-vendors").await.expect_status(200).json();
        let report = vendors["data"].as_array().unwrap().iter().find(|one| one["slug"] == slug);
        let report = report.unwrap_or_else(|| panic!("{slug} is not in the catalogue")).clone();
        let credentials = office.vendor.with(|crm| crm.credentials());
        for field in report["fields"].as_array().unwrap() {
            let known = credentials.contains_key(field["name"].as_str().unwrap());
            assert!(known || field["required"] == false, "{slug}: {field}");
            assert!(field["hint"].as_str().is_some_and(|hint| hint.len() > 10), "{slug}: {field}");
        }

        let answer = office.create(&office.body()).await.expect_status(201);
        let made = answer.json();
        assert_eq!((&made["kind"], &made["type"], &made["status"]), (&json!("crm"), &json!(slug), &json!("active")));
        assert_eq!(made["nextStep"].is_string(), report["listRequired"] == true, "{made}");
        let lists = api.get(&format!("{}/lists", path(&made))).await.expect_status(200).json();
        let expected = office.vendor.with(|crm| crm.list());
        if let Some(expected) = &expected {
            let shown = lists["data"].as_array().unwrap().iter().any(|one| one["id"] == json!(expected.id));
            assert!(shown, "{slug}: {lists}");
            let chosen = office.change(&made, &json!({"list": expected.id})).await.expect_status(200).json();
            assert_eq!(chosen["list"], json!({"id": expected.id, "name": expected.name}), "{slug}");
            assert_eq!(chosen["nextStep"], Value::Null, "{slug}");
        } else {
            assert_eq!((&lists["data"], &report["listWord"]), (&json!([]), &Value::Null), "{slug}");
            assert_eq!(office.change(&made, &json!({"list": "1"})).await.field_refusal().2, "list");
        }
        assert_eq!(office.test(&made).await.expect_status(200).json()["ok"], true, "{slug}");
        let shown = api.get(&path(&made)).await.expect_status(200);
        office.keeps_secrets(&[&answer, &shown]).await;
        office.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_missing_credential_is_named_with_where_it_is_found() {
    for slug in slugs() {
        let office = Office::of(slug).await;
        let descriptor = connector::providers::named(slug).unwrap().descriptor();
        for field in descriptor.fields {
            let mut body = office.body();
            if body["credentials"].as_object_mut().unwrap().remove(field.name).is_none() || !field.required {
                continue;
            }
            let refused = office.create(&body).await;
            let (status, code, named) = refused.field_refusal();
            assert_eq!((status, code.as_str()), (400, "missing_credential"), "{slug} {}", field.name);
            assert_eq!(named, format!("credentials.{}", field.name), "{slug}");
            let message = refused.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains(field.hint), "{slug}: {message}");
            assert!(message.contains(field.missing.unwrap_or(field.label)), "{slug}: {message}");
        }
        let mut body = office.body();
        body["credentials"]["password"] = json!("x");
        assert_eq!(office.create(&body).await.field_refusal().1, "unknown_credential", "{slug}");
        assert!(office.vendor.calls().is_empty(), "{slug} was asked nothing");
        office.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_connects_nothing() {
    for slug in slugs() {
        let office = Office::of(slug).await;
        let mut body = office.body();
        office.vendor.with(|crm| crm.revoke());
        let refused = office.create(&body).await;
        assert_eq!(refused.refusal(), (422, "vendor_refused".to_owned()), "{slug}: {}", refused.text());
        let name = connector::providers::named(slug).unwrap().descriptor().name;
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.len() > name.len() && message.ends_with('.'), "{slug}: {message}");
        office.vendor.when("", Mood::Says(500, json!({"message": "trouble"})));
        body["tags"] = json!(["partners"]);
        let away = office.create(&body).await;
        assert_eq!(away.refusal(), (503, "vendor_unavailable".to_owned()), "{slug}: {}", away.text());
        assert!(away.header("retry-after").is_some());
        assert_eq!(office.world.database.count("select count(*) from crm_connections").await, 0);
        office.keeps_secrets(&[&refused, &away]).await;
        office.world.finish().await;
    }
}
