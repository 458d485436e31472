//! `/unsubscribe/{token}`: unsubscribes one recipient from one kind of email, by the link in each of them.
//!
//! Mail programs send the form themselves (RFC 8058). People see a page with a button first, because programs also open
//! links. A token names the recipient, is signed, and works for nothing else; it never expires.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use shared::{
    id::{AffiliateId, OrganizationId, UserId},
    keys::{Key, KeyRing},
};
use uuid::Uuid;

use super::{Kind, store};
use crate::portal::{notify, profile_store};
use kit::{
    db::TenantTx,
    error::Result,
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

const BODY_LEN: usize = 2 + 16 + 16;
const MAC_LEN: usize = 16;
const ACCOUNT: (&str, &str) = ("/account/notifications", "Manage notifications");
const PORTAL: &str = "/a/settings";

/// The recipient whose emails a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// An affiliate's emails about their clicks and commissions.
    Affiliate(AffiliateId),
    Member(UserId, Kind),
}

#[derive(Debug, askama::Template)]
#[template(path = "unsubscribe.html")]
struct EndPage {
    t: Texts,
    token: String,
    what: String,
    brand: String,
}

/// Returns the unsubscribe URL for such emails.
pub fn url(state: &AppState, organization: OrganizationId, reader: Reader) -> String {
    format!("{}/unsubscribe/{}", state.config.public_url, token(&state.config.keys.pages, organization, reader))
}

fn token(ring: &KeyRing, organization: OrganizationId, reader: Reader) -> String {
    let key = ring.current();
    let (number, who) = match reader {
        Reader::Affiliate(id) => (0, id.uuid()),
        Reader::Member(id, kind) => (kind.number(), id.uuid()),
    };
    let body = [&[key.id, number][..], organization.uuid().as_bytes(), who.as_bytes()].concat();
    let mac = mac(key, &body).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&body[..], mac.get(..MAC_LEN).unwrap_or_default()].concat())
}

fn read(ring: &KeyRing, token: &str) -> Option<(OrganizationId, Reader)> {
    if token.len() > 100 {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (body, tag) = bytes.split_first_chunk::<BODY_LEN>()?;
    let key = ring.get(body[0]).filter(|_| tag.len() == MAC_LEN)?;
    mac(key, body).verify_truncated_left(tag).ok()?;
    let id = |from: usize| Uuid::from_slice(body.get(from..from + 16)?).ok();
    let reader = match body[1] {
        0 => Reader::Affiliate(AffiliateId::new(id(18)?)),
        number => Reader::Member(UserId::new(id(18)?), Kind::numbered(number)?),
    };
    Some((OrganizationId::new(id(2)?), reader))
}

fn mac(key: &Key, body: &[u8]) -> impl Mac + use<> {
    key.mac(&[b"unsubscribe\0", body])
}

/// The response to an invalid or incomplete link.
fn broken() -> (StatusCode, Html<Notice>) {
    let message = "Part of it seems to be missing. Open it from the email again, or sign in and change your settings.";
    (StatusCode::GONE, Notice::new("This link doesn\u{2019}t work", message, ACCOUNT))
}

/// An affiliate's texts: in the language that they chose, else in their browser's.
async fn texts_of(tx: &mut TenantTx, affiliate: AffiliateId, browser: Texts) -> Result<Texts> {
    Ok(profile_store::language(tx, affiliate).await?.map_or(browser, Texts::new))
}

/// `GET /unsubscribe/{token}`.
pub async fn show(
    State(state): State<AppState>,
    Path(token): Path<String>,
    browser: Texts,
) -> std::result::Result<Response, PageError> {
    let Some((organization, reader)) = read(&state.config.keys.pages, &token) else {
        return Ok(broken().into_response());
    };
    let mut tx = state.db.tenant(organization).await?;
    let look = store::look(&mut tx, organization).await?;
    let (t, what) = match reader {
        Reader::Affiliate(id) => {
            let t = texts_of(&mut tx, id, browser).await?;
            (t, t.say("program-unsubscribe-commissions").to_string())
        }
        Reader::Member(_, kind) => (Texts::default(), kind.title().to_owned()),
    };
    tx.commit().await?;
    Ok(Html(EndPage { t, token, what, brand: look.map_or_else(String::new, |look| look.0) }).into_response())
}

/// `POST /unsubscribe/{token}`, by a person or by their mail program.
pub async fn end(
    State(state): State<AppState>,
    Path(token): Path<String>,
    browser: Texts,
) -> std::result::Result<Response, PageError> {
    let Some((organization, reader)) = read(&state.config.keys.pages, &token) else {
        return Ok(broken().into_response());
    };
    Ok(ended(&state, organization, reader, browser).await?.into_response())
}

async fn ended(state: &AppState, organization: OrganizationId, reader: Reader, browser: Texts) -> Result<Html<Notice>> {
    let mut tx = state.db.tenant(organization).await?;
    let notice = match reader {
        Reader::Affiliate(id) => {
            for kind in [notify::Kind::FirstClick, notify::Kind::CommissionEarned] {
                notify::set(&mut tx, id, (kind, false), state.clock.now()).await?;
            }
            let t = texts_of(&mut tx, id, browser).await?;
            let (title, message) = (t.say("program-unsubscribed-title"), t.say("program-unsubscribed-message"));
            Notice::in_language(t, title, message, (PORTAL, t.say("program-error-portal")))
        }
        Reader::Member(user, kind) => {
            store::choose(&mut tx, user, kind, false).await?;
            let message =
                "We’ll stop sending you these emails. To turn them back on, open Notifications in your account.";
            Notice::new("Unsubscribed", message, ACCOUNT)
        }
    };
    tx.commit().await?;
    Ok(notice)
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_token_ends_what_it_says_and_can_not_be_made_up() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap();
        let organization = OrganizationId::v7(1, &[1; 10]);
        for reader in [
            Reader::Affiliate(AffiliateId::v7(1, &[2; 10])),
            Reader::Member(UserId::v7(1, &[3; 10]), Kind::CommissionsDue),
        ] {
            let text = token(&ring, organization, reader);
            assert_eq!(read(&ring, &text), Some((organization, reader)));
            for end in 0..text.len() {
                assert_eq!(read(&ring, &text[..end]), None);
            }
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
            for at in 0..bytes.len() {
                bytes[at] ^= 1;
                assert_eq!(read(&ring, &BASE64_URL_SAFE_NO_PAD.encode(&bytes)), None, "{at}");
                bytes[at] ^= 1;
            }
        }
    }
}
