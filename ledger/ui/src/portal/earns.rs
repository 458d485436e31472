//! Describes what an affiliate earns, by the plan in force for them: their own, their segment's or the program's.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::links_store::Own;
use engine::commission::{offer::offer, store};
use kit::{db::TenantTx, text::Texts};
use rules::commission::plan::in_force;

/// What a program pays the affiliate.
#[derive(Debug)]
pub struct Earns {
    pub program: String,
    pub lines: Vec<String>,
    pub hold: String,
}

/// Returns it for each program in which they have a link, in the order of the links.
pub async fn of(
    tx: &mut TenantTx,
    t: Texts,
    affiliate: AffiliateId,
    links: &[Own],
    now: Timestamp,
) -> Result<Vec<Earns>, sqlx::Error> {
    let organization = tx.organization();
    let mut programs: Vec<(ProgramId, &str)> = Vec::new();
    for link in links {
        if programs.iter().all(|(known, _)| *known != link.program) {
            programs.push((link.program, &link.program_name));
        }
    }
    let keys: Vec<_> = programs.iter().map(|(program, _)| (organization, *program)).collect();
    let whose = [(organization, affiliate)];
    let versions = store::plan_versions(tx, &keys, &whose).await?;
    let partners = store::partners(tx, &whose).await?;
    let segment = partners.get(&affiliate).and_then(|partner| partner.segment(now));
    let earned = programs.into_iter().filter_map(|(program, name)| {
        let version = in_force(&versions, program, affiliate, segment, now)?;
        let lines = offer(t, version.components.as_deref()?);
        Some(Earns { program: name.to_owned(), lines, hold: hold(t, version.hold_days) })
    });
    Ok(earned.filter(|earns| !earns.lines.is_empty()).collect())
}

fn hold(t: Texts, days: u16) -> String {
    match days {
        0 => t.say("portal-links-payable-now").to_string(),
        days => t.say("portal-links-payable").with("days", u32::from(days)).to_string(),
    }
}
