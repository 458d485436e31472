//! Publishes an entity to the edge: reads it as the running transaction sees it, and writes its records to the outbox.
//!
//! Code that changes a host, link, program, API key or gateway connection calls the function for it before the commit,
//! and wakes the pusher after it. If the entity no longer exists, its records are deleted.

use std::collections::{BTreeMap, HashMap};

use shared::{
    config::{gateway_key, host_key, link_key, program_key, site_key, via_key},
    event::Gateway,
    id::{AffiliateId, GatewayConnectionId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

pub use super::publish_key::api_key;

use super::{
    records::{self, Link, Program, Shown},
    store,
};
use kit::{
    access::secret::{self, SecretError},
    compiled_once,
    config::Keys,
    db::TenantTx,
};
use rules::attribution::policy;

pub async fn host(tx: &mut TenantTx, host: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let row = sqlx::query!(
        "select h.default_destination, o.name from link_hosts h join organizations o using (organization_id)
         where h.organization_id = $1 and h.host = $2",
        organization.uuid(),
        host,
    )
    .fetch_optional(tx.conn())
    .await?;
    let record = row.map(|row| records::host(organization, row.name, row.default_destination));
    store::put(tx, &host_key(host), record.as_ref(), now).await.map(drop)
}

pub async fn link(tx: &mut TenantTx, link: LinkId, now: Timestamp) -> Result<(), sqlx::Error> {
    some_links(tx, &[link], now).await
}

/// Like [`link`], for several.
pub async fn some_links(tx: &mut TenantTx, only: &[LinkId], now: Timestamp) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select program_id as "program: ProgramId", id as "link: LinkId" from links
           where organization_id = $1 and id = any ($2)"#,
        tx.organization().uuid(),
        &only.iter().map(|link| link.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    links_of_programs(tx, &rows.into_iter().map(|row| (row.program, row.link)).collect::<Vec<_>>(), now).await
}

/// Like [`some_links`], where the caller knows their programs.
pub async fn links_of_programs(
    tx: &mut TenantTx,
    only: &[(ProgramId, LinkId)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut programs: BTreeMap<ProgramId, Vec<Uuid>> = BTreeMap::new();
    for (program, link) in only {
        programs.entry(*program).or_default().push(link.uuid());
    }
    for (program, ids) in programs {
        if let Some((program, _)) = read_program(tx, program).await? {
            links(tx, &program, Some(&ids), None, now).await?;
        }
    }
    Ok(())
}

/// Deletes the records of a slug that no link of the program uses any more, on the host where one used it.
pub async fn slug_is_free(
    tx: &mut TenantTx,
    program: ProgramId,
    (host, slug): (&str, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    store::put(tx, &link_key(host, slug), None, now).await?;
    store::put(tx, &via_key(program, slug), None, now).await.map(drop)
}

/// Publishes the links of all affiliates with a page of links, whose names are public while the brand has a published page.
pub async fn named_links(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    let links = sqlx::query_scalar!(
        r#"select l.id as "id: LinkId" from links l
           join bio_pages b on b.organization_id = l.organization_id and b.affiliate_id = l.affiliate_id and b.is_on
           where l.organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    some_links(tx, &links, now).await
}

/// Publishes all of an affiliate's links.
pub async fn affiliate(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    let programs = sqlx::query_scalar!(
        "select distinct program_id from links where organization_id = $1 and affiliate_id = $2 order by 1",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    for program in programs {
        if let Some((program, _)) = read_program(tx, ProgramId::new(program)).await? {
            links(tx, &program, None, Some(affiliate), now).await?;
        }
    }
    Ok(())
}

/// Publishes the program and all of its links, whose records repeat its cookie window and attribution model.
pub async fn program(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<(), sqlx::Error> {
    let Some((program, public_key)) = read_program(tx, program).await? else { return Ok(()) };
    let record = Some(records::site(&program)).filter(|_| !program.archived);
    store::put(tx, &site_key(&public_key), record.as_ref(), now).await?;
    store::put(tx, &program_key(program.id), record.as_ref(), now).await?;
    links(tx, &program, None, None, now).await
}

/// Publishes a program's links: some, one affiliate's, or all.
async fn links(
    tx: &mut TenantTx,
    program: &Program,
    only: Option<&[Uuid]>,
    affiliate: Option<AffiliateId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let links = sqlx::query!(
        r#"select l.id, l.affiliate_id, l.host, l.slug, l.destination,
                  l.disabled_at is null and (a.status = 'Approved' or a.erased_at is not null) as "live!",
                  a.erased_at is not null as "is_untracked!"
           from links l join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
           where l.organization_id = $1 and l.program_id = $2 and ($3::uuid[] is null or l.id = any ($3))
             and ($4::uuid is null or l.affiliate_id = $4)
           order by l.id desc"#,
        program.organization.uuid(),
        program.id.uuid(),
        only,
        affiliate.map(AffiliateId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    let links: Vec<(Link, bool)> = links
        .into_iter()
        .map(|row| {
            let link = Link {
                id: row.id,
                affiliate: AffiliateId::new(row.affiliate_id),
                host: row.host,
                slug: row.slug,
                destination: row.destination,
                is_untracked: row.is_untracked,
            };
            (link, row.live && !program.archived)
        })
        .collect();
    put_links(tx, program, &links, now).await
}

/// Publishes a gateway connection.
///
/// # Errors
/// Database errors, or if the connection's secret can't be opened.
pub async fn gateway(
    tx: &mut TenantTx,
    keys: &Keys,
    id: GatewayConnectionId,
    now: Timestamp,
) -> Result<(), SecretError> {
    let organization = tx.organization();
    let key = gateway_key(id);
    let row = sqlx::query!(
        r#"select gateway, sealed_secret as "sealed_secret!" from gateway_connections
           where organization_id = $1 and id = $2 and status in ('active', 'broken') and removed_at is null"#,
        organization.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let known = row.and_then(|row| Some((Gateway::named(&row.gateway)?, row.sealed_secret)));
    let record = match known {
        None => None,
        Some((gateway, sealed)) => {
            let secret = secret::open(keys, organization, secret::GATEWAYS, &id.to_string(), &sealed)?;
            Some(records::gateway(&keys.edge_config, organization, id, &key, gateway, &secret)?)
        }
    };
    store::put(tx, &key, record.as_ref(), now).await?;
    Ok(())
}

/// Writes the records of links, given with whether they are in use. The redirect finds a link by host, the script by
/// program. If several hosts have the same slug, the script gets the first of them that is in use: all of them credit
/// the same affiliate.
#[compiled_once]
async fn put_links(
    tx: &mut TenantTx,
    program: &Program,
    links: &[(Link, bool)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let firsts = if program.archived { HashMap::new() } else { firsts(tx, program, links).await? };
    let codes = coupons(tx, program, links).await?;
    let names = names(tx, links).await?;
    let written = |link: &Link| {
        let of = |all: &HashMap<AffiliateId, String>| all.get(&link.affiliate).cloned();
        records::link(program, link, Shown { coupon: of(&codes), name: of(&names) })
    };
    let mut records = BTreeMap::new();
    for (link, live) in links {
        let record = Some(written(link)).filter(|_| *live);
        records.insert(link_key(&link.host, &link.slug), record);
        let first = firsts.get(&link.slug.to_ascii_lowercase());
        // The script doesn't see a link if another one in use comes first.
        if *live && first.is_some_and(|first| first.id != link.id) {
            continue;
        }
        records.insert(via_key(program.id, &link.slug), first.map(written));
    }
    store::put_all(tx, &records, now).await
}

/// The code that each affiliate offers to customers, if the gateway has confirmed one: the one that they chose, or else the
/// newest.
async fn coupons(
    tx: &mut TenantTx,
    program: &Program,
    links: &[(Link, bool)],
) -> Result<HashMap<AffiliateId, String>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (g.affiliate_id) g.affiliate_id, c.code
         from gateway_coupons g
         join coupons c on c.organization_id = g.organization_id and c.id = g.coupon_id and c.archived_at is null
         where g.organization_id = $1 and g.program_id = $2 and g.affiliate_id = any ($3) and g.status = 'active'
         order by g.affiliate_id, g.chosen desc, g.coupon_id desc",
        program.organization.uuid(),
        program.id.uuid(),
        &links.iter().map(|(link, _)| link.affiliate.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.affiliate_id, row.code)).collect())
}

/// The name of each affiliate who has switched their page of links on. It's public while the brand has a published page.
async fn names(tx: &mut TenantTx, links: &[(Link, bool)]) -> Result<HashMap<AffiliateId, String>, sqlx::Error> {
    let rows = sqlx::query!(
        "select a.id, a.name from affiliates a
         join bio_pages b on b.organization_id = a.organization_id and b.affiliate_id = a.id and b.is_on
         where a.organization_id = $1 and a.id = any ($2) and a.erased_at is null
           and exists (select from program_pages p where p.organization_id = $1 and p.published_at is not null)",
        tx.organization().uuid(),
        &links.iter().map(|(link, _)| link.affiliate.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), row.name)).collect())
}

/// The first link in use for each of these links' slugs, by the slug in lower case.
async fn firsts(
    tx: &mut TenantTx,
    program: &Program,
    links: &[(Link, bool)],
) -> Result<HashMap<String, Link>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (l.slug_key) l.id, l.affiliate_id, l.host, l.slug, l.destination
         from links l join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
         where l.organization_id = $1 and l.program_id = $2 and l.slug_key = any ($3) and l.disabled_at is null
           and a.status = 'Approved'
         order by l.slug_key, l.id",
        program.organization.uuid(),
        program.id.uuid(),
        &links.iter().map(|(link, _)| link.slug.to_ascii_lowercase()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let links = rows.into_iter().map(|row| {
        let link = Link {
            id: row.id,
            affiliate: AffiliateId::new(row.affiliate_id),
            host: row.host,
            slug: row.slug,
            destination: row.destination,
            is_untracked: false,
        };
        (link.slug.to_ascii_lowercase(), link)
    });
    Ok(links.collect())
}

/// The program with its public key.
async fn read_program(tx: &mut TenantTx, program: ProgramId) -> Result<Option<(Program, String)>, sqlx::Error> {
    let organization = tx.organization();
    let row = sqlx::query!(
        r#"select p.slug, p.name, y.attribution_model, y.window_days, p.allowed_origins, p.public_key,
                  p.archived_at is not null as "archived!", p.gpc_mode
         from programs p
         join program_policies y on y.organization_id = p.organization_id and y.program_id = p.id
         where p.organization_id = $1 and p.id = $2
         order by y.effective_at desc limit 1"#,
        organization.uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let known = Program {
            organization,
            id: program,
            slug: row.slug,
            name: row.name,
            attribution_model: policy::model(&row.attribution_model).unwrap_or_default(),
            window_days: u16::try_from(row.window_days).unwrap_or_default(),
            allowed_origins: row.allowed_origins,
            archived: row.archived,
            gpc: super::gpc_mode(&row.gpc_mode).unwrap_or_default(),
        };
        (known, row.public_key)
    }))
}
