//! SQL of reports and decisions about sales: aliases, refunds, disputes, repeated reports, decisions. In sets.

use std::collections::{HashMap, HashSet};

use shared::id::{AffiliateId, CommissionId, ConversionId, CustomerId, EventId, OrganizationId, ProgramId};
use uuid::Uuid;

use super::{Decision, DecisionKind, Reach};
use kit::db::{TenantTx, TenantsTx, corrupt_column};
use rules::{
    conversion::given_back::{Dispute, Refund},
    fact::{Alias, Basis, DisputeFact, DisputeState, RefundEffect, RefundFact},
};

/// A value with its tenant.
pub type Owned<T> = (OrganizationId, T);

pub async fn insert_refunds(tx: &mut TenantsTx, refunds: &[Owned<Refund>]) -> Result<(), sqlx::Error> {
    if refunds.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&RefundFact) -> &str| refunds.iter().map(|row| of(&row.1.fact).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into refunds (organization_id, event_id, external_id, refund_of, amount, currency, basis, effect, occurred_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                              $8::text[], $9::timestamptz[])
         on conflict do nothing",
        &refunds.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.1.event_id.uuid()).collect::<Vec<_>>(),
        &texts(|fact| &fact.external_id),
        &texts(|fact| &fact.refund_of),
        &refunds.iter().map(|row| row.1.fact.amount).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.1.fact.currency.code().to_owned()).collect::<Vec<_>>(),
        &texts(|fact| fact.basis.as_str()),
        &texts(|fact| fact.effect.as_str()),
        &refunds.iter().map(|row| row.1.occurred_at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn insert_disputes(tx: &mut TenantsTx, disputes: &[Owned<Dispute>]) -> Result<(), sqlx::Error> {
    if disputes.is_empty() {
        return Ok(());
    }
    let texts =
        |of: fn(&DisputeFact) -> &str| disputes.iter().map(|row| of(&row.1.fact).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into disputes (organization_id, event_id, external_id, dispute_of, amount, currency, state, occurred_at, total)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                              $8::timestamptz[], $9::bigint[])
         on conflict do nothing",
        &disputes.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &disputes.iter().map(|row| row.1.event_id.uuid()).collect::<Vec<_>>(),
        &texts(|fact| &fact.external_id),
        &texts(|fact| &fact.dispute_of),
        &disputes.iter().map(|row| row.1.fact.amount).collect::<Vec<_>>(),
        &disputes.iter().map(|row| row.1.fact.currency.code().to_owned()).collect::<Vec<_>>(),
        &texts(|fact| fact.state.as_str()),
        &disputes.iter().map(|row| row.1.occurred_at).collect::<Vec<_>>(),
        &disputes.iter().map(|row| row.1.fact.total).collect::<Vec<_>>() as &[Option<i64>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn insert_aliases(tx: &mut TenantsTx, aliases: &[Owned<(EventId, Alias)>]) -> Result<(), sqlx::Error> {
    if aliases.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into sale_aliases (organization_id, alias, name, event_id)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) on conflict do nothing",
        &aliases.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &aliases.iter().map(|row| row.1.1.alias.clone()).collect::<Vec<_>>(),
        &aliases.iter().map(|row| row.1.1.name.clone()).collect::<Vec<_>>(),
        &aliases.iter().map(|row| row.1.0.uuid()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Another report of a known conversion.
#[derive(Debug, Clone)]
pub struct RepeatedReport {
    pub event_id: EventId,
    pub external_id: String,
    pub customer: Option<CustomerId>,
}

pub async fn insert_repeated_reports(
    tx: &mut TenantsTx,
    repeated_reports: &[Owned<RepeatedReport>],
) -> Result<(), sqlx::Error> {
    if repeated_reports.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into repeated_reports (organization_id, event_id, external_id, customer_id)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) on conflict do nothing",
        &repeated_reports.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &repeated_reports.iter().map(|row| row.1.event_id.uuid()).collect::<Vec<_>>(),
        &repeated_reports.iter().map(|row| row.1.external_id.clone()).collect::<Vec<_>>(),
        &repeated_reports.iter().map(|row| row.1.customer.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sales by external id.
pub type Sales = [(OrganizationId, String)];

fn keys(sales: &Sales) -> (Vec<Uuid>, Vec<String>) {
    sales.iter().map(|sale| (sale.0.uuid(), sale.1.clone())).unzip()
}

/// All sales that these names may mean, including the names themselves: the other ends of [`names`].
pub async fn meant(tx: &mut TenantsTx, names: &Sales) -> Result<HashSet<(OrganizationId, String)>, sqlx::Error> {
    let found = self::names(tx, names).await?;
    Ok(found.organizations.into_iter().map(OrganizationId::new).zip(found.names).collect())
}

/// The names under which refunds and disputes of sales may be reported, including the sales' own ones.
#[derive(Debug, Default)]
pub struct Names {
    organizations: Vec<Uuid>,
    sales: Vec<String>,
    names: Vec<String>,
    /// Whether the sale's ID is an alias of this name.
    upwards: Vec<bool>,
}

impl Names {
    /// Each sale with each of its names, the sales' own IDs first.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sales.iter().map(String::as_str).zip(self.names.iter().map(String::as_str))
    }
}

/// A name that was found for a sale.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Found {
    organization: Uuid,
    sale: String,
    name: String,
    /// Whether it was found from an alias to its name, as from a charge to its payment intent, or from a name to its
    /// aliases. `None` for the sale's own ID, from which both are followed.
    upwards: Option<bool>,
}

/// Finds the names of sales: the aliases of a sale's ID (an invoice's payment intent and charge), and what the ID is an
/// alias of (an imported charge's payment intent and invoice). It doesn't change direction on the way: the other
/// payments of a charge's invoice aren't the charge. It goes step by step, because a cluster takes no recursion over
/// several organizations; hardly any name needs a third step.
pub async fn names(tx: &mut TenantsTx, sales: &Sales) -> Result<Names, sqlx::Error> {
    let mut known: HashSet<Found> = HashSet::new();
    let mut all = Names::default();
    let own = |(owner, sale): &(OrganizationId, String)| Found {
        organization: owner.uuid(),
        sale: sale.clone(),
        name: sale.clone(),
        upwards: None,
    };
    let mut latest: Vec<Found> = sales.iter().map(own).collect();
    loop {
        latest.retain(|found| known.insert(found.clone()));
        if latest.is_empty() {
            return Ok(all);
        }
        for found in &latest {
            all.organizations.push(found.organization);
            all.sales.push(found.sale.clone());
            all.names.push(found.name.clone());
            all.upwards.push(found.upwards == Some(true));
        }
        latest = next_names(tx, &latest).await?;
    }
}

async fn next_names(tx: &mut TenantsTx, latest: &[Found]) -> Result<Vec<Found>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with n as (
               select organization_id, sale, name, upwards
               from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[]) u (organization_id, sale, name, upwards))
           select a.organization_id as "organization_id!", n.sale as "sale!", a.alias as "name!", false as "upwards!"
           from n join sale_aliases a on a.organization_id = n.organization_id and a.name = n.name
           where n.upwards is not true
           union all
           select a.organization_id, n.sale, a.name, true
           from n join sale_aliases a on a.organization_id = n.organization_id and a.alias = n.name
           where n.upwards is not false"#,
        &latest.iter().map(|found| found.organization).collect::<Vec<_>>(),
        &latest.iter().map(|found| found.sale.clone()).collect::<Vec<_>>(),
        &latest.iter().map(|found| found.name.clone()).collect::<Vec<_>>(),
        &latest.iter().map(|found| found.upwards).collect::<Vec<_>>() as &[Option<bool>],
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().map(|row| Found {
        organization: row.organization_id,
        sale: row.sale,
        name: row.name,
        upwards: Some(row.upwards),
    });
    Ok(found.filter(|found| found.name != found.sale).collect())
}

/// The refunds of sales, by their names. A gateway's refund of an invoice or payment intent is one of an imported charge,
/// too. What the brand itself refunds is the sale with exactly this ID, or one that it's another name of.
pub async fn refunds(tx: &mut TenantsTx, sales: &Names) -> Result<Vec<Owned<(String, Refund)>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.organization_id, n.sale as "sale!", r.event_id, r.external_id, r.refund_of, r.amount,
                  r.currency, r.basis as "basis: Basis", r.effect as "effect: RefundEffect", r.occurred_at
           from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[]) n (organization_id, sale, name, upwards)
           join refunds r on r.organization_id = n.organization_id and r.refund_of = n.name
           where not n.upwards or r.basis = 'Paid'"#,
        &sales.organizations,
        &sales.sales,
        &sales.names,
        &sales.upwards,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = RefundFact {
                external_id: row.external_id,
                refund_of: row.refund_of,
                amount: row.amount,
                currency: row.currency.parse().map_err(|_| corrupt_column("refunds.currency"))?,
                basis: row.basis,
                effect: row.effect,
            };
            let refund = Refund { event_id: row.event_id, occurred_at: row.occurred_at, fact };
            Ok((OrganizationId::new(row.organization_id), (row.sale, refund)))
        })
        .collect()
}

/// The disputes of sales, by their names.
pub async fn disputes(tx: &mut TenantsTx, sales: &Names) -> Result<Vec<Owned<(String, Dispute)>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select d.organization_id, n.sale as "sale!", d.event_id, d.external_id, d.dispute_of,
                  d.amount, d.total, d.currency, d.state as "state: DisputeState", d.occurred_at
           from unnest($1::uuid[], $2::text[], $3::text[]) n (organization_id, sale, name)
           join disputes d on d.organization_id = n.organization_id and d.dispute_of = n.name"#,
        &sales.organizations,
        &sales.sales,
        &sales.names,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let fact = DisputeFact {
                external_id: row.external_id,
                dispute_of: row.dispute_of,
                amount: row.amount,
                total: row.total,
                currency: row.currency.parse().map_err(|_| corrupt_column("disputes.currency"))?,
                state: row.state,
            };
            let dispute = Dispute { event_id: row.event_id, occurred_at: row.occurred_at, fact };
            Ok((OrganizationId::new(row.organization_id), (row.sale, dispute)))
        })
        .collect()
}

/// Further reports of these sales.
pub async fn repeated_reports(tx: &mut TenantsTx, sales: &Sales) -> Result<Vec<Owned<RepeatedReport>>, sqlx::Error> {
    let (organizations, names) = keys(sales);
    let rows = sqlx::query!(
        "select organization_id, event_id, external_id, customer_id from repeated_reports
         where (organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
        &organizations,
        &names,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let repeated_report = RepeatedReport {
                event_id: row.event_id,
                external_id: row.external_id,
                customer: row.customer_id.map(CustomerId::new),
            };
            (row.organization_id, repeated_report)
        })
        .collect())
}

/// The decisions about these conversions and their commissions, by conversion. Each part joins two sets: while the tables'
/// statistics are missing, Postgres may compare each row of one with each of the other, which three sets don't bear.
pub async fn decisions(
    tx: &mut TenantsTx,
    conversions: &[(OrganizationId, ConversionId)],
) -> Result<HashMap<ConversionId, Vec<Decision>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with requested as (select * from unnest($1::uuid[], $2::uuid[]) a (organization_id, conversion_id)),
           earned as materialized (
               select c.organization_id, c.conversion_id, c.id from requested a
               join commissions c on c.organization_id = a.organization_id and c.conversion_id = a.conversion_id)
           select a.conversion_id as "about!", d.id as "id!", d.kind as "kind!: DecisionKind", d.conversion_id,
                  d.commission_id, d.program_id, d.affiliate_id, d.reach as "reach?: Reach", d.reason as "reason!",
                  d.about_claim as "about_claim!", d.repeats_from, d.decided_at as "decided_at!"
           from requested a join decisions d on d.organization_id = a.organization_id and d.conversion_id = a.conversion_id
           union all
           select c.conversion_id, d.id, d.kind, d.conversion_id, d.commission_id, d.program_id, d.affiliate_id, d.reach,
                  d.reason, d.about_claim, d.repeats_from, d.decided_at
           from earned c
           join decisions d on d.organization_id = c.organization_id and d.commission_id = c.id"#,
        &conversions.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &conversions.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<ConversionId, Vec<Decision>> = HashMap::new();
    for row in rows {
        let credit = row.program_id.zip(row.affiliate_id);
        found.entry(ConversionId::new(row.about)).or_default().push(Decision {
            id: row.id,
            kind: row.kind,
            conversion_id: row.conversion_id.map(ConversionId::new),
            commission_id: row.commission_id.map(CommissionId::new),
            credit: credit.map(|(program, affiliate)| (ProgramId::new(program), AffiliateId::new(affiliate))),
            reach: row.reach,
            reason: row.reason,
            about_claim: row.about_claim,
            repeats_from: row.repeats_from,
            decided_at: row.decided_at,
        });
    }
    Ok(found)
}

/// All decisions about these commissions themselves.
pub async fn decisions_about(tx: &mut TenantTx, commissions: &[CommissionId]) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, kind as "kind: DecisionKind", commission_id, reason, decided_at from decisions
           where organization_id = $1 and commission_id = any ($2)"#,
        tx.organization().uuid(),
        &commissions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Decision {
            id: row.id,
            kind: row.kind,
            conversion_id: None,
            commission_id: row.commission_id.map(CommissionId::new),
            credit: None,
            reach: None,
            reason: row.reason,
            about_claim: false,
            repeats_from: None,
            decided_at: row.decided_at,
        })
        .collect())
}

/// Saves decisions, including whether each is about a claim; `actor` is `api_key:…` or `user:…`.
pub async fn decide(tx: &mut TenantTx, decisions: &[Decision], actor: &str) -> Result<(), sqlx::Error> {
    let maybe = |of: fn(&Decision) -> Option<Uuid>| decisions.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into decisions (organization_id, id, kind, conversion_id, commission_id, program_id, affiliate_id, reach,
                                actor, reason, decided_at, about_claim)
         select $1, d.id, d.kind, d.conversion_id, d.commission_id, d.program_id, d.affiliate_id, d.reach, $2, d.reason,
                d.decided_at,
                exists (select from conversions c
                        where c.organization_id = $1 and not c.verified
                          and c.id = coalesce(d.conversion_id, (select m.conversion_id from commissions m
                                                                where m.organization_id = $1 and m.id = d.commission_id)))
         from unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[], $10::text[],
                     $11::timestamptz[])
              d (id, kind, conversion_id, commission_id, program_id, affiliate_id, reach, reason, decided_at)
         returning 1 as one",
        tx.organization().uuid(),
        actor,
        &decisions.iter().map(|decision| decision.id).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &maybe(|decision| decision.conversion_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe(|decision| decision.commission_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe(|decision| decision.credit.map(|credit| credit.0.uuid())) as &[Option<Uuid>],
        &maybe(|decision| decision.credit.map(|credit| credit.1.uuid())) as &[Option<Uuid>],
        &decisions.iter().map(|decision| decision.reach.map(|reach| reach.as_str().to_owned())).collect::<Vec<_>>()
            as &[Option<String>],
        &decisions.iter().map(|decision| decision.reason.clone()).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.decided_at).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
