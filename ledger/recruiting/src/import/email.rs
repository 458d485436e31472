//! The email to an imported affiliate, if the brand chose to notify them, and the one to the brand's owners and admins
//! about how an import ended.

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    dashboard::{PLACE, kind_words},
    row_store::Counts,
    store::Import,
};
use identity::{
    account::magic,
    notification::store::{ADMINS, people},
};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind, Sample},
    state::AppState,
};
use programs::{
    affiliate::{
        self, store,
        unsolicited_email::{self, Permit},
    },
    link::read::link_scheme,
};

/// Someone who started an import waits this long for its end. If it took longer, an email says that it's over.
const WAITED_FOR_MS: i64 = 60_000;

/// The email `imported`.
fn content(look: Branding, name: &str, links: Vec<String>, sign_in: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-imported-subject").with("brand", &brand);
    let label = t.say("email-imported-links").with("count", links.len());
    EmailContent::new(look, subject, t.say("email-imported-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-imported-message").with("brand", &brand))
        .links(label, links)
        .paragraph(t.say("email-imported-next"))
        .sign_in(t.say("email-sign-in"), sign_in)
        .paragraph(t.say("email-link-works-two-weeks"))
}

/// A sample of the email, for developers and for brands that change its words.
pub fn sample(look: Branding) -> Sample {
    let links = vec!["https://go.acme.test/nina".to_owned()];
    let sign_in = "https://rekomi.test/a/enter?token=sample".to_owned();
    (EmailKind::Imported, content(look, "Nina Berg", links, sign_in))
}

pub(super) async fn imported(
    tx: &mut TenantTx,
    state: &AppState,
    (affiliate, email, name): (AffiliateId, &str, &str),
    permit: Permit,
) -> Result<()> {
    let organization = tx.organization();
    let way_in = magic::issue_with_news(tx, organization, (affiliate, email), state.clock.now()).await?;
    let Some(way_in) = way_in else { return Ok(()) };
    let places = store::link_places(tx, affiliate).await?;
    let scheme = link_scheme(&state.config);
    let links = places.into_iter().map(|place| format!("{scheme}://{place}")).collect();
    let look = affiliate::email::look(tx, organization, affiliate).await?;
    let message = content(look, name, links, way_in.url(state)).to(email, EmailKind::Imported)?;
    unsolicited_email::post(tx, state, affiliate, permit, message).await
}

/// An import that ended, as its email names it.
#[derive(Debug)]
struct Finished<'a> {
    title: &'a str,
    program: &'a str,
    counts: Counts,
    /// The URL of its results.
    link: String,
}

/// The email `import_finished`.
fn finished_content(brand: &str, finished: Finished<'_>) -> EmailContent {
    let Finished { title, program, counts, link } = finished;
    let look = Branding::rekomi();
    let t = look.t;
    let number = |rows: i64| t.count(rows.unsigned_abs());
    let subject = t.say("email-import-finished-subject").with("brand", brand).with("skipped", counts.refused);
    let subject = subject.with("rows", number(counts.refused));
    let message = t.say("email-import-finished-message").with("title", title).with("program", program);
    let rows = [
        ("email-import-finished-new", counts.new),
        ("email-import-finished-updated", counts.updated),
        ("email-import-finished-unchanged", counts.unchanged),
        ("email-import-finished-skipped", counts.refused),
    ];
    let rows = rows.map(|(label, rows)| (t.say(label).to_string(), number(rows)));
    let content = EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(message)
        .rows(Vec::from(rows));
    let content = if counts.refused > 0 { content.paragraph(t.say("email-import-finished-next")) } else { content };
    content.button(t.say("email-import-finished-button"), link)
}

/// Whether an email says how an import ended: if rows were skipped, or if it took so long that the person who started
/// it may have left the page.
fn is_announced(counts: Counts, started_at: Option<Timestamp>, now: Timestamp) -> bool {
    counts.refused > 0 || started_at.is_none_or(|at| now >= at.plus_millis(WAITED_FOR_MS))
}

/// Queues the email to each owner and admin, in the transaction that ends the import.
pub(super) async fn finished(
    tx: &mut TenantTx,
    state: &AppState,
    import: &Import,
    counts: Counts,
    now: Timestamp,
) -> Result<()> {
    if !is_announced(counts, import.started_at, now) {
        return Ok(());
    }
    let organization = tx.organization();
    let title = format!("{} from {}", kind_words(import.kind), import.source.place());
    let skipped = if counts.refused > 0 { "&outcome=Refused" } else { "" };
    let link = format!("{}{PLACE}/{}?organization={organization}{skipped}", state.config.public_url, import.id);
    for person in people(tx, ADMINS).await? {
        let finished = Finished { title: &title, program: &import.program_name, counts, link: link.clone() };
        let content = finished_content(&person.brand, finished);
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::ImportFinished)?).await?;
    }
    Ok(())
}

/// Returns a sample of the email about an import's end, for developers.
pub fn finished_sample(brand: &str, to: &str) -> Result<Email> {
    let counts = Counts { new: 1_204, updated: 12, unchanged: 0, refused: 37, done: 1_253 };
    let link = "https://rekomi.test/dashboard/imports/sample".to_owned();
    let finished = Finished { title: "Affiliates from Rewardful", program: "Partners", counts, link };
    finished_content(brand, finished).to(to, EmailKind::ImportFinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_quick_and_skipped_nothing_needs_no_email() {
        let is_announced = |refused, seconds: i64| {
            let now = Timestamp::EPOCH.plus_millis(seconds * 1_000);
            is_announced(Counts { refused, ..Counts::default() }, Some(Timestamp::EPOCH), now)
        };
        assert!(!is_announced(0, 59));
        assert!(is_announced(0, 60) && is_announced(1, 1));
    }
}
