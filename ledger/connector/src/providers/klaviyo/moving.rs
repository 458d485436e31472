//! Gives a profile a new email address (developers.klaviyo.com, "Update profile").

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    encode::segment,
    moving::Mover,
    read::{rows, text},
};

use super::{HOST, Klaviyo, wire, with_key};

impl Mover for Klaviyo {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let filter = format!("equals(email,{})", wire::quoted(email));
        with_key(ctx, Request::get(&HOST, "/api/profiles").query("filter", filter))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json()?;
        if !body.get("data").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no profiles in it"));
        }
        let is = |row: &&Value| text(row, "/attributes/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/data").find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let profile = json!({"type": "profile", "id": id, "attributes": {"email": email}});
        let request = Request::patch(&HOST, format!("/api/profiles/{}", segment(id)));
        with_key(ctx, request.json(json!({"data": profile})))
    }
}
