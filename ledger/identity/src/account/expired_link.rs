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
        Purpose::VerifyEmail => {
            ("Your email address is confirmed. There's nothing left to do.", ("/dashboard", "Go to the dashboard"))
        }
        Purpose::ChangeEmail => {
            ("Your account now uses the new address. Sign in with it.", ("/account", "Go to your account"))
        }
        Purpose::ResetPassword => (
            "Your password has been changed since then. Sign in with the new one, or request another link.",
            ("/login", "Sign in"),
        ),
    };
    (StatusCode::GONE, Notice::new("This link was already used", message, way))
}

/// The page for an expired link. It also answers a link that never existed, because links are deleted some time after
/// they expire.
pub fn over(purpose: Purpose) -> Page {
    let (message, way) = match purpose {
        Purpose::VerifyEmail => (
            "Confirmation links work once, for 24 hours. Sign in to send a new one.",
            ("/account", "Sign in and request a new link"),
        ),
        Purpose::ChangeEmail => (
            "Confirmation links work once, for 24 hours. Sign in and request the change again.",
            ("/account", "Sign in and request a new link"),
        ),
        Purpose::ResetPassword => (
            "Password reset links work once, for one hour. Only the link in our latest email works.",
            ("/forgot", "Request a new link"),
        ),
    };
    (StatusCode::GONE, Notice::new("This link has expired", message, way))
}
