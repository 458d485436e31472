//! Goal: what we ask of Stripe for payouts is what Stripe takes, and what it answers is understood: permissions of a key,
//! idempotency, balances, transfers, reversals and bank payouts.
//!
//! Method: the calls of `payout_core::stripe` against the fake server, which checks every field against Stripe's published
//! description; and calls that are wrong in one way each, which it must refuse as Stripe does.

use payout_core::stripe::{
    Answer, Call, StripeError, balance,
    permission::{self, Finding, Permission},
    reversal, sent_to_bank,
    transfer::{self, Found, Order},
    unit,
};
use shared::money::{Currency, Money};
use world::fakes::{
    Vendor,
    stripe_connect::{Effect, GERMAN_KEY, POOR_KEY, RESTRICTED_KEY, SECRET_KEY, StripeConnect, UNCONNECTED_KEY},
};

use crate::stripe_connect_wire::{answered, on_the_wire};

pub(crate) fn ask_with(stripe: &mut StripeConnect, key: &str, call: &Call) -> Answer {
    answered(stripe.answer(&on_the_wire(call, key)))
}

pub(crate) fn ask(stripe: &mut StripeConnect, call: &Call) -> Answer {
    ask_with(stripe, RESTRICTED_KEY, call)
}

/// The refusal's code, or its message where it has none.
pub(crate) fn refused(answer: &Answer) -> String {
    match answer.error() {
        StripeError::Refused(refusal) => refusal.code.unwrap_or(refusal.message),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn payout(name: &str, destination: &str, amount: Money) -> Order {
    Order {
        payout: format!("po_{name}"),
        run: Some("run_1".to_owned()),
        organization: "org_1".to_owned(),
        destination: destination.to_owned(),
        amount,
        description: "Affiliate payout".to_owned(),
    }
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

#[test]
fn a_request_that_is_wrong_in_one_way_is_refused() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000);
    let account = stripe.ready_account("DE", "full");
    let good = || {
        Call::post("/v1/transfers")
            .field("amount", "100")
            .field("currency", "usd")
            .field("destination", &*account)
            .key("key-1")
    };
    let without = |name: &str| {
        let mut call = good();
        call.fields.retain(|(known, _)| known != name);
        call
    };
    let with = |name: &str, value: &str| without(name).field(name, value);
    let long = "x".repeat(501);
    for (call, code) in [
        (without("amount"), "parameter_missing"),
        (without("currency"), "parameter_missing"),
        (without("destination"), "parameter_missing"),
        (with("amount", "27.5"), "parameter_invalid_integer"),
        (with("amount", "0"), "parameter_invalid_integer"),
        (with("amount", "-1"), "parameter_invalid_integer"),
        (with("amount", "1e3"), "parameter_invalid_integer"),
        (with("amount", ""), "parameter_invalid_empty"),
        (with("currency", "XXX"), "Invalid currency: XXX. Stripe currently supports these currencies: usd, aed, …"),
        (with("ammount", "100"), "parameter_unknown"),
        (with("metadata", "a"), "parameter_unknown"),
        (with("metadata[a][b]", "a"), "parameter_unknown"),
        (with("metadata[payout]", &long), "parameter_invalid_string_too_long"),
        (with("source_type", "cash"), "Invalid source_type: must be one of bank_account, card, fpx"),
        (good().field("amount", "200"), "Invalid string: amount was given more than once"),
    ] {
        assert_eq!(refused(&ask(&mut stripe, &call)), code, "{:?}", call.fields);
    }
    for (path, fields, code) in [
        (
            "/v1/account_links",
            &[("account", "acct_1"), ("type", "onboarding")][..],
            "Invalid type: must be one of account_onboarding, account_update",
        ),
        (
            "/v1/account_links",
            &[
                ("account", "acct_1"),
                ("type", "account_onboarding"),
                ("collection_options[future_requirements]", "omit"),
            ],
            "parameter_missing",
        ),
        ("/v1/accounts", &[("individual[dob][day]", "1")], "parameter_missing"),
        ("/v1/accounts", &[("capabilities[transfers][requested]", "yes")], "Invalid boolean: yes"),
        ("/v1/accounts", &[("capabilities[transfer][requested]", "true")], "parameter_unknown"),
        ("/v1/webhook_endpoints", &[("url", "https://a.example"), ("enabled_events[]", "account.changed")], ""),
        ("/v1/webhook_endpoints", &[("enabled_events[]", "account.updated")], "parameter_missing"),
    ] {
        let call = fields.iter().fold(Call::post(path), |call, (name, value)| call.field(*name, *value));
        let message = refused(&ask(&mut stripe, &call));
        assert!(
            if code.is_empty() { message.starts_with("Invalid enabled_events[]") } else { message == code },
            "{fields:?}: {message}"
        );
    }
    // None of it was kept under the key, so the right request is new.
    assert_eq!(ask(&mut stripe, &good()).status, 200);
    assert_eq!(stripe.transfers().len(), 1);
    assert_eq!(ask(&mut stripe, &Call::get("/v1/nonsense")).status, 404);
}

#[test]
fn idempotency_is_as_documented() {
    let mut stripe = StripeConnect::default();
    let account = stripe.ready_account("DE", "full");
    let sent = payout("1", &account, usd(400));
    let send = |generation| transfer::send(&sent, generation);
    // A refusal is kept, though there is money now; a new key is a new request.
    assert_eq!(refused(&ask(&mut stripe, &send(1))), "balance_insufficient");
    stripe.set_balance("usd", 1_000);
    assert_eq!(refused(&ask(&mut stripe, &send(1))), "balance_insufficient");
    let first = ask(&mut stripe, &send(2));
    assert_eq!(ask(&mut stripe, &send(2)).body, first.body);
    assert_eq!(stripe.transfers().len(), 1);
    // Other parameters under a key that was used.
    let other = transfer::send(&payout("1", &account, usd(500)), 2);
    assert!(matches!(ask(&mut stripe, &other).error(), StripeError::OtherRequest { .. }));
    // While one is under way.
    stripe.hold_key(&transfer::key("po_1", 3));
    assert_eq!(ask(&mut stripe, &send(3)).error(), StripeError::InUse);
    stripe.release_key(&transfer::key("po_1", 3));
    // A 500 is kept, whether something happened or not.
    for (generation, effect, made) in [(4, Effect::None, 1), (5, Effect::Done, 2)] {
        stripe.stores_500("POST /v1/transfers", effect);
        for _ in 0..2 {
            assert!(matches!(ask(&mut stripe, &send(generation)).error(), StripeError::Unclear { .. }));
            assert_eq!(stripe.transfers().len(), made);
        }
    }
    // Keys are forgotten after a day, not before.
    stripe.advance_hours(23);
    assert_eq!(ask(&mut stripe, &send(4)).status, 500);
    stripe.advance_hours(2);
    assert_eq!(refused(&ask(&mut stripe, &send(4))), "balance_insufficient");
    assert_eq!(stripe.transfers().len(), 2);
    assert!(matches!(transfer::found(&ask(&mut stripe, &transfer::look_up(&sent)), &sent), Ok(Found::Else(_))));
}

#[test]
fn refusals_of_a_transfer_are_named_as_stripe_names_them() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000);
    stripe.platform().minimums.insert("usd".to_owned(), 50);
    let of = |stripe: &mut StripeConnect, name: &str, account: &str, amount| {
        refused(&ask(stripe, &transfer::send(&payout(name, account, usd(amount)), 1)))
    };
    let account = stripe.ready_account("US", "full");
    assert_eq!(of(&mut stripe, "a", "acct_1Nobody", 100), "resource_missing");
    assert_eq!(of(&mut stripe, "b", &account, 49), "amount_too_small");
    assert_eq!(of(&mut stripe, "c", &account, 1_001), "balance_insufficient");
    stripe.stop_transfers(&account);
    assert_eq!(of(&mut stripe, "d", &account, 100), "insufficient_capabilities_for_transfer");
    stripe.close(&account);
    assert_eq!(of(&mut stripe, "e", &account, 100), "account_closed");
    stripe.revoke(RESTRICTED_KEY);
    let call = transfer::send(&payout("f", &account, usd(100)), 1);
    assert!(matches!(ask(&mut stripe, &call).error(), StripeError::Forbidden { .. }));
    assert!(
        matches!(ask_with(&mut stripe, POOR_KEY, &call).error(), StripeError::Forbidden { message } if message.contains("rak_transfer_write"))
    );
    stripe.limit(Some(0));
    assert!(matches!(ask_with(&mut stripe, SECRET_KEY, &call).error(), StripeError::Busy { .. }));
    assert!(stripe.transfers().is_empty());
}

#[test]
fn a_key_s_permissions_are_found_without_changing_anything() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000);
    let state = |stripe: &mut StripeConnect| {
        format!("{:?} {:?} {:?}", stripe.accounts(), stripe.transfers(), stripe.endpoints())
    };
    let before = state(&mut stripe);
    let find = |stripe: &mut StripeConnect, key: &str| -> Vec<(Permission, Finding)> {
        let probes = Permission::ALL.into_iter().filter_map(|one| Some((one, one.probe()?)));
        probes.map(|(one, call)| (one, permission::finding(&ask_with(stripe, key, &call)))).collect()
    };
    for key in [SECRET_KEY, RESTRICTED_KEY, GERMAN_KEY] {
        for (permission, found) in find(&mut stripe, key) {
            assert_eq!(found, Finding::Granted, "{permission:?}");
        }
    }
    for (permission, found) in find(&mut stripe, POOR_KEY) {
        let lacks = matches!(permission, Permission::TransfersWrite | Permission::AccountLinksWrite);
        assert_eq!(found, if lacks { Finding::Missing } else { Finding::Granted }, "{permission:?}");
    }
    // Each permission alone, by the name that Stripe's refusal gives it.
    for permission in Permission::ALL {
        stripe.permit(RESTRICTED_KEY, &[]);
        let Some(probe) = permission.probe() else { continue };
        let answer = ask(&mut stripe, &probe);
        assert_eq!(permission::finding(&answer), Finding::Missing, "{permission:?}");
        assert_eq!(permission::named(&answer), [permission.stripe_name()]);
        stripe.permit(RESTRICTED_KEY, &[permission.stripe_name()]);
        assert_eq!(permission::finding(&ask(&mut stripe, &probe)), Finding::Granted, "{permission:?}");
    }
    let unconnected = find(&mut stripe, UNCONNECTED_KEY);
    assert!(unconnected.contains(&(Permission::AccountsRead, Finding::NoConnect)), "{unconnected:?}");
    stripe.revoke(SECRET_KEY);
    assert!(find(&mut stripe, SECRET_KEY).iter().all(|(_, found)| matches!(found, Finding::KeyRefused(_))));
    assert_eq!(state(&mut stripe), before);
}

#[test]
fn money_is_counted_as_stripe_counts_it() {
    let mut stripe = StripeConnect::default();
    let krona: Currency = "ISK".parse().unwrap();
    let dinar: Currency = "KWD".parse().unwrap();
    stripe.set_balance("isk", 1_000_000);
    stripe.set_balance("kwd", 100_000);
    let account = stripe.ready_account("IS", "full");
    let read = balance::read(&ask(&mut stripe, &balance::retrieve())).unwrap();
    assert_eq!(read.available(krona).minor, 10_000);
    let sent = payout("isk", &account, Money::new(2_500, krona));
    let answer = ask(&mut stripe, &transfer::send(&sent, 1));
    transfer::sent(&answer, &sent).unwrap();
    assert_eq!(transfer::read(&answer).unwrap().money(), Some(Money::new(2_500, krona)));
    assert_eq!(stripe.transfers()[0].amount, 250_000);
    assert_eq!(balance::read(&ask(&mut stripe, &balance::retrieve())).unwrap().available(krona).minor, 7_500);
    let odd = Money::new(1_005, dinar);
    assert_eq!(refused(&ask(&mut stripe, &transfer::send(&payout("odd", &account, odd), 1))), "invalid_charge_amount");
    let even = payout("even", &account, unit::sendable(odd));
    transfer::sent(&ask(&mut stripe, &transfer::send(&even, 1)), &even).unwrap();
}

#[test]
fn transfers_are_listed_page_by_page_and_come_back() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000_000);
    let account = stripe.ready_account("DE", "full");
    let old = payout("old", &account, usd(1));
    ask(&mut stripe, &transfer::send(&old, 1));
    stripe.advance_hours(48);
    let since = stripe.now() - 3_600;
    let all: Vec<Order> = (0..250).map(|number| payout(&number.to_string(), &account, usd(100 + number))).collect();
    for one in &all {
        transfer::sent(&ask(&mut stripe, &transfer::send(one, 1)), one).unwrap();
    }
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = reversal::page(&ask(&mut stripe, &reversal::list(since, after.as_deref()))).unwrap();
        seen.extend(page.transfers.into_iter().filter_map(|one| one.transfer_group));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 250));
    assert!(all.iter().rev().map(|one| &one.payout).eq(seen.iter()), "newest first, each once");
    let one = stripe.transfers()[1].clone();
    for (number, amount, answer) in [(1, Some(usd(30)), 30), (2, None, 70)] {
        let call = reversal::create(&one.id, amount, &format!("reversal-{number}"));
        assert_eq!(ask(&mut stripe, &call).read::<reversal::Reversal>().unwrap().amount, answer);
        assert_eq!(ask(&mut stripe, &call).status, 200, "asked twice, it is one");
    }
    let read = transfer::read(&ask(&mut stripe, &reversal::retrieve(&one.id))).unwrap();
    assert_eq!((read.money(), read.returned()), (Some(usd(100)), Some(usd(100))));
    let more = reversal::create(&one.id, Some(usd(1)), "reversal-3");
    assert!(refused(&ask(&mut stripe, &more)).contains("greater than unrefunded amount"));
    let found = transfer::found(&ask(&mut stripe, &transfer::look_up(&all[0])), &all[0]);
    assert!(matches!(&found, Ok(Found::Sent(made)) if made.id == one.id), "{found:?}");
}

#[test]
fn a_bank_s_refusal_is_told() {
    let mut stripe = StripeConnect::default();
    stripe.set_balance("usd", 1_000);
    let account = stripe.ready_account("DE", "full");
    let sent: Vec<String> = ["a", "b"]
        .iter()
        .map(|name| {
            let order = payout(name, &account, usd(100));
            transfer::sent(&ask(&mut stripe, &transfer::send(&order, 1)), &order).unwrap().id
        })
        .collect();
    let failed = stripe.fail_bank_payout(&account, "account_closed").unwrap();
    let read = sent_to_bank::read(&ask(&mut stripe, &sent_to_bank::retrieve(&failed, &account))).unwrap();
    assert!(matches!(read.fate(), sent_to_bank::Fate::Failed(why) if why.starts_with("The bank account is closed.")));
    let contents = ask(&mut stripe, &sent_to_bank::contents(&failed, &account, None));
    let mut inside = sent_to_bank::read_contents(&contents).unwrap().transfers;
    inside.sort();
    assert_eq!(inside, sent);
    assert_eq!(stripe.account(&account).balance["usd"], 200, "it is on their balance again");
    let order = payout("c", &account, usd(50));
    ask(&mut stripe, &transfer::send(&order, 1));
    let paid = stripe.pay_bank(&account).unwrap();
    let read = sent_to_bank::read(&ask(&mut stripe, &sent_to_bank::retrieve(&paid, &account))).unwrap();
    assert_eq!((read.fate(), read.amount), (sent_to_bank::Fate::Paid, 250), "with what its bank refused before");
    assert_eq!(stripe.pay_bank(&account), None);
    let stranger = ask(&mut stripe, &sent_to_bank::retrieve(&paid, "acct_1Nobody"));
    assert!(matches!(stranger.error(), StripeError::Forbidden { .. }));
}
