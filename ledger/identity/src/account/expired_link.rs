//! The page for a link that no longer works: it says whether the link was used or has expired, and what to do next.

use axum::http::StatusCode;
use sqlx::PgConnection;

use super::{
    store,
    token::{self, Holder, Purpose},
};
use kit::page::{Html, notice::Notice};

type Page = (StatusCode, Html<Notice>);

pub async fn page(conn: &mut PgConnection, token: &str, purpose: Purpose) -> Result<Page, sqlx::Error> {
    let Some(holder) = token::used(conn, token, purpose).await? else { return Ok(over(purpose)) };
    Ok(if is_so(conn, &holder, purpose).await? { used(purpose) } else { over(purpose) })
}

/// Returns whether the link's purpose is fulfilled now; another link may have changed things since.
async fn is_so(conn: &mut PgConnection, holder: &Holder, purpose: Purpose) -> Result<bool, sqlx::Error> {
    let Some(person) = store::person(conn, holder.user).await? else { return Ok(false) };
    Ok(match purpose {
        Purpose::VerifyEmail => person.verified && person.email == holder.email,
        Purpose::ChangeEmail => person.email == holder.email,
        Purpose::ResetPassword => true,
    })
}

fn used(purpose: Purpose) -> Page {
    let (message, way) = match purpose {
        Purpose::VerifyEmail => (
            "Your e-mail address is confirmed, and there is nothing left to do here.",
            ("/dashboard", "Go to the dashboard"),
        ),
        Purpose::ChangeEmail => {
            ("Your account uses the new address. Sign in with that from now on.", ("/account", "Go to your account"))
        }
        Purpose::ResetPassword => (
            "A new password was set with it, or in another way since. Sign in with that. If you don't know it, the page offers a new link.",
            ("/login", "Sign in"),
        ),
    };
    (StatusCode::GONE, Notice::new("This link was used already", message, way))
}

/// The page for an expired link. It also answers a link that never existed, because links are deleted some time after
/// they expire.
pub fn over(purpose: Purpose) -> Page {
    let (message, way) = match purpose {
        Purpose::VerifyEmail => (
            "Such a link works once, for 24 hours. Sign in: as long as your address isn't confirmed, your account offers to send a new one.",
            ("/account", "Sign in and ask for a new link"),
        ),
        Purpose::ChangeEmail => (
            "Such a link works once, for 24 hours. Sign in with the address that your account has now, and ask for the change once more.",
            ("/account", "Sign in and ask for a new link"),
        ),
        Purpose::ResetPassword => (
            "Such a link works once, for an hour. Ask for a new one; the newest letter counts.",
            ("/forgot", "Ask for a new link"),
        ),
    };
    (StatusCode::GONE, Notice::new("This link has ended", message, way))
}
