//! The real side: carries out what the machine decided against a ledger's process and its Postgres, and compares.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    rc::Rc,
    time::Duration,
};

use proptest_state_machine::StateMachineTest;
use serde_json::{Value, json};
use shared::{
    batch::Verdict,
    event::Event as ReportedEvent,
    id::{CommissionId, ConversionId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;
use tokio::runtime::Runtime;
use uuid::Uuid;
use world::{
    World,
    brand::{Brand, But, Partner},
    database::run_untriggered,
    http::{Request, Response},
    random_cases,
    wait::now,
};

use super::{
    credit::Reach,
    facts::{Currency, Event, Fact, Name},
    ideal::{Commission, Extra, Ideal, Key},
    machine::{Action, Machine, State},
    payouts::FakeStripe,
    plan, read, recruited,
    report::{Scribe, customer_name},
    worth::Version,
};

/// A clock that is further ahead than this is started anew with the next case.
const DAYS_MAX: i64 = 1_500;
pub(super) const WHY: &str = "a model's decision";
/// The last lines of the ledger's log that are printed if something fails.
const WORDS: usize = 40;

/// One world serves all cases.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) world: World,
    pub(crate) partners: Vec<Partner>,
    pub(crate) stripe: FakeStripe,
    connection: PgConnection,
    /// How far the business clock was moved, and how far it was when the case began.
    ahead: i64,
    began: i64,
    base: Timestamp,
    /// Each event once, as it was reported.
    reported: BTreeMap<u32, ReportedEvent>,
    pub(crate) steps: usize,
    /// Dropped last.
    pub(crate) runtime: Runtime,
}

thread_local! {
    pub(crate) static RIG: RefCell<Option<Rc<RefCell<Rig>>>> = const { RefCell::new(None) };
}

impl Rig {
    pub(crate) fn new(runtime: Runtime, world: World, partners: Vec<Partner>, stripe: FakeStripe) -> Self {
        let connection = runtime.block_on(world.database.connect());
        Self {
            world,
            partners,
            stripe,
            connection,
            ahead: 0,
            began: 0,
            base: now(),
            reported: BTreeMap::new(),
            steps: 0,
            runtime,
        }
    }

    fn brand(&self) -> &Brand {
        &self.world.acme
    }

    fn organization(&self) -> Uuid {
        self.brand().organization.uuid()
    }

    /// Forgets what happened. Only a superuser in replica mode gets past the triggers.
    async fn forget(&mut self) {
        if self.world.ledger.id().is_none() || self.ahead > DAYS_MAX {
            if self.world.ledger.id().is_some() {
                self.world.ledger.kill();
            }
            self.world.ledger.start().await;
            self.ahead = 0;
        }
        random_cases::forget(&mut self.connection).await;
        let plans = "delete from plan_versions where created_at > (select min(created_at) from plan_versions)";
        run_untriggered(&mut self.connection, plans).await;
        recruited::at_first(&mut self.connection, &self.world, &self.partners).await;
        self.began = self.ahead;
        self.base = now().plus_days(self.ahead);
        self.reported.clear();
        self.stripe.forget();
    }

    fn report(&mut self, events: &[Event]) -> Vec<ReportedEvent> {
        let scribe = Scribe { brand: &self.world.acme, partners: &self.partners, base: self.base };
        events
            .iter()
            .map(|event| self.reported.entry(event.number).or_insert_with(|| scribe.event(event)).clone())
            .collect()
    }

    /// What strangers claim of the sales and leads of a batch: another kind and amount, a buyer and an affiliate of their
    /// choice. The ideal book knows nothing of it.
    fn claims(&self, events: &[Event]) -> Vec<ReportedEvent> {
        let brand = &self.world.acme;
        let claimed = events.iter().filter_map(|event| match event.fact {
            Fact::Sale(sale) => Some((event, brand.lead(&Name::Sale(sale.sale).text()))),
            Fact::Lead(lead) => Some((event, brand.sale(&Name::Lead(lead.lead).text(), 1))),
            _ => None,
        });
        let forged = claimed.map(|(event, reported)| {
            let (buyer, partner) = ((event.number % 5) as u8, event.number as usize % self.partners.len());
            brand.by_page(&reported).but(|reported| {
                reported.customer_id = Some(customer_name(buyer));
                reported.affiliate_slug = Some(self.partners[partner].slug.clone());
                reported.occurred_at = Some(self.base.plus_days(-40));
            })
        });
        forged.collect()
    }

    async fn action(&mut self, action: &Action, ideal: &Ideal) {
        match action {
            Action::Nothing => {}
            Action::Post(batches) => {
                for batch in batches {
                    let (events, claims) = (self.report(batch), self.claims(batch));
                    self.world.intake().post(&claims).await;
                    self.world.intake().accept(&events).await;
                    self.world.intake().post(&claims).await;
                }
            }
            Action::PostTwice(batch) => self.post_twice(batch).await,
            Action::PostAndKill(batch, after) => self.post_and_kill(batch, *after).await,
            Action::Repeat(event) => {
                let events = self.report(&[*event]);
                assert_eq!(self.world.intake().post(&events).await, [Verdict::Duplicate]);
            }
            Action::Plan(version) => self.plan(version).await,
            Action::Reattribute(name, to, reach) => {
                let to = to.map(|affiliate| self.partners[affiliate].affiliate.to_string());
                let reach = if *reach == Reach::Customer { "Customer" } else { "Conversion" };
                let body = json!({"affiliateId": to, "reach": reach, "reason": WHY, "programId": self.brand().program});
                self.about_conversion(*name, "reattribute", &body).await;
            }
            Action::Review(name, deny) => {
                let decision = if *deny { "Deny" } else { "Approve" };
                self.about_conversion(*name, "review", &json!({"decision": decision, "reason": WHY})).await;
            }
            Action::Decide(what, key, refused) => self.decide(what, *key, *refused).await,
            Action::ReleaseAffiliate(affiliate) => {
                let path = format!("/affiliates/{}/release", self.partners[*affiliate].affiliate);
                self.post(&path, &json!({"reason": WHY})).await.expect_status(200);
            }
            Action::ReleaseBuyer(buyer) => {
                let path = format!("/customers/{}/release", customer_name(*buyer));
                self.post(&path, &json!({"reason": WHY})).await.expect_status(200);
            }
            Action::Terms(..) | Action::Recruit(..) => recruited::carry_out(&self.world, &self.partners, action).await,
            Action::Erase(buyer) => {
                let organization = self.organization();
                let id = read::customer(&mut self.connection, organization, &customer_name(*buyer)).await;
                self.post(&format!("/customers/{id}/erase"), &json!({"reason": WHY})).await.expect_status(200);
            }
            Action::Give(number, extra, hold_days) => self.give(*number, extra, *hold_days).await,
            Action::Pay(affiliate, currency, payable, kill) => self.pay(*affiliate, *currency, *payable, *kill).await,
            Action::Send(number, payable, tax, fate, kill) => {
                let payout = &ideal.payouts[*number];
                let whom = self.partners[payout.affiliate].affiliate;
                let expected = (whom, payout.currency, *payable, *tax);
                self.stripe.schedule(&mut self.connection, self.world.acme.organization.uuid(), expected, *fate).await;
                if let Some(after) = kill {
                    tokio::time::sleep(Duration::from_millis(u64::from(*after) * 50)).await;
                    self.world.ledger.kill();
                    self.restart().await;
                }
                self.stripe.settled(&mut self.connection, *number, *fate, payout.amount > 0).await;
            }
            Action::Goes(number, fate) => {
                let path = self.stripe.moved(*number, *fate);
                let answer = self.post(&path, &json!({})).await;
                assert!(matches!(answer.status, 200 | 202), "{path}: {}", answer.text());
                self.stripe.settled(&mut self.connection, *number, *fate, true).await;
            }
            Action::Returns(number, more) => {
                let back = ideal.payouts[*number].returned;
                self.stripe.comes_back(&mut self.connection, *number, *more, back).await;
            }
            Action::Advance(days) => self.advance(*days).await,
            Action::Kill => {
                self.world.ledger.kill();
                self.restart().await;
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.world.api().post(path, body).await
    }

    async fn post_twice(&mut self, batch: &[Event]) {
        let events = self.report(batch);
        let intake = self.world.intake();
        let (one, other) = tokio::join!(intake.post(&events), intake.post(&events));
        for verdicts in one.into_iter().zip(other) {
            assert!(
                matches!(verdicts, (Verdict::Accepted, Verdict::Duplicate) | (Verdict::Duplicate, Verdict::Accepted)),
                "{verdicts:?}"
            );
        }
    }

    async fn post_and_kill(&mut self, batch: &[Event], after: u8) {
        let events = self.report(batch);
        let (intake, sent) = (self.world.intake(), events.clone());
        let post = tokio::spawn(async move { intake.try_post(&sent).await.is_ok() });
        tokio::time::sleep(Duration::from_millis(after.into())).await;
        self.world.ledger.kill();
        drop(post.await);
        self.restart().await;
        for verdict in self.world.intake().post(&events).await {
            assert!(matches!(verdict, Verdict::Accepted | Verdict::Duplicate), "{verdict:?}");
        }
    }

    /// The business clock begins at the wall's again, and is moved to where it was.
    async fn restart(&mut self) {
        // What the dead one held would be free by itself, a minute and a half later.
        self.stripe.leases_end(&mut self.connection).await;
        self.world.ledger.start().await;
        let days = std::mem::take(&mut self.ahead);
        self.advance(days).await;
    }

    async fn advance(&mut self, days: i64) {
        let request = Request::post("/dev/clock", json!({ "advanceDays": days }).to_string());
        request.send(&self.world.ledger.base()).await.expect("the ledger answers").expect_status(200);
        self.ahead += days;
    }

    async fn plan(&self, version: &Version) {
        let scope = version.affiliate.map_or(
            json!("program"),
            |affiliate| json!({"affiliateId": self.partners[affiliate].affiliate.to_string()}),
        );
        let components = version.plan.map(plan::json);
        let body = json!({"scope": scope, "holdDays": version.hold_days, "components": components});
        let path = format!("/programs/{}/plans", self.brand().program);
        self.post(&path, &body).await.expect_status(201);
    }

    async fn about_conversion(&mut self, name: Name, what: &str, body: &Value) {
        let organization = self.organization();
        let all = read::conversions(&mut self.connection, organization, &self.partners).await;
        let path = format!("/conversions/{}/{what}", ConversionId::new(all[&name].0));
        self.post(&path, body).await.expect_status(200);
    }

    async fn decide(&mut self, what: &str, key: Key, refused: bool) {
        let organization = self.organization();
        let all = read::commissions(&mut self.connection, organization, &self.partners).await;
        let path = format!("/commissions/{}/{what}", CommissionId::new(all[&key].0));
        let answer = self.post(&path, &json!({"reason": WHY})).await;
        answer.expect_status(if refused { 409 } else { 200 });
    }

    async fn give(&self, number: usize, extra: &Extra, hold_days: u8) {
        let what = if extra.cents > 0 { "bonuses" } else { "adjustments" };
        let path = format!("/affiliates/{}/{what}", self.partners[extra.affiliate].affiliate);
        let body = json!({
            "programId": self.brand().program, "amountCents": extra.cents, "currency": "USD", "holdDays": hold_days,
            "reason": read::reason(number),
        });
        self.post(&path, &body).await.expect_status(201);
    }

    async fn pay(&mut self, affiliate: usize, currency: Currency, payable: i64, kill: Option<u8>) {
        let whom = self.partners[affiliate].affiliate.to_string();
        let mut body = json!({"affiliateId": whom, "currency": currency.code()});
        if payable > 0 {
            body["expectedCents"] = json!(payable);
        }
        let key = format!("payout-{}", rand::random::<u64>());
        let request = || {
            let request = Request::post("/api/v1/payouts", body.to_string());
            request.header("Idempotency-Key", &key)
        };
        if let Some(after) = kill {
            let first = request();
            let bearer = format!("Bearer {}", self.brand().api_key);
            let (base, first) = (self.world.ledger.base(), first.header("Authorization", &bearer));
            let requested = tokio::spawn(async move { first.send(&base).await.is_ok() });
            tokio::time::sleep(Duration::from_millis(after.into())).await;
            self.world.ledger.kill();
            drop(requested.await);
            self.restart().await;
        }
        let answer = self.world.api().send(request()).await;
        if payable > 0 {
            assert_eq!(answer.expect_status(201).json()["amountCents"], json!(payable));
        } else {
            answer.expect_status(409);
        }
    }

    async fn compare(&mut self, ideal: &Ideal) {
        let organization = self.organization();
        let (connection, partners) = (&mut self.connection, &self.partners);
        let conversions = read::conversions(connection, organization, partners).await;
        let credited: BTreeMap<_, _> =
            conversions.into_iter().map(|(name, (_, whose, back, flagged))| (name, (whose, back, flagged))).collect();
        assert_eq!(credited, ideal.conversions(), "credit, what was given back, flags");
        let expected = ideal.commissions();
        let mut real: BTreeMap<Key, Commission> = BTreeMap::new();
        for (key, (_, row)) in read::commissions(connection, organization, partners).await {
            if expected.contains_key(&key) {
                real.insert(key, row);
            } else {
                assert_eq!(row.amount, 0, "{key:?} is earned no more");
            }
        }
        assert_eq!(real, expected, "commissions");
        let balances = read::balances(connection, organization, partners).await;
        assert_eq!(balances, ideal.balances(), "accounts");
        self.stripe.compare(connection, ideal).await;
    }
}

/// The book, as `proptest-state-machine` drives it.
#[derive(Debug)]
pub(crate) struct RealBook;

impl RealBook {
    /// If something fails, the last lines of the ledger's log are printed, too.
    fn with<T>(rig: &Rc<RefCell<Rig>>, action: impl AsyncFnOnce(&mut Rig) -> T) -> T {
        let rig = &mut *rig.borrow_mut();
        let handle = rig.runtime.handle().clone();
        let done = panic::catch_unwind(AssertUnwindSafe(|| handle.block_on(action(&mut *rig))));
        done.unwrap_or_else(|failure| {
            let log = rig.world.ledger.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- ledger\n{}", lines[lines.len().saturating_sub(WORDS)..].join("\n"));
            panic::resume_unwind(failure)
        })
    }
}

impl StateMachineTest for RealBook {
    type SystemUnderTest = Rc<RefCell<Rig>>;
    type Reference = Machine;

    fn init_test(_: &State) -> Self::SystemUnderTest {
        let rig = RIG.with(|rig| Rc::clone(rig.borrow().as_ref().expect("the test has set it up")));
        Self::with(&rig, async |rig| rig.forget().await);
        rig
    }

    fn apply(rig: Self::SystemUnderTest, state: &State, _: super::step::Step) -> Self::SystemUnderTest {
        Self::with(&rig, async |rig| {
            rig.steps += 1;
            rig.action(&state.action, &state.ideal).await;
            rig.compare(&state.ideal).await;
        });
        rig
    }

    fn teardown(rig: Self::SystemUnderTest, _: State) {
        Self::with(&rig, async |rig| {
            if !rig.stripe.is_unused() {
                let before = FakeStripe::compared(&mut rig.connection).await;
                rig.post("/reconciliations", &json!({})).await.expect_status(202);
                rig.stripe.reconciled(&mut rig.connection, before).await;
            }
            rig.world.check().await;
            world::verify::check(&rig.world.ledger).await;
        });
    }
}
