//! SQL of one payout's receipt.

use payout_core::{
    document::receipt::{Dated, Line, Party, Receipt},
    step::Status,
};
use shared::{
    id::{AffiliateId, CommissionId, OrganizationId, PayoutId},
    timestamp::Timestamp,
};

use super::words;
use identity::organization::time_zone;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx, corrupt_column},
    page::zone::Zone,
    text::Texts,
};

/// A receipt, and the data behind it.
#[derive(Debug, Clone)]
pub struct Found {
    pub receipt: Receipt,
    pub affiliate: AffiliateId,
    pub email: String,
    /// For each of the receipt's lines, in their order: the commission, and how much of the line came back.
    pub behind: Vec<(CommissionId, i64)>,
    pub rail: String,
    pub reason_code: Option<String>,
    pub bank_status: Option<String>,
}

/// Loads a receipt with its texts in that language and its dates in the organization's time zone; `None` if the
/// organization has no such payout, or it isn't that affiliate's. What an import left to another platform isn't: they
/// have received nothing.
#[compiled_once]
pub async fn read(
    tx: &mut TenantTx,
    t: Texts,
    only: Option<AffiliateId>,
    payout: PayoutId,
) -> Result<Option<Found>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.affiliate_id, a.name, a.email, o.name as brand, o.mode, p.currency, p.amount, p.withheld,
                  p.withheld_reason, p.returned, p.withheld_returned, p.rail, p.destination, p.transfer, p.reference,
                  p.status, p.reason_code, p.created_at, p.sent_at, p.ended_at, p.bank_status, p.bank_reason,
                  m.hint as "hint?"
           from payouts p
           join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
           join organizations o on o.organization_id = p.organization_id
           -- As it was when it was paid: a method that was changed since isn't this payout's.
           left join payout_methods m on m.organization_id = p.organization_id and m.affiliate_id = p.affiliate_id
                and m.rail = p.rail and m.updated_at <= coalesce(p.exported_at, p.sent_at, p.ended_at, 'infinity')
           where p.organization_id = $1 and p.id = $2
             and ($3::uuid is null or (p.affiliate_id = $3 and not p.settled_there))"#,
        tx.organization().uuid(),
        payout.uuid(),
        only.map(AffiliateId::uuid),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let zone = time_zone::of(tx).await?;
    let dated = |at| dated(&zone, t, at);
    let lines = lines(tx, t, &zone, payout).await?;
    let status = Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?;
    let reason = row.reason_code.as_deref().and_then(|code| words::why(t, code));
    let refused = row.bank_status.as_deref() == Some("Failed");
    let receipt = Receipt {
        brand: Party { name: row.brand, lines: Vec::new() },
        affiliate: Party { name: row.name, lines: vec![row.email.clone()] },
        affiliate_id: row.affiliate_id.to_string(),
        payout_id: payout.to_string(),
        status,
        currency: row.currency.parse().map_err(|_| corrupt_column("payouts.currency"))?,
        gross: row.amount,
        withheld: row.withheld,
        withheld_reason: row.withheld_reason.as_deref().map(|reason| words::withheld(t, reason)),
        returned: row.returned,
        withheld_returned: row.withheld_returned,
        rail: words::rail(t, &row.rail),
        destination: row.destination.as_deref().map(masked).or(row.hint).filter(|hint| !hint.is_empty()),
        transfer: row.transfer,
        reference: row.reference,
        reason,
        created: dated(row.created_at),
        sent: row.sent_at.map(dated),
        ended: row.ended_at.map(dated),
        time_zone: zone.name().to_owned(),
        bank_refused: refused.then(|| row.bank_reason.unwrap_or_default()),
        lines: lines.iter().map(|line| line.0.clone()).collect(),
        test_mode: row.mode == "test",
    };
    Ok(Some(Found {
        receipt,
        affiliate: row.affiliate_id,
        email: row.email,
        behind: lines.into_iter().map(|line| line.1).collect(),
        rail: row.rail,
        reason_code: row.reason_code,
        bank_status: row.bank_status,
    }))
}

fn dated(zone: &Zone, t: Texts, at: Timestamp) -> Dated {
    Dated { at, date: zone.date_in(t, at) }
}

async fn lines(
    tx: &mut TenantTx,
    t: Texts,
    zone: &Zone,
    payout: PayoutId,
) -> Result<Vec<(Line, (CommissionId, i64))>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.commission_id, i.amount, i.returned, c.kind, c.day, g.name as program, v.kind as "sale_kind?",
                  v.occurred_at as "occurred_at?", c.created_at
           from payout_items i
           join commissions c on c.organization_id = i.organization_id and c.id = i.commission_id
           join programs g on g.organization_id = c.organization_id and g.id = c.program_id
           left join conversions v on v.organization_id = c.organization_id and v.id = c.conversion_id
           where i.organization_id = $1 and i.payout_id = $2
           order by coalesce(v.occurred_at, c.day::timestamptz, c.created_at), i.commission_id"#,
        tx.organization().uuid(),
        payout.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let lines = rows.into_iter().map(|row| {
        // A day's clicks were earned on that day, whatever the time zone.
        let day = row.day.map(|day| Timestamp::from_date_time(day.midnight().assume_utc()));
        let earned = match (row.occurred_at, day) {
            (None, Some(day)) => Dated { at: day, date: t.date(day) },
            (at, _) => dated(zone, t, at.unwrap_or(row.created_at)),
        };
        let line = Line {
            earned,
            program: row.program,
            what: t.say(words::earned_by_key(&row.kind, row.sale_kind.as_deref())).to_string(),
            amount: row.amount,
        };
        (line, (row.commission_id, row.returned))
    });
    Ok(lines.collect())
}

/// `acct_…3hy`: enough to distinguish accounts.
fn masked(account: &str) -> String {
    let count = account.chars().count();
    let last: String = account.chars().skip(count.saturating_sub(4)).collect();
    match account.split_once('_') {
        Some((kind, rest)) if rest.chars().count() > 8 => format!("{kind}_…{last}"),
        _ => format!("…{last}"),
    }
}

/// Finds the organization of a payout, among those of the transaction.
pub async fn owner(tx: &mut TenantsTx, payout: PayoutId) -> Result<Option<OrganizationId>, sqlx::Error> {
    let ids = tx.tenant_ids();
    let found = sqlx::query_scalar!(
        "select organization_id from payouts where organization_id = any ($1) and id = $2",
        &ids,
        payout.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(OrganizationId::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_shown_by_its_end() {
        assert_eq!(masked("acct_1MTfjCQ9PRzxEwkZ"), "acct_…EwkZ");
        assert_eq!(masked("acct_1"), "…ct_1");
        assert_eq!(masked(""), "…");
    }
}
