//! Gives a contact a new email address: a field of an edit (mautic/developer-documentation, "Edit contact").

use serde_json::json;

use crate::{
    Answer, Fault, Request, StepContext,
    encode::{basic, segment},
    moving::Mover,
    read::text,
};

use super::{Mautic, host, rows};

impl Mover for Mautic {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let request = Request::get(&host(ctx)?, "/api/contacts").query("where[0][col]", "email");
        with_password(ctx, request.query("where[0][expr]", "eq").query("where[0][val]", email))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json()?;
        if body.get("contacts").is_none() {
            return Err(Fault::unreadable("no contacts in it"));
        }
        let is =
            |row: &&&serde_json::Value| text(row, "/fields/all/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/contacts").iter().find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::patch(&host(ctx)?, format!("/api/contacts/{}/edit", segment(id)));
        with_password(ctx, request.json(json!({"email": email})))
    }
}

fn with_password(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let credentials = basic(ctx.account.get("username")?, ctx.account.get("password")?);
    Ok(request.header("Authorization", credentials))
}
