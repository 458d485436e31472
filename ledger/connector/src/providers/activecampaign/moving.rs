//! Gives a contact a new email address (developers.activecampaign.com, "Update a contact").

use serde_json::json;

use crate::{
    Answer, Fault, Host, Request, StepContext,
    encode::segment,
    moving::Mover,
    read::{rows, text},
};

use super::{ActiveCampaign, with_key};

impl Mover for ActiveCampaign {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::get(&host(ctx)?, "/api/3/contacts").query("email", email))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json()?;
        let row =
            rows(&body, "/contacts").find(|row| text(row, "/email").is_some_and(|own| own.to_lowercase() == email));
        Ok(row.and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::put(&host(ctx)?, format!("/api/3/contacts/{}", segment(id)));
        with_key(ctx, request.json(json!({"contact": {"email": email}})))
    }
}

fn host(ctx: &StepContext<'_>) -> Result<Host, Fault> {
    Ok(Host::given("ACTIVECAMPAIGN", ctx.account.get("apiUrl")?))
}
