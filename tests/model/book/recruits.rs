//! Who recruited whom and what that earns, from `docs/guide/sub-affiliates.md`. By the rules of a sale's own time, the
//! recruiter of the affiliate who earns a commission earns a share of it, and nobody earns a share of a share.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    facts::{AFFILIATES, Conversion, DAY, Name},
    step::Step,
    worth::{self, Earned, rounded},
};

/// For how many months after being recruited a recruit's sales count, where terms say so. No case lasts as long, whatever
/// the months' lengths: someone recruited at first no longer counts then, and someone recruited later does.
const MONTHS: u32 = 120;
const MONTH: i64 = 31 * DAY;
/// Long before everything else: a tenth for whoever recruited, and the second affiliate was recruited by the first.
const ALWAYS: i64 = -10_000 * DAY;
pub(crate) const RECRUIT: usize = 1;
pub(crate) const RECRUITER: usize = 0;
pub(crate) const PPM: u32 = 100_000;

/// The commission that it is a share of, and whose the share is.
pub(crate) type Share = (worth::Key, usize);

#[derive(Debug, Clone)]
pub(crate) struct Recruiting {
    /// From a moment on, in millionths, and for how many months; nothing is nothing.
    terms: Vec<(i64, (u32, Option<u32>))>,
    /// From a moment on: whom, and by whom.
    recruited: Vec<(i64, usize, Option<usize>)>,
}

impl Default for Recruiting {
    fn default() -> Self {
        Self { terms: vec![(ALWAYS, (PPM, None))], recruited: vec![(ALWAYS, RECRUIT, Some(RECRUITER))] }
    }
}

impl Recruiting {
    pub(crate) fn pay(&mut self, from: i64, terms: (u32, Option<u32>)) {
        self.terms.push((from, terms));
    }

    /// Answers whether it is refused: no one recruits themselves, nor someone who recruited them through however many others.
    /// Naming an affiliate's present recruiter changes nothing: the months count from when they were recruited.
    pub(crate) fn recruit(&mut self, from: i64, recruit: usize, recruiter: Option<usize>) -> bool {
        if self.recruiter(recruit, i64::MAX).and_then(|(_, by)| by) == recruiter {
            return false;
        }
        let mut above: Vec<usize> = recruiter.into_iter().collect();
        while let Some(next) = above.last().and_then(|last| self.recruiter(*last, i64::MAX)?.1) {
            above.push(next);
        }
        let refused = above.contains(&recruit);
        if !refused {
            self.recruited.push((from, recruit, recruiter));
        }
        refused
    }

    /// Since when, and by whom; no one may have recruited them since.
    fn recruiter(&self, recruit: usize, at: i64) -> Option<(i64, Option<usize>)> {
        let (from, _, by) = self.recruited.iter().rev().find(|(from, whom, _)| *whom == recruit && *from <= at)?;
        Some((*from, *by))
    }

    /// Who earns a share of what this affiliate earns then, and how much of it.
    pub(crate) fn share(&self, affiliate: usize, at: i64) -> Option<(usize, u32)> {
        let (_, (ppm, months)) = self.terms.iter().rev().find(|(from, _)| *from <= at)?;
        let (since, recruiter) = self.recruiter(affiliate, at)?;
        let is_over = months.is_some_and(|months| at >= since + i64::from(months) * MONTH);
        Some((recruiter.filter(|_| *ppm > 0 && !is_over)?, *ppm))
    }

    /// What the recruiters earn by what others earned.
    pub(crate) fn earned(
        &self,
        all: &BTreeMap<worth::Key, Earned>,
        conversions: &BTreeMap<Name, Conversion>,
    ) -> BTreeMap<Share, Earned> {
        let mut shares = BTreeMap::new();
        for (key, of) in all {
            let Some((recruiter, ppm)) = self.share(key.1, conversions[&key.0].at) else { continue };
            let part = |cents: i64| rounded(i128::from(cents) * i128::from(ppm), 1_000_000);
            if part(of.whole) > 0 {
                shares.insert((*key, recruiter), Earned { whole: part(of.whole), left: part(of.left), ..*of });
            }
        }
        shares
    }
}

/// The conversions of which a recruiter would earn a share who bought them.
pub(crate) fn bought_by_recruiters(
    recruiting: &Recruiting,
    credited: impl Iterator<Item = (Conversion, usize)>,
    bought_by: impl Fn(&Conversion, usize) -> bool,
) -> BTreeSet<Name> {
    let own = |(conversion, affiliate): (Conversion, usize)| {
        let (recruiter, _) = recruiting.share(affiliate, conversion.at)?;
        bought_by(&conversion, recruiter).then_some(conversion.name)
    };
    credited.filter_map(own).collect()
}

/// What may change about it.
pub(crate) fn steps() -> [(u32, BoxedStrategy<Step>); 2] {
    let ppm = prop::sample::select(vec![0_u32, 50_000, 100_000, 333_333, 1_000_000]);
    let terms = (ppm, prop::option::weighted(0.4, Just(MONTHS)));
    let recruit = (0..AFFILIATES, prop::option::weighted(0.8, 0..AFFILIATES));
    let recruit = recruit.prop_map(|(whom, by)| Step::Recruit(whom, by));
    [(1, terms.prop_map(|(ppm, months)| Step::Terms(ppm, months)).boxed()), (2, recruit.boxed())]
}

/// A decision about the share of what a component earns.
pub(crate) const fn decided((name, what, component): (Name, &'static str, u8)) -> Step {
    Step::DecideShare { what, name, component }
}
