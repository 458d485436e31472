//! Runs a story through the ledger's rules, fact by fact or in one step, with booking and payments in between.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::{
    id::{CustomerId, Id, OrganizationId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    make::{Evidence, Kind, Moves, People, Story, What, Word},
    terms::{pools, rates},
    worth::START,
};
use crate::history::{
    BuyerHistories, BuyerHistory, Decision, DecisionKind, HistoryKey, Person, Rates, Reach,
    recompute::{Complete, recompute},
    write::parts,
};
use rules::{
    attribution::touch::{BuyerKey, Touch, TouchKind},
    commission::{Commission, CommissionState, CommissionStatus, stand},
    conversion::{Conversion, Outcome, given_back::Refund},
    fact::{Basis, Details, Provenance, RefundEffect, RefundFact},
};

const TENANT: OrganizationId = OrganizationId::from_bytes([9; 16]);

/// Program, affiliate, the time from which the customer is bound, and the time whose plan applies.
type Terms = (u8, u8, i64, i64);

/// What is compared: who is credited on what terms, and whether that is flagged; what remains of each component's
/// earnings, and whether they wait for a review. Each is by report, affiliate and component.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) credits: BTreeMap<usize, (Terms, bool)>,
    pub(super) worth: BTreeMap<(usize, u8, u8), (i64, bool)>,
    /// What is left of recruiters' shares of it, and whether they wait.
    pub(super) shares: BTreeMap<(usize, u8, u8), (i64, bool)>,
}

pub(super) fn id<K: shared::id::Kind>(number: usize) -> Id<K> {
    Id::from_bytes(Uuid::from_u128(number as u128 + 1).into_bytes())
}

fn number<K: shared::id::Kind>(id: Id<K>) -> u8 {
    u8::try_from(id.uuid().as_u128() - 1).unwrap()
}

pub(super) fn moment(at: i64) -> Timestamp {
    Timestamp::from_millis((START + at) * 1_000).unwrap()
}

fn customer(number: u8) -> CustomerId {
    id(usize::from(number))
}

/// Something that arrives.
#[derive(Debug, Clone, Copy)]
enum Arrival {
    Report(usize),
    Refund(usize),
    Word(usize),
    /// The assumption about who is one person changes: it begins as at the start of the story and ends as at its end.
    Seen,
    Erasure(u8),
}

pub(super) struct World<'s> {
    story: &'s Story,
    rates: Rates,
    history: BuyerHistory,
    /// How often the assumption about people has changed.
    seen: usize,
    next_id: usize,
}

impl<'s> World<'s> {
    pub(super) fn of(story: &'s Story) -> Self {
        let mut history = BuyerHistory::default();
        for (number, mailbox) in (0_u8..).zip(&story.mailboxes) {
            let emails = mailbox.iter().map(|mailbox| format!("mailbox-{mailbox}@buyers.test")).collect();
            let person = Person { buyer: customer(number), name: number.to_string(), emails };
            history.people.insert(customer(number), person);
        }
        let mut world = Self { story, rates: rates(story), history, seen: 0, next_id: 0 };
        world.see();
        world
    }

    fn people(&self) -> &People {
        self.story.taken_for.get(self.seen).unwrap_or(&self.story.people)
    }

    /// Joins or splits customers, along with their evidence.
    fn see(&mut self) {
        let people = *self.people();
        for (number, person) in (0_u8..).zip(people) {
            if let Some(known) = self.history.people.get_mut(&customer(number)) {
                known.buyer = customer(person);
            }
        }
        for touch in &mut self.history.touches {
            let report = &self.story.reports[usize::from(number(touch.event_id))];
            touch.buyer = BuyerKey::Known(customer(people[usize::from(report.customer)]));
        }
    }

    /// Replaces the names of a person with pseudonyms everywhere.
    fn erase(&mut self, number: u8) {
        let people = *self.people();
        let is_one = |other: u8| people[usize::from(other)] == people[usize::from(number)];
        let mailboxes: BTreeSet<String> = (0_u8..)
            .zip(&people)
            .filter(|(other, _)| is_one(*other))
            .filter_map(|(other, _)| self.history.people.get(&customer(other)))
            .flat_map(|person| person.emails.clone())
            .collect();
        for (other, _) in (0_u8..).zip(&people) {
            let Some(person) = self.history.people.get_mut(&customer(other)) else { continue };
            if is_one(other) {
                person.name = format!("erased-{other}");
            }
            for email in person.emails.iter_mut().filter(|email| mailboxes.contains(*email)) {
                *email = email.replace("mailbox-", "erased-").replace("@buyers.test", "@erased.invalid");
            }
        }
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let reports = (0..self.story.reports.len()).map(Arrival::Report);
        let refunds = (0..self.story.refunds.len()).map(Arrival::Refund);
        let words = (0..self.story.words.len()).map(Arrival::Word);
        let seen = self.story.taken_for.iter().map(|_| Arrival::Seen);
        let erased = self.story.erased.iter().map(|customer| Arrival::Erasure(*customer));
        reports.chain(refunds).chain(words).chain(seen).chain(erased).collect()
    }

    pub(super) fn arrive_all(&mut self) {
        self.arrivals().into_iter().for_each(|arrival| self.arrive(arrival));
    }

    /// Lets everything arrive in the story's order; in between, money is paid and returned.
    pub(super) fn play(&mut self) {
        let mut arrivals: Vec<(u32, usize, Arrival)> = Vec::new();
        for (place, arrival) in self.arrivals().into_iter().enumerate() {
            arrivals.push((self.story.order[place % self.story.order.len()], place, arrival));
        }
        arrivals.sort_by_key(|(key, place, _)| (*key, *place));
        for (index, (_, _, arrival)) in arrivals.into_iter().enumerate() {
            self.arrive(arrival);
            self.recompute();
            match self.story.money[index % self.story.money.len()] {
                Moves::Nothing => {}
                Moves::Paid => self.pay(),
                Moves::ComesBack => self.comes_back(|paid| paid),
                Moves::HalfComesBack => self.comes_back(|paid| paid / 2),
            }
        }
        self.recompute();
        assert!(!self.recompute(), "nothing moves without something that names it");
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Report(place) => self.report(place),
            Arrival::Refund(number) => {
                let (of, cents) = self.story.refunds[number];
                let sale = format!("{of:02}");
                let fact = RefundFact {
                    external_id: format!("refund {number}"),
                    refund_of: sale.clone(),
                    amount: cents,
                    currency: Currency::USD,
                    basis: Basis::Commissionable,
                    effect: RefundEffect::Made,
                };
                let refund = Refund { event_id: id(200 + number), occurred_at: moment(0), fact };
                self.history.refunds.entry(sale).or_default().push(refund);
            }
            Arrival::Word(number) => self.word(number),
            Arrival::Seen => {
                self.seen += 1;
                self.see();
            }
            Arrival::Erasure(number) => self.erase(number),
        }
    }

    fn report(&mut self, place: usize) {
        let report = &self.story.reports[place];
        let subscription = |number: u8| format!("sub-{}-{number}", report.customer);
        let purchase = match report.what {
            What::Checkout { subscription: number } => Some(subscription(number)),
            What::Lead { trial } => trial.map(subscription),
            _ => None,
        };
        self.history.touches.extend(report.evidence.map(|evidence| self.touch(place, evidence, purchase)));
        let (cents, of, lead) = match report.what {
            What::Sale { cents, subscription: number } => (cents, number.map(subscription), false),
            What::Lead { trial } => (0, trial.map(subscription), true),
            What::Checkout { .. } | What::Update => return,
            What::Import { program, affiliate } => {
                let evidence = Evidence { program, affiliate, kind: Kind::Slug };
                let import = Touch { kind: TouchKind::Import, ..self.touch(place, evidence, None) };
                return self.history.touches.push(import);
            }
        };
        self.history.conversions.push(Conversion {
            organization_id: TENANT,
            id: id(place),
            event_id: id(place),
            external_id: format!("{place:02}"),
            source: "S2s".to_owned(),
            provenance: Provenance::Verified,
            claimed_email_key: None,
            lead,
            reported_recurring: false,
            reported_program_id: None,
            customer_id: Some(customer(report.customer)),
            subscription_id: of,
            product_id: None,
            details: Details::default(),
            amount: Money::new(cents, Currency::USD),
            paid: cents,
            paid_known: true,
            occurred_at: moment(self.story.at(place)),
            outcome: Outcome::unknown(),
        });
    }

    fn touch(&self, place: usize, evidence: Evidence, purchase: Option<String>) -> Touch {
        let at = self.story.at(place);
        let (kind, from) = match evidence.kind {
            Kind::Coupon => (TouchKind::Coupon, at),
            Kind::Click { days } => (TouchKind::Click, at - days * 86_400 - 60),
            Kind::Slug => (TouchKind::Slug, at),
        };
        Touch {
            buyer: BuyerKey::Known(customer(self.people()[usize::from(self.story.reports[place].customer)])),
            event_id: id(place),
            reported_at: moment(at),
            kind,
            touched_at: moment(from),
            click_id: None,
            link_id: None,
            coupon_id: None,
            program_id: id(usize::from(evidence.program)),
            affiliate_id: id(usize::from(evidence.affiliate)),
            overrides_click: true,
            provenance: Provenance::Verified,
            purchase,
        }
    }

    fn word(&mut self, place: usize) {
        let (of, kind, credit, reach) = match self.story.words[place] {
            Word::Review { of, deny } => {
                (of, if deny { DecisionKind::Deny } else { DecisionKind::Approve }, None, None)
            }
            Word::Credit { of, to, customer } => {
                let to = to.map(|(program, affiliate)| (id(usize::from(program)), id(usize::from(affiliate))));
                let reach = if customer { Reach::Customer } else { Reach::Conversion };
                (of, DecisionKind::Reattribute, to, Some(reach))
            }
        };
        self.history.decisions.push(Decision {
            id: Uuid::from_u128(place as u128),
            kind,
            conversion_id: Some(id(of)),
            commission_id: None,
            credit,
            reach,
            reason: "a person's word".to_owned(),
            about_claim: false,
            repeats_from: None,
            decided_at: moment(i64::try_from(place).unwrap()),
        });
    }

    /// Recomputes the history; returns whether anything changed.
    pub(super) fn recompute(&mut self) -> bool {
        let key = HistoryKey::Group(TENANT, customer(0));
        let histories: BuyerHistories = [(key, self.history.clone())].into_iter().collect();
        let parts = parts(histories, &self.rates).unwrap();
        let complete = Complete { pools: pools(&self.rates), ..Complete::default() };
        // Later than the end of every hold.
        let now = moment(10_000 * 86_400);
        let next_id = &mut self.next_id;
        let changes = recompute(&parts, &complete, &self.rates, now, || {
            *next_id += 1;
            id(*next_id)
        });
        let changes = changes.unwrap().remove(0);
        let changed = !changes.commissions.is_empty() || !changes.conversions.is_empty();
        for (before, now) in changes.commissions {
            self.explains_itself(before.as_ref(), &now);
            self.history.commissions.retain(|commission| commission.id != now.id);
            self.history.commissions.push(now);
        }
        for (_, now) in changes.conversions {
            self.history.stored.insert(now.id, now.clone());
            let known = self.history.conversions.iter_mut().find(|known| known.id == now.id).unwrap();
            *known = now;
        }
        self.nobody_earns_twice();
        changed
    }

    /// Asserts that a reduction of a paid commission has a reason.
    fn explains_itself(&self, before: Option<&Commission>, now: &Commission) {
        if let Some(before) = before.filter(|before| now.amount < before.amount && now.amount < before.paid) {
            assert_ne!(before.reason, now.reason, "the receipt doesn't say why {before:?} is less now");
        }
    }

    /// Asserts that each sale earns for only one affiliate and one recruiter, even if others were credited before.
    fn nobody_earns_twice(&self) {
        let mut earns: HashMap<_, BTreeSet<u8>> = HashMap::new();
        for row in self.history.commissions.iter().filter(|row| row.amount != 0) {
            let key = (row.conversion(), row.parent().is_some());
            earns.entry(key).or_default().insert(number(row.affiliate_id));
        }
        assert!(earns.values().all(|affiliates| affiliates.len() == 1), "{earns:?}");
    }

    /// Pays everything that is payable, and recovers overpayments.
    fn pay(&mut self) {
        for row in self.history.commissions.iter_mut().filter(|row| row.is_payable()) {
            let denied = row.status == CommissionStatus::Denied;
            *row = Commission { paid: row.amount, ..row.clone() };
            stand(row, CommissionState { denied, ..CommissionState::default() }, moment(10_000 * 86_400));
        }
    }

    /// Returns a share of what was paid for each commission, which is then owed again.
    fn comes_back(&mut self, share: impl Fn(i64) -> i64) {
        for row in self.history.commissions.iter_mut().filter(|row| row.paid > 0) {
            let denied = row.status == CommissionStatus::Denied;
            *row = Commission { paid: row.paid - share(row.paid), ..row.clone() };
            stand(row, CommissionState { denied, ..CommissionState::default() }, moment(10_000 * 86_400));
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        let parts =
            parts([(HistoryKey::Group(TENANT, customer(0)), self.history.clone())].into_iter().collect(), &self.rates);
        let part = parts.unwrap().remove(0);
        for (conversion, attributed) in part.history.conversions.iter().zip(&part.attributed) {
            let Some(credit) = attributed.credit else { continue };
            let place = usize::from(number(conversion.id));
            let seconds = |at: Timestamp| at.seconds() - START;
            let terms = (
                number(credit.program_id),
                number(credit.affiliate_id),
                seconds(credit.bound_at),
                seconds(credit.plan_at),
            );
            figures.credits.insert(place, (terms, !conversion.outcome.flags.is_empty()));
        }
        for row in self.history.commissions.iter().filter(|row| row.amount != 0) {
            let place = usize::from(number(row.conversion().unwrap()));
            let key = (place, number(row.affiliate_id), u8::try_from(row.component).unwrap());
            let figures = if row.parent().is_some() { &mut figures.shares } else { &mut figures.worth };
            figures.insert(key, (row.amount, row.held.is_some()));
        }
        figures
    }
}
