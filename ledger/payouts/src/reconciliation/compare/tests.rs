//! Goal: each way in which a payout and Stripe's transfers can differ is reported once, and nothing else is.
//! Method: one payout that was sent correctly, with one thing changed at a time.

use payout_core::step::Status;
use shared::{id::PayoutId, money::Currency};

use super::*;

fn id(byte: u8) -> PayoutId {
    PayoutId::from_bytes([byte; 16])
}

fn now() -> Timestamp {
    Timestamp::EPOCH.plus_days(20_000)
}

fn ours() -> Ours {
    Ours {
        id: id(1),
        status: Status::Sent,
        net: Money::new(5_940, Currency::USD),
        back: 0,
        destination: Some("acct_1".to_owned()),
        transfer: Some("tr_1".to_owned()),
        moved_at: now().plus_days(-2),
        is_listed: true,
    }
}

fn theirs(name: &str) -> Theirs {
    let transfer = serde_json::from_value(serde_json::json!({
        "id": name, "amount": 5940, "currency": "usd", "destination": "acct_1", "transfer_group": id(1).to_string(),
        "created": now().plus_days(-2).seconds(),
    }));
    Theirs { payout: id(1), transfer: transfer.unwrap() }
}

fn but(change: impl FnOnce(&mut Transfer)) -> Theirs {
    let mut one = theirs("tr_1");
    change(&mut one.transfer);
    one
}

fn kinds(ours: &[Ours], theirs: Vec<Theirs>) -> Vec<Kind> {
    let found = compare(ours, theirs, now());
    found.iter().map(|one| one.kind).collect()
}

#[test]
fn what_is_the_same_is_no_difference() {
    assert_eq!(kinds(&[ours()], vec![theirs("tr_1")]), []);
    let gone = but(|one| one.destination = None);
    assert_eq!(kinds(&[ours()], vec![gone]), [], "the account was deleted since");
    let reversed = Ours { status: Status::Reversed, back: 5_940, ..ours() };
    assert_eq!(kinds(&[reversed], vec![but(|one| one.amount_reversed = 5_940)]), []);
    let partly = Ours { back: 1_000, ..ours() };
    assert_eq!(kinds(&[partly], vec![but(|one| one.amount_reversed = 1_000)]), []);
    let kwd = Ours { net: Money::new(1_005, "KWD".parse().unwrap()), ..ours() };
    let sent = but(|one| (one.amount, one.currency) = (1_000, "kwd".to_owned()));
    assert_eq!(kinds(&[kwd], vec![sent]), [], "Stripe takes whole tens only");
}

#[test]
fn each_difference_has_its_name() {
    use Kind::{AmountDiffers, DestinationDiffers, MissingAtStripe, NotBooked, ReturnedThere, SentTwice};
    assert_eq!(kinds(&[ours()], vec![]), [MissingAtStripe]);
    assert_eq!(kinds(&[Ours { is_listed: false, ..ours() }], vec![]), [], "older than the list");
    assert_eq!(kinds(&[ours()], vec![theirs("tr_1"), theirs("tr_2")]), [SentTwice]);
    for both in [["tr_1", "tr_2"], ["tr_2", "tr_1"]] {
        let found = compare(&[ours()], both.map(theirs).into(), now());
        assert_eq!(found[0].transfer.as_deref(), Some("tr_2"), "the other one is named");
        assert!(found[0].detail.ends_with("tr_1 is the one that is recorded here."), "{}", found[0].detail);
    }
    let unknown = Ours { status: Status::Unknown, transfer: None, ..ours() };
    let found = compare(&[unknown], vec![theirs("tr_1"), theirs("tr_2")], now());
    assert!(found[0].detail.ends_with("tr_1, tr_2."), "none is recorded: {}", found[0].detail);
    let returned = but(|one| (one.id, one.amount_reversed) = ("tr_2".to_owned(), 5_940));
    assert_eq!(kinds(&[ours()], vec![theirs("tr_1"), returned]), [], "the second one was taken back");
    assert_eq!(kinds(&[ours()], vec![but(|one| one.amount = 5_941)]), [AmountDiffers]);
    assert_eq!(kinds(&[ours()], vec![but(|one| one.currency = "eur".to_owned())]), [AmountDiffers]);
    assert_eq!(kinds(&[ours()], vec![but(|one| one.destination = Some("acct_2".to_owned()))]), [DestinationDiffers]);
    assert_eq!(kinds(&[ours()], vec![but(|one| one.amount_reversed = 1)]), [ReturnedThere]);
    assert_eq!(kinds(&[Ours { back: 2, ..ours() }], vec![but(|one| one.amount_reversed = 1)]), [AmountDiffers]);
    let failed = Ours { status: Status::Failed, ..ours() };
    assert_eq!(kinds(std::slice::from_ref(&failed), vec![theirs("tr_1")]), [NotBooked]);
    assert_eq!(kinds(&[failed], vec![but(|one| one.amount_reversed = 5_940)]), [], "nothing moved in the end");
    assert_eq!(kinds(&[], vec![theirs("tr_1")]), [NotBooked], "restored from an older copy");
}

#[test]
fn a_payout_that_came_back_and_is_still_paid_by_another_transfer_is_risky() {
    let reversed = Ours { status: Status::Reversed, back: 5_940, ..ours() };
    let both = vec![but(|one| one.amount_reversed = 5_940), theirs("tr_2")];
    let found = compare(&[reversed], both.clone(), now());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].transfer.as_deref()), (Kind::NotBooked, Some("tr_2")));
    assert!(found[0].kind.is_risky());
    assert_eq!(kinds(&[ours()], both), [], "it isn't recorded as reversed, so the other one pays for it");
}

#[test]
fn what_is_on_its_way_has_an_hour() {
    let at = |status: Status, minutes: i64| Ours { status, moved_at: now().plus_millis(-minutes * 60_000), ..ours() };
    for status in Status::ALL.into_iter().filter(|status| status.is_open()) {
        assert_eq!(kinds(&[at(status, 59)], vec![theirs("tr_1")]), [], "{status:?}");
        assert_eq!(kinds(&[at(status, 61)], vec![theirs("tr_1")]), [Kind::NotBooked], "{status:?}");
        assert_eq!(kinds(&[at(status, 61)], vec![]), [], "{status:?}: not sent yet");
    }
    assert_eq!(kinds(&[at(Status::Sent, 59)], vec![]), [], "Stripe's list may lag");
    assert_eq!(kinds(&[at(Status::Sent, 61)], vec![]), [Kind::MissingAtStripe]);
}

#[test]
fn what_is_said_names_both_sides() {
    let found = compare(&[ours()], vec![but(|one| one.amount = 5_900)], now());
    let message = &found[0].detail;
    for part in ["USD 59.40", "USD 59.00", "tr_1", &id(1).to_string()] {
        assert!(message.contains(part), "{part}: {message}");
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
}
