//! Publishes an entity to the edge: reads it as the running transaction sees it, and writes its records to the outbox.
//!
//! Code that changes a host, link, program, API key or gateway connection calls the function for it before the commit,
//! and wakes the pusher after it. If the entity no longer exists, its records are deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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
            links(tx, &program, &ids, now).await?;
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
            let all = links_of(tx, &program, Some(affiliate)).await?;
            links(tx, &program, &all, now).await?;
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
    let all = links_of(tx, &program, None).await?;
    links(tx, &program, &all, now).await
}

/// The program's links: one affiliate's, or all.
async fn links_of(
    tx: &mut TenantTx,
    program: &Program,
    affiliate: Option<AffiliateId>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: Uuid" from links
           where organization_id = $1 and program_id = $2 and ($3::uuid is null or affiliate_id = $3)"#,
        program.organization.uuid(),
        program.id.uuid(),
        affiliate.map(AffiliateId::uuid),
    )
    .fetch_all(tx.conn())
    .await
}

/// Publishes these links of the program.
async fn links(tx: &mut TenantTx, program: &Program, ids: &[Uuid], now: Timestamp) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.id as "id: LinkId", l.affiliate_id as "affiliate: AffiliateId", l.host, l.slug, l.destination,
                  l.disabled_at is null and (a.status = 'Approved' or a.erased_at is not null) as "live!",
                  a.erased_at is not null as "is_untracked!", f.id as "first?: LinkId"
           from links l join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
           left join lateral (
               select f.id from links f join affiliates o on o.organization_id = f.organization_id and o.id = f.affiliate_id
               where f.organization_id = $1 and f.program_id = $2 and f.slug_key = l.slug_key and f.disabled_at is null
                 and o.status = 'Approved'
               order by f.id limit 1) f on true
           where l.organization_id = $1 and l.program_id = $2 and l.id = any ($3)
           order by l.id desc"#,
        program.organization.uuid(),
        program.id.uuid(),
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let links = rows.into_iter().map(|row| Published {
        link: Link {
            id: row.id,
            affiliate: row.affiliate,
            host: row.host,
            slug: row.slug,
            destination: row.destination,
            is_untracked: row.is_untracked,
        },
        is_live: row.live && !program.archived,
        first: row.first.filter(|_| !program.archived),
    });
    put_links(tx, program, &links.collect::<Vec<_>>(), now).await
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

/// A link to publish.
#[derive(Debug)]
struct Published {
    link: Link,
    is_live: bool,
    /// Of the program's links in use with the same slug, on any host, the first.
    first: Option<LinkId>,
}

/// Writes the records of links. The redirect finds a link by host, the script by program. If several hosts have the same
/// slug, the script gets the first of them that is in use: all of them credit the same affiliate.
#[compiled_once]
async fn put_links(
    tx: &mut TenantTx,
    program: &Program,
    links: &[Published],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let elsewhere = firsts_elsewhere(tx, program, links).await?;
    let shown = shown(tx, program, links).await?;
    let written = |link: &Link| records::link(program, link, shown.get(&link.affiliate).cloned().unwrap_or_default());
    let firsts: HashMap<LinkId, &Link> =
        links.iter().map(|published| &published.link).chain(&elsewhere).map(|link| (link.id, link)).collect();
    let mut records = BTreeMap::new();
    for Published { link, is_live, first } in links {
        records.insert(link_key(&link.host, &link.slug), is_live.then(|| written(link)));
        // The script doesn't see a link if another one in use comes first.
        if *is_live && first.is_some_and(|first| first != link.id) {
            continue;
        }
        let first = first.and_then(|first| firsts.get(&first));
        records.insert(via_key(program.id, &link.slug), first.map(|first| written(first)));
    }
    store::put_all(tx, &records, now).await
}

/// The firsts of these links that aren't among them.
async fn firsts_elsewhere(tx: &mut TenantTx, program: &Program, links: &[Published]) -> Result<Vec<Link>, sqlx::Error> {
    let known: HashSet<LinkId> = links.iter().map(|published| published.link.id).collect();
    let missing: Vec<Uuid> = links
        .iter()
        .filter_map(|published| published.first)
        .filter(|first| !known.contains(first))
        .map(LinkId::uuid)
        .collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as!(
        Link,
        r#"select id as "id: LinkId", affiliate_id as "affiliate: AffiliateId", host, slug, destination,
                  false as "is_untracked!"
           from links where organization_id = $1 and id = any ($2)"#,
        program.organization.uuid(),
        &missing,
    )
    .fetch_all(tx.conn())
    .await
}

/// What the links' affiliates show. Their code is one that the gateway has confirmed: the one that they chose, or else the
/// newest. Their name is public if they have switched their page of links on, while the brand has a published page.
async fn shown(
    tx: &mut TenantTx,
    program: &Program,
    links: &[Published],
) -> Result<HashMap<AffiliateId, Shown>, sqlx::Error> {
    let affiliates: BTreeSet<Uuid> = links.iter().map(|published| published.link.affiliate.uuid()).collect();
    let rows = sqlx::query!(
        r#"select a.id as "id: AffiliateId", c.code as "code?", n.name as "name?"
           from affiliates a
           left join lateral (
               select c.code
               from gateway_coupons g
               join coupons c on c.organization_id = g.organization_id and c.id = g.coupon_id and c.archived_at is null
               where g.organization_id = $1 and g.program_id = $2 and g.affiliate_id = a.id and g.status = 'active'
               order by g.chosen desc, g.coupon_id desc limit 1) c on true
           left join lateral (
               select a.name from bio_pages b
               where b.organization_id = $1 and b.affiliate_id = a.id and b.is_on and a.erased_at is null
                 and exists (select from program_pages p where p.organization_id = $1 and p.published_at is not null)
               limit 1) n on true
           where a.organization_id = $1 and a.id = any ($3)"#,
        program.organization.uuid(),
        program.id.uuid(),
        &affiliates.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, Shown { coupon: row.code, name: row.name })).collect())
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
