//! Resolves the evidence in events (click tokens, slugs, coupons) to touches, in sets.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CouponId, CustomerId, LinkId, OrganizationId, ProgramId},
    keys::KeyRing,
    timestamp::Timestamp,
    token::ClickToken,
};
use uuid::Uuid;

use super::{
    slugs_store::{self, Found},
    store::OwnedTouch,
};
use kit::db::TenantsTx;
use rules::{
    attribution::touch::{BuyerKey, Touch, TouchKind, counts_from},
    coupon::key::key,
    fact::{ReportedEvent, Source},
};

/// What a name resolves to.
#[derive(Debug, Clone, Copy)]
struct Named {
    program_id: ProgramId,
    affiliate_id: AffiliateId,
    link_id: Option<LinkId>,
    coupon_id: Option<CouponId>,
    overrides_click: bool,
}

/// Resolves the evidence of every event. Names that are unknown in the event's own tenant and tokens that don't verify
/// yield no touch.
pub async fn resolve(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<CustomerId>)],
    keys: &KeyRing,
) -> Result<Vec<OwnedTouch>, sqlx::Error> {
    let tokens: Vec<Option<ClickToken>> = reported
        .iter()
        .map(|(reported, _)| ClickToken::decode(reported.evidence.click_token.as_deref()?, keys).ok())
        .collect();
    let links = links(tx, reported, &tokens).await?;
    let slugs = slugs(tx, reported).await?;
    let programs = if slugs.is_empty() { HashMap::new() } else { programs(tx, reported).await? };
    let coupons = coupons(tx, reported).await?;
    let mut touches = Vec::new();
    for ((reported, customer), token) in reported.iter().zip(tokens) {
        let (organization, customer) = (reported.organization_id, *customer);
        // A sale is a purchase itself; a trial is the beginning of one.
        let names_purchase = reported.conversion().is_none_or(|conversion| conversion.lead);
        let mut push = |kind, named: Named, touched_at, click_id| {
            touches.push(OwnedTouch {
                organization_id: organization,
                customer,
                touch: Touch {
                    buyer: customer.map_or(BuyerKey::Alone(reported.event_id), BuyerKey::Known),
                    event_id: reported.event_id,
                    reported_at: reported.evidence_at(),
                    kind,
                    touched_at,
                    click_id,
                    link_id: named.link_id,
                    coupon_id: named.coupon_id,
                    program_id: named.program_id,
                    affiliate_id: named.affiliate_id,
                    overrides_click: named.overrides_click,
                    provenance: reported.provenance(),
                    purchase: reported.evidence.purchase.clone().filter(|_| names_purchase),
                },
            });
        };
        if let Some(token) = token
            && let Some(named) = links.get(&(organization, token.link_id))
        {
            let from = counts_from(token.clicked_at, reported.at, reported.source);
            push(TouchKind::Click, *named, from, Some(token.click_id));
        }
        let name = |text: &Option<String>| text.as_deref().map(|text| (organization, text.to_lowercase()));
        let fits = |coupon: &&Coupon| {
            let by_gateway = matches!(reported.source, Source::Gateway(_));
            !(by_gateway && coupon.is_chosen_code)
                && coupon.until.is_none_or(|until| reported.at < until)
                && coupon.from.is_none_or(|from| reported.at >= from)
                && reported.program_id.is_none_or(|program| program == coupon.named.program_id)
        };
        if let Some(named) = name(&reported.evidence.slug).and_then(|key| slugs.get(&key)?.of(reported, &programs)) {
            if reported.source == Source::Import {
                push(TouchKind::Import, named, reported.evidence.since.unwrap_or(reported.at), None);
            } else {
                push(TouchKind::Slug, named, reported.at, None);
            }
        }
        let mut codes = reported.evidence.coupons.iter().map(|code| (organization, key(code)));
        if let Some(coupon) = codes.find_map(|key| coupons.get(&key)?.iter().find(fits)) {
            push(TouchKind::Coupon, coupon.named, reported.at, None);
        }
    }
    Ok(touches)
}

async fn links(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<CustomerId>)],
    tokens: &[Option<ClickToken>],
) -> Result<HashMap<(OrganizationId, LinkId), Named>, sqlx::Error> {
    let (organizations, ids): (Vec<Uuid>, Vec<Uuid>) = reported
        .iter()
        .zip(tokens)
        .filter_map(|((reported, _), token)| Some((reported.organization_id.uuid(), (*token)?.link_id.uuid())))
        .unzip();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select organization_id, id, program_id, affiliate_id from links
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
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
                link_id: Some(row.id),
                coupon_id: None,
                overrides_click: false,
            };
            ((OrganizationId::new(row.organization_id), row.id), named)
        })
        .collect())
}

type ByName<T> = HashMap<(OrganizationId, String), T>;

/// Distinct names, normalized for comparison.
fn names<'a, N: IntoIterator<Item = &'a String>>(
    report: &'a [(&ReportedEvent, Option<CustomerId>)],
    names: impl Fn(&'a ReportedEvent) -> N,
    compared: impl Fn(&str) -> String,
) -> (Vec<Uuid>, Vec<String>) {
    let mut found: Vec<(Uuid, String)> = Vec::new();
    for (report, _) in report {
        found.extend(names(report).into_iter().map(|name| (report.organization_id.uuid(), compared(name))));
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().unzip()
}

/// What a slug resolves to.
#[derive(Debug, Default)]
struct Slug {
    /// The affiliate who owns the slug.
    affiliate: Option<AffiliateId>,
    /// The affiliate's links, or the links with that slug; oldest first.
    links: Vec<Named>,
}

type Programs = HashMap<OrganizationId, Vec<ProgramId>>;

impl Slug {
    /// Returns the link that an event refers to: one in the program that it names, else in the one that it prefers,
    /// else the oldest. An affiliate without a link in the program still resolves if the program is unambiguous.
    fn of(&self, report: &ReportedEvent, programs: &Programs) -> Option<Named> {
        let in_program = |program: Option<ProgramId>| {
            self.links.iter().find(|named| program.is_some_and(|program| program == named.program_id)).copied()
        };
        let known = programs.get(&report.organization_id).map(Vec::as_slice).unwrap_or_default();
        let only = if let [only] = known { Some(*only) } else { None };
        let alone = |program: Option<ProgramId>| {
            let program_id = program.filter(|program| known.contains(program))?;
            let affiliate_id = self.affiliate?;
            Some(Named { program_id, affiliate_id, link_id: None, coupon_id: None, overrides_click: false })
        };
        match report.program_id {
            Some(program) => in_program(Some(program)).or_else(|| alone(Some(program))),
            None => in_program(report.prefers)
                .or_else(|| self.links.first().copied())
                .or_else(|| alone(report.prefers))
                .or_else(|| alone(only)),
        }
    }
}

/// Resolves slugs to an affiliate with their links, or to a link. An affiliate's former slugs still resolve, because no
/// one else can take them. A slug that was only withheld resolves to no one: a stranger may have requested it.
async fn slugs(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<CustomerId>)],
) -> Result<ByName<Slug>, sqlx::Error> {
    let names = names(reported, |reported| reported.evidence.slug.as_ref(), str::to_lowercase);
    if names.1.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found: ByName<Slug> = HashMap::new();
    for Found { organization, slug, affiliate: affiliate_id, is_own, link } in slugs_store::find(tx, &names).await? {
        let slug = found.entry((organization, slug)).or_default();
        if is_own {
            slug.affiliate = Some(affiliate_id);
        }
        if let Some((link, program_id)) = link {
            let link_id = Some(link);
            slug.links.push(Named { program_id, affiliate_id, link_id, coupon_id: None, overrides_click: false });
        }
    }
    Ok(found)
}

/// The programs of the organizations in these reports.
async fn programs(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<CustomerId>)],
) -> Result<Programs, sqlx::Error> {
    let mut organizations: Vec<Uuid> = reported.iter().map(|(reported, _)| reported.organization_id.uuid()).collect();
    organizations.sort_unstable();
    organizations.dedup();
    let rows =
        sqlx::query!("select organization_id, id from programs where organization_id = any ($1)", &organizations)
            .fetch_all(tx.conn())
            .await?;
    let mut programs = Programs::new();
    for row in rows {
        programs.entry(row.organization_id).or_default().push(row.id);
    }
    Ok(programs)
}

/// What a coupon code resolves to, from when and until when.
#[derive(Debug)]
struct Coupon {
    named: Named,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    /// Whether the name is a code that the affiliate chose, and not the gateway's id of it. The gateway that created the
    /// code reports the id. The same code elsewhere, such as at another gateway or as the id of a Stripe coupon, is the
    /// brand's own.
    is_chosen_code: bool,
}

/// All coupons that ever had each code, those archived first come first.
async fn coupons(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<CustomerId>)],
) -> Result<ByName<Vec<Coupon>>, sqlx::Error> {
    let (organizations, codes) = names(reported, |reported| &reported.evidence.coupons, key);
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select n.organization_id as "organization_id!", n.code as "code!", c.id as "id!",
                  c.program_id as "program_id!", c.affiliate_id as "affiliate_id!",
                  c.overrides_click as "overrides_click!", c.credits_from, c.archived_at,
                  coalesce(g.chosen, false) and c.external_key is distinct from n.code as "is_chosen_code!"
           from unnest($1::uuid[], $2::text[]) n (organization_id, code)
           join coupons c on c.organization_id = n.organization_id
                and (c.code_key = n.code or c.external_key = n.code)
           left join gateway_coupons g on g.organization_id = c.organization_id and g.coupon_id = c.id
           order by c.archived_at nulls last"#,
        &organizations,
        &codes,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: ByName<Vec<Coupon>> = HashMap::new();
    for row in rows {
        let named = Named {
            program_id: row.program_id,
            affiliate_id: row.affiliate_id,
            link_id: None,
            coupon_id: Some(CouponId::new(row.id)),
            overrides_click: row.overrides_click,
        };
        let (from, until) = (row.credits_from, row.archived_at);
        let coupon = Coupon { named, from, until, is_chosen_code: row.is_chosen_code };
        found.entry((OrganizationId::new(row.organization_id), row.code)).or_default().push(coupon);
    }
    Ok(found)
}
