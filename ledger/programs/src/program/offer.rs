//! What a program pays, in plain words: one sentence for each component of a plan. Program pages and invitations say it.

use shared::{
    id::{AffiliateId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::rate_increase;
use engine::commission::{offer::offer, store};
use kit::{db::TenantTx, text::Texts};
use rules::commission::plan::{self, Component, Pays, PlanVersion, Scope};

/// Someone to whom a program makes an offer.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// A new affiliate; with the bounty that they are to get, if any.
    Newcomer(Option<Money>),
    /// An affiliate and their segment: they may have a plan of their own.
    Affiliate(AffiliateId, Option<&'a str>),
}

/// Returns one sentence for each component of the current plan; none if there is no plan yet.
pub async fn lines(
    tx: &mut TenantTx,
    program: ProgramId,
    whose: Whose<'_>,
    now: Timestamp,
    t: Texts,
) -> Result<Vec<String>, sqlx::Error> {
    let organization = tx.organization();
    let affiliate = match whose {
        Whose::Newcomer(_) => None,
        Whose::Affiliate(id, _) => Some((organization, id)),
    };
    let versions = store::plan_versions(tx, &[(organization, program)], affiliate.as_slice()).await?;
    let version = match whose {
        Whose::Newcomer(_) => of_program(&versions, now),
        Whose::Affiliate(id, segment) => plan::in_force(&versions, program, id, segment, now),
    };
    let components = version.and_then(|version| version.components.as_deref()).unwrap_or_default();
    Ok(match whose {
        Whose::Newcomer(Some(bounty)) if version.is_some() => sentences(&with_bounty(components, bounty), t),
        Whose::Newcomer(_) | Whose::Affiliate(..) => sentences(components, t),
    })
}

/// Returns the components of the current plan for new affiliates; none if there is no plan yet.
pub async fn components(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<Vec<Component>, sqlx::Error> {
    let organization = tx.organization();
    let versions = store::plan_versions(tx, &[(organization, program)], &[]).await?;
    Ok(of_program(&versions, now).and_then(|version| version.components.clone()).unwrap_or_default())
}

/// Returns one sentence for each component.
pub fn sentences(components: &[Component], t: Texts) -> Vec<String> {
    offer(t, components).iter().map(|line| capitalized(line)).collect()
}

/// What a sample email offers.
pub fn sample(t: Texts) -> Vec<String> {
    let bounty = Pays::FirstConversion(Money::new(4_000, Currency::USD));
    let components = [bounty, Pays::Percentage { rate_ppm: 200_000 }].map(Component::from);
    sentences(&components, t)
}

/// The plan that an invitation with this bounty creates.
fn with_bounty(components: &[Component], bounty: Money) -> Vec<Component> {
    rate_increase::with_bounty(components, bounty).unwrap_or_else(|| components.to_vec())
}

/// Returns the program's current plan, ignoring plans for single affiliates and segments.
fn of_program(versions: &[PlanVersion], now: Timestamp) -> Option<&PlanVersion> {
    versions
        .iter()
        .filter(|version| version.scope == Scope::Program && version.effective_at <= now)
        .max_by_key(|version| (version.effective_at, version.id))
}

fn capitalized(line: &str) -> String {
    let mut characters = line.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_like_sentences() {
        assert_eq!(capitalized("a share"), "A share");
        assert_eq!(capitalized("20% of each sale"), "20% of each sale");
        assert_eq!(capitalized(""), "");
    }
}
