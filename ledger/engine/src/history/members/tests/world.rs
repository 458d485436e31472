//! What a database would contain: reports, and what each recomputation stored.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::{
    config::AttributionModel,
    id::{ConversionId, CustomerId, Id, OrganizationId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::super::{counts, waits};
use crate::{
    conversion::{claim_day::ClaimDay, pool_member::PoolMember},
    history::{
        BuyerHistories, Decision, DecisionKind, HistoryKey, Person, Rates, Reach,
        recompute::{Complete, Part, recompute},
    },
};
use rules::{
    attribution::{
        flag::Review,
        policy::{Checks, Claims, CustomerBinding, Policies, Policy, Worth},
        touch::{BuyerKey, Touch, TouchKind},
    },
    commission::{
        Commission,
        partner::Partner,
        plan::{PlanVersion, Scope},
        price::Pool,
    },
    conversion::{Conversion, Outcome, given_back::Refund},
    fact::{Basis, Details, Provenance, RefundEffect, RefundFact},
};

pub(super) const TENANT: OrganizationId = OrganizationId::from_bytes([9; 16]);
const PROGRAM: ProgramId = ProgramId::from_bytes([1; 16]);

/// Indexes of plans.
pub(super) const MARGINAL: usize = 0;
pub(super) const WHOLE: usize = 1;
/// Two components with caps of different periods.
pub(super) const PERIODS: usize = 3;
/// A cap per customer and one per affiliate.
pub(super) const BOTH_CAPS: usize = 7;

/// Some look back, some don't, and the last one does in one of its pools.
pub(super) const PLANS: [&str; 10] = [
    r#"[{"type":"tiers","by":"sales","period":"month","mode":"marginal",
         "steps":[{"from":1,"ratePercent":"10"},{"from":3,"ratePercent":"20"}]}]"#,
    r#"[{"type":"tiers","by":"sales","period":"month","mode":"whole",
         "steps":[{"from":1,"ratePercent":"10"},{"from":3,"ratePercent":"20"}]}]"#,
    r#"[{"type":"tiers","by":"revenue","period":"ever","mode":"marginal","currency":"USD",
         "steps":[{"from":0,"ratePercent":"10"},{"from":20000,"ratePercent":"30"}],
         "cap":{"currency":"USD","perAffiliate":{"amountCents":9000,"period":"ever"}}},
        {"type":"first_conversion","amountCents":500,"currency":"USD"}]"#,
    r#"[{"type":"percentage","ratePercent":"50","cap":{"currency":"USD","perAffiliate":{"amountCents":9000,"period":"month"}}},
        {"type":"per_lead","amountCents":300,"currency":"USD",
         "cap":{"currency":"USD","perAffiliate":{"amountCents":500,"period":"quarter"}}}]"#,
    r#"[{"type":"tiers","by":"sales","period":"year","mode":"marginal","when":{"on":"recurring"},
         "steps":[{"from":1,"ratePercent":"10"},{"from":2,"ratePercent":"20"},{"from":4,"ratePercent":"30"}]},
        {"type":"percentage","ratePercent":"5","duration":"once"}]"#,
    r#"[{"type":"tiers","by":"sales","period":"quarter","mode":"marginal",
         "steps":[{"from":1,"ratePercent":"30"},{"from":4,"ratePercent":"60"}],
         "cap":{"currency":"USD","perConversion":2500,"perAffiliate":{"amountCents":7000,"period":"quarter"}}}]"#,
    r#"[{"type":"percentage","ratePercent":"50","cap":{"currency":"USD","perCustomer":3000}}]"#,
    r#"[{"type":"percentage","ratePercent":"50",
         "cap":{"currency":"USD","perCustomer":3000,"perAffiliate":{"amountCents":9000,"period":"ever"}}}]"#,
    r#"[{"type":"tiers","by":"revenue","period":"ever","mode":"whole","currency":"USD",
         "steps":[{"from":0,"ratePercent":"10"},{"from":15000,"ratePercent":"30"}]},
        {"type":"tiers","by":"sales","period":"month","mode":"marginal",
         "steps":[{"from":1,"ratePercent":"1"},{"from":3,"ratePercent":"2"}]}]"#,
    r#"[{"type":"percentage","ratePercent":"50",
         "cap":{"currency":"USD","perCustomer":3000,"perAffiliate":{"amountCents":5000,"period":"month"}}}]"#,
];

#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// The plan from the beginning, and the one from some day on.
    pub(super) plans: [usize; 2],
    pub(super) velocity_per_hour: Option<u32>,
    pub(super) trusts: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) customer: Option<u8>,
    pub(super) affiliate: u8,
    /// They are 25 hours apart.
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) cents: i64,
    pub(super) lead: bool,
    pub(super) is_claim: bool,
}

/// What happens; conversions are counted from 0, and begin again after the last one.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Report(Report),
    Refund { of: usize, cents: i64 },
    Decision { of: usize, kind: DecisionKind, affiliate: u8 },
}

fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

/// From October 4, 2024 on.
fn at(hour: i64, minute: i64) -> Timestamp {
    Timestamp::EPOCH.plus_days(20_000).plus_millis((hour * 25 * 60 + minute) * 60_000)
}

/// Customer 1 has the address of affiliate 101.
fn email(customer: u8) -> String {
    format!("{}@buyers.test", if customer == 1 { 101 } else { customer })
}

pub(super) fn rates(terms: &Terms) -> Rates {
    let mut policies = Policies::default();
    let worth = if terms.trusts { Worth::Trusted } else { Worth::Review };
    policies.add(
        PROGRAM,
        Policy {
            effective_at: Timestamp::EPOCH,
            model: AttributionModel::LastTouch,
            window_days: 60,
            binding: CustomerBinding::AffiliateAndPlan,
            checks: Checks { velocity_per_hour: terms.velocity_per_hour, ..Checks::default() },
            claims: Claims { worth, per_day: 2, per_affiliate_day: 1, ..Claims::default() },
        },
    );
    let version = |(number, plan): (u8, usize)| PlanVersion {
        id: id(number),
        program_id: PROGRAM,
        scope: Scope::Program,
        effective_at: if number == 1 { Timestamp::EPOCH } else { at(20, 30) },
        components: serde_json::from_str(PLANS[plan]).unwrap(),
        hold_days: 30,
    };
    let partner = |number: u8| {
        let emails = vec![(Timestamp::EPOCH, format!("{number}@buyers.test"))];
        (id(number), Partner { emails, ..Partner::default() })
    };
    let affiliates: HashMap<_, _> = [101, 102].map(partner).into();
    Rates { policies, versions: (1..).zip(terms.plans).map(version).collect(), affiliates, ..Rates::default() }
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) histories: BuyerHistories,
    /// The history of each conversion.
    reported: Vec<HistoryKey>,
    facts: u8,
    next_id: u128,
}

impl World {
    /// Adds a fact. Returns the history that it belongs to, if there is one.
    pub(super) fn add(&mut self, step: &Step) -> Option<HistoryKey> {
        self.facts += 1;
        match step {
            Step::Report(report) => Some(self.report(report)),
            Step::Refund { of, cents } => self.refund(*of, *cents),
            Step::Decision { of, kind, affiliate } => self.decide(*of, *kind, *affiliate),
        }
    }

    fn report(&mut self, report: &Report) -> HistoryKey {
        let number = u8::try_from(self.reported.len()).unwrap() + 1;
        let (customer, cents) = (report.customer.map(|customer| id(200 + customer)), report.cents);
        let buyer = customer.map_or(BuyerKey::Alone(id(number)), BuyerKey::Known);
        let key = customer.map_or(HistoryKey::Alone(TENANT, id(number)), |group| HistoryKey::Group(TENANT, group));
        let provenance = if report.is_claim { Provenance::Claimed } else { Provenance::Verified };
        let occurred_at = at(report.hour, report.minute);
        let history = self.histories.entry(key).or_default();
        if let Some((own, customer)) = customer.zip(report.customer) {
            history.people.insert(own, Person { buyer: own, name: String::new(), emails: vec![email(customer)] });
        }
        history.touches.push(Touch {
            buyer,
            event_id: id(number),
            reported_at: occurred_at,
            kind: TouchKind::Slug,
            touched_at: occurred_at,
            click_id: None,
            link_id: None,
            coupon_id: None,
            program_id: PROGRAM,
            affiliate_id: id(report.affiliate),
            overrides_click: false,
            provenance,
            purchase: None,
        });
        history.conversions.push(Conversion {
            organization_id: TENANT,
            id: id(number),
            event_id: id(number),
            external_id: format!("sale {number:02}"),
            source: "S2s".into(),
            provenance,
            claimed_email_key: None,
            lead: report.lead,
            reported_recurring: false,
            reported_program_id: None,
            customer_id: customer,
            subscription_id: None,
            product_id: None,
            details: Details::default(),
            amount: Money::new(if report.lead { 0 } else { cents }, Currency::USD),
            paid: cents,
            paid_known: true,
            occurred_at,
            outcome: Outcome::unknown(),
        });
        self.reported.push(key);
        key
    }

    /// The number of an existing conversion, its id, and its history.
    fn existing(&self, of: usize) -> Option<(ConversionId, HistoryKey)> {
        let place = of.checked_rem(self.reported.len())?;
        Some((id(u8::try_from(place).unwrap() + 1), self.reported[place]))
    }

    fn refund(&mut self, of: usize, cents: i64) -> Option<HistoryKey> {
        let (sale, key) = self.existing(of)?;
        let history = self.histories.get_mut(&key)?;
        let sale = history.conversions.iter().find(|row| row.id == sale)?;
        let fact = RefundFact {
            external_id: format!("refund {}", self.facts),
            refund_of: sale.external_id.clone(),
            amount: cents,
            currency: Currency::USD,
            basis: Basis::Commissionable,
            effect: RefundEffect::Made,
        };
        let refund = Refund { event_id: id(250), occurred_at: sale.occurred_at, fact };
        history.refunds.entry(sale.external_id.clone()).or_default().push(refund);
        Some(key)
    }

    fn decide(&mut self, of: usize, kind: DecisionKind, affiliate: u8) -> Option<HistoryKey> {
        let (sale, key) = self.existing(of)?;
        let history = self.histories.get_mut(&key)?;
        let about_claim = history.conversions.iter().any(|row| row.id == sale && !row.provenance.is_verified());
        let reattributes = kind == DecisionKind::Reattribute;
        history.decisions.push(Decision {
            id: Uuid::from_u128(u128::from(self.facts)),
            kind,
            conversion_id: Some(sale),
            commission_id: None,
            credit: reattributes.then(|| (PROGRAM, id(affiliate))),
            reach: reattributes.then_some(Reach::Customer),
            reason: "a person's word".to_owned(),
            about_claim,
            repeats_from: None,
            decided_at: at(1_000, i64::from(self.facts)),
        });
        Some(key)
    }

    /// This customer's refunds don't count anymore, as by another rule after an upgrade. What is stored stays.
    pub(super) fn forget_refunds(&mut self, customer: u8) {
        if let Some(history) = self.histories.get_mut(&HistoryKey::Group(TENANT, id(200 + customer))) {
            history.refunds.clear();
        }
    }

    pub(super) fn recompute(&mut self, parts: &[Part<'_>], complete: &Complete, rates: &Rates) {
        let next_id = &mut self.next_id;
        let changes = recompute(parts, complete, rates, Timestamp::EPOCH, || {
            *next_id += 1;
            Id::from_bytes(Uuid::from_u128(*next_id).into_bytes())
        });
        for (part, changes) in parts.iter().zip(changes.unwrap()) {
            let history = self.histories.get_mut(&part.key).unwrap();
            for (_, now) in changes.commissions {
                history.commissions.retain(|known| known.id != now.id);
                history.commissions.push(now);
            }
            for (_, now) in changes.conversions {
                let known = history.conversions.iter_mut().find(|known| known.id == now.id).unwrap();
                *known = now.clone();
                history.stored.insert(now.id, now);
            }
        }
    }

    /// All conversions and commissions, without the ids of commissions.
    pub(super) fn figures(&self) -> (Vec<Conversion>, Vec<Commission>) {
        let conversions = self.histories.values().flat_map(|history| history.conversions.iter().cloned());
        let commissions = self.histories.values().flat_map(|history| history.commissions.iter().cloned());
        let mut commissions: Vec<Commission> =
            commissions.map(|commission| Commission { id: id(0), ..commission }).collect();
        commissions.sort_by_key(|row| (row.conversion(), row.affiliate_id, row.component_id.clone()));
        (conversions.collect(), commissions)
    }

    pub(super) fn of(&self, keys: &BTreeSet<HistoryKey>) -> BuyerHistories {
        keys.iter().map(|key| (*key, self.histories[key].clone())).collect()
    }

    pub(super) fn key_of(&self, conversion: ConversionId) -> HistoryKey {
        let has_it = |key: &&HistoryKey| self.histories[*key].conversions.iter().any(|row| row.id == conversion);
        *self.histories.keys().find(has_it).unwrap()
    }

    /// The histories with such a stored conversion.
    fn with(&self, fits: impl Fn(&Conversion) -> bool) -> BTreeSet<HistoryKey> {
        let all = self.histories.iter();
        all.filter(|(_, history)| history.stored.values().any(&fits)).map(|(key, _)| *key).collect()
    }

    pub(super) fn in_pools(&self, pools: &BTreeSet<Pool>, trusting: &HashSet<ProgramId>) -> BTreeSet<HistoryKey> {
        self.with(|row| {
            let is_there = row.provenance.is_verified() || row.outcome.review == Some(Review::Approved);
            (is_there || trusting.contains(&PROGRAM)) && pools.iter().any(|pool| is_in(row, pool))
        })
    }

    pub(super) fn claims_of(&self, days: &BTreeSet<ClaimDay>) -> BTreeSet<HistoryKey> {
        self.with(|row| {
            let is_on = |day: &ClaimDay| day.from <= row.occurred_at && row.occurred_at < day.to;
            !row.provenance.is_verified() && row.outcome.credit.is_some() && days.iter().any(is_on)
        })
    }

    pub(super) fn members_of(&self, pool: &Pool) -> Vec<PoolMember> {
        let stored = self.histories.values().flat_map(|history| history.stored.values());
        stored.filter(|row| is_in(row, pool)).filter_map(stored_member).collect()
    }

    /// Each customer is a group.
    pub(super) fn customers_waiting(&self) -> HashSet<CustomerId> {
        let waiting = self.with(|row| row.customer_id.is_some() && waits(row));
        waiting.iter().flat_map(|key| self.histories[key].people.keys().copied()).collect()
    }

    pub(super) fn present(&self, keys: &BTreeSet<HistoryKey>) -> HashSet<ConversionId> {
        keys.iter().flat_map(|key| &self.histories[key].conversions).map(|row| row.id).collect()
    }
}

fn is_in(row: &Conversion, pool: &Pool) -> bool {
    let is_credited = row.outcome.credit.as_ref().is_some_and(|credit| credit.affiliate_id == pool.affiliate);
    is_credited && pool.from <= row.occurred_at && row.occurred_at < pool.to
}

/// What `pool_member_store` reads.
pub(super) fn stored_member(row: &Conversion) -> Option<PoolMember> {
    let credit = row.outcome.credit.as_ref().filter(|_| counts(row, row.outcome.review))?;
    Some(PoolMember {
        organization_id: TENANT,
        id: row.id,
        event_id: row.event_id,
        external_id: row.external_id.clone(),
        customer_id: row.customer_id,
        program_id: credit.program_id,
        affiliate_id: credit.affiliate_id,
        plan_version_id: credit.plan_version_id,
        bound_at: credit.bound_at,
        kind: row.outcome.kind,
        sequence: row.outcome.sequence,
        occurred_at: row.occurred_at,
        amount: row.amount,
        refunded: row.outcome.refunded,
        product_id: row.product_id.clone(),
        details: row.details.clone(),
        waits: waits(row),
        is_denied: row.outcome.review == Some(Review::Denied),
    })
}
