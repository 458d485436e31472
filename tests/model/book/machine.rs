//! The machine: what may happen next, and what the ideal book makes of it. Everything is decided here, so that the real
//! side only carries out [`Action`]s; names are chosen with the transition, so that shrinking keeps what it means.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::{
    credit::Reach,
    facts::{CUSTOMERS, Currency, DAY, DisputeState, Event, Evidence, Fact, Name, Part, RefundState, Reporter, Sale},
    ideal::{Extra, Ideal, Key, Status},
    payout::{Fate, PayoutState},
    step::{How, Share, Step, What, steps},
    worth::Version,
};

/// What the real side has to do for a step.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// One batch after the other.
    Post(Vec<Vec<Event>>),
    /// The same batch twice at once.
    PostTwice(Vec<Event>),
    /// Killed so many milliseconds after it was sent; then started, and sent again.
    PostAndKill(Vec<Event>, u8),
    /// It was reported before: nothing may change.
    Repeat(Event),
    Plan(Version),
    /// In millionths, and for how many months.
    Terms(u32, Option<u32>),
    /// Whom, by whom, and whether it is refused.
    Recruit(usize, Option<usize>, bool),
    Reattribute(Name, Option<usize>, Reach),
    Review(Name, bool),
    /// What to do with a commission, and whether it is refused.
    Decide(&'static str, Key, bool),
    ReleaseAffiliate(usize),
    ReleaseBuyer(u8),
    /// Nothing may change by it, then or later.
    Erase(u8),
    /// So many days on hold.
    Give(usize, Extra, u8),
    /// Whom, what is payable in which currency, and whether the ledger is killed meanwhile.
    Pay(usize, Currency, i64, Option<u8>),
    /// Which payout through Stripe, of how much, whether tax is withheld, and what becomes of it.
    Send(usize, i64, bool, Fate, Option<u8>),
    /// What becomes of one that waits.
    Goes(usize, Fate),
    /// How much more of one comes back.
    Returns(usize, i64),
    Advance(i64),
    Kill,
    Nothing,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) ideal: Ideal,
    /// Happened, and not reported yet.
    pub(super) held: Vec<Event>,
    events: u32,
    /// Stripe's refunds as they are, reported or not.
    pub(crate) refunds: Vec<(u8, Part, RefundState)>,
    pub(crate) disputes: Vec<(u8, Part)>,
    /// Every report of each sale.
    pub(crate) sales: Vec<Sale>,
    pub(crate) leads: Vec<u8>,
    /// Customers whose names are gone.
    pub(super) erased: BTreeSet<u8>,
    /// The sale that something was about last: what comes next is likely about it, too.
    pub(crate) focus: Option<u8>,
    pub(crate) action: Action,
}

impl State {
    fn new() -> Self {
        let first = Version { from: -10_000 * DAY, affiliate: None, plan: Some(0), hold_days: 30 };
        let mut ideal = Ideal::default();
        ideal.versions.push(first);
        Self {
            ideal,
            held: Vec::new(),
            events: 0,
            refunds: Vec::new(),
            disputes: Vec::new(),
            sales: Vec::new(),
            leads: Vec::new(),
            erased: BTreeSet::new(),
            focus: None,
            action: Action::Nothing,
        }
    }

    pub(crate) fn sale(&self, sale: u8) -> Option<&Sale> {
        self.sales.iter().find(|known| known.sale == sale)
    }

    /// A share of what was paid for a sale, in its currency.
    fn part(&self, sale: u8, share: Share) -> Part {
        let known = self.sale(sale);
        let (paid, own) = known.map_or((9_900, Currency::Usd), |known| (known.paid(), known.currency));
        let other = if own == Currency::Usd { Currency::Eur } else { Currency::Usd };
        let cents = match share {
            Share::All | Share::Foreign => paid,
            Share::Half => paid / 2,
            Share::Third => paid / 3,
            Share::Tenth => paid / 10,
            Share::Cent => 1,
            Share::Over => paid + 1_000,
        };
        Part { sale, cents, currency: if share == Share::Foreign { other } else { own } }
    }

    /// Makes events of what happens; most of it happens today.
    pub(super) fn happen(&mut self, what: &What) -> Event {
        let received = self.ideal.today * DAY - 2 * 3_600 + i64::from(self.events);
        let mut at = received;
        let fact = match *what {
            What::Sale { sale, ago } => {
                at = Name::Sale(sale.sale).on(self.ideal.today - i64::from(ago));
                self.sales.push(sale);
                Fact::Sale(sale)
            }
            What::Retell { sale, customer, click } => {
                let known = *self.sale(sale).unwrap();
                let first = self.ideal.report.iter().chain(&self.held);
                at = first
                    .filter(|event| matches!(event.fact, Fact::Sale(report) if report.sale == sale))
                    .map(|event| event.at)
                    .min()
                    .unwrap();
                let reporter = if known.reporter == Reporter::Brand { Reporter::Stripe } else { Reporter::Brand };
                let evidence = click.map_or(Evidence::None, |(affiliate, hours)| Evidence::Click { affiliate, hours });
                let report = Sale { reporter, customer, evidence, ..known };
                self.sales.push(report);
                Fact::Sale(report)
            }
            What::Lead { lead, ago } => {
                at = Name::Lead(lead.lead).on(self.ideal.today - i64::from(ago));
                self.leads.push(lead.lead);
                Fact::Lead(lead)
            }
            What::Refund { refund, sale, share } => Fact::Refund { refund, of: self.part(sale, share) },
            What::StripeRefund { refund, sale, share, state } => {
                let of = self.part(sale, share);
                self.refunds.push((refund, of, state));
                Fact::StripeRefund { refund, of, state }
            }
            What::RefundMoves { refund, state } => {
                let known = self.refunds.iter_mut().find(|(known, ..)| *known == refund).unwrap();
                known.2 = state;
                Fact::StripeRefund { refund, of: known.1, state }
            }
            What::StripeTotal { sale } => {
                let of = self.part(sale, Share::All);
                let made = self.refunds.iter().filter(|(_, part, state)| {
                    part.sale == sale && part.currency == of.currency && *state == RefundState::Succeeded
                });
                Fact::StripeTotal { of: Part { cents: made.map(|(_, part, _)| part.cents).sum(), ..of } }
            }
            What::Dispute { dispute, sale, share } => {
                let of = self.part(sale, share);
                self.disputes.push((dispute, of));
                Fact::Dispute { dispute, of, state: DisputeState::Open }
            }
            What::DisputeMoves { dispute, state } => {
                let of = self.disputes.iter().find(|(known, _)| *known == dispute).unwrap().1;
                Fact::Dispute { dispute, of, state }
            }
        };
        self.focus = match fact {
            Fact::Sale(sale) => Some(sale.sale),
            Fact::Lead(_) => self.focus,
            Fact::Refund { of, .. }
            | Fact::StripeRefund { of, .. }
            | Fact::StripeTotal { of }
            | Fact::Dispute { of, .. } => Some(of.sale),
        };
        self.events += 1;
        Event { number: self.events, at, received, fact }
    }

    fn learn(&mut self, events: &[Event]) {
        self.ideal.report.extend_from_slice(events);
        self.ideal.settle();
    }

    fn report(&mut self, what: &[What], how: How) -> Action {
        let events: Vec<Event> = what.iter().map(|what| self.happen(what)).collect();
        if how == How::Later {
            self.held.extend(events);
            return Action::Nothing;
        }
        self.learn(&events);
        match how {
            How::Twice => Action::PostTwice(events),
            How::Kill(after) => Action::PostAndKill(events, after),
            How::Now | How::Later => Action::Post(vec![events]),
        }
    }

    fn held(&mut self, one_by_one: bool) -> Action {
        let mut events = std::mem::take(&mut self.held);
        events.reverse();
        let size = if one_by_one { 1 } else { events.len().max(1) };
        let batches: Vec<Vec<Event>> = events.chunks(size).map(<[Event]>::to_vec).collect();
        batches.iter().for_each(|batch| self.learn(batch));
        Action::Post(batches)
    }

    /// The commission of the affiliate who is credited.
    pub(super) fn commission(&self, name: Name, component: u8) -> Option<Key> {
        let affiliate = self.ideal.credits().get(&name).copied().flatten()?.affiliate;
        Some(Key::Earned((name, affiliate, component)))
    }

    /// The share of its recruiter.
    pub(super) fn share(&self, name: Name, component: u8) -> Option<Key> {
        let commissions = self.ideal.commissions().into_keys();
        let of = self.commission(name, component)?;
        commissions.into_iter().find(|key| matches!(key, Key::Share((whole, _)) if Key::Earned(*whole) == of))
    }

    fn decide(&mut self, what: &'static str, key: Key) -> Action {
        let status = self.ideal.commissions()[&key].status;
        let refused = match what {
            "deny" => {
                self.ideal.denied.insert(key);
                false
            }
            "approve" => !self.ideal.denied.remove(&key),
            _ => match status {
                Status::Approved | Status::Paid => false,
                Status::Refunded | Status::Denied => true,
                Status::Pending if self.ideal.is_frozen(key) => true,
                Status::Pending => {
                    self.ideal.released.insert(key);
                    false
                }
            },
        };
        Action::Decide(what, key, refused)
    }

    fn step(&mut self, step: &Step) -> Action {
        let today = self.ideal.today;
        match step {
            Step::Report(what, how) => self.report(what, *how),
            Step::Held { one_by_one } => self.held(*one_by_one),
            Step::Again(index) => Action::Repeat(*index.get(&self.ideal.report)),
            Step::Plan { affiliate, plan, hold_days } => {
                let (plan, hold_days) = (plan.map(usize::from), i64::from(*hold_days));
                let version = Version { from: today * DAY, affiliate: *affiliate, plan, hold_days };
                self.ideal.versions.push(version);
                Action::Plan(version)
            }
            Step::Terms(ppm, months) => {
                self.ideal.recruiting.pay(today * DAY, (*ppm, *months));
                Action::Terms(*ppm, *months)
            }
            Step::Recruit(recruit, recruiter) => {
                let refused = self.ideal.recruiting.recruit(today * DAY, *recruit, *recruiter);
                Action::Recruit(*recruit, *recruiter, refused)
            }
            Step::DecideShare { what, name, component } => {
                let key = self.share(*name, *component).unwrap();
                self.decide(what, key)
            }
            Step::Reattribute { name, to, reach } => {
                self.ideal.words.entry(*name).or_default().push((*to, *reach));
                self.ideal.message.push((today, *name, (*to, *reach)));
                Action::Reattribute(*name, *to, *reach)
            }
            Step::Review { name, deny } => {
                self.ideal.reviewed.insert(*name, *deny);
                Action::Review(*name, *deny)
            }
            Step::Decide { what, name, component } => {
                let key = self.commission(*name, *component).unwrap();
                self.decide(what, key)
            }
            Step::DecideExtra { what, number } => self.decide(what, Key::Extra(*number)),
            Step::ReleaseAffiliate(affiliate) => {
                self.ideal.release_affiliate(*affiliate);
                Action::ReleaseAffiliate(*affiliate)
            }
            Step::ReleaseBuyer(buyer) => {
                self.ideal.release_buyer(*buyer);
                Action::ReleaseBuyer(*buyer)
            }
            Step::Erase(buyer) => {
                let people = &self.ideal.people;
                let is_one = |other: &u8| people.buyer(*other) == people.buyer(*buyer);
                self.erased.extend((0..CUSTOMERS).filter(is_one));
                Action::Erase(*buyer)
            }
            Step::Give { affiliate, cents, hold_days } => {
                let due = (today + i64::from(*hold_days)) * DAY;
                let extra = Extra { affiliate: *affiliate, cents: *cents, due };
                self.ideal.extras.push(extra);
                Action::Give(self.ideal.extras.len() - 1, extra, *hold_days)
            }
            Step::Pay { affiliate, currency, kill } => {
                let payable = self.ideal.payable(*affiliate, *currency);
                self.ideal.pay(*affiliate, *currency);
                Action::Pay(*affiliate, *currency, payable, *kill)
            }
            Step::Send { affiliate, currency, tax, fate, kill } => {
                let payable = self.ideal.payable(*affiliate, *currency);
                self.ideal.send(*affiliate, *currency, *tax, *fate);
                Action::Send(self.ideal.payouts.len() - 1, payable, *tax, *fate, *kill)
            }
            Step::Goes { number, fate } => {
                self.ideal.goes(*number, *fate);
                Action::Goes(*number, *fate)
            }
            Step::Returns { number, share } => {
                let more = self.comes_back(*number, *share).unwrap_or_default();
                self.ideal.returns(*number, self.ideal.payouts[*number].back + more);
                Action::Returns(*number, more)
            }
            Step::Days(days) => {
                self.ideal.today += i64::from(*days);
                Action::Advance(i64::from(*days))
            }
            Step::Kill => Action::Kill,
        }
    }

    pub(crate) fn has_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// How much more of a payout comes back; none where nothing can. A part only where it is clear of what.
    pub(super) fn comes_back(&self, number: usize, share: Share) -> Option<i64> {
        let payout = self.ideal.payouts.get(number).filter(|one| one.stands == PayoutState::Sent)?;
        let left = payout.net() - payout.back;
        let more = match share {
            Share::Cent => 1,
            Share::Tenth => left / 10,
            Share::Third => left / 3,
            Share::Half => left / 2,
            Share::All | Share::Over | Share::Foreign => left,
        };
        (more > 0 && (more == left || payout.is_of_one())).then_some(more)
    }
}

#[derive(Debug)]
pub(crate) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = State;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<State> {
        Just(State::new()).boxed()
    }

    fn transitions(state: &State) -> BoxedStrategy<Step> {
        steps(state)
    }

    fn preconditions(state: &State, step: &Step) -> bool {
        state.can(step)
    }

    fn apply(mut state: State, step: &Step) -> State {
        state.action = state.step(step);
        state.ideal.settle();
        state
    }
}
