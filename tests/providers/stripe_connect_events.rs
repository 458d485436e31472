//! Goal: Stripe's events about accounts, transfers and bank payouts reach the address that we gave, signed, and are
//! understood; those about affiliates' accounts reach one endpoint, those about the brand's own another.
//!
//! Method: endpoints that we create at the fake server, which posts over a real connection to a receiver here; each event is
//! verified and read with `payout_core::stripe::event`; the fake server sends twice, late, and not at all.

use std::time::Duration;

use payout_core::stripe::{
    account,
    endpoint::{self, About},
    event::{self, StripeNotification},
    transfer,
};
use shared::{
    money::{Currency, Money},
    seal::Secret,
};
use world::{
    fakes::{
        FakeServer, Mood, Vendor,
        stripe_connect::{self, Post, RESTRICTED_KEY, StripeConnect},
    },
    receiver::{self, Receiver},
    wait::{now, until},
};

use crate::stripe_connect_wire::{answered, on_the_wire};

struct Brand {
    stripe: FakeServer<StripeConnect>,
    receiver: FakeServer<Receiver>,
    secrets: Vec<(About, Secret)>,
}

fn brand() -> Brand {
    let (stripe, receiver) = (stripe_connect::start(), receiver::start());
    let secrets = About::ALL.map(|about| {
        let url = format!("{}/{about:?}", receiver.base());
        let call = on_the_wire(&endpoint::create(&url, about, "pcon_1"), RESTRICTED_KEY);
        let made = stripe.with(|stripe| endpoint::made(&answered(stripe.answer(&call))).unwrap());
        let again = stripe.with(|stripe| endpoint::made(&answered(stripe.answer(&call))).unwrap());
        assert_eq!(made.id, again.id, "asked twice, it is one endpoint");
        (about, made.secret)
    });
    Brand { stripe, receiver, secrets: secrets.into() }
}

impl Brand {
    /// What arrived at the endpoint so far, verified with its own secret and with no other.
    fn hints(&self, about: About) -> Vec<StripeNotification> {
        let calls = self.receiver.calls().into_iter().filter(|call| call.path == format!("/{about:?}"));
        calls
            .map(|call| {
                let header = Some(call.header("stripe-signature"));
                let verify =
                    |secret: &Secret| event::verify(&[Secret::new(secret.expose())], header, &call.body, now());
                for (of, secret) in &self.secrets {
                    assert_eq!(verify(secret).is_ok(), *of == about, "{}", call.line());
                }
                let hint = event::read(&call.body).unwrap();
                assert!(about.events().contains(&&*hint.kind), "{}", hint.kind);
                hint
            })
            .collect()
    }

    async fn arrived(&self, about: About, count: usize) -> Vec<StripeNotification> {
        until(&format!("{count} events of {about:?}"), 20, async || {
            Some(self.hints(about)).filter(|hints| hints.len() >= count)
        })
        .await
    }
}

#[tokio::test]
async fn each_event_reaches_its_endpoint_and_names_its_object() {
    let brand = brand();
    let account = brand.stripe.with(|stripe| {
        stripe.post(Post::Off);
        stripe.ready_account("DE", "full")
    });
    brand.stripe.with(|stripe| {
        stripe.post(Post::AtOnce);
        stripe.require(&account, &["individual.verification.document"]);
    });
    let hints = brand.arrived(About::Accounts, 2).await;
    let mut kinds: Vec<&str> = hints.iter().map(|hint| &*hint.kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["account.updated", "capability.updated"]);
    assert!(hints.iter().all(|hint| hint.account.as_deref() == Some(&*account) && !hint.livemode));
    let transfer = brand.stripe.with(|stripe| {
        stripe.post(Post::Off);
        stripe.complete(&account);
        stripe.post(Post::AtOnce);
        stripe.set_balance("usd", 1_000);
        let order = transfer::Order {
            payout: "po_1".to_owned(),
            run: None,
            organization: "org_1".to_owned(),
            destination: account.clone(),
            amount: Money::new(300, Currency::USD),
            description: "Affiliate payout".to_owned(),
        };
        let call = on_the_wire(&transfer::send(&order, 1), RESTRICTED_KEY);
        let made = transfer::sent(&answered(stripe.answer(&call)), &order).unwrap().id;
        stripe.reverse(&made, Some(100));
        made
    });
    let hints = brand.arrived(About::Own, 2).await;
    let reversed = hints.iter().find(|hint| hint.kind == "transfer.reversed").unwrap();
    assert_eq!((reversed.object.as_deref(), reversed.account.as_deref()), (Some(&*transfer), None));
    assert!(hints.iter().any(|hint| hint.kind == "balance.available" && hint.object.is_none()));
    let payout = brand.stripe.with(|stripe| stripe.fail_bank_payout(&account, "no_account").unwrap());
    brand.stripe.with(|stripe| stripe.deauthorize(&account));
    let hints = brand.arrived(About::Accounts, 4).await;
    let failed = hints.iter().find(|hint| hint.kind == "payout.failed").unwrap();
    assert_eq!((failed.object.as_deref(), failed.account.as_deref()), (Some(&*payout), Some(&*account)));
    assert!(hints.iter().any(|hint| hint.kind == "account.application.deauthorized" && hint.account == failed.account));
}

#[tokio::test]
async fn twice_late_and_again_after_a_refusal() {
    let brand = brand();
    let account = brand.stripe.with(|stripe| {
        stripe.post(Post::Off);
        let account = stripe.ready_account("DE", "full");
        stripe.post(Post::Twice);
        stripe.complete(&account);
        account
    });
    let hints = brand.arrived(About::Accounts, 4).await;
    let mut events: Vec<&str> = hints.iter().map(|hint| &*hint.event).collect();
    events.sort_unstable();
    events.dedup();
    assert_eq!(events.len(), 2, "told twice, each has one name");
    brand.receiver.once("POST /Own", Mood::Says(503, serde_json::json!({})));
    brand.stripe.with(|stripe| {
        stripe.post(Post::Late(Duration::from_millis(50)));
        stripe.set_balance("usd", 1);
    });
    let hints = brand.arrived(About::Own, 2).await;
    assert_eq!(hints[0], hints[1], "it was refused once, and brought again");
    let statuses: Vec<_> = brand
        .stripe
        .with(|stripe| stripe.delivered())
        .into_iter()
        .filter(|one| one.kind == "balance.available")
        .collect();
    assert_eq!(statuses.first().and_then(|one| one.status), Some(503));
    // Endpoints are removed, also where they are gone already.
    brand.stripe.with(|stripe| {
        for id in stripe.endpoints().iter().map(|one| one.id.clone()).collect::<Vec<_>>() {
            for _ in 0..2 {
                endpoint::deleted(&answered(stripe.answer(&on_the_wire(&endpoint::delete(&id), RESTRICTED_KEY))))
                    .unwrap();
            }
        }
        assert!(stripe.endpoints().is_empty());
        let call = on_the_wire(&account::retrieve(&account), RESTRICTED_KEY);
        assert_eq!(account::read(&answered(stripe.answer(&call))).unwrap().status(), account::AccountStatus::Ready);
    });
}
