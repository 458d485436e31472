//! Emails about applications: to the applicant, and to the brand's people who want them.

use super::{store, view::Offer};
use identity::{
    account::magic,
    notification::{
        Kind,
        end::{self, Reader},
        store as notification_store,
    },
};
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::{Error, Result},
    limit::{self, Limit, PublicAction},
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::{Text, Texts},
};
use programs::affiliate::{
    self,
    first_login::{self, Joined},
};

/// `application_received`: to the applicant, with what happens next.
pub async fn received(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    if !may_write(tx, state, &affiliate.email).await? {
        return Ok(());
    }
    let message = of_received(look(tx, offer, affiliate).await?, &affiliate.name, &offer.program.name);
    let message = message.to(&affiliate.email, EmailKind::ApplicationReceived)?;
    mail::post_to(tx.conn(), state, (organization, affiliate.id), message).await
}

pub fn of_received(look: Branding, name: &str, program: &str) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-received-subject").with("brand", &brand);
    EmailContent::new(look, subject, t.say("email-received-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-received-message").with("program", program).with("brand", &brand))
        .paragraph(t.say("email-received-next"))
}

/// `application_confirm`: asks the applicant to confirm their email address, which approves them.
pub(super) async fn confirm(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    if !may_write(tx, state, &affiliate.email).await? {
        return Ok(());
    }
    let whom = (affiliate.id, affiliate.email.as_str());
    let Some(link) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(()) };
    let look = look(tx, offer, affiliate).await?;
    let message = of_confirm(look, &affiliate.name, &offer.program.name, link.url(state));
    let message = message.to(&affiliate.email, EmailKind::ApplicationConfirm)?;
    mail::post_to(tx.conn(), state, (organization, affiliate.id), message).await
}

pub fn of_confirm(look: Branding, name: &str, program: &str, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-confirm-subject").with("brand", &brand);
    EmailContent::new(look, subject, t.say("email-confirm-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-confirm-message").with("program", program).with("brand", &brand))
        .sign_in(t.say("email-application-confirm-button"), link)
        .paragraph(t.say("email-link-works-once"))
}

/// `application_known`: to an address that already belongs to an affiliate. The page doesn't reveal this.
pub(super) async fn known(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    if first_login::is_awaited(tx, affiliate.id).await? {
        return confirm(tx, state, offer, affiliate).await;
    }
    if !may_write(tx, state, &affiliate.email).await? {
        return Ok(());
    }
    let whom = (affiliate.id, affiliate.email.as_str());
    let way_in = match affiliate.status.as_str() {
        "Approved" | "Invited" => magic::issue(tx, organization, whom, state.clock.now()).await?,
        _ => None,
    };
    let way_in = way_in.map(|link| link.url(state));
    let message = of_known(look(tx, offer, affiliate).await?, &affiliate.name, &affiliate.status, way_in);
    let message = message.to(&affiliate.email, EmailKind::ApplicationKnown)?;
    mail::post_to(tx.conn(), state, (organization, affiliate.id), message).await
}

pub fn of_known(look: Branding, name: &str, status: &str, way_in: Option<String>) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let message = match status {
        "Approved" | "Invited" => t.say("email-known-approved"),
        "Pending" => t.say("email-known-pending"),
        _ => t.say("email-known-decided"),
    };
    let subject = t.say("email-application-subject").with("brand", &brand);
    let content = EmailContent::new(look, subject, t.say("email-known-why").with("brand", &brand))
        .greeting(name)
        .paragraph(message.with("brand", &brand));
    match way_in {
        Some(link) => content.sign_in(t.say("email-sign-in"), link),
        None => content,
    }
}

/// `application_new`: an application is waiting; to the people who want this email.
pub async fn waiting(
    tx: &mut TenantTx,
    state: &AppState,
    offer: &Offer,
    affiliate: &Affiliate,
    count: i64,
) -> Result<()> {
    let t = Texts::default();
    let message = t.say("email-new-message").with("name", &affiliate.name).with("program", &offer.program.name);
    let others = t.say("email-new-others").with("count", count.saturating_sub(1).max(0));
    let subject = t.say("email-new-subject").with("name", &affiliate.name);
    let place =
        format!("/dashboard/affiliates?organization={}&status=Pending&review={}", tx.organization(), affiliate.id);
    notify(tx, state, &offer.brand, affiliate, (subject.to_string(), format!("{message} {others}")), &place).await
}

/// `application_new` for an applicant who was approved when they confirmed their email address.
pub async fn joined(tx: &mut TenantTx, state: &AppState, joined: &Joined) -> Result<()> {
    has_joined(tx, state, joined, Texts::default().say("email-joined-message")).await
}

/// `application_new` for an approved affiliate who joined another program.
pub async fn joined_another(tx: &mut TenantTx, state: &AppState, joined: &Joined) -> Result<()> {
    has_joined(tx, state, joined, Texts::default().say("email-joined-another")).await
}

async fn has_joined(tx: &mut TenantTx, state: &AppState, joined: &Joined, message: Text) -> Result<()> {
    let (t, Joined { affiliate, program }) = (Texts::default(), joined);
    let brand = store::brand(tx).await?.ok_or_else(Error::not_found)?;
    let message = message.with("name", &affiliate.name).with("program", program);
    let subject = t.say("email-joined-subject").with("name", &affiliate.name);
    let place = format!("/dashboard/affiliates/{}?organization={}", affiliate.id, tx.organization());
    notify(tx, state, &brand.name, affiliate, (subject.to_string(), message.to_string()), &place).await
}

async fn notify(
    tx: &mut TenantTx,
    state: &AppState,
    brand: &str,
    affiliate: &Affiliate,
    (subject, message): (String, String),
    place: &str,
) -> Result<()> {
    let organization = tx.organization();
    // Limits the emails if many applications arrive; the list shows all of them.
    let whose = organization.to_string();
    let limit = Limit::Email { action: PublicAction::ApplicationNotice, address: &whose, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(());
    }
    let link = format!("{}{place}", state.config.public_url);
    let email = to_brand((subject, message), affiliate, brand, link);
    for person in notification_store::recipients(tx, Kind::AffiliateApplied).await? {
        let end = end::url(state, organization, Reader::Member(person.user, Kind::AffiliateApplied));
        mail::post(tx.conn(), state, ended(&email, &person.email, end)?).await?;
    }
    Ok(())
}

fn ended(message: &EmailContent, email: &str, end: String) -> Result<Email> {
    message.clone().with_end(email, EmailKind::ApplicationNew, end)
}

/// `application_new`, with the applicant's answers.
pub fn to_brand(
    (subject, message): (String, String),
    affiliate: &Affiliate,
    brand: &str,
    link: String,
) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let answers = affiliate.application.as_ref().and_then(serde_json::Value::as_object);
    let mut rows = vec![(t.say("email-new-email-label").to_string(), affiliate.email.clone())];
    rows.extend(answers.into_iter().flatten().map(|(question, answer)| (question.clone(), in_words(t, answer))));
    EmailContent::new(look, subject, t.say("email-why-team").with("brand", brand))
        .greeting("")
        .paragraph(message)
        .rows(rows)
        .button(t.say("email-new-button"), link)
}

/// Formats an answer in one line, shortened if it is long.
fn in_words(t: Texts, answer: &serde_json::Value) -> String {
    const MOST: usize = 300;
    use serde_json::Value;
    let each = |part: &Value| in_words(t, part);
    let whole = match answer {
        Value::Bool(true) => t.say("email-answer-yes").to_string(),
        Value::Bool(false) => t.say("email-answer-no").to_string(),
        Value::Null => "–".to_owned(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        Value::Array(parts) => parts.iter().map(each).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => parts.values().map(each).collect::<Vec<_>>().join(", "),
    };
    if whole.chars().count() <= MOST { whole } else { whole.chars().take(MOST - 1).chain(['…']).collect() }
}

/// The brand's look in the page's color, and in the applicant's language.
async fn look(tx: &mut TenantTx, offer: &Offer, applicant: &Affiliate) -> Result<Branding> {
    let organization = tx.organization();
    Ok(affiliate::email::look(tx, organization, applicant.id).await?.in_color(offer.color.as_deref()))
}

/// Returns whether to send the email: strangers can't make us email someone again and again. It answers a form and
/// invites no one, so people who opted out of invitations get it, too.
async fn may_write(tx: &mut TenantTx, state: &AppState, email: &str) -> Result<bool> {
    let whose = format!("{} {email}", tx.organization());
    let limit = Limit::Email { action: PublicAction::Application, address: &whose, device: None };
    Ok(limit::admit_in(tx.conn(), state, &limit).await?)
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
            assert_eq!(in_words(Texts::default(), &answer), words);
        }
        assert_eq!(in_words(Texts::default(), &json!("x".repeat(1_000))).chars().count(), 300);
    }

    #[test]
    fn only_who_is_approved_gets_a_way_in() {
        let sent = |status, link: Option<&str>| {
            let content = of_known(Branding::new("Acme", None), "Nina", status, link.map(str::to_owned));
            content.to("nina@x.test", EmailKind::ApplicationKnown).unwrap().text
        };
        assert!(sent("Approved", Some("https://x.test/a")).contains("https://x.test/a"));
        assert!(sent("Banned", None).contains("already made a decision"));
        assert!(sent("Pending", None).contains("still under review"));
    }
}
