//! Previews what the opposite decision about a join would change, by recomputing its history as if it were decided that
//! way.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use shared::{
    id::{AffiliateId, CommissionId},
    money::Currency,
};

use super::{
    store,
    view::{CustomerJoin, JoinPreview, MovedCommission, MovedConversion},
};
use crate::{
    explain::store::names_of,
    history::{
        joins::State,
        load,
        recompute::{HistoryChanges, recompute},
        write::{BookingError, parts, with_neighbours},
    },
};
use kit::{db::TenantTx, error::Result, state::AppState};
use rules::conversion::Conversion;

/// Computes the preview; saves nothing.
pub async fn preview(tx: &mut TenantTx, state: &AppState, join: &CustomerJoin) -> Result<JoinPreview> {
    let now = state.clock.now();
    let same = join.state != State::Joined.as_str();
    let keys = store::histories_of(tx, &[join.id]).await?;
    let mut histories = load::load(tx, &keys.into_iter().collect()).await?;
    for history in histories.values_mut() {
        history.joins.suppose(join.id, same, now);
    }
    let (histories, rates, complete) = with_neighbours(tx, &state.config.keys.pseudonym, histories).await?;
    let parts = parts(histories, &rates).map_err(BookingError::Money)?;
    let nobody = CommissionId::from_bytes([0; 16]);
    let recomputed = recompute(&parts, &complete, &rates, now, || nobody);
    let changes = recomputed.map_err(BookingError::Money)?;
    let mut conversions: Vec<MovedConversion> = changes.iter().flat_map(moved).collect();
    conversions.sort_by(|a, b| a.external_event_id.cmp(&b.external_event_id));
    let commissions = commissions(tx, &changes).await?;
    Ok(JoinPreview { decision: if same { "Join" } else { "Split" }, conversions, commissions })
}

fn moved(changes: &HistoryChanges) -> impl Iterator<Item = MovedConversion> + '_ {
    let credited = |sale: &Conversion| sale.outcome.credit.as_ref().map(|credit| credit.affiliate_id);
    let both = changes.conversions.iter().filter_map(|(before, now)| Some((before.as_ref()?, now)));
    both.filter(move |(before, now)| credited(before) != credited(now)).map(move |(before, now)| MovedConversion {
        conversion_id: now.id,
        external_event_id: now.external_id.clone(),
        before: credited(before),
        after: credited(now),
    })
}

/// The differences by affiliate and currency, where there are any.
async fn commissions(tx: &mut TenantTx, changes: &[HistoryChanges]) -> Result<Vec<MovedCommission>> {
    let mut sums: BTreeMap<(AffiliateId, String), (Currency, i64, i64)> = BTreeMap::new();
    for (before, now) in changes.iter().flat_map(|changes| &changes.commissions) {
        let currency = now.earned.currency;
        let (_, was, is) = sums.entry((now.affiliate_id, currency.code().to_owned())).or_insert((currency, 0, 0));
        *was = was.saturating_add(before.as_ref().map_or(0, |before| before.amount));
        *is = is.saturating_add(now.amount);
    }
    sums.retain(|_, (_, was, is)| was != is);
    let affiliates: BTreeSet<_> = sums.keys().map(|(affiliate, _)| affiliate.uuid()).collect();
    let names = names_of(tx, affiliates, BTreeSet::new(), HashSet::new()).await?;
    let moved = sums.into_iter().map(|((affiliate_id, _), (currency, before_cents, after_cents))| MovedCommission {
        affiliate_id,
        affiliate_name: names.affiliate(affiliate_id),
        currency,
        before_cents,
        after_cents,
        difference_cents: after_cents.saturating_sub(before_cents),
    });
    Ok(moved.collect())
}
