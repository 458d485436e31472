//! An operator who sells plans: a ledger with billing, and Stripe's fake server beside it. Events are delivered by the test.

use serde_json::Value;

use crate::{
    Plan, World,
    client::{dashboard::Marketer, sign},
    fakes::{
        Call, FakeServer,
        stripe_billing::{self, KEY, PRICES, StripeBilling},
    },
    http::{Request, Response},
    organization_fixture::{owner, pass_days},
    wait::now,
};

pub const HOOK: &str = "/hooks/stripe-billing";
pub const PAGE: &str = "/dashboard/settings/billing";
pub const SECRET: &str = "whsec_billing_canary";
/// All settings of billing, and the one it depends on.
pub const SETTINGS: [(&str, &str); 6] = [
    ("REKOMI_PLAN_GATES", "on"),
    ("REKOMI_BILLING_STRIPE_KEY", KEY),
    ("REKOMI_BILLING_WEBHOOK_SECRET", SECRET),
    ("REKOMI_BILLING_PRICE_STARTER", PRICES[0]),
    ("REKOMI_BILLING_PRICE_GROWTH", PRICES[1]),
    ("REKOMI_BILLING_PRICE_PRO", PRICES[2]),
];

#[derive(Debug)]
pub struct BillingFixture {
    pub world: World,
    pub stripe: FakeServer<StripeBilling>,
    pub owner: Marketer,
}

impl BillingFixture {
    /// The demo's organization has no plan yet, like a further one of a person where plans are billed.
    pub async fn open() -> Self {
        let stripe = stripe_billing::start();
        let plan = Plan::default().ledger_setting("REKOMI_STRIPE_API_BASE", stripe.base());
        let plan = SETTINGS.iter().fold(plan, |plan, (name, value)| plan.ledger_setting(name, value));
        let world = Box::pin(plan.start()).await;
        world
            .database
            .run(&format!(
                "update organizations set subscription_status = 'Cancelled', trial_ends_at = created_at
                 where organization_id = '{}'",
                world.acme.organization.uuid()
            ))
            .await;
        let owner = owner(&world).await;
        Self { world, stripe, owner }
    }

    /// With a trial of Growth.
    pub async fn trialing() -> Self {
        let mut fixture = Self::open().await;
        fixture.choose("Growth").await.expect_status(303);
        let subscription = fixture.stripe.with(StripeBilling::complete);
        fixture.event("customer.subscription.created", &subscription).await.expect_status(200);
        fixture
    }

    /// With a paid subscription to Growth.
    pub async fn paying() -> Self {
        let fixture = Self::trialing().await;
        fixture.change(&serde_json::json!({"status": "active"})).await;
        fixture
    }

    /// Posts a form of the billing page.
    pub async fn submit(&mut self, form: &str, more: &[(&str, &str)]) -> Response {
        let organization = self.world.acme.organization.to_string();
        let mut fields = vec![("organization", organization.as_str())];
        fields.extend(more);
        self.owner.submit(&format!("{PAGE}/{form}"), &fields).await
    }

    pub async fn choose(&mut self, tier: &str) -> Response {
        self.submit("checkout", &[("tier", tier)]).await
    }

    /// Delivers an event about an object as it is now.
    pub async fn event(&self, kind: &str, object: &str) -> Response {
        let event = self.stripe.with(|stripe| stripe.event(kind, object));
        self.deliver(&event).await
    }

    pub async fn deliver(&self, event: &Value) -> Response {
        let body = event.to_string();
        self.send(&body, Some(&sign::header(SECRET, now(), body.as_bytes()))).await
    }

    pub async fn send(&self, body: &str, signature: Option<&str>) -> Response {
        let mut request = Request::post(HOOK, body);
        if let Some(signature) = signature {
            request = request.header("Stripe-Signature", signature);
        }
        request.send(&self.world.ledger.base()).await.unwrap()
    }

    /// The newest subscription changes at Stripe, and an event says so.
    pub async fn change(&self, fields: &Value) {
        let event = self.stripe.with(|stripe| {
            stripe.change(fields);
            let id = stripe.subscriptions.last().unwrap()["id"].as_str().unwrap().to_owned();
            stripe.event("customer.subscription.updated", &id)
        });
        self.deliver(&event).await.expect_status(200);
    }

    /// Tier and status as the gates read them.
    pub async fn plan(&self) -> (String, String) {
        let rows = self
            .world
            .database
            .texts(&format!(
                "select plan_tier || ' ' || subscription_status as plan from organizations where organization_id = '{}'",
                self.world.acme.organization.uuid()
            ))
            .await;
        let (tier, status) = rows[0][0].split_once(' ').unwrap();
        (tier.to_owned(), status.to_owned())
    }

    pub async fn has_plan(&self, tier: &str, status: &str) -> bool {
        self.plan().await == (tier.to_owned(), status.to_owned())
    }

    /// How many emails of a kind were queued.
    pub async fn emails(&self, kind: &str) -> i64 {
        self.world.database.count(&format!("select count(*) from mails where kind = 'billing_{kind}'")).await
    }

    /// The calls to Stripe that begin so.
    pub fn calls(&self, start: &str) -> Vec<Call> {
        self.stripe.calls().into_iter().filter(|call| call.line() == start).collect()
    }

    /// How many calls were made with the operator's key.
    pub fn call_count(&self) -> usize {
        self.stripe.calls().iter().filter(|call| call.bearer() == KEY).count()
    }

    /// Days pass here and at Stripe, and jobs do what is due.
    pub async fn pass(&self, days: i64) {
        self.stripe.with(|stripe| stripe.ahead += days * 24 * 3_600);
        pass_days(&self.world, days).await;
        self.world.ledger.run_jobs().await;
    }

    /// # Panics
    /// Where the world has gone wrong.
    pub async fn finish(self) {
        self.world.finish().await;
    }
}
