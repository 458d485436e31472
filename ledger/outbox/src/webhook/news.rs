//! Derives events from a change of conversions and commissions: the difference between the stored and the new state. If
//! nothing changed, nothing is sent; so what is recomputed or sent again is reported only once.

use std::collections::HashMap;

use serde::Serialize;
use shared::{
    id::{CommissionId, ConversionId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    announce::outgoing,
    event::EventKind,
    message::Message,
    milestone::{Sale, Sales},
    store,
};
use crate::sync;
use kit::{
    api::view::{self},
    compiled_once,
    db::TenantsTx,
};
use rules::{
    commission::{Commission, CommissionStatus},
    conversion::Conversion,
    fact::DisputeState,
};

/// Changes collected while a transaction computes them, and announced at its end.
#[derive(Debug, Default)]
pub struct News<'a> {
    conversions: Vec<(EventKind, Option<&'a Conversion>, &'a Conversion, Option<&'a str>)>,
    commissions: Vec<(OrganizationId, EventKind, Option<&'a Commission>, &'a Commission)>,
    firsts: Sales<'a>,
}

impl<'a> News<'a> {
    /// Adds a conversion as it was stored, if it was, and as it is now; with the brand's id of the buyer.
    pub fn conversion(&mut self, before: Option<&'a Conversion>, now: &'a Conversion, buyer: Option<&'a str>) {
        for kind in of_conversion(before, now).into_iter().flatten() {
            self.conversions.push((kind, before, now, buyer));
        }
        self.firsts.add(Sale { before, now, buyer });
    }

    /// Adds a sale, as it was stored and as it is now, with a commission that waited and no longer does: it may be a
    /// first.
    pub fn released(&mut self, before: &'a Conversion, now: &'a Conversion, buyer: Option<&'a str>) {
        self.firsts.release(Sale { before: Some(before), now, buyer });
    }

    pub fn commission(&mut self, organization: OrganizationId, before: Option<&'a Commission>, now: &'a Commission) {
        for kind in of_commission(before, now).into_iter().flatten() {
            self.commissions.push((organization, kind, before, now));
        }
        self.firsts.hold(now);
    }

    /// Writes everything as messages.
    ///
    /// # Errors
    /// Database errors; nothing may be committed then.
    #[compiled_once]
    pub async fn announce(mut self, tx: &'a mut TenantsTx, now: Timestamp) -> Result<(), sqlx::Error> {
        let firsts = std::mem::take(&mut self.firsts).claim(tx).await?;
        if self.conversions.is_empty() && self.commissions.is_empty() && firsts.is_empty() {
            return Ok(());
        }
        let since = self.since(tx, &firsts).await?;
        let mut messages = Vec::with_capacity(self.conversions.len() + firsts.len() + self.commissions.len());
        for (kind, before, row, buyer) in self.conversions {
            let created = since.conversions.get(&row.id).copied().unwrap_or(now);
            let object = conversion(row, buyer, created);
            let place = messages.len();
            messages.push(match before {
                None => Message::new(row.organization_id, kind, &object, now, place)?,
                Some(before) => {
                    let previous = WasConversion {
                        dispute: before.outcome.dispute.map(DisputeState::as_str),
                        refunded_cents: before.outcome.refunded,
                        status: before.outcome.status.as_str(),
                    };
                    Message::new(row.organization_id, kind, &With { object, previous }, now, place)?
                }
            });
        }
        for Sale { now: row, buyer, .. } in firsts {
            let created = since.conversions.get(&row.id).copied().unwrap_or(now);
            let object = conversion(row, buyer, created);
            let place = messages.len();
            messages.push(Message::new(row.organization_id, EventKind::FirstConversion, &object, now, place)?);
        }
        for (organization, kind, before, row) in self.commissions {
            let created = since.commissions.get(&row.id).copied().unwrap_or(now);
            let object = commission(row, created);
            let place = messages.len();
            messages.push(match before {
                None => Message::new(organization, kind, &object, now, place)?,
                Some(before) => {
                    let previous = WasCommission { amount_cents: before.amount, status: before.status.as_str() };
                    Message::new(organization, kind, &With { object, previous }, now, place)?
                }
            });
        }
        store::insert(tx, &messages, now).await?;
        sync::trigger::events(tx, &outgoing(&messages), now).await
    }

    /// When the existing rows were created: the only field that isn't in memory.
    async fn since(&self, tx: &mut TenantsTx, firsts: &[Sale<'_>]) -> Result<Since, sqlx::Error> {
        let changed = self.conversions.iter().map(|(_, before, now, _)| (before, now));
        let conversions: Vec<_> = changed
            .chain(firsts.iter().map(|sale| (&sale.before, &sale.now)))
            .filter(|(before, _)| before.is_some())
            .map(|(_, now)| (now.organization_id, now.id))
            .collect();
        let commissions: Vec<_> = self
            .commissions
            .iter()
            .filter(|(_, _, before, _)| before.is_some())
            .map(|(organization, .., now)| (*organization, now.id))
            .collect();
        Ok(Since {
            conversions: store::conversions_since(tx, &conversions).await?,
            commissions: store::commissions_since(tx, &commissions).await?,
        })
    }
}

struct Since {
    conversions: HashMap<ConversionId, Timestamp>,
    commissions: HashMap<CommissionId, Timestamp>,
}

/// An object with its previous values.
#[derive(Serialize)]
struct With<T, P> {
    #[serde(flatten)]
    object: T,
    previous: P,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasConversion {
    dispute: Option<&'static str>,
    refunded_cents: i64,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasCommission {
    amount_cents: i64,
    status: &'static str,
}

/// What was returned first, then whether a dispute began or ended well. One that is lost is returned.
fn of_conversion(before: Option<&Conversion>, now: &Conversion) -> [Option<EventKind>; 2] {
    let Some(before) = before else {
        return [Some(if now.lead { EventKind::LeadCreated } else { EventKind::ConversionCreated }), None];
    };
    let (was, is) = (&before.outcome, &now.outcome);
    let returned = (is.refunded > was.refunded).then_some(EventKind::ConversionRefunded);
    let dispute = match is.dispute {
        state if state == was.dispute => None,
        Some(DisputeState::Open) => Some(EventKind::ConversionDisputed),
        Some(DisputeState::Won) => Some(EventKind::DisputeWon),
        Some(DisputeState::Lost) | None => None,
    };
    [returned, dispute]
}

/// The change of value first, then whether it became payable.
fn of_commission(before: Option<&Commission>, now: &Commission) -> [Option<EventKind>; 2] {
    let was = before.map_or(0, |before| before.amount);
    let worth = match now.amount.cmp(&was) {
        std::cmp::Ordering::Greater => Some(EventKind::CommissionEarned),
        std::cmp::Ordering::Less => Some(EventKind::CommissionReversed),
        std::cmp::Ordering::Equal => None,
    };
    // A paid commission becomes Approved again by gaining value: that is reported as earned.
    let could =
        before.is_some_and(|before| matches!(before.status, CommissionStatus::Approved | CommissionStatus::Paid));
    let can = now.status == CommissionStatus::Approved && !could;
    [worth, can.then_some(EventKind::CommissionApproved)]
}

fn conversion(row: &Conversion, buyer: Option<&str>, created: Timestamp) -> view::Conversion {
    let credit = row.outcome.credit.as_ref();
    view::Conversion {
        id: row.id,
        external_event_id: row.external_id.clone(),
        kind: row.outcome.kind.as_str().to_owned(),
        status: row.outcome.status.as_str().to_owned(),
        program_id: credit.map(|credit| credit.program_id),
        affiliate_id: credit.map(|credit| credit.affiliate_id),
        customer_id: buyer.map(str::to_owned),
        amount_cents: row.amount.minor,
        refunded_cents: row.outcome.refunded,
        currency: row.amount.currency.code().to_owned(),
        occurred_at: row.occurred_at,
        source: row.source.clone(),
        verified: row.provenance.is_verified(),
        credited_by: credit.map(|credit| credit.rule.clone()),
        flags: row.outcome.flags.iter().map(|flag| flag.as_str().to_owned()).collect(),
        review: row.outcome.review.map(|review| review.as_str().to_owned()),
        dispute: row.outcome.dispute.map(|dispute| dispute.as_str().to_owned()),
        issues: row.outcome.issues.iter().map(|issue| issue.as_str().to_owned()).collect(),
        click_id: credit.and_then(|credit| credit.click_id),
        coupon_id: credit.and_then(|credit| credit.coupon_id),
        created_at: created,
    }
}

fn commission(row: &Commission, created: Timestamp) -> view::Commission {
    view::Commission {
        id: row.id,
        kind: row.earned_by.as_str().to_owned(),
        conversion_id: row.conversion(),
        of_commission_id: row.parent(),
        affiliate_id: row.affiliate_id,
        program_id: row.program_id,
        amount_cents: row.amount,
        earned_cents: row.earned.minor,
        paid_cents: row.paid,
        in_payout_cents: row.reserved,
        currency: row.earned.currency.code().to_owned(),
        status: row.status.as_str().to_owned(),
        held_for: row.held.map(|held| held.as_str().to_owned()),
        hold_until: row.hold_until,
        reason: row.reason.clone(),
        created_at: created,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::{
        id::{AffiliateId, ProgramId},
        money::{Currency, Money},
    };

    use super::{super::milestone::tests::sale, *};
    use rules::{commission::EarnedBy, conversion::Outcome};

    pub(crate) fn worth(amount: i64, status: CommissionStatus) -> Commission {
        Commission {
            id: CommissionId::from_bytes([1; 16]),
            earned_by: EarnedBy::Bonus(Timestamp::EPOCH),
            affiliate_id: AffiliateId::from_bytes([2; 16]),
            program_id: ProgramId::from_bytes([3; 16]),
            plan_version_id: None,
            component: 0,
            component_id: None,
            amount,
            earned: Money::new(amount, Currency::USD),
            paid: 0,
            reserved: 0,
            status,
            held: None,
            hold_until: Timestamp::EPOCH,
            approved_at: None,
            reason: String::new(),
        }
    }

    #[test]
    fn a_commission_tells_what_it_is_worth_and_when_it_can_be_paid() {
        use CommissionStatus::{Approved, Denied, Paid, Pending, Refunded};
        use EventKind::{CommissionApproved, CommissionEarned, CommissionReversed};
        for (before, now, outgoing) in [
            (None, (100, Pending), vec![CommissionEarned]),
            (None, (100, Approved), vec![CommissionEarned, CommissionApproved]),
            (None, (0, Refunded), vec![]),
            (None, (-100, Approved), vec![CommissionReversed, CommissionApproved]),
            (Some((100, Pending)), (100, Pending), vec![]),
            (Some((100, Pending)), (100, Approved), vec![CommissionApproved]),
            (Some((100, Approved)), (60, Approved), vec![CommissionReversed]),
            (Some((100, Pending)), (0, Denied), vec![CommissionReversed]),
            (Some((100, Paid)), (0, Refunded), vec![CommissionReversed]),
            (Some((100, Approved)), (100, Paid), vec![]),
            (Some((60, Paid)), (100, Approved), vec![CommissionEarned]),
            (Some((0, Denied)), (100, Pending), vec![CommissionEarned]),
        ] {
            let before = before.map(|(amount, status)| worth(amount, status));
            let found: Vec<EventKind> =
                of_commission(before.as_ref(), &worth(now.0, now.1)).into_iter().flatten().collect();
            assert_eq!(found, outgoing, "{before:?} {now:?}");
        }
    }

    fn sold(refunded: i64, dispute: Option<DisputeState>) -> Conversion {
        Conversion { outcome: Outcome { refunded, dispute, ..Outcome::unknown() }, ..sale() }
    }

    #[test]
    fn a_dispute_is_announced_when_it_begins_and_when_it_is_won() {
        use DisputeState::{Lost, Open, Won};
        use EventKind::{ConversionCreated, ConversionDisputed, ConversionRefunded, DisputeWon};
        for (before, now, outgoing) in [
            (None, (0, Some(Open)), vec![ConversionCreated]),
            (Some((0, None)), (0, Some(Open)), vec![ConversionDisputed]),
            (Some((0, Some(Open))), (0, Some(Open)), vec![]),
            (Some((0, Some(Open))), (0, Some(Won)), vec![DisputeWon]),
            (Some((0, Some(Open))), (100, Some(Lost)), vec![ConversionRefunded]),
            (Some((100, Some(Lost))), (0, Some(Won)), vec![DisputeWon]),
            (Some((0, Some(Won))), (0, Some(Open)), vec![ConversionDisputed]),
            (Some((0, None)), (40, Some(Open)), vec![ConversionRefunded, ConversionDisputed]),
            (Some((0, Some(Won))), (40, Some(Won)), vec![ConversionRefunded]),
        ] {
            let before = before.map(|(refunded, dispute)| sold(refunded, dispute));
            let found: Vec<EventKind> =
                of_conversion(before.as_ref(), &sold(now.0, now.1)).into_iter().flatten().collect();
            assert_eq!(found, outgoing, "{before:?} {now:?}");
        }
    }

    #[test]
    fn what_was_stands_beside_what_is() {
        let object = commission(&worth(60, CommissionStatus::Approved), Timestamp::EPOCH);
        let previous = WasCommission { amount_cents: 100, status: "Approved" };
        let json = serde_json::to_value(With { object, previous }).unwrap();
        assert_eq!((json["amountCents"].as_i64(), json["previous"]["amountCents"].as_i64()), (Some(60), Some(100)));
    }
}
