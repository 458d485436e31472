//! Checks each line of a list before anyone is invited.

use std::collections::HashSet;

use shared::money::{Currency, Money};

use super::lines::{Line, minor};
use engine::consent;
use identity::mail::suppression_store;
use kit::{db::TenantTx, email_address, error::Result};
use programs::{
    affiliate::{
        invite::{Bounty, Invited},
        store,
    },
    link::create::{check_slug, check_spelling},
};
use rules::customer::mailbox::email_key;

/// The status of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineStatus {
    Ready,
    Duplicate,
    Affiliate,
    OptedOut,
    Wrong(String),
}

impl LineStatus {
    /// Returns a short label, its color, and the reason.
    pub fn words(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::Ready => ("Ready", "good", String::new()),
            Self::Duplicate => ("Duplicate", "wait", "This email is already in the list above.".to_owned()),
            Self::Affiliate => ("Already an affiliate", "wait", "One of your affiliates uses this email.".to_owned()),
            Self::OptedOut => ("Opted out", "bad", "They opted out of invitations.".to_owned()),
            Self::Wrong(why) => ("Invalid", "bad", why.clone()),
        }
    }
}

/// A line, with its status and bounty.
#[derive(Debug)]
pub struct CheckedLine {
    pub line: Line,
    pub status: LineStatus,
    pub bounty: Option<Money>,
}

impl CheckedLine {
    /// Returns the person in the form that an invitation takes.
    pub fn person(&self) -> Invited {
        Invited {
            email: self.line.email.clone(),
            name: self.line.name.clone(),
            slug: self.line.slug.clone(),
            first_conversion_bounty: self
                .bounty
                .map(|bounty| Bounty { amount_cents: bounty.minor, currency: bounty.currency }),
            terms_accepted: None,
        }
    }
}

/// Compares a list with existing affiliates and opt-outs. A line's own bounty takes precedence over the one for all.
pub async fn look(
    tx: &mut TenantTx,
    lines: Vec<Line>,
    (for_all, currency): (Option<Money>, Currency),
) -> Result<Vec<CheckedLine>> {
    let addresses: Vec<String> = lines.iter().filter_map(|line| email_address::parse(&line.email)).collect();
    let known: HashSet<String> = store::known_addresses(tx, &addresses).await?.into_iter().collect();
    let keys: Vec<String> = addresses.iter().map(|address| email_key(address)).collect();
    let out: HashSet<String> = consent::store::opted_out(tx, &keys).await?.into_iter().collect();
    let gone: HashSet<String> = suppression_store::suppressed(tx.conn(), &addresses).await?.into_iter().collect();
    let mut seen = HashSet::new();
    Ok(lines
        .into_iter()
        .map(|line| {
            let own = line.bounty.as_ref().map(|text| minor(text, currency).filter(|minor| *minor > 0));
            let bounty = own.map_or(for_all, |own| own.map(|minor| Money::new(minor, currency)));
            let status = match email_address::parse(&line.email) {
                None if line.email.is_empty() => LineStatus::Wrong("No email address.".to_owned()),
                None => LineStatus::Wrong("Not a valid email address.".to_owned()),
                Some(address) if !seen.insert(address.clone()) => LineStatus::Duplicate,
                Some(address) if known.contains(&address) => LineStatus::Affiliate,
                Some(address) if out.contains(&email_key(&address)) || gone.contains(&address) => LineStatus::OptedOut,
                Some(_) if own == Some(None) => {
                    LineStatus::Wrong("Enter the bounty as an amount such as 50 or 49.90.".to_owned())
                }
                Some(_) if check_spelling(line.slug.as_deref()).is_err() => {
                    LineStatus::Wrong("Link names need 3 to 64 letters, digits, hyphens or underscores.".to_owned())
                }
                Some(_) if check_slug(line.slug.as_deref()).is_err() => {
                    LineStatus::Wrong("This link name is reserved. Choose another.".to_owned())
                }
                Some(_) => LineStatus::Ready,
            };
            CheckedLine { line, status, bounty }
        })
        .collect())
}
