//! Attribution's SQL: resolves what events claim into touches, and keeps and loads touches. All as sets.

use std::collections::HashMap;

use shared::{
    config::AttributionModel,
    id::{AffiliateId, ClickId, CustomerId, EventId, LinkId, OrganizationId, ProgramId},
    keys::KeyRing,
    timestamp::Timestamp,
    token::ClickToken,
};
use uuid::Uuid;

use super::{
    policy::{Checks, CustomerBinding, Policies, Policy},
    touch::{BuyerKey, Touch, TouchKind, counts_from},
};
use crate::{
    db::{TenantTx, at, moment, odd},
    fact::Told,
};

/// A touch with whose journey it belongs to; `customer` is None where the buyer is unknown.
#[derive(Debug, Clone)]
pub struct OwnedTouch {
    pub organization_id: OrganizationId,
    pub customer: Option<CustomerId>,
    pub touch: Touch,
}

/// Whom a name stands for.
#[derive(Debug, Clone, Copy)]
struct Named {
    program_id: ProgramId,
    affiliate_id: AffiliateId,
    link_id: Option<LinkId>,
    overrides_click: bool,
}

/// Resolves the evidence of every event. Names that mean nothing in the event's own tenant, tokens that don't verify,
/// and affiliates that aren't approved resolve to no touch.
///
/// # Errors
/// Database errors.
pub async fn resolve(
    tx: &mut TenantTx,
    told: &[(&Told, Option<CustomerId>)],
    keys: &KeyRing,
) -> Result<Vec<OwnedTouch>, sqlx::Error> {
    let tokens: Vec<Option<ClickToken>> =
        told.iter().map(|(told, _)| ClickToken::decode(told.evidence.click_token.as_deref()?, keys).ok()).collect();
    let links = links(tx, told, &tokens).await?;
    let slugs = slugs(tx, told).await?;
    let coupons = coupons(tx, told).await?;
    let mut touches = Vec::new();
    for ((told, customer), token) in told.iter().zip(tokens) {
        let organization = told.organization_id;
        let mut push = |kind, named: Named, touched_at, click_id| {
            touches.push(OwnedTouch {
                organization_id: organization,
                customer: *customer,
                touch: Touch {
                    buyer: customer.map_or(BuyerKey::Alone(told.event_id), BuyerKey::Known),
                    event_id: told.event_id,
                    told_at: told.at,
                    kind,
                    touched_at,
                    click_id,
                    link_id: named.link_id,
                    program_id: named.program_id,
                    affiliate_id: named.affiliate_id,
                    overrides_click: named.overrides_click,
                },
            });
        };
        if let Some(token) = token
            && let Some(named) = links.get(&(organization, token.link_id))
        {
            let from = counts_from(token.clicked_at, told.at, told.source);
            push(TouchKind::Click, *named, from, Some(token.click_id));
        }
        let name = |text: &Option<String>| text.as_deref().map(|text| (organization, text.to_lowercase()));
        let of_program = |named: &&Named| told.program_id.is_none_or(|program| program == named.program_id);
        let slug = name(&told.evidence.slug).and_then(|key| slugs.get(&key));
        let preferred = slug.and_then(|links| links.iter().find(|named| Some(named.program_id) == told.prefers));
        if let Some(named) = preferred.or_else(|| slug?.iter().find(of_program)) {
            push(TouchKind::Slug, *named, told.at, None);
        }
        let mut codes = told.evidence.coupons.iter().map(|code| (organization, code.to_lowercase()));
        if let Some(named) = codes.find_map(|key| coupons.get(&key).filter(of_program)) {
            push(TouchKind::Coupon, *named, told.at, None);
        }
    }
    Ok(touches)
}

async fn links(
    tx: &mut TenantTx,
    told: &[(&Told, Option<CustomerId>)],
    tokens: &[Option<ClickToken>],
) -> Result<HashMap<(OrganizationId, LinkId), Named>, sqlx::Error> {
    let (organizations, ids): (Vec<Uuid>, Vec<Uuid>) = told
        .iter()
        .zip(tokens)
        .filter_map(|((told, _), token)| Some((told.organization_id.uuid(), (*token)?.link_id.uuid())))
        .unzip();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select l.organization_id, l.id, l.program_id, l.affiliate_id
         from links l join affiliates a using (organization_id) where a.id = l.affiliate_id and a.status = 'Approved'
           and (l.organization_id, l.id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let named = Named {
                program_id: ProgramId::new(row.program_id),
                affiliate_id: AffiliateId::new(row.affiliate_id),
                link_id: Some(LinkId::new(row.id)),
                overrides_click: false,
            };
            ((OrganizationId::new(row.organization_id), LinkId::new(row.id)), named)
        })
        .collect())
}

type ByName<T> = HashMap<(OrganizationId, String), T>;

/// Distinct names, in lower case.
fn names<'a, N: IntoIterator<Item = &'a String>>(
    told: &'a [(&Told, Option<CustomerId>)],
    names: impl Fn(&'a Told) -> N,
) -> (Vec<Uuid>, Vec<String>) {
    let mut found: Vec<(Uuid, String)> = Vec::new();
    for (told, _) in told {
        found.extend(names(told).into_iter().map(|name| (told.organization_id.uuid(), name.to_lowercase())));
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().unzip()
}

/// A slug names a link, or an affiliate with their oldest link; for each program the oldest link comes first.
async fn slugs(tx: &mut TenantTx, told: &[(&Told, Option<CustomerId>)]) -> Result<ByName<Vec<Named>>, sqlx::Error> {
    let (organizations, slugs) = names(told, |told| told.evidence.slug.as_ref());
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select n.organization_id as "organization_id!", n.slug as "slug!", l.id, l.program_id, l.affiliate_id
           from unnest($1::uuid[], $2::text[]) n (organization_id, slug)
           join affiliates a on a.organization_id = n.organization_id and a.status = 'Approved'
           join links l on l.organization_id = n.organization_id and l.affiliate_id = a.id
           where lower(a.slug) = n.slug or lower(l.slug) = n.slug
           order by n.organization_id, n.slug, lower(a.slug) <> n.slug, l.id"#,
        &organizations,
        &slugs,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: ByName<Vec<Named>> = HashMap::new();
    for row in rows {
        found.entry((OrganizationId::new(row.organization_id), row.slug)).or_default().push(Named {
            program_id: ProgramId::new(row.program_id),
            affiliate_id: AffiliateId::new(row.affiliate_id),
            link_id: Some(LinkId::new(row.id)),
            overrides_click: false,
        });
    }
    Ok(found)
}

async fn coupons(tx: &mut TenantTx, told: &[(&Told, Option<CustomerId>)]) -> Result<ByName<Named>, sqlx::Error> {
    let (organizations, codes) = names(told, |told| &told.evidence.coupons);
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select n.organization_id as "organization_id!", n.code as "code!", c.program_id, c.affiliate_id,
                  c.overrides_click
           from unnest($1::uuid[], $2::text[]) n (organization_id, code)
           join coupons c on c.organization_id = n.organization_id
                and (lower(c.code) = n.code or lower(c.external_id) = n.code)
           join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
                and a.status = 'Approved'"#,
        &organizations,
        &codes,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let named = Named {
                program_id: ProgramId::new(row.program_id),
                affiliate_id: AffiliateId::new(row.affiliate_id),
                link_id: None,
                overrides_click: row.overrides_click,
            };
            ((OrganizationId::new(row.organization_id), row.code), named)
        })
        .collect())
}

/// # Errors
/// Database errors.
pub async fn insert(tx: &mut TenantTx, touches: &[OwnedTouch]) -> Result<(), sqlx::Error> {
    if touches.is_empty() {
        return Ok(());
    }
    let uuids = |of: &dyn Fn(&OwnedTouch) -> Uuid| touches.iter().map(of).collect::<Vec<_>>();
    let maybe = |of: &dyn Fn(&OwnedTouch) -> Option<Uuid>| touches.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into touches (organization_id, event_id, customer_id, told_at, kind, touched_at, click_id, link_id,
                              program_id, affiliate_id, overrides_click)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::timestamptz[],
                              $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::boolean[])
         on conflict do nothing",
        &uuids(&|owned| owned.organization_id.uuid()),
        &uuids(&|owned| owned.touch.event_id.uuid()),
        &maybe(&|owned| owned.customer.map(|id| id.uuid())) as &[Option<Uuid>],
        &touches.iter().map(|owned| at(owned.touch.told_at)).collect::<Vec<_>>(),
        &touches.iter().map(|owned| owned.touch.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &touches.iter().map(|owned| at(owned.touch.touched_at)).collect::<Vec<_>>(),
        &maybe(&|owned| owned.touch.click_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe(&|owned| owned.touch.link_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &uuids(&|owned| owned.touch.program_id.uuid()),
        &uuids(&|owned| owned.touch.affiliate_id.uuid()),
        &touches.iter().map(|owned| owned.touch.overrides_click).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The touches of these customers, and those that these events told about unknown buyers.
///
/// # Errors
/// Database errors.
pub async fn load(
    tx: &mut TenantTx,
    customers: &[(OrganizationId, CustomerId)],
    events: &[(OrganizationId, EventId)],
) -> Result<Vec<OwnedTouch>, sqlx::Error> {
    if customers.is_empty() && events.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "select organization_id, event_id, customer_id, told_at, kind, touched_at, click_id, link_id, program_id,
                affiliate_id, overrides_click
         from touches where (organization_id, customer_id) in (select * from unnest($1::uuid[], $2::uuid[]))
         union all
         select organization_id, event_id, customer_id, told_at, kind, touched_at, click_id, link_id, program_id,
                affiliate_id, overrides_click
         from touches
         where customer_id is null and (organization_id, event_id) in (select * from unnest($3::uuid[], $4::uuid[]))",
        &customers.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &customers.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = row.kind.as_deref().and_then(TouchKind::parse).ok_or_else(|| odd("touches.kind"))?;
            let required = |id: Option<Uuid>| id.ok_or_else(|| odd("touches"));
            let time = |at: Option<time::OffsetDateTime>| -> Result<Timestamp, sqlx::Error> {
                Ok(moment(at.ok_or_else(|| odd("touches"))?))
            };
            Ok(OwnedTouch {
                organization_id: OrganizationId::new(required(row.organization_id)?),
                customer: row.customer_id.map(CustomerId::new),
                touch: Touch {
                    buyer: match row.customer_id {
                        Some(customer) => BuyerKey::Known(CustomerId::new(customer)),
                        None => BuyerKey::Alone(EventId::new(required(row.event_id)?)),
                    },
                    event_id: EventId::new(required(row.event_id)?),
                    told_at: time(row.told_at)?,
                    kind,
                    touched_at: time(row.touched_at)?,
                    click_id: row.click_id.map(ClickId::new),
                    link_id: row.link_id.map(LinkId::new),
                    program_id: ProgramId::new(required(row.program_id)?),
                    affiliate_id: AffiliateId::new(required(row.affiliate_id)?),
                    overrides_click: row.overrides_click.unwrap_or_default(),
                },
            })
        })
        .collect()
}

/// The policies of these programs, all versions.
///
/// # Errors
/// Database errors.
pub async fn policies(tx: &mut TenantTx, programs: &[(OrganizationId, ProgramId)]) -> Result<Policies, sqlx::Error> {
    let rows = sqlx::query!(
        "select program_id, effective_at, attribution_model, window_days, customer_binding, flag_self_referral,
                flag_duplicate_customer, velocity_per_hour, min_click_to_sale_seconds
         from program_policies where (organization_id, program_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut policies = Policies::default();
    for row in rows {
        let positive = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok());
        let policy = Policy {
            effective_at: moment(row.effective_at),
            model: model(&row.attribution_model).ok_or_else(|| odd("program_policies.attribution_model"))?,
            window_days: u16::try_from(row.window_days).map_err(|_| odd("program_policies.window_days"))?,
            binding: CustomerBinding::parse(&row.customer_binding)
                .ok_or_else(|| odd("program_policies.customer_binding"))?,
            checks: Checks {
                self_referral: row.flag_self_referral,
                duplicate_customer: row.flag_duplicate_customer,
                velocity_per_hour: positive(row.velocity_per_hour),
                min_click_to_sale_seconds: positive(row.min_click_to_sale_seconds),
            },
        };
        policies.add(ProgramId::new(row.program_id), policy);
    }
    Ok(policies)
}

/// As the public API spells it.
pub fn model(text: &str) -> Option<AttributionModel> {
    match text {
        "FirstTouch" => Some(AttributionModel::FirstTouch),
        "LastTouch" => Some(AttributionModel::LastTouch),
        _ => None,
    }
}
