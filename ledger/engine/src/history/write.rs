//! Recomputes histories against what is booked, and saves the difference: conversions, commissions, book, daily
//! figures.
//!
//! Every change to a conversion's commission goes through here, whatever caused it.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::{
    id::{AffiliateId, ConversionId, OrganizationId, ProgramId},
    keys::KeyRing,
    money::MoneyError,
    timestamp::Timestamp,
};

use super::{
    BuyerHistories, Rates,
    attributed::attribute,
    joins_store, neighbours,
    origins_store::{self, Credited},
    recompute::{Complete, HistoryChanges, Part, recompute},
    rollup::{self, Rollup},
    rollup_store,
};
use crate::{attribution, book, commission, conversion, privacy};
use kit::{compiled_once, db::TenantsTx, error::Error, state::AppState};
use outbox::{notification::news_store, webhook::news::News};
use rules::{
    book::entry::Cause,
    commission::{Commission, partner::Partner, sub_affiliate::SubAffiliates},
    conversion::Conversion,
};

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("commission arithmetic: {0}")]
    Money(#[from] MoneyError),
}

impl From<BookingError> for Error {
    #[track_caller]
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::Database(error) => error.into(),
            BookingError::Money(error) => Self::internal(error),
        }
    }
}

/// Recomputes and saves the histories. The caller must roll back after an error.
#[compiled_once]
pub async fn recompute_and_save(
    tx: &mut TenantsTx,
    state: &AppState,
    histories: BuyerHistories,
) -> Result<(), BookingError> {
    let (histories, rates, complete) = with_neighbours(tx, &state.config.keys.pseudonym, histories).await?;
    joins_store::save(tx, &histories).await?;
    let parts = parts(histories, &rates)?;
    let changes = recompute(&parts, &complete, &rates, state.clock.now(), || state.new_id())?;
    save(tx, state, &parts, changes).await
}

/// Histories with the credits of their conversions.
///
/// # Errors
/// [`MoneyError`] if refunds add up to more than 64 bits.
pub fn parts(histories: BuyerHistories, rates: &Rates) -> Result<Vec<Part<'_>>, MoneyError> {
    histories
        .into_iter()
        .map(|(key, history)| {
            let attributed = attribute(&history, rates)?;
            Ok(Part { key, history, attributed })
        })
        .collect()
}

/// Adds to the histories their refunds, the terms of their programs and affiliates, the joins of their customers, and
/// the histories whose prices may change with theirs. Returns what is complete after that.
#[compiled_once]
pub async fn with_neighbours(
    tx: &mut TenantsTx,
    pseudonyms: &KeyRing,
    histories: BuyerHistories,
) -> Result<(BuyerHistories, Rates, Complete), BookingError> {
    let (histories, mut rates, complete) = neighbours::load(tx, histories).await?;
    let organizations: BTreeSet<OrganizationId> = histories.keys().map(|key| key.organization()).collect();
    privacy::requests::of_erased(tx, pseudonyms, &organizations, &mut rates.versions).await?;
    Ok((histories, rates, complete))
}

/// The terms of every program and affiliate that these histories mention.
pub async fn rates(tx: &mut TenantsTx, histories: &BuyerHistories) -> Result<Rates, sqlx::Error> {
    let mut programs: HashSet<(OrganizationId, ProgramId)> = HashSet::new();
    let mut affiliates: HashSet<(OrganizationId, AffiliateId)> = HashSet::new();
    for (key, history) in histories {
        let touched = history.touches.iter().map(|touch| (touch.program_id, touch.affiliate_id));
        let decided = history.decisions.iter().filter_map(|decision| decision.credit);
        let stored = history.stored.values().filter_map(|stored| stored.outcome.credit.as_ref());
        for (program, affiliate) in
            touched.chain(decided).chain(stored.map(|credit| (credit.program_id, credit.affiliate_id)))
        {
            programs.insert((key.organization(), program));
            affiliates.insert((key.organization(), affiliate));
        }
    }
    if programs.is_empty() {
        return Ok(Rates::default());
    }
    let (programs, affiliates) = (programs.into_iter().collect::<Vec<_>>(), affiliates.into_iter().collect::<Vec<_>>());
    let mut policies = attribution::store::policies(tx, &programs).await?;
    let versions = commission::store::plan_versions(tx, &programs, &affiliates).await?;
    let mut partners = commission::store::partners(tx, &affiliates).await?;
    let sub_affiliates = sub_affiliates(tx, &programs, &mut partners).await?;
    for (id, partner) in &partners {
        policies.approve(*id, partner.approved.clone());
    }
    Ok(Rates { policies, versions, affiliates: partners, sub_affiliates })
}

/// What the programs pay the recruiters of these affiliates; adds the recruiters to the affiliates. Costs nothing if no
/// one recruited any of them.
async fn sub_affiliates(
    tx: &mut TenantsTx,
    programs: &[(OrganizationId, ProgramId)],
    partners: &mut HashMap<AffiliateId, Partner>,
) -> Result<SubAffiliates, sqlx::Error> {
    let mut known = SubAffiliates::default();
    for (id, partner) in partners.iter() {
        partner.recruited.iter().for_each(|recruited| known.add_recruit(*id, *recruited));
    }
    let missing: BTreeSet<AffiliateId> = known.recruiters().filter(|id| !partners.contains_key(id)).collect();
    if known.recruiters().next().is_none() {
        return Ok(known);
    }
    commission::sub_affiliate_store::terms(tx, programs, &mut known).await?;
    if known.has_no_terms() || missing.is_empty() {
        return Ok(known);
    }
    // An id belongs to one organization only, so that asking for it in all of them finds no other row.
    let organizations: BTreeSet<OrganizationId> = programs.iter().map(|(organization, _)| *organization).collect();
    let missing: Vec<_> =
        organizations.iter().flat_map(|organization| missing.iter().map(|id| (*organization, *id))).collect();
    partners.extend(commission::store::partners(tx, &missing).await?);
    Ok(known)
}

async fn save(
    tx: &mut TenantsTx,
    state: &AppState,
    parts: &[Part<'_>],
    changes: Vec<HistoryChanges>,
) -> Result<(), BookingError> {
    let now = state.clock.now();
    announce(tx, parts, &changes, now).await?;
    let mut rollup = Rollup::new(origins(tx, parts, &changes).await?);
    let (mut conversions, mut commissions) = (Vec::new(), Vec::new());
    let (mut entries, mut moved) = (Vec::new(), Vec::new());
    for (part, changes) in parts.iter().zip(changes) {
        let organization = part.key.organization();
        let of_past = past_sales(part);
        for (before, now) in &changes.commissions {
            let cause = cause(part, &changes, now);
            entries.extend(rules::book::entry::corrections(organization, before.as_ref(), now, cause));
        }
        rollup.changes(organization, part, &changes)?;
        for (before, now) in changes.conversions {
            if before.is_some_and(|before| before.occurred_at != now.occurred_at) {
                moved.push((organization, now.id, now.occurred_at));
            }
            conversions.push(now);
        }
        commissions.extend(changes.commissions.into_iter().map(|(before, row)| {
            let is_new_past = before.is_none() && of_past.contains(&row.conversion());
            let news_at = news_store::news_at(before.as_ref(), &row, now).filter(|_| !is_new_past);
            (organization, row, news_at)
        }));
    }
    conversion::store::save(tx, &conversions.iter().collect::<Vec<_>>(), now).await?;
    let rows: Vec<_> = commissions.iter().map(|(organization, row, at)| (*organization, row, *at)).collect();
    commission::store::save(tx, &rows, now).await?;
    news_store::earned(tx, &rows).await?;
    commission::store::move_to(tx, &moved).await?;
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    rollup_store::save(tx, &mut rollup).await?;
    Ok(())
}

/// Loads where the credited clicks of what changes came from.
async fn origins(
    tx: &mut TenantsTx,
    parts: &[Part<'_>],
    changes: &[HistoryChanges],
) -> Result<origins_store::Origins, sqlx::Error> {
    let mut credited = Credited::new();
    for (part, changes) in parts.iter().zip(changes) {
        rollup::credited(part.key.organization(), part, changes, &mut credited);
    }
    origins_store::load(tx, &credited).await
}

/// The imported sales of the past in a history. They and their commissions are no news when they are imported; what
/// happens to them later is.
fn past_sales(part: &Part<'_>) -> HashSet<Option<ConversionId>> {
    part.history.conversions.iter().filter(|row| row.is_past()).map(|row| Some(row.id)).collect()
}

/// Announces the changes to webhooks in the same transaction.
async fn announce(
    tx: &mut TenantsTx,
    parts: &[Part<'_>],
    changes: &[HistoryChanges],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut news = News::default();
    for (part, changes) in parts.iter().zip(changes) {
        let of_past = past_sales(part);
        let is_news = |is_new: bool, conversion| !(is_new && of_past.contains(&conversion));
        let conversions = changes.conversions.iter();
        for (before, conversion) in conversions.filter(|(before, now)| is_news(before.is_none(), Some(now.id))) {
            news.conversion(before.as_ref(), conversion, buyer(part, conversion));
        }
        let commissions = changes.commissions.iter();
        for (before, commission) in commissions.filter(|(before, now)| is_news(before.is_none(), now.conversion())) {
            news.commission(part.key.organization(), before.as_ref(), commission);
            if let Some((before, now)) = released(part, changes, before.as_ref(), commission) {
                news.released(before, now, buyer(part, now));
            }
        }
    }
    news.announce(tx, now).await
}

/// The brand's id of a conversion's buyer.
fn buyer<'a>(part: &'a Part<'_>, conversion: &Conversion) -> Option<&'a str> {
    let person = conversion.customer_id.and_then(|id| part.history.people.get(&id))?;
    Some(person.name.as_str())
}

/// The sale of a commission that was held and no longer is, as it was stored and as it is now. It may be unchanged
/// itself, such as a renewal whose first sale a person credited to no one.
fn released<'a>(
    part: &'a Part<'_>,
    changes: &'a HistoryChanges,
    before: Option<&Commission>,
    now: &Commission,
) -> Option<(&'a Conversion, &'a Conversion)> {
    let is_released = before.is_some_and(|before| before.held.is_some()) && now.held.is_none() && now.amount != 0;
    let id = now.conversion().filter(|_| is_released && now.parent().is_none())?;
    let stored = part.history.stored.get(&id)?;
    let changed = changes.conversions.iter().find(|(_, now)| now.id == id);
    Some((stored, changed.map_or(stored, |(_, now)| now)))
}

/// The cause of a commission's change: the sale's own event if the sale is new; the latest refund or dispute if that is
/// what changed; otherwise what triggered the recomputation.
fn cause(part: &Part<'_>, changes: &HistoryChanges, commission: &Commission) -> Cause {
    let history = &part.history;
    let changed = changes.conversions.iter().find(|(_, now)| commission.conversion() == Some(now.id));
    let event = match changed {
        _ if history.cause.decision_id.is_some() => None,
        Some((None, sale)) => Some(sale.event_id),
        Some((Some(before), sale))
            if (before.outcome.refunded, before.outcome.dispute) != (sale.outcome.refunded, sale.outcome.dispute) =>
        {
            history.last_given_back(&sale.external_id)
        }
        Some(_) | None => None,
    };
    event.map_or(history.cause, |event| Cause { event_id: Some(event), ..history.cause })
}
