//! Computes an affiliate's improved plan: with a bounty for first sales, or with a higher rate. Pure.
//!
//! Rates never fall, and a plan that already pays as much stays as it is. That makes repeated requests safe.

use shared::{
    id::{AffiliateId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use rules::commission::plan::{Component, Condition, Pays, PlanVersion, RATE_PPM_MAX, Scope, StepPays, in_force};

/// How a rate is raised, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raise {
    To(u32),
    By(u32),
}

/// Why a rate can't be raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unraised {
    /// No version is in force at that time.
    NoPlan,
    /// The plan only pays fixed amounts.
    NoRate,
    /// The plan pays several rates: setting all of them to one is hardly intended.
    SeveralRates,
}

/// The affiliate whose plan changes, and the versions that may apply to them.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub segment: Option<&'a str>,
    /// All versions that may apply to them.
    pub versions: &'a [PlanVersion],
}

/// A version for this affiliate that is to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    pub effective_at: Timestamp,
    /// None ends the affiliate's override.
    pub components: Option<Vec<Component>>,
    pub hold_days: u16,
}

/// When a version begins, and whether a raise wrote it or the brand decided on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionStart {
    pub effective_at: Timestamp,
    pub of_raise: bool,
}

/// The plan with this bounty instead of everything it pays for first sales, whatever their conditions and currencies;
/// `None` if it already pays as much, in the same currency and unconditionally.
pub fn with_bounty(components: &[Component], bounty: Money) -> Option<Vec<Component>> {
    let pays_as_much = |component: &Component| {
        let Pays::FirstConversion(amount) = component.pays else { return false };
        let always = component.when == Condition::default();
        always && amount.currency == bounty.currency && amount.minor >= bounty.minor
    };
    if components.iter().any(pays_as_much) {
        return None;
    }
    let others = components.iter().filter(|component| !matches!(component.pays, Pays::FirstConversion(_))).cloned();
    Some(std::iter::once(Pays::FirstConversion(bounty).into()).chain(others).collect())
}

/// The plan with higher rates; `None` if they are already as high.
///
/// # Errors
/// If the raise isn't possible for this plan.
pub fn raised(
    components: &[Component],
    affiliate: AffiliateId,
    segment: Option<&str>,
    raise: Raise,
) -> Result<Option<Vec<Component>>, Unraised> {
    let may_pay = |when: &Condition| {
        (when.segments.is_empty() || when.segments.iter().any(|name| segment == Some(name.as_str())))
            && (when.affiliates.is_empty() || when.affiliates.contains(&affiliate))
    };
    let mut after = components.to_vec();
    let mut rates: Vec<&mut u32> =
        after.iter_mut().filter(|component| may_pay(&component.when)).flat_map(rates_of).collect();
    let first = rates.first().map(|rate| **rate).ok_or(Unraised::NoRate)?;
    if matches!(raise, Raise::To(_)) && rates.iter().any(|rate| **rate != first) {
        return Err(Unraised::SeveralRates);
    }
    for rate in &mut rates {
        **rate = match raise {
            Raise::To(requested) => requested.max(**rate),
            Raise::By(points) => rate.saturating_add(points).min(RATE_PPM_MAX),
        };
    }
    Ok((after != components).then_some(after))
}

fn rates_of(component: &mut Component) -> Vec<&mut u32> {
    match &mut component.pays {
        Pays::Percentage { rate_ppm } => vec![rate_ppm],
        Pays::Tiers(tiers) => tiers
            .steps
            .iter_mut()
            .filter_map(|step| match &mut step.pays {
                StepPays::Rate { rate_ppm } => Some(rate_ppm),
                StepPays::Flat(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The versions that apply `change` from one time on, until another or permanently: also to versions that are already
/// scheduled to apply to the affiliate within that time (their own, their segment's and the program's). Where it has no
/// effect or isn't possible, the plan applies without it. Empty if it has no effect at the first time.
///
/// # Errors
/// If the plan at the first time can't be changed this way.
pub fn versions(
    whose: Whose<'_>,
    from: Timestamp,
    until: Option<Timestamp>,
    change: impl Fn(&[Component]) -> Result<Option<Vec<Component>>, Unraised>,
) -> Result<Vec<Own>, Unraised> {
    let changed = |base: &PlanVersion, moment: Timestamp| -> Result<Option<Own>, Unraised> {
        let changed = change(base.components.as_deref().unwrap_or_default())?;
        Ok(changed.map(|components| Own {
            effective_at: moment,
            components: Some(components),
            hold_days: base.hold_days,
        }))
    };
    let begin = whose.free(from);
    let base = whose.plan_at(begin).ok_or(Unraised::NoPlan)?;
    let Some(first) = changed(base, begin)? else { return Ok(Vec::new()) };
    let hold_days = first.hold_days;
    // Without the change, `base` would apply.
    let (mut made, mut base, mut is_changed) = (vec![first], Some(base), true);
    for moment in whose.moments(begin, until) {
        let next = whose.plan_at(moment);
        // A version of their own takes the place of a changed one.
        let is_replaced = whose.own().any(|own| whose.free(own.effective_at) == moment);
        if !is_replaced && next.map(std::ptr::from_ref) == base.map(std::ptr::from_ref) {
            continue;
        }
        base = next;
        match next.and_then(|next| changed(next, moment).ok().flatten()) {
            Some(own) => {
                made.push(own);
                is_changed = true;
            }
            None => {
                if is_changed && !is_replaced {
                    made.push(Own { effective_at: moment, components: None, hold_days });
                }
                is_changed = false;
            }
        }
    }
    if let Some(until) = until
        && is_changed
        && whose.free(until) == until
    {
        let before = whose.own().filter(|own| own.effective_at < until).max_by_key(|own| own.effective_at);
        made.push(Own {
            effective_at: until,
            components: before.and_then(|own| own.components.clone()),
            hold_days: before.map_or(hold_days, |own| own.hold_days),
        });
    }
    Ok(made)
}

/// Like [`versions`], for a time that was promised in full: if the change has no effect at first, because the plan
/// already pays as much for a while, it applies from the moment on at which it pays less.
///
/// # Errors
/// If the plan at the first time can't be changed this way.
pub fn versions_throughout(
    whose: Whose<'_>,
    from: Timestamp,
    until: Timestamp,
    change: impl Fn(&[Component]) -> Result<Option<Vec<Component>>, Unraised>,
) -> Result<Vec<Own>, Unraised> {
    let made = versions(whose, from, Some(until), &change)?;
    if !made.is_empty() {
        return Ok(made);
    }
    let moments = whose.moments(from, Some(until)).into_iter();
    let mut later = moments.filter_map(|moment| versions(whose, moment, Some(until), &change).ok());
    Ok(later.find(|made| !made.is_empty()).unwrap_or_default())
}

/// When to repeat a plan that the brand decided on from a time on, so that it applies until the brand's next one: after
/// each version that raises had written for the time between, such as one that ends a raise.
pub fn repeats(own: &[VersionStart], decided_from: Timestamp) -> Vec<Timestamp> {
    let later = || own.iter().filter(move |version| version.effective_at > decided_from);
    let next = later().filter(|version| !version.of_raise).map(|version| version.effective_at).min();
    let of_raises = later().filter(|version| version.of_raise);
    let mut repeats: Vec<Timestamp> = of_raises.map(|version| free_among(own, version.effective_at)).collect();
    repeats.retain(|moment| next.is_none_or(|next| *moment < next));
    repeats.sort_unstable();
    repeats.dedup();
    repeats
}

/// The given time, or the next one at which none of these versions begins.
pub fn free_among(versions: &[VersionStart], moment: Timestamp) -> Timestamp {
    free(moment, |moment| versions.iter().any(|version| version.effective_at == moment))
}

fn free(mut moment: Timestamp, is_taken: impl Fn(Timestamp) -> bool) -> Timestamp {
    while is_taken(moment) {
        moment = moment.plus_millis(1);
    }
    moment
}

impl<'a> Whose<'a> {
    fn plan_at(&self, moment: Timestamp) -> Option<&'a PlanVersion> {
        in_force(self.versions, self.program, self.affiliate, self.segment, moment)
    }

    /// The times within these at which one of the versions for the affiliate begins to apply, or would.
    fn moments(&self, after: Timestamp, until: Option<Timestamp>) -> Vec<Timestamp> {
        let is_for_them = |version: &&PlanVersion| {
            let is_in_scope = match &version.scope {
                Scope::Program => true,
                Scope::Segment(name) => self.segment == Some(name.as_str()),
                Scope::Affiliate(id) => *id == self.affiliate,
            };
            version.program_id == self.program && is_in_scope
        };
        let theirs = self.versions.iter().filter(is_for_them);
        let mut moments: Vec<Timestamp> = theirs.map(|version| self.free(version.effective_at)).collect();
        moments.retain(|moment| *moment > after && until.is_none_or(|until| *moment < until));
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    fn own(&self) -> impl Iterator<Item = &PlanVersion> {
        let theirs = Scope::Affiliate(self.affiliate);
        self.versions.iter().filter(move |version| version.program_id == self.program && version.scope == theirs)
    }

    /// The given time, or the next one at which no version of the affiliate begins.
    fn free(&self, moment: Timestamp) -> Timestamp {
        free(moment, |moment| self.own().any(|own| own.effective_at == moment))
    }
}

#[cfg(test)]
mod tests;
