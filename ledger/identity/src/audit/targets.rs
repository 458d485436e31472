//! Names and pages of what audit log entries are about, for all entries of a page in one query.

use std::collections::HashMap;

use shared::id::{
    Affiliate, AffiliateId, CommissionId, ConversionId, CrmConnectionId, CustomerId, ImportId, Kind,
    MissingSaleClaimId, PayoutId, PayoutRunId, ProgramId, RewardId, TaxFormId, WebhookEndpointId,
};
use uuid::Uuid;

use kit::db::TenantTx;
use rules::format;

/// What was changed, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Such as "Mia Sato" or "$40.00 for Mia Sato"; empty if it has no name of its own.
    pub name: String,
    /// The page that shows it, without a query.
    pub path: String,
}

/// By public id, of what still exists and has a page.
pub type Targets = HashMap<String, Target>;

/// A row of the query.
struct Found {
    kind: String,
    id: Uuid,
    name: String,
    amount: Option<i64>,
    currency: Option<String>,
    /// The program or affiliate on whose page it is; set for a key if it is an assistant's token.
    place: Option<Uuid>,
}

pub async fn of<'a>(tx: &mut TenantTx, targets: impl Iterator<Item = &'a str>) -> Result<Targets, sqlx::Error> {
    let requested: HashMap<(&str, Uuid), &str> = targets.filter_map(|target| Some((parsed(target)?, target))).collect();
    let ids: Vec<Uuid> = requested.keys().map(|(_, id)| *id).collect();
    if ids.is_empty() {
        return Ok(Targets::new());
    }
    let rows = sqlx::query_as!(
        Found,
        r#"select 'aff' as "kind!", id as "id!", name as "name!", null::bigint as "amount?", null::text as "currency?",
                  null::uuid as "place?"
           from affiliates where organization_id = $1 and id = any ($2)
           union all select 'com', c.id, a.name, c.earned, c.currency, null
           from commissions c join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.id = any ($2)
           union all select 'conv', id, kind, amount, currency, null
           from conversions where organization_id = $1 and id = any ($2)
           union all select 'cus', id, external_id, null, null, null
           from customers where organization_id = $1 and id = any ($2)
           union all select 'prog', id, name, null, null, null
           from programs where organization_id = $1 and id = any ($2)
           union all select 'lnk', id, host || '/' || slug, null, null, program_id
           from links where organization_id = $1 and id = any ($2)
           union all select 'cpn', id, code, null, null, program_id
           from coupons where organization_id = $1 and id = any ($2)
           union all select 'plan', v.id, p.name, null, null, p.id
           from plan_versions v join programs p on p.organization_id = v.organization_id and p.id = v.program_id
           where v.organization_id = $1 and v.id = any ($2)
           union all select 'po', o.id, a.name, o.amount - o.withheld, o.currency, null
           from payouts o join affiliates a on a.organization_id = o.organization_id and a.id = o.affiliate_id
           where o.organization_id = $1 and o.id = any ($2)
           union all select 'run', id, currency, null, null, null
           from payout_runs where organization_id = $1 and id = any ($2)
           union all select 'key', id, name, null, null, case when kind = 'mcp' then id end
           from api_keys where organization_id = $1 and id = any ($2)
           union all select 'usr', id, case when name = '' then email else name end, null, null, null
           from users where id = any ($2)
           union all select 'inv', id, email, null, null, null
           from invitations where organization_id = $1 and id = any ($2)
           union all select 'crm', id, '', null, null, null
           from crm_connections where organization_id = $1 and id = any ($2)
           union all select 'gw', id, initcap(gateway), null, null, null
           from gateway_connections where organization_id = $1 and id = any ($2)
           union all select case kind when 'webhook' then 'whe' else 'dst' end, id, url, null, null, null
           from webhook_endpoints where organization_id = $1 and id = any ($2)
           union all select 'ast', id, title, null, null, null
           from assets where organization_id = $1 and id = any ($2)
           union all select 'rwd', id, title, null, null, null
           from rewards where organization_id = $1 and id = any ($2)
           union all select 'rwc', c.id, a.name, null, null, c.reward_id
           from reward_claims c join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.id = any ($2)
           union all select 'grt', id, client_name, null, null, null
           from oauth_grants where organization_id = $1 and id = any ($2)
           union all select 'imp', id, '', null, null, null
           from imports where organization_id = $1 and id = any ($2)
           union all select 'tax', t.id, a.name, null, null, null
           from tax_forms t join affiliates a on a.organization_id = t.organization_id and a.id = t.affiliate_id
           where t.organization_id = $1 and t.id = any ($2)
           union all select 'pacc', p.id, a.name, null, null, null
           from payout_accounts p join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
           where p.organization_id = $1 and p.id = any ($2)
           union all select 'inq', m.id, a.name, null, null, null
           from missing_sale_claims m join affiliates a on a.organization_id = m.organization_id and a.id = m.affiliate_id
           where m.organization_id = $1 and m.id = any ($2)
           union all select 'cst', c.id, a.name, null, null, a.id
           from consents c join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.id = any ($2)"#,
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        let id = *requested.get(&(row.kind.as_str(), row.id))?;
        Some((id.to_owned(), Target { path: row.path()?, name: row.name() }))
    });
    Ok(found.collect())
}

/// The prefix of a public id, and the id. All kinds of ids are written alike, so that one kind can read the others.
fn parsed(target: &str) -> Option<(&str, Uuid)> {
    let (prefix, suffix) = target.rsplit_once('_')?;
    let alike = format!("{}_{suffix}", Affiliate::PREFIX);
    Some((prefix, alike.parse::<AffiliateId>().ok()?.uuid()))
}

impl Found {
    fn name(&self) -> String {
        let money = match (self.amount, &self.currency) {
            (Some(amount), Some(currency)) => format::money(amount, currency),
            _ => String::new(),
        };
        match (self.kind.as_str(), self.name.as_str()) {
            ("com", affiliate) => format!("{money} for {affiliate}"),
            ("po", affiliate) => format!("{money} to {affiliate}"),
            ("conv", "Lead") => "the lead".to_owned(),
            ("conv", "Recurring") => format!("the renewal of {money}"),
            ("conv", _) => format!("the sale of {money}"),
            (_, name) => name.to_owned(),
        }
    }

    fn path(&self) -> Option<String> {
        let program = || self.place.map(ProgramId::new);
        let path = match self.kind.as_str() {
            "aff" => format!("affiliates/{}", AffiliateId::new(self.id)),
            "com" => format!("commissions/{}", CommissionId::new(self.id)),
            "conv" => format!("conversions/{}", ConversionId::new(self.id)),
            "cus" => format!("customers/{}", CustomerId::new(self.id)),
            "prog" => format!("programs/{}", ProgramId::new(self.id)),
            "lnk" => format!("programs/{}/links", program()?),
            "cpn" => format!("programs/{}/coupons", program()?),
            "plan" => format!("programs/{}/plan", program()?),
            "po" => format!("payouts/{}", PayoutId::new(self.id)),
            "run" => format!("payouts/runs/{}", PayoutRunId::new(self.id)),
            "key" if self.place.is_some() => "settings/ai-assistants".to_owned(),
            "key" => "settings/api-keys".to_owned(),
            "grt" => "settings/connected-apps".to_owned(),
            "usr" | "inv" => "settings/team".to_owned(),
            "crm" => format!("crms/{}", CrmConnectionId::new(self.id)),
            "gw" => "gateways".to_owned(),
            "whe" => format!("settings/webhooks/{}", WebhookEndpointId::new(self.id)),
            "dst" => "settings/webhooks".to_owned(),
            "ast" => "assets".to_owned(),
            "rwd" => format!("rewards/{}", RewardId::new(self.id)),
            "rwc" => format!("rewards/{}", self.place.map(RewardId::new)?),
            "imp" => format!("imports/{}", ImportId::new(self.id)),
            "tax" => format!("payouts/tax/forms/{}", TaxFormId::new(self.id)),
            "pacc" => "payouts/accounts".to_owned(),
            "inq" => format!("inquiries/{}", MissingSaleClaimId::new(self.id)),
            "cst" => format!("affiliates/{}", self.place.map(AffiliateId::new)?),
            _ => return None,
        };
        Some(format!("/dashboard/{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: &str, name: &str) -> Found {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let (amount, currency) = (Some(4_000), Some("USD".to_owned()));
        Found { kind, id: Uuid::from_u128(1), name, amount, currency, place: Some(Uuid::from_u128(2)) }
    }

    #[test]
    fn every_kind_of_id_is_read() {
        for id in [CommissionId::new(Uuid::from_u128(7)).to_string(), PayoutRunId::new(Uuid::from_u128(7)).to_string()]
        {
            assert_eq!(parsed(&id), Some((id.split('_').next().unwrap(), Uuid::from_u128(7))));
        }
        for other in ["go.acme.test", "", "com_", "com_no"] {
            assert_eq!(parsed(other), None, "{other}");
        }
    }

    #[test]
    fn amounts_are_named_with_their_affiliate() {
        let commission = found("com", "Mia Sato");
        assert_eq!(commission.name(), "$40.00 for Mia Sato");
        assert!(commission.path().unwrap().starts_with("/dashboard/commissions/com_"));
        assert_eq!(found("conv", "Recurring").name(), "the renewal of $40.00");
        let token = found("key", "Zapier");
        assert_eq!(
            (token.name(), token.path().unwrap()),
            ("Zapier".to_owned(), "/dashboard/settings/ai-assistants".to_owned())
        );
        assert_eq!(Found { place: None, ..token }.path().unwrap(), "/dashboard/settings/api-keys");
        let coupon = found("cpn", "MIA20").path().unwrap();
        assert!(coupon.starts_with("/dashboard/programs/prog_") && coupon.ends_with("/coupons"), "{coupon}");
        assert_eq!(found("evt", "").path(), None);
    }
}
