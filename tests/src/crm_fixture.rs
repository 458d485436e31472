//! A brand with CRMs: the real ledger, and a fake server beside it for each vendor, connected by API as a stranger would.

use std::{collections::BTreeSet, fmt};

use serde_json::{Value, json};

use crate::{
    Plan, World,
    client::{api::Api, mailbox},
    fakes::{
        Call, FakeServer,
        crm::{self, Contact, Crm, allowance},
    },
    wait,
};

/// How many times faster than vendors allow.
const PACE: u32 = 200;
/// The tags that every connection gives.
const TAGS: [&str; 2] = ["partners", "spring & summer"];

/// A connected CRM.
pub struct ConnectedCrm {
    pub slug: &'static str,
    pub vendor: FakeServer<Box<dyn Crm>>,
    pub connection: String,
}

impl fmt::Debug for ConnectedCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectedCrm").field("slug", &self.slug).finish_non_exhaustive()
    }
}

/// A world with its CRMs.
#[derive(Debug)]
pub struct CrmFixture {
    pub world: World,
    pub crms: Vec<ConnectedCrm>,
    /// How many times faster than vendors allow.
    pace: u32,
}

/// Everything that was asked for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: String,
}

impl Line {
    fn of(call: &Call) -> Self {
        Self {
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            body: String::from_utf8_lossy(&call.body).into_owned(),
        }
    }
}

impl Line {
    /// Whether it only looks, or only logs in.
    pub fn looks(&self) -> bool {
        crm::looks(&format!("{} {}", self.method, self.path)) || self.is_login()
    }

    /// Whether it exchanges the credentials for an access token, which a ledger keeps until it stops.
    pub fn is_login(&self) -> bool {
        ["/oauth/v2/token", "/oauth2/token", "/oauth2/default/v1/token"].iter().any(|end| self.path.ends_with(end))
    }
}

impl CrmFixture {
    /// Every vendor there is.
    pub async fn all() -> Self {
        Self::with(crm::all(), PACE).await
    }

    pub async fn of(slugs: &[&str]) -> Self {
        Self::with(slugs.iter().map(|slug| crm::of(slug)).collect(), PACE).await
    }

    /// These, at so many times the vendors' pace.
    pub async fn with(crms: Vec<Box<dyn Crm>>, pace: u32) -> Self {
        let plan = Plan::default().ledger_setting("REKOMI_CRM_PACE_FACTOR", &pace.to_string());
        Self::planned(crms, plan, pace).await
    }

    /// In a world of that plan, at that pace.
    ///
    /// # Panics
    /// Where a vendor can't be connected.
    async fn planned(crms: Vec<Box<dyn Crm>>, mut plan: Plan, pace: u32) -> Self {
        let vendors: Vec<_> = crms.into_iter().map(crm::start).collect();
        for vendor in &vendors {
            for host in vendor.with(|crm| crm.hosts()) {
                plan = plan.ledger_setting(&format!("REKOMI_VENDOR_BASE_{host}"), vendor.base());
            }
        }
        let world = Box::pin(plan.start()).await;
        let mut crms = Vec::new();
        for vendor in vendors {
            let made = connect(&world.api(), &vendor, &json!({})).await;
            crms.push(ConnectedCrm { slug: vendor.with(|crm| crm.slug()), vendor, connection: made });
        }
        Self { world, crms, pace }
    }

    pub fn api(&self) -> Api {
        self.world.api()
    }

    /// The desk of that vendor.
    ///
    /// # Panics
    /// Where there is none.
    pub fn crm(&self, slug: &str) -> &ConnectedCrm {
        self.crms.iter().find(|crm| crm.slug == slug).unwrap_or_else(|| panic!("no desk for {slug}"))
    }

    /// A new affiliate, approved from the beginning, who accepted the terms; their id.
    pub async fn approve(&self, name: &str, email: &str) -> String {
        let id = self.approve_silently(name, email).await;
        self.accept_terms(&id).await;
        id
    }

    /// The same without a word on the terms.
    pub async fn approve_silently(&self, name: &str, email: &str) -> String {
        let made =
            self.api().post("/affiliates", &json!({"name": name, "email": email})).await.expect_status(201).json();
        text(&made["id"])
    }

    pub async fn accept_terms(&self, affiliate: &str) {
        let consent = json!({"affiliateId": affiliate, "kind": "program_terms", "version": "2026-07", "granted": true});
        self.api().post("/consents", &consent).await.expect_status(201);
    }

    /// An affiliate whose consent was there before they were approved: one sync for each CRM, and no more.
    pub async fn approve_once(&self, name: &str, email: &str) -> String {
        let pending = json!({"name": name, "email": email, "status": "Pending"});
        let id = text(&self.api().post("/affiliates", &pending).await.expect_status(201).json()["id"]);
        self.accept_terms(&id).await;
        self.api().post(&format!("/affiliates/{id}/approve"), &json!({"notify": false})).await.expect_status(200);
        id
    }

    /// The affiliate's syncs into a CRM, newest first.
    pub async fn syncs(&self, crm: &ConnectedCrm, affiliate: &str) -> Vec<Value> {
        self.api().all(&format!("/syncs?connectionId={}&affiliateId={affiliate}", crm.connection)).await
    }

    /// Waits until all of the affiliate's syncs into a CRM ended; answers the newest.
    pub async fn ended(&self, crm: &ConnectedCrm, affiliate: &str) -> Value {
        self.ended_within(crm, affiliate, 30).await
    }

    /// As [`CrmFixture::ended`], for what takes so many seconds at most on an idle machine.
    pub async fn ended_within(&self, crm: &ConnectedCrm, affiliate: &str, seconds: u64) -> Value {
        let mut last = Vec::new();
        let started = std::time::Instant::now();
        loop {
            let syncs = self.syncs(crm, affiliate).await;
            if !syncs.is_empty() && syncs.iter().all(|sync| sync["finishedAt"].is_string()) {
                wait::note(&format!("{} to end", crm.slug), started);
                return syncs[0].clone();
            }
            assert!(started.elapsed() < wait::patience(seconds), "{} never ends: {last:?}", crm.slug);
            last = syncs;
            tokio::time::sleep(wait::pause(started)).await;
        }
    }

    /// Waits until the affiliate is in every CRM.
    ///
    /// # Panics
    /// Where one refuses them.
    pub async fn arrive(&self, affiliate: &str) {
        for crm in &self.crms {
            let sync = self.ended(crm, affiliate).await;
            assert_eq!(sync["state"], "Succeeded", "{}: {}", crm.slug, self.details(&sync).await);
        }
    }

    /// A sync with everything that was sent, for messages of tests.
    pub async fn details(&self, sync: &Value) -> Value {
        self.api().get(&format!("/syncs/{}", text(&sync["id"]))).await.json()
    }

    /// The connection as it is now.
    pub async fn connection(&self, crm: &ConnectedCrm) -> Value {
        self.api().get(&format!("/connections/{}", crm.connection)).await.expect_status(200).json()
    }

    /// Emails to the owner of a kind.
    pub async fn emails(&self, kind: &str) -> Vec<Value> {
        let owner = text(&self.world.demo["owner"]["email"]);
        let emails = mailbox::read_emails(&self.world.ledger.base(), &owner).await;
        emails.into_iter().filter(|message| message["kind"] == kind).collect()
    }

    /// As if the worker that is gone had been for long enough: what it held may be taken.
    pub async fn leases_end(&self) {
        self.world
            .database
            .run("update crm_connections set lease_until = now() - interval '1 second' where lease is not null")
            .await;
    }

    /// Ends the world.
    ///
    /// # Panics
    /// Where a vendor was asked more often within a window than it allows.
    pub async fn finish(self) {
        for crm in &self.crms {
            let descriptor = connector::providers::named(crm.slug).unwrap().descriptor();
            let wrong = allowance::exceeded(descriptor, &crm.vendor.calls(), self.pace);
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
        self.world.finish().await;
    }
}

/// Connects a vendor's fake server, with its list and two tags; the connection's id.
///
/// # Panics
/// Where it is refused.
pub async fn connect(api: &Api, vendor: &FakeServer<Box<dyn Crm>>, more: &Value) -> String {
    let (slug, credentials, list) = vendor.with(|crm| (crm.slug(), crm.credentials(), crm.list()));
    let mut body = json!({"type": slug, "credentials": credentials, "tags": TAGS});
    if let Some(list) = list {
        body["list"] = json!(list.id);
    }
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let made = api.post("/connections", &body).await;
    assert_eq!(made.status, 201, "{slug}: {}", made.text());
    text(&made.json()["id"])
}

impl ConnectedCrm {
    /// What was asked since there were so many calls.
    pub fn since(&self, count: usize) -> Vec<Line> {
        self.vendor.calls().iter().skip(count).map(Line::of).collect()
    }

    pub fn count(&self) -> usize {
        self.vendor.calls().len()
    }

    /// The person there, once the vendor is done with what it does later.
    pub fn contact(&self, email: &str) -> Option<Contact> {
        self.vendor.with(|crm| {
            crm.settle();
            crm.contact(email)
        })
    }

    /// Checks that they are there and have each tag. Who gave no consent isn't on every vendor's list.
    ///
    /// # Panics
    /// Where they don't.
    pub fn holds_tags(&self, email: &str) -> Contact {
        let contact = self.contact(email).unwrap_or_else(|| panic!("{} has no {email}", self.slug));
        let requested: BTreeSet<String> = ["Rekomi affiliate", TAGS[0], TAGS[1]].map(str::to_owned).into();
        assert!(contact.tags.is_superset(&requested), "{}: {:?}", self.slug, contact.tags);
        contact
    }

    /// Checks that they are on the list and have each tag.
    ///
    /// # Panics
    /// Where they don't.
    pub fn holds(&self, email: &str) -> Contact {
        let contact = self.holds_tags(email);
        if let Some(list) = self.vendor.with(|crm| crm.list()) {
            assert!(contact.lists.contains(&list.id), "{}: {:?}", self.slug, contact.lists);
        }
        contact
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Waits until so many calls came.
pub async fn called(crm: &ConnectedCrm, count: usize) {
    wait::until(&format!("{count} calls at {}", crm.slug), 30, async || (crm.count() >= count).then_some(())).await;
}
