//! The emails about a claim: what was given, or why it wasn't.

use super::{Reward, claim_store::Claim, words};
use crate::affiliate::{self, unsolicited_email};
use identity::portal::brands;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

fn of_approved(look: Branding, name: &str, (title, gift): (&str, &str), link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-reward-approved-subject").with("title", title);
    EmailContent::new(look, subject, t.say("email-reward-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-reward-approved").with("brand", &brand).with("title", title))
        .paragraph(t.say("email-reward-gift").with("gift", gift))
        .button(t.say("email-reward-button"), link)
}

fn of_rejected(look: Branding, name: &str, (title, reason): (&str, &str), link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-reward-rejected-subject").with("title", title);
    EmailContent::new(look, subject, t.say("email-reward-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-reward-rejected").with("brand", &brand).with("title", title))
        .paragraph(t.say("email-they-wrote").with("text", reason))
        .button(t.say("email-reward-button"), link)
}

/// Samples of the emails, for developers.
///
/// # Errors
/// If a template can't be rendered.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let link = || "https://rekomi.test/a/rewards".to_owned();
    let (name, title) = ("Nina Berg", "10 sales in a month");
    let gift = look.t.money(5_000, "USD");
    let approved = of_approved(look.clone(), name, (title, &gift), link());
    let rejected = of_rejected(look.clone(), name, (title, "The video doesn\u{2019}t show the product."), link());
    Ok(vec![approved.to(to, EmailKind::RewardApproved)?, rejected.to(to, EmailKind::RewardRejected)?])
}

/// Emails what was given. Affiliates who never signed in and opted out of emails get none.
pub async fn approved(tx: &mut TenantTx, state: &AppState, reward: &Reward, claim: &Claim) -> Result<()> {
    let organization = tx.organization();
    let look = affiliate::email::look(tx, organization, claim.affiliate).await?;
    let gift = words::given(look.t, &reward.gift, claim.amount);
    let link = brands::url(state, organization, "/a/rewards");
    let content = of_approved(look, &claim.affiliate_name, (&reward.title, &gift), link);
    let message = content.to(&claim.affiliate_email, EmailKind::RewardApproved)?;
    unsolicited_email::post_or_keep(tx, state, claim.affiliate, message).await.map(drop)
}

pub async fn rejected(tx: &mut TenantTx, state: &AppState, reward: &Reward, claim: &Claim, reason: &str) -> Result<()> {
    let organization = tx.organization();
    let look = affiliate::email::look(tx, organization, claim.affiliate).await?;
    let link = brands::url(state, organization, "/a/rewards");
    let content = of_rejected(look, &claim.affiliate_name, (&reward.title, reason), link);
    let message = content.to(&claim.affiliate_email, EmailKind::RewardRejected)?;
    unsolicited_email::post_or_keep(tx, state, claim.affiliate, message).await.map(drop)
}
