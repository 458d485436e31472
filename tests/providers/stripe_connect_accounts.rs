//! Goal: affiliates' accounts are created as Stripe demands it in each country, go through Stripe's questions, and can be
//! paid in the end; and the fake server's pages, by which a person tries this, lead through it and remember it.
//!
//! Method: the calls of `payout_core::stripe` against the fake server, which has the rules of countries from Stripe's descriptions
//! and from refusals that platforms report.

use payout_core::stripe::{
    Answer, Call, StripeError,
    account::{self, AccountStatus, Entity},
    balance, country,
    transfer::{self, Found},
};
use shared::money::Currency;
use world::{
    fakes::stripe_connect::{self, GERMAN_KEY, GERMAN_PLATFORM, RESTRICTED_KEY, SECRET_KEY, StripeConnect},
    http::Request,
};

use crate::{
    stripe_connect::{ask, ask_with, payout, refused, usd},
    stripe_connect_wire::on_the_wire,
};

fn order(country: &str, entity: Entity, platform: &str) -> account::Order {
    account::Order {
        id: format!("pacc_{country}_{}", entity.as_str()),
        affiliate: format!("aff_{country}"),
        email: "lauren@example.com".to_owned(),
        country: country.to_owned(),
        entity,
        terms: country::terms(platform, country).unwrap(),
    }
}

#[test]
fn in_every_country_an_account_is_created_and_paid() {
    for (key, platform) in [(RESTRICTED_KEY, "US"), (GERMAN_KEY, "DE")] {
        let mut stripe = StripeConnect::default();
        stripe.set_balance("usd", 1_000_000);
        stripe.set_balance_of(GERMAN_PLATFORM, "usd", 1_000_000);
        for country in country::payable_from(platform) {
            for entity in [Entity::Individual, Entity::Company] {
                let expected = order(country.code, entity, platform);
                let made = account::read(&ask_with(&mut stripe, key, &account::create(&expected)));
                let made = made.unwrap_or_else(|why| panic!("{platform} to {}: {why:?}", country.name));
                assert_eq!(made.status(), AccountStatus::Onboarding);
                assert_eq!(made.agreement(), expected.terms.agreement.as_str());
                assert_eq!(made.country.as_deref(), Some(country.code));
                assert_eq!(made.metadata["rekomi_affiliate"], expected.affiliate);
                stripe.complete(&made.id);
                let read = account::read(&ask_with(&mut stripe, key, &account::retrieve(&made.id))).unwrap();
                assert_eq!(read.status(), AccountStatus::Ready);
                let sent = payout(&made.id, &made.id, usd(100));
                let answer = ask_with(&mut stripe, key, &transfer::send(&sent, 1));
                transfer::sent(&answer, &sent).unwrap_or_else(|why| panic!("{platform} to {}: {why:?}", country.name));
            }
        }
    }
}

#[test]
fn other_agreements_are_refused_as_stripe_refuses_them() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000);
    let mut create = |key: &str, country: &str, agreement: &str, capabilities: &[&str]| {
        let call = Call::post("/v1/accounts").field("type", "express").field("country", country);
        let call = call.field("tos_acceptance[service_agreement]", agreement);
        let call =
            capabilities.iter().fold(call, |call, one| call.field(format!("capabilities[{one}][requested]"), "true"));
        let answer = ask_with(&mut stripe, key, &call);
        account::read(&answer).map(|made| made.id).map_err(|_| refused(&answer))
    };
    let without_cards = create(SECRET_KEY, "US", "full", &["transfers"]).unwrap_err();
    assert!(
        without_cards
            .starts_with("You cannot request the `transfers` capability without the `card_payments` capability")
    );
    let own = create(SECRET_KEY, "US", "recipient", &["transfers"]).unwrap_err();
    assert!(own.contains("not supported for platforms in US creating accounts in US"), "{own}");
    let from_germany = create(GERMAN_KEY, "BR", "recipient", &["transfers"]).unwrap_err();
    assert!(from_germany.contains("platforms in DE creating accounts in BR"), "{from_germany}");
    assert!(create(SECRET_KEY, "BR", "recipient", &["transfers", "card_payments"]).is_err());
    assert_eq!(create(SECRET_KEY, "KP", "full", &["transfers"]).unwrap_err(), "country_unsupported");
    // The account can be had, and can't be paid.
    let mexican = create(SECRET_KEY, "MX", "full", &["transfers"]).unwrap();
    stripe.complete(&mexican);
    let message = refused(&ask(&mut stripe, &transfer::send(&payout("mx", &mexican, usd(100)), 1)));
    assert!(
        message.starts_with("Funds can't be sent to accounts located in MX when the account is under the `full`"),
        "{message}"
    );
    stripe.platform().is_approved = false;
    let refused = refused(&ask(&mut stripe, &account::create(&order("DE", Entity::Individual, "US"))));
    assert!(refused.starts_with("Your platform needs approval"), "{refused}");
}

#[test]
fn an_account_goes_through_what_stripe_asks() {
    let mut stripe = StripeConnect::default();
    let made = account::read(&ask(&mut stripe, &account::create(&order("BR", Entity::Individual, "US")))).unwrap();
    let again = account::read(&ask(&mut stripe, &account::create(&order("BR", Entity::Individual, "US")))).unwrap();
    assert_eq!(made, again, "asked twice, it is one account");
    let read = |stripe: &mut StripeConnect| account::read(&ask(stripe, &account::retrieve(&made.id))).unwrap();
    let message: Vec<String> = made.needs().iter().map(account::Need::to_affiliate).collect();
    assert!(message.contains(&"Stripe needs your date of birth.".to_owned()), "{message:?}");
    assert!(message.contains(&"Stripe needs your bank account.".to_owned()), "{message:?}");
    assert!(refused(&ask(&mut stripe, &account::login(&made.id))).contains("not completed onboarding"));
    let fields = made.requirements.currently_due.clone();
    let (last, others) = fields.split_last().unwrap();
    for field in others {
        stripe.give(&made.id, &[field]);
        assert_eq!(read(&mut stripe).status(), AccountStatus::Onboarding);
    }
    stripe.give(&made.id, &[last]);
    let done = read(&mut stripe);
    assert_eq!((done.status(), done.needs().len(), done.transfers()), (AccountStatus::Ready, 0, "active"));
    assert!(account::read_link(&ask(&mut stripe, &account::login(&made.id))).unwrap().url.contains(&made.id));
    stripe.require(&made.id, &["individual.verification.document"]);
    let stopped = read(&mut stripe);
    assert_eq!(stopped.status(), AccountStatus::Restricted);
    assert_eq!(
        stopped.needs()[0].to_brand(),
        "Stripe needs the affiliate\u{2019}s identity document. This is overdue."
    );
    stripe.check(&made.id, "individual.verification.document");
    assert_eq!(read(&mut stripe).status(), AccountStatus::Checking);
    stripe.complete(&made.id);
    stripe.require_by(&made.id, &["individual.id_number"], 1_796_342_400);
    let warned = read(&mut stripe);
    assert_eq!(warned.status(), AccountStatus::Ready);
    assert_eq!(warned.needs()[0].to_affiliate(), "Stripe needs your national ID or tax number by 4 December 2026.");
    stripe.close(&made.id);
    assert_eq!(read(&mut stripe).status(), AccountStatus::Closed);
    stripe.deauthorize(&made.id);
    assert!(matches!(ask(&mut stripe, &account::retrieve(&made.id)).error(), StripeError::Forbidden { .. }));
}

#[tokio::test]
async fn the_onboarding_s_pages_lead_back() {
    let fake = stripe_connect::start();
    let (account, url) = fake.with(|stripe| {
        let made = account::read(&ask(stripe, &account::create(&order("DE", Entity::Individual, "US")))).unwrap();
        let call = account::link(&made.id, "https://a.example/again", "https://a.example/back");
        let link = account::read_link(&ask(stripe, &call)).unwrap();
        assert!(link.expires_at.unwrap() > stripe.now());
        (made.id, link.url)
    });
    let target = url.strip_prefix(fake.base()).expect("its own address").to_owned();
    let page = Request::get(&target).send(fake.base()).await.unwrap();
    assert!(page.status == 200 && page.text().contains("Complete everything"), "{}", page.text());
    // A link opens once.
    let again = Request::get(&target).send(fake.base()).await.unwrap();
    assert_eq!((again.status, again.header("location")), (303, Some("https://a.example/again")));
    let back = Request::post(&target, "do=complete").send(fake.base()).await.unwrap();
    assert_eq!((back.status, back.header("location")), (303, Some("https://a.example/back")));
    fake.with(|stripe| {
        let read = account::read(&ask(stripe, &account::retrieve(&account))).unwrap();
        assert_eq!(read.status(), AccountStatus::Ready);
    });
    // By hand: money on the balance, and what a person does at Stripe.
    let set = Request::post("/stand-in/balance", "currency=usd&amount=700").send(fake.base()).await.unwrap();
    assert_eq!(set.status, 200);
    let closed = Request::post(&format!("/stand-in/accounts/{account}"), "do=close").send(fake.base()).await.unwrap();
    assert_eq!(closed.status, 200);
    let overview = Request::get("/stand-in").send(fake.base()).await.unwrap();
    assert!(overview.text().contains("700 usd") && overview.text().contains(&account));
    fake.with(|stripe| {
        assert_eq!(balance::read(&ask(stripe, &balance::retrieve())).unwrap().available(Currency::USD), usd(700));
        assert_eq!(account::read(&ask(stripe, &account::retrieve(&account))).unwrap().status(), AccountStatus::Closed);
    });
}

#[test]
fn what_was_asked_is_known_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("stripe-stand-in-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("asked.jsonl");
    let start = || stripe_connect::start_with(&path, |stripe| stripe.set_balance("usd", 1_000));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let over_the_wire = |base: &str, call: &Call| {
        let wire = on_the_wire(call, RESTRICTED_KEY);
        let mut request = match wire.method.as_str() {
            "POST" => Request::post(&call.path, wire.body.clone()),
            _ => Request::get(&format!("{}?{}", call.path, call.encoded())),
        };
        request.headers.clear();
        for name in ["authorization", "content-type", "idempotency-key", "stripe-version"] {
            if !wire.header(name).is_empty() {
                request = request.header(name, wire.header(name));
            }
        }
        let response = runtime.block_on(request.send(base)).unwrap();
        Answer { status: response.status, body: response.body, ..Answer::default() }
    };
    let first = start();
    let made = over_the_wire(first.base(), &account::create(&order("BR", Entity::Individual, "US")));
    let account = account::read(&made).unwrap().id;
    let done = Request::post(&format!("/stand-in/accounts/{account}"), "do=complete");
    assert_eq!(runtime.block_on(done.send(first.base())).unwrap().status, 200);
    let sent = payout("1", &account, usd(400));
    let transfer = transfer::sent(&over_the_wire(first.base(), &transfer::send(&sent, 1)), &sent).unwrap();
    drop(first);
    let again = start();
    assert_eq!(
        transfer::found(&over_the_wire(again.base(), &transfer::look_up(&sent)), &sent),
        Ok(Found::Sent(transfer.clone()))
    );
    let read = account::read(&over_the_wire(again.base(), &account::retrieve(&account))).unwrap();
    assert_eq!(read.status(), AccountStatus::Ready);
    assert_eq!(transfer::sent(&over_the_wire(again.base(), &transfer::send(&sent, 1)), &sent), Ok(transfer));
    let left = balance::read(&over_the_wire(again.base(), &balance::retrieve())).unwrap();
    assert_eq!(left.available(Currency::USD), usd(600));
    let next = over_the_wire(again.base(), &account::create(&order("DE", Entity::Individual, "US")));
    assert_ne!(account::read(&next).unwrap().id, account);
    std::fs::remove_dir_all(folder).unwrap();
}
