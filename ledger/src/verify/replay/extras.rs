//! Replays commissions that no conversion earns: a day's clicks, bonuses, adjustments. Decisions determine their
//! status.

use std::collections::HashMap;

use shared::{id::CommissionId, timestamp::Timestamp};
use uuid::Uuid;

use super::{Report, fields};
use crate::verify::{
    PAGE,
    difference::Difference,
    position::{Accounts, Position},
};
use engine::{
    accrual::clicks,
    commission,
    decision::apply::decided,
    history::{Decision, facts},
};
use kit::db::TenantTx;
use rules::commission::{Commission, EarnedBy, Held};

pub(super) async fn compare(tx: &mut TenantTx) -> Result<Report, sqlx::Error> {
    let organization = tx.organization();
    let accounts = Accounts::load(tx).await?;
    let Report { mut counts, mut differences } = Report::default();
    let mut after = Uuid::nil();
    loop {
        let ids = sqlx::query_scalar!(
            "select id from commissions where organization_id = $1 and conversion_id is null and id > $2
             order by id limit $3",
            organization.uuid(),
            after,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = ids.last() else { return Ok(Report { counts, differences }) };
        after = *last;
        let ids: Vec<CommissionId> = ids.into_iter().map(CommissionId::new).collect();
        let (booked, transfers) = accounts.booked(tx, &ids).await?;
        counts.commissions += ids.len() as u64;
        counts.transfers += transfers;
        let mut decisions: HashMap<CommissionId, Vec<Decision>> = HashMap::new();
        for decision in facts::decisions_about(tx, &ids).await? {
            if let Some(id) = decision.commission_id {
                decisions.entry(id).or_default().push(decision);
            }
        }
        for stored in commission::store::by_id(tx, &ids).await? {
            let about = stored.earned_by.as_str();
            let decisions = decisions.get(&stored.id).map(Vec::as_slice).unwrap_or_default();
            let anew = decided(&stored, decisions, held(&stored, decisions), Timestamp::EPOCH);
            if anew != stored {
                for difference in fields::commission(about, &stored, &anew) {
                    differences.add(organization, difference);
                }
            }
            let (holds, says) = (booked.get(&stored.id).cloned().unwrap_or_default(), Position::of(&stored));
            if holds != says {
                let about = format!("{about}, {}", stored.id);
                differences.add(organization, Difference::new(about, "transfers", holds, says));
            }
        }
    }
}

/// The hold that the commission may have. Whether a day's clicks grew suddenly isn't computed again: its hold counts as it
/// is, unless a decision ended it.
fn held(stored: &Commission, decisions: &[Decision]) -> Option<Held> {
    match stored.earned_by {
        EarnedBy::Clicks(day) if clicks::may_be_held(decisions, day) => stored.held,
        _ => None,
    }
}
