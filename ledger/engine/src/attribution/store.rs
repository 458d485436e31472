//! SQL of attribution: saves and loads touches and the programs' policies, in sets.

use shared::{
    id::{AffiliateId, ClickId, CouponId, CustomerId, EventId, LinkId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantsTx, corrupt_column};
use rules::{
    attribution::{
        policy::{self, Checks, Claims, CustomerBinding, Policies, Policy, Worth},
        touch::{BuyerKey, Touch, TouchKind},
    },
    fact::Provenance,
};

/// A touch and the history that it belongs to; `customer` is `None` if the buyer is unknown.
#[derive(Debug, Clone)]
pub struct OwnedTouch {
    pub organization_id: OrganizationId,
    pub customer: Option<CustomerId>,
    pub touch: Touch,
}

pub async fn insert(tx: &mut TenantsTx, touches: &[OwnedTouch]) -> Result<(), sqlx::Error> {
    if touches.is_empty() {
        return Ok(());
    }
    let uuids = |of: &dyn Fn(&OwnedTouch) -> Uuid| touches.iter().map(of).collect::<Vec<_>>();
    let maybe = |of: &dyn Fn(&OwnedTouch) -> Option<Uuid>| touches.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into touches (organization_id, event_id, customer_id, reported_at, kind, touched_at, click_id, link_id,
                              program_id, affiliate_id, overrides_click, verified, purchase, coupon_id)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::timestamptz[],
                              $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::boolean[], $12::boolean[], $13::text[],
                              $14::uuid[])
         on conflict do nothing",
        &uuids(&|owned| owned.organization_id.uuid()),
        &uuids(&|owned| owned.touch.event_id.uuid()),
        &maybe(&|owned| owned.customer.map(|id| id.uuid())) as &[Option<Uuid>],
        &touches.iter().map(|owned| owned.touch.reported_at).collect::<Vec<_>>(),
        &touches.iter().map(|owned| owned.touch.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &touches.iter().map(|owned| owned.touch.touched_at).collect::<Vec<_>>(),
        &maybe(&|owned| owned.touch.click_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe(&|owned| owned.touch.link_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &uuids(&|owned| owned.touch.program_id.uuid()),
        &uuids(&|owned| owned.touch.affiliate_id.uuid()),
        &touches.iter().map(|owned| owned.touch.overrides_click).collect::<Vec<_>>(),
        &touches.iter().map(|owned| owned.touch.provenance.is_verified()).collect::<Vec<_>>(),
        &touches.iter().map(|owned| owned.touch.purchase.clone()).collect::<Vec<_>>() as &[Option<String>],
        &maybe(&|owned| owned.touch.coupon_id.map(|id| id.uuid())) as &[Option<Uuid>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The touches of these customers, and those of unknown buyers that these events reported.
pub async fn load(
    tx: &mut TenantsTx,
    customers: &[(OrganizationId, CustomerId)],
    events: &[(OrganizationId, EventId)],
) -> Result<Vec<OwnedTouch>, sqlx::Error> {
    if customers.is_empty() && events.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select organization_id, event_id, customer_id, reported_at, kind as "kind!: TouchKind", touched_at, click_id, link_id, program_id,
                affiliate_id, overrides_click, verified, purchase, coupon_id
         from touches where (organization_id, customer_id) in (select * from unnest($1::uuid[], $2::uuid[]))
         union all
         select organization_id, event_id, customer_id, reported_at, kind, touched_at, click_id, link_id, program_id,
                affiliate_id, overrides_click, verified, purchase, coupon_id
         from touches
         where customer_id is null and (organization_id, event_id) in (select * from unnest($3::uuid[], $4::uuid[]))"#,
        &customers.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &customers.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let required = |id: Option<Uuid>| id.ok_or_else(|| corrupt_column("touches"));
            let time = |at: Option<Timestamp>| at.ok_or_else(|| corrupt_column("touches"));
            Ok(OwnedTouch {
                organization_id: OrganizationId::new(required(row.organization_id)?),
                customer: row.customer_id.map(CustomerId::new),
                touch: Touch {
                    buyer: match row.customer_id {
                        Some(customer) => BuyerKey::Known(CustomerId::new(customer)),
                        None => BuyerKey::Alone(EventId::new(required(row.event_id)?)),
                    },
                    event_id: EventId::new(required(row.event_id)?),
                    reported_at: time(row.reported_at)?,
                    kind: row.kind,
                    touched_at: time(row.touched_at)?,
                    click_id: row.click_id.map(ClickId::new),
                    link_id: row.link_id.map(LinkId::new),
                    coupon_id: row.coupon_id.map(CouponId::new),
                    program_id: ProgramId::new(required(row.program_id)?),
                    affiliate_id: AffiliateId::new(required(row.affiliate_id)?),
                    overrides_click: row.overrides_click.unwrap_or_default(),
                    provenance: Provenance::from_verified(row.verified.unwrap_or_default()),
                    purchase: row.purchase,
                },
            })
        })
        .collect()
}

/// All versions of these programs' policies.
pub async fn policies(tx: &mut TenantsTx, programs: &[(OrganizationId, ProgramId)]) -> Result<Policies, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select program_id, effective_at, attribution_model, window_days,
                customer_binding as "customer_binding: CustomerBinding", flag_self_referral,
                flag_duplicate_customer, velocity_per_hour, min_click_to_sale_seconds, claims as "claims: Worth", claims_max_amount,
                claims_per_day, claims_per_affiliate_day
         from program_policies where (organization_id, program_id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &programs.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &programs.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut policies = Policies::default();
    for row in rows {
        let positive = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok());
        let policy = Policy {
            effective_at: row.effective_at,
            model: policy::model(&row.attribution_model)
                .ok_or_else(|| corrupt_column("program_policies.attribution_model"))?,
            window_days: u16::try_from(row.window_days).map_err(|_| corrupt_column("program_policies.window_days"))?,
            binding: row.customer_binding,
            checks: Checks {
                self_referral: row.flag_self_referral,
                duplicate_customer: row.flag_duplicate_customer,
                velocity_per_hour: positive(row.velocity_per_hour),
                min_click_to_sale_seconds: positive(row.min_click_to_sale_seconds),
            },
            claims: Claims {
                worth: row.claims,
                max_amount: row.claims_max_amount,
                per_day: positive(Some(row.claims_per_day)).unwrap_or_default(),
                per_affiliate_day: positive(Some(row.claims_per_affiliate_day)).unwrap_or_default(),
            },
        };
        policies.add(row.program_id, policy);
    }
    Ok(policies)
}
