//! Emails about applications: to the applicant, and to the brand's people who want them.

use super::view::Offer;
use identity::{
    account::magic,
    mail::suppression_store,
    notification::{
        Kind,
        end::{self, Reader},
        store as notification_store,
    },
};
use kit::{
    access::limit::{self, Limit, PublicAction},
    api::view::Affiliate,
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

/// `application_received`: to the applicant, with what happens next.
pub(super) async fn received(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    if !may_write(tx, state, &affiliate.email).await? {
        return Ok(());
    }
    let message = of_received(look(offer), &affiliate.name, &offer.program.name);
    let message = message.to(&affiliate.email, EmailKind::ApplicationReceived)?;
    mail::post_to(tx.conn(), state, (organization, affiliate.id), message).await
}

pub fn of_received(look: Branding, name: &str, program: &str) -> EmailContent {
    let brand = look.brand.clone();
    EmailContent {
        subject: format!("We received your application to {brand}"),
        name: name.to_owned(),
        paragraphs: vec![
            format!("Thanks for applying to {program}! {brand} reviews every application."),
            "You\u{2019}ll get an email either way. If approved, it includes your link and portal access. \
             There\u{2019}s nothing else you need to do."
                .to_owned(),
        ],
        rows: Vec::new(),
        button: None,
        why: format!(
            "You\u{2019}re receiving this because someone applied to promote {brand} with this email. If it \
             wasn\u{2019}t you, let {brand} know."
        ),
        choice: None,
        look,
    }
}

/// `application_known`: to an address that already belongs to an affiliate. The page doesn't reveal this.
pub(super) async fn known(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    if !may_write(tx, state, &affiliate.email).await? {
        return Ok(());
    }
    let whom = (affiliate.id, affiliate.email.as_str());
    let way_in = match affiliate.status.as_str() {
        "Approved" => magic::issue(tx, organization, whom, state.clock.now()).await?,
        _ => None,
    };
    let way_in = way_in.map(|link| link.url(state));
    let message = of_known(look(offer), &affiliate.name, &affiliate.status, way_in);
    let message = message.to(&affiliate.email, EmailKind::ApplicationKnown)?;
    mail::post_to(tx.conn(), state, (organization, affiliate.id), message).await
}

pub fn of_known(look: Branding, name: &str, status: &str, way_in: Option<String>) -> EmailContent {
    let brand = look.brand.clone();
    let content = match status {
        "Approved" => format!(
            "Someone applied to {brand} with your email. You\u{2019}re already an affiliate of {brand}: sign in to see \
             your links and earnings."
        ),
        "Pending" => format!(
            "Someone applied to {brand} with your email again. Your first application is still under review, so \
             there\u{2019}s nothing else you need to do."
        ),
        _ => format!(
            "Someone applied to {brand} with your email. {brand} has already made a decision about this email. If \
             something has changed, contact {brand}."
        ),
    };
    EmailContent {
        subject: format!("Your application to {brand}"),
        name: name.to_owned(),
        paragraphs: vec![content],
        rows: Vec::new(),
        button: way_in.map(|link| ("Sign in", link)),
        why: format!("You\u{2019}re receiving this because {brand} has this email on file."),
        choice: None,
        look,
    }
}

/// `application_new`: an application is waiting; to the people who want this email.
pub(super) async fn waiting(
    tx: &mut TenantTx,
    state: &AppState,
    offer: &Offer,
    affiliate: &Affiliate,
    count: i64,
) -> Result<()> {
    let others = match count {
        ..=1 => "It\u{2019}s the only application waiting.".to_owned(),
        2 => "1 more application is waiting.".to_owned(),
        more => format!("{} more applications are waiting.", more - 1),
    };
    let message =
        format!("{} applied to {} and is waiting for your review. {others}", affiliate.name, offer.program.name);
    notify(tx, state, offer, affiliate, (format!("New application from {}", affiliate.name), message)).await
}

/// `application_new` for an applicant who was approved immediately.
pub(super) async fn joined(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let message = format!("{} applied to {} and was approved automatically.", affiliate.name, offer.program.name);
    notify(tx, state, offer, affiliate, (format!("{} joined your program", affiliate.name), message)).await
}

async fn notify(
    tx: &mut TenantTx,
    state: &AppState,
    offer: &Offer,
    affiliate: &Affiliate,
    (subject, message): (String, String),
) -> Result<()> {
    let organization = tx.organization();
    // Limits the emails if many applications arrive; the list shows all of them.
    let whose = organization.to_string();
    let limit = Limit::Email { action: PublicAction::ApplicationNotice, address: &whose, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(());
    }
    let link = format!("{}/dashboard/affiliates?organization={organization}", state.config.public_url);
    let email = to_brand((subject, message), affiliate, &offer.brand, link);
    for person in notification_store::recipients(tx, Kind::AffiliateApplied).await? {
        let end = end::url(state, organization, Reader::Member(person.user, Kind::AffiliateApplied));
        mail::post(tx.conn(), state, ended(&email, &person.email, end)?).await?;
    }
    Ok(())
}

fn ended(message: &EmailContent, email: &str, end: String) -> Result<Email> {
    message.clone().with_end(email, EmailKind::ApplicationNew, end)
}

pub fn to_brand(
    (subject, message): (String, String),
    affiliate: &Affiliate,
    brand: &str,
    link: String,
) -> EmailContent {
    let answers = affiliate.application.as_ref().and_then(serde_json::Value::as_object);
    let mut rows = vec![("Email".to_owned(), affiliate.email.clone())];
    rows.extend(answers.into_iter().flatten().map(|(question, answer)| (question.clone(), in_words(answer))));
    EmailContent {
        subject,
        name: String::new(),
        paragraphs: vec![message],
        rows,
        button: Some(("Review application", link)),
        why: format!("You\u{2019}re receiving this because you\u{2019}re on the {brand} team."),
        choice: None,
        look: Branding::new("Rekomi", None),
    }
}

/// Formats an answer in one line, shortened if it is long.
fn in_words(answer: &serde_json::Value) -> String {
    const MOST: usize = 300;
    use serde_json::Value;
    let whole = match answer {
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Null => "–".to_owned(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        Value::Array(parts) => parts.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => parts.values().map(in_words).collect::<Vec<_>>().join(", "),
    };
    if whole.chars().count() <= MOST { whole } else { whole.chars().take(MOST - 1).chain(['…']).collect() }
}

fn look(offer: &Offer) -> Branding {
    Branding::new(&*offer.brand, offer.color.as_deref())
}

/// Returns whether to send the email: strangers can't make us email someone again and again, or someone who opted out
/// of brands' emails.
async fn may_write(tx: &mut TenantTx, state: &AppState, email: &str) -> Result<bool> {
    let organization = tx.organization();
    let whose = format!("{organization} {email}");
    let limit = Limit::Email { action: PublicAction::Application, address: &whose, device: None };
    let may = limit::admit_in(tx.conn(), state, &limit).await?;
    Ok(may && !suppression_store::is_suppressed(tx.conn(), email).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_told_in_a_line_each() {
        for (answer, words) in [
            (json!(["A", "B"]), "A, B"),
            (json!({"City": "Bergen", "Country": "Norway"}), "Bergen, Norway"),
            (json!("First\r\nthen"), "First then"),
            (json!(true), "Yes"),
            (json!(12.5), "12.5"),
        ] {
            assert_eq!(in_words(&answer), words);
        }
        assert_eq!(in_words(&json!("x".repeat(1_000))).chars().count(), 300);
    }

    #[test]
    fn only_who_is_approved_gets_a_way_in() {
        let look = || Branding::new("Acme", None);
        assert!(of_known(look(), "Nina", "Approved", Some("https://x.test/a".to_owned())).button.is_some());
        assert!(of_known(look(), "Nina", "Banned", None).paragraphs[0].contains("already made a decision"));
        assert!(of_known(look(), "Nina", "Pending", None).paragraphs[0].contains("still under review"));
    }
}
