//! Goal: a payout is sent once, or given up and not sent, whatever goes wrong on the way to Stripe and back.
//!
//! Method: a payout in memory does what `payout_core::step` says, against the fake server of Stripe, by its clock. Every call in
//! turn is lost, answered with an error, delayed, made twice, interrupted, before its effect and after it, in all
//! combinations up to three in a row, with and without a day between, for every way in which Stripe refuses.

use std::collections::VecDeque;

use payout_core::{
    step::{self, All, Fate, Outcome, Status, Step},
    stripe::{
        Answer, Call, StripeError,
        transfer::{self, Order},
    },
};
use shared::money::{Currency, Money};
use world::fakes::{
    self, Vendor,
    stripe_connect::{Effect, SECRET_KEY, StripeConnect},
};

use crate::{
    stripe_connect_fault::{
        FAULTS,
        Fault::{
            self, AnswerLost, Busy, DieAfter, DieBefore, Garbage, Gateway, GatewayAfter, Kept500, Kept500After,
            KeyInUse, Late, NotSent, Nothing, RequestLost, Twice,
        },
        SCENES, Scene,
    },
    stripe_connect_wire::{answered, on_the_wire},
};

const AMOUNT: i64 = 12_345;
const BALANCE: i64 = 50_000;
/// Longer than any chain of faults; a stored 500 is asked about every hour of its day.
const CALLS_MAX: usize = 300;

/// A payout as the database would keep it.
#[derive(Debug)]
struct Payout {
    status: Status,
    unclear: bool,
    generation: i32,
    tries: u32,
    order: Order,
    approved: i64,
    reserved: i64,
    paid: i64,
    transfer: Option<String>,
}

struct Rehearsal {
    stripe: StripeConnect,
    scene: Scene,
    faults: VecDeque<Fault>,
    /// Before which calls a day goes by.
    day_before: Vec<usize>,
    payout: Payout,
    late: Vec<(usize, fakes::Call)>,
    calls: usize,
    /// What left the balance by other hands.
    spent: i64,
    log: Vec<String>,
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

impl Rehearsal {
    fn new(scene: Scene, faults: &[Fault], day_before: &[usize]) -> Self {
        let mut stripe = StripeConnect::default();
        stripe.set_balance("usd", if scene == Scene::NoMoney { 0 } else { BALANCE });
        let mut destination = match scene {
            Scene::WrongAgreement => stripe.ready_account("AU", "full"),
            _ => stripe.ready_account("DE", "full"),
        };
        match scene {
            Scene::AccountClosed => stripe.close(&destination),
            Scene::CannotReceive => stripe.stop_transfers(&destination),
            Scene::NoSuchAccount => "acct_1Nobody".clone_into(&mut destination),
            Scene::TooSmall => drop(stripe.platform().minimums.insert("usd".to_owned(), AMOUNT + 1)),
            Scene::KeyGone => stripe.revoke(SECRET_KEY),
            Scene::MayNotSend => stripe.permit(SECRET_KEY, &["rak_transfer_read"]),
            _ => {}
        }
        let order = Order {
            payout: "po_01kdvdna00e5v8r2m6q1w9d3xk".to_owned(),
            run: None,
            organization: "org_1".to_owned(),
            destination,
            amount: usd(AMOUNT),
            description: "Affiliate payout".to_owned(),
        };
        let payout = Payout {
            status: Status::Scheduled,
            unclear: false,
            generation: 1,
            tries: 0,
            order,
            approved: AMOUNT,
            reserved: 0,
            paid: 0,
            transfer: None,
        };
        let (faults, day_before) = (faults.iter().copied().collect(), day_before.to_vec());
        Self { stripe, scene, faults, day_before, payout, late: Vec::new(), calls: 0, spent: 0, log: Vec::new() }
    }

    fn made(&mut self) -> usize {
        self.stripe.transfers().len()
    }

    /// One call; None where we die.
    fn call(&mut self, call: &Call) -> Option<Result<Answer, StripeError>> {
        self.calls += 1;
        if self.day_before.contains(&self.calls) {
            self.stripe.advance_hours(25);
        }
        for (after, late) in std::mem::take(&mut self.late) {
            if after <= 1 {
                self.stripe.answer(&late);
            } else {
                self.late.push((after - 1, late));
            }
        }
        let fault = self.faults.pop_front().unwrap_or(Nothing);
        let wire = on_the_wire(call, SECRET_KEY);
        self.log.push(format!("{} {} {fault:?}", wire.line(), wire.header("idempotency-key")));
        let result = self.with_fault(fault, &wire);
        if self.calls == 1 {
            match self.scene {
                Scene::AccountCloses => self.stripe.close(&self.payout.order.destination.clone()),
                Scene::MoneyGoes => {
                    let left = self.stripe.platform().available["usd"];
                    self.spent += left;
                    self.stripe.set_balance("usd", 0);
                }
                _ => {}
            }
        }
        result
    }

    fn with_fault(&mut self, fault: Fault, wire: &fakes::Call) -> Option<Result<Answer, StripeError>> {
        let silence = || Some(Err(StripeError::silence("no answer")));
        let ask = |stripe: &mut StripeConnect| answered(stripe.answer(wire));
        let bad_gateway = Answer { status: 502, body: b"<html>bad gateway".to_vec(), ..Answer::default() };
        let stripe = &mut self.stripe;
        match fault {
            Nothing => Some(Ok(ask(stripe))),
            Twice => {
                ask(stripe);
                Some(Ok(ask(stripe)))
            }
            NotSent => Some(Err(StripeError::Busy { wait: None })),
            RequestLost => silence(),
            AnswerLost => {
                ask(stripe);
                silence()
            }
            Late(after) => {
                self.late.push((after, wire.clone()));
                silence()
            }
            Gateway => Some(Ok(bad_gateway)),
            GatewayAfter => {
                ask(stripe);
                Some(Ok(bad_gateway))
            }
            Kept500 | Kept500After => {
                let effect = if fault == Kept500 { Effect::None } else { Effect::Done };
                stripe.stores_500(&wire.line(), effect);
                Some(Ok(ask(stripe)))
            }
            Garbage => {
                ask(stripe);
                Some(Ok(Answer { status: 200, body: b"<html>".to_vec(), ..Answer::default() }))
            }
            Busy => {
                stripe.limit(Some(0));
                let answer = ask(stripe);
                stripe.limit(None);
                assert!(answer.status == 429 || (self.scene == Scene::KeyGone && answer.status == 401));
                Some(Ok(answer))
            }
            KeyInUse => {
                let key = wire.header("idempotency-key").to_owned();
                stripe.hold_key(&key);
                let answer = ask(stripe);
                stripe.release_key(&key);
                Some(Ok(answer))
            }
            DieBefore => None,
            DieAfter => {
                ask(stripe);
                None
            }
        }
    }

    /// One step, as a worker does it; what is written down before a call stays where we die in it.
    fn step(&mut self) {
        match step::next(self.payout.status, self.payout.unclear) {
            Step::Reserve => {
                self.payout.status = Status::Reserved;
                (self.payout.approved, self.payout.reserved) = (0, AMOUNT);
            }
            Step::Send => self.send(true),
            Step::LookUp => {
                let tries_before = self.payout.tries;
                self.payout.tries += 1;
                let call = transfer::look_up(&self.payout.order);
                let Some(answer) = self.call(&call) else { return };
                let found = answer.and_then(|answer| transfer::found(&answer, &self.payout.order));
                let outcome = step::after_look_up(found, self.payout.tries);
                self.apply(outcome, true, tries_before);
            }
            Step::Rest => unreachable!("it isn't over"),
        }
    }

    fn send(&mut self, counts: bool) {
        let (unclear_before, tries_before) = (self.payout.unclear, self.payout.tries);
        self.payout.tries += u32::from(counts);
        // Written down before the call.
        (self.payout.unclear, self.payout.status) = (true, Status::Sending);
        let call = transfer::send(&self.payout.order, self.payout.generation);
        let Some(answer) = self.call(&call) else { return };
        let sent = answer.and_then(|answer| transfer::sent(&answer, &self.payout.order));
        let outcome = step::after_send(sent, self.payout.tries);
        self.apply(outcome, unclear_before, tries_before);
    }

    fn apply(&mut self, outcome: Outcome, unclear_before: bool, tries_before: u32) {
        self.log.push(format!("  {outcome:?}"));
        let payout = &mut self.payout;
        match outcome {
            Outcome::Settle(transfer) => {
                (payout.status, payout.unclear, payout.transfer) = (Status::Sent, false, Some(transfer.id));
                (payout.reserved, payout.paid) = (0, AMOUNT);
            }
            Outcome::Cancel(_) => {
                (payout.status, payout.unclear) = (Status::Failed, false);
                (payout.reserved, payout.approved) = (0, AMOUNT);
            }
            Outcome::Send => self.send(false),
            Outcome::Wait(wait) => {
                payout.status = wait.status;
                match wait.fate {
                    Fate::Refused => {
                        (payout.unclear, payout.tries) = (false, 0);
                        payout.generation += 1;
                    }
                    Fate::AsBefore => (payout.unclear, payout.tries) = (unclear_before, tries_before),
                    Fate::Unclear => payout.unclear = true,
                }
                let after = wait.after.expect("nothing here is for a person to judge").as_secs();
                self.stripe.advance_hours(i64::try_from(after / 3_600).unwrap());
                self.repair(&wait.all);
            }
        }
    }

    /// What the owner does once they are told.
    fn repair(&mut self, all: &All) {
        match all {
            All::CurrencyWaits(_) => {
                self.spent -= BALANCE - self.stripe.platform().available["usd"];
                self.stripe.set_balance("usd", BALANCE);
            }
            All::Pause if self.scene == Scene::KeyGone => {
                let id = world::fakes::stripe_connect::PLATFORM;
                self.stripe.restore_key(SECRET_KEY, id);
            }
            All::Pause => self.stripe.restore_key(SECRET_KEY, world::fakes::stripe_connect::PLATFORM),
            _ => {}
        }
    }

    fn check(&mut self) {
        let made = self.made();
        let Payout { status, approved, reserved, paid, .. } = self.payout;
        assert!(made <= 1, "paid twice");
        assert_eq!(approved + reserved + paid, AMOUNT);
        assert!(status != Status::Sent || (made == 1 && paid == AMOUNT), "sent, and nothing was");
        assert!(status != Status::Failed || made == 0, "given up, and it was sent");
    }

    fn run(mut self) {
        let report = format!("{:?}, {:?}, a day before {:?}", self.scene, self.faults, self.day_before);
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while self.payout.status.is_open() {
                self.step();
                self.check();
                assert!(self.calls < CALLS_MAX, "it never ends");
            }
            for (_, late) in std::mem::take(&mut self.late) {
                self.stripe.answer(&late);
            }
            self.check();
            self.ended_well();
        }));
        if ran.is_err() {
            panic!("{report}:\n{}", self.log.join("\n"));
        }
    }

    fn ended_well(&mut self) {
        let is_refused = matches!(
            self.scene,
            Scene::AccountClosed
                | Scene::CannotReceive
                | Scene::NoSuchAccount
                | Scene::WrongAgreement
                | Scene::TooSmall
        );
        match self.scene {
            Scene::AccountCloses => {}
            _ if is_refused => assert_eq!(self.payout.status, Status::Failed),
            _ => assert_eq!(self.payout.status, Status::Sent),
        }
        let transfers = self.stripe.transfers();
        if let Some(named) = &self.payout.transfer {
            assert_eq!(*named, transfers[0].id);
            assert_eq!(
                (transfers[0].amount, transfers[0].group.as_deref()),
                (AMOUNT, Some(&*self.payout.order.payout))
            );
        }
        let started = if self.scene == Scene::NoMoney { 0 } else { BALANCE };
        let left = self.stripe.platform().available["usd"];
        assert_eq!(left + self.spent + self.payout.paid, started, "money came or went");
    }
}

#[test]
fn one_fault_of_each_kind_wherever_it_strikes() {
    for scene in SCENES {
        for fault in FAULTS {
            for at in 0..4 {
                let faults: Vec<Fault> = (0..at).map(|_| RequestLost).chain([fault]).collect();
                // A request can't be on its way for a day.
                let days = if matches!(fault, Late(_)) { 0..1 } else { 0..6 };
                for day in days {
                    Rehearsal::new(scene, &faults, &[day]).run();
                }
            }
        }
    }
}

#[test]
fn two_faults_in_every_scene() {
    for scene in SCENES {
        for one in FAULTS {
            for other in FAULTS {
                Rehearsal::new(scene, &[one, other], &[]).run();
                Rehearsal::new(scene, &[one, Nothing, other], &[]).run();
            }
        }
    }
}

#[test]
fn three_faults_with_and_without_a_day_between() {
    for one in FAULTS {
        for other in FAULTS {
            for third in FAULTS {
                Rehearsal::new(Scene::Good, &[one, other, third], &[]).run();
                if ![one, other, third].iter().any(|fault| matches!(fault, Late(_))) {
                    Rehearsal::new(Scene::Good, &[one, other, third], &[2]).run();
                    Rehearsal::new(Scene::Good, &[one, other, third], &[3, 4]).run();
                }
            }
        }
    }
}

#[test]
fn a_kept_500_is_waited_out() {
    // Nothing happened, and Stripe says 500 for a day under this key; we keep the key, since we don't know.
    let mut rehearsal = Rehearsal::new(Scene::Good, &[Kept500], &[]);
    while rehearsal.payout.status.is_open() {
        rehearsal.step();
        rehearsal.check();
    }
    assert_eq!((rehearsal.payout.status, rehearsal.payout.generation), (Status::Sent, 1));
    assert!(rehearsal.calls > 20, "it was looked up before each of the sends: {} calls", rehearsal.calls);
}
