//! The plans and policies of a story's programs, in the form that the ledger's rules read.

use std::collections::BTreeSet;

use shared::{
    config::AttributionModel,
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    make::{AFFILIATES, Mode, PROGRAMS, Pay, Story},
    real::{id, moment},
};
use crate::history::Rates;
use rules::{
    attribution::policy::{Checks, Claims, CustomerBinding, Policies, Policy},
    commission::{
        partner::Partner,
        period::Period,
        plan::{self, By, Cap, Component, Duration, Pays, PlanVersion, Scope, Step, StepPays, Tiers},
        price::{self, Pool},
        sub_affiliate::{self, SubAffiliates},
    },
};

pub(super) fn rates(story: &Story) -> Rates {
    let mut policies = Policies::default();
    for program in 0..PROGRAMS {
        let binding = match story.modes[usize::from(program)] {
            Mode::Plan => CustomerBinding::AffiliateAndPlan,
            Mode::Affiliate => CustomerBinding::Affiliate,
            Mode::None => CustomerBinding::None,
        };
        let policy = Policy {
            effective_at: Timestamp::EPOCH,
            model: if story.first_touch { AttributionModel::FirstTouch } else { AttributionModel::LastTouch },
            window_days: 60,
            binding,
            checks: Checks::default(),
            claims: Claims::default(),
        };
        policies.add(id(usize::from(program)), policy);
    }
    if let Some((from, to)) = story.banned {
        let changes = vec![(Timestamp::EPOCH, true), (moment(from * 86_400), false), (moment(to * 86_400), true)];
        policies.approve(id(usize::from(AFFILIATES - 1)), changes);
    }
    let affiliates = (0..AFFILIATES).map(|number| (id(usize::from(number)), Partner::default()));
    let (affiliates, sub_affiliates) = (affiliates.collect(), sub_affiliates(story));
    Rates { policies, versions: versions(story), affiliates, sub_affiliates }
}

fn sub_affiliates(story: &Story) -> SubAffiliates {
    let mut known = SubAffiliates::default();
    for (program, share) in story.recruits.shares.iter().enumerate() {
        let (percent_ppm, months) = (share.ppm, share.months.map(u32::from));
        let terms = sub_affiliate::Terms { effective_at: Timestamp::EPOCH, enabled: true, percent_ppm, months };
        known.add_terms(id(program), terms);
    }
    for one in &story.recruits.recruited {
        let recruiter = one.recruiter.map(|number| id(usize::from(number)));
        let recruited = sub_affiliate::Recruited { since: moment(one.from * 86_400), recruiter };
        known.add_recruit(id(usize::from(one.recruit)), recruited);
    }
    known
}

fn versions(story: &Story) -> Vec<PlanVersion> {
    let mut versions = Vec::new();
    for (program, of_program) in story.versions.iter().enumerate() {
        for version in of_program {
            versions.push(PlanVersion {
                id: id(versions.len()),
                program_id: id(program),
                scope: version.affiliate.map_or(Scope::Program, |number| Scope::Affiliate(id(usize::from(number)))),
                effective_at: moment(version.from * 86_400),
                components: Some(components(version.pay)),
                hold_days: 30,
            });
        }
    }
    versions
}

fn components(pay: Pay) -> Vec<Component> {
    let usd = |cents| Money::new(cents, Currency::USD);
    let steps = vec![
        Step { from: 1, pays: StepPays::Rate { rate_ppm: 100_000 } },
        Step { from: 3, pays: StepPays::Rate { rate_ppm: 200_000 } },
    ];
    let tiers = Tiers { by: By::Sales, period: Period::Ever, mode: plan::Mode::Whole, steps };
    match pay {
        Pay::Share(rate_ppm) => {
            vec![Component { duration: Duration::Months(12), ..Component::from(Pays::Percentage { rate_ppm }) }]
        }
        Pay::Tiers => vec![Component::from(Pays::Tiers(tiers))],
        Pay::Capped => {
            let cap =
                Cap { currency: Currency::USD, per_conversion: None, per_customer: Some(6_000), per_affiliate: None };
            vec![Component { cap: Some(cap), ..Component::from(Pays::Percentage { rate_ppm: 500_000 }) }]
        }
        Pay::Bounties => {
            vec![Component::from(Pays::PerLead(usd(200))), Component::from(Pays::FirstConversion(usd(1_000)))]
        }
    }
}

/// All pools: the parts contain every affiliate's sales of all times.
pub(super) fn pools(rates: &Rates) -> BTreeSet<Pool> {
    let all = (0..PROGRAMS).flat_map(|program| (0..AFFILIATES).map(move |affiliate| (program, affiliate)));
    let reached = all.flat_map(|(program, affiliate)| {
        price::reached(&rates.versions, id(usize::from(program)), id(usize::from(affiliate)), moment(0))
    });
    reached.collect()
}
