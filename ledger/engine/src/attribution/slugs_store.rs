//! SQL that finds whose slugs the reports of a batch name. Each statement reads one table by arrays: for a join with the names
//! of a batch, Postgres may choose an index that only begins with the organization, and then reads all rows of a large one
//! for each name.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};
use shared::id::{AffiliateId, LinkId, OrganizationId, ProgramId};
use uuid::Uuid;

use kit::db::TenantsTx;

/// A link, or an affiliate without one, that a slug stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub organization: OrganizationId,
    pub slug: String,
    pub affiliate: AffiliateId,
    /// The slug is or was the affiliate's own, as opposed to that of the link.
    pub is_own: bool,
    pub link: Option<(LinkId, ProgramId)>,
}

/// By organization and affiliate.
type Links = HashMap<(OrganizationId, AffiliateId), Vec<(LinkId, ProgramId)>>;
/// By organization and slug.
type Owners = HashMap<(OrganizationId, String), AffiliateId>;

/// Finds what slugs stand for; `names` are distinct. Of each slug, what is the affiliate's own comes first, and older links
/// come before newer ones.
pub(super) async fn find(tx: &mut TenantsTx, names: &(Vec<Uuid>, Vec<String>)) -> Result<Vec<Found>, sqlx::Error> {
    let (organizations, slugs) = names;
    let owners = current_owners(tx, organizations, slugs).await?;
    let is_free = |(organization, slug): &(&Uuid, &String)| {
        !owners.contains_key(&(OrganizationId::new(**organization), (*slug).clone()))
    };
    let free: Vec<&str> = organizations.iter().zip(slugs).filter(is_free).map(|(_, slug)| slug.as_str()).collect();
    let former = former_owners(tx, organizations, &free).await?;
    let owned = owners.iter().chain(&former).map(|((organization, _), affiliate)| (*organization, *affiliate));
    let links = links_of(tx, owned).await?;
    let mut found = with_slugs(tx, organizations, slugs).await?;
    found.retain(|link| owners.get(&(link.organization, link.slug.clone())) != Some(&link.affiliate));
    // A slug that is free in one organization was looked up in all: where it has a current owner, that one counts.
    let mut all_owners = former;
    all_owners.extend(owners);
    for ((organization, slug), affiliate) in all_owners {
        let of = |link| Found { organization, slug: slug.clone(), affiliate, is_own: true, link };
        match links.get(&(organization, affiliate)) {
            Some(links) => found.extend(links.iter().map(|link| of(Some(*link)))),
            None => found.push(of(None)),
        }
    }
    found.sort_by_key(|found| (!found.is_own, found.link));
    Ok(found)
}

async fn current_owners(tx: &mut TenantsTx, organizations: &[Uuid], slugs: &[String]) -> Result<Owners, sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, id, slug_key from affiliates where organization_id = any ($1) and slug_key = any ($2)",
        organizations,
        slugs,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.organization_id, row.slug_key), AffiliateId::new(row.id))).collect())
}

async fn former_owners(tx: &mut TenantsTx, organizations: &[Uuid], slugs: &[&str]) -> Result<Owners, sqlx::Error> {
    if slugs.is_empty() {
        return Ok(Owners::new());
    }
    let hash = |slug: &&str| Sha256::digest(slug.as_bytes()).to_vec();
    let by_hash: HashMap<Vec<u8>, &str> = slugs.iter().map(|slug| (hash(slug), *slug)).collect();
    let rows = sqlx::query!(
        "select organization_id, slug_hash, affiliate_id from reserved_slugs
         where organization_id = any ($1) and slug_hash = any ($2) and credits",
        organizations,
        &by_hash.keys().cloned().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let owner = |organization, slug: &str, affiliate| {
        ((OrganizationId::new(organization), slug.to_owned()), AffiliateId::new(affiliate))
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| Some(owner(row.organization_id, by_hash.get(&row.slug_hash)?, row.affiliate_id)))
        .collect())
}

async fn links_of(
    tx: &mut TenantsTx,
    affiliates: impl Iterator<Item = (OrganizationId, AffiliateId)>,
) -> Result<Links, sqlx::Error> {
    let affiliates: HashSet<(OrganizationId, AffiliateId)> = affiliates.collect();
    let (organizations, ids): (HashSet<Uuid>, Vec<Uuid>) =
        affiliates.into_iter().map(|(organization, affiliate)| (organization.uuid(), affiliate.uuid())).unzip();
    if ids.is_empty() {
        return Ok(Links::new());
    }
    let rows = sqlx::query!(
        "select organization_id, affiliate_id, id, program_id from links
         where organization_id = any ($1) and affiliate_id = any ($2)",
        &organizations.into_iter().collect::<Vec<_>>(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut links = Links::new();
    for row in rows {
        let whose = (OrganizationId::new(row.organization_id), AffiliateId::new(row.affiliate_id));
        links.entry(whose).or_default().push((row.id, ProgramId::new(row.program_id)));
    }
    Ok(links)
}

/// The links that have these slugs, of any affiliate.
async fn with_slugs(tx: &mut TenantsTx, organizations: &[Uuid], slugs: &[String]) -> Result<Vec<Found>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, slug_key, id, program_id, affiliate_id from links
         where organization_id = any ($1) and slug_key = any ($2)",
        organizations,
        slugs,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Found {
            organization: OrganizationId::new(row.organization_id),
            slug: row.slug_key,
            affiliate: AffiliateId::new(row.affiliate_id),
            is_own: false,
            link: Some((row.id, ProgramId::new(row.program_id))),
        })
        .collect())
}
