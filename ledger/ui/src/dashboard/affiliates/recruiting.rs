//! The part of an affiliate's page about who recruited them and whom they recruited.

use shared::id::{AffiliateId, OrganizationId};

use super::{PLACE, profile::day};
use identity::access::member::Member;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    page::{address::Address, zone::Zone},
    state::AppState,
};
use programs::sub_affiliate::{recruiter, store};
use rules::format;

/// Recruits on the page; the API lists more.
const ROWS: i64 = 20;

#[derive(Debug)]
pub struct Recruiting {
    /// Whether there is anything to show or decide: a program pays recruiters, or someone recruited.
    pub is_shown: bool,
    /// The recruiter's name, page and link name.
    pub recruiter: Option<(String, String, String)>,
    /// How and since when it is known, with the reason of a decision. A decision may also be that no one recruited them.
    pub known: Option<(String, Option<String>)>,
    pub recruits: Vec<Recruited>,
}

#[derive(Debug)]
pub struct Recruited {
    pub name: String,
    pub page: String,
    pub status: String,
    pub since: (String, String),
    /// What the recruiter earned by them, by currency.
    pub earned: Vec<String>,
}

pub async fn load(tx: &mut TenantTx, id: AffiliateId, organization: OrganizationId, zone: &Zone) -> Result<Recruiting> {
    let page = |id: AffiliateId| Address::of(format!("{PLACE}/{id}"), organization).to_string();
    let known = store::known(tx, id).await?;
    let recruits = store::recruits(tx, id, ROWS).await?;
    let recruited = |row: store::Row| Recruited {
        page: page(row.affiliate),
        name: row.name,
        status: row.status,
        since: day(row.since, zone),
        earned: row.earned.iter().map(|(currency, amount)| format::money(*amount, currency)).collect(),
    };
    Ok(Recruiting {
        is_shown: known.is_some() || !recruits.is_empty() || store::is_used(tx).await?,
        recruiter: known
            .as_ref()
            .and_then(|known| known.recruiter.as_ref().map(|(id, name, slug)| (name.clone(), page(*id), slug.clone()))),
        known: known.map(|known| (in_words(&known.source, &day(known.since, zone).1), known.reason)),
        recruits: recruits.into_iter().map(recruited).collect(),
    })
}

fn in_words(source: &str, since: &str) -> String {
    match source {
        "Link" => format!("Came through the recruiter\u{2019}s link on {since}"),
        "Form" => format!("Named in the application on {since}"),
        _ => format!("Set by your team on {since}"),
    }
}

/// Sets who recruited an affiliate, given by link name or email; no one if the text is empty. Returns whether anything
/// changed.
///
/// # Errors
/// 400 naming `recruiter` or `reason`; 404.
pub async fn decide(state: &AppState, member: &Member, id: AffiliateId, named: &str, reason: &str) -> Result<bool> {
    let reason = engine::decision::reason::checked(reason)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let unknown = || Error::field("recruiter", "No affiliate has this link name or email.");
    let found = match named {
        "" => None,
        named => Some(store::named(&mut tx, named).await?.ok_or_else(unknown)?),
    };
    let decided = recruiter::decide(&mut tx, state, id, found, &reason).await;
    // The form's field has another name than the API's.
    let entry = decided.map_err(|error| match error.body().field.as_deref() {
        Some("recruiterId") => Error::field("recruiter", error.body().message.clone()),
        _ => error,
    })?;
    super::commands::keep(tx, state, member, entry).await
}
