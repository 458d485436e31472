//! The email about the rule of a second approver, when someone turns it off.

use askama::Template;

use identity::{access::actor::Actor, audit::names, notification::store::people};
use kit::{
    access::role::Role,
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};

#[derive(Debug)]
struct RuleEnded {
    brand: String,
    by: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/second_approver_off.txt")]
struct RuleEndedText<'a> {
    words: &'a RuleEnded,
}

#[derive(Template)]
#[template(path = "mail/second_approver_off.html")]
struct RuleEndedHtml<'a> {
    words: &'a RuleEnded,
}

impl Words for RuleEnded {
    fn subject(&self) -> String {
        format!("{}: payout runs no longer need a second approver", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        RuleEndedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        RuleEndedHtml { words: self }.render()
    }
}

/// Emails all owners, including the one who turned the rule off.
pub(super) async fn rule_ended(tx: &mut TenantTx, state: &AppState, actor: &Actor) -> Result<()> {
    let organization = tx.organization();
    let names = names::of(tx, std::iter::once(actor.who.as_str())).await?;
    for owner in people(tx, &[Role::Owner]).await? {
        let words = RuleEnded {
            brand: owner.brand,
            by: names::actor_name(&names, &actor.who),
            link: format!("{}/dashboard/payouts/settings?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Email::new(owner.email, EmailKind::SecondApproverOff, &words)?).await?;
    }
    Ok(())
}

/// A sample email for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let words = RuleEnded {
        brand: brand.to_owned(),
        by: "Nina Berg".to_owned(),
        link: "https://rekomi.test/dashboard/payouts/settings".to_owned(),
    };
    Email::new(to, EmailKind::SecondApproverOff, &words)
}
