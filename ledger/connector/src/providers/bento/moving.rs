//! Gives a subscriber another address: the command `change_email` (bentonow/api, `bento-api.yaml`, "Execute Command").
//! Commands are queued like everything that Bento accepts. Subscribers are named by their address.

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, encode::basic, moving::Mover, read::text};

use super::{AGENT, Bento, HOST, found, read};

impl Mover for Bento {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_keys(ctx, Request::get(&HOST, "/api/v1/fetch/subscribers").query("email", email))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = read(ctx, answer)?;
        let own = found(&body).and_then(|attributes| text(attributes, "/email"));
        Ok(own.filter(|own| own.to_lowercase() == email))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let command = json!({"command": "change_email", "email": id, "query": email});
        with_keys(ctx, Request::post(&HOST, "/api/v1/fetch/commands").json(json!({"command": [command]})))
    }

    fn is_late(&self) -> bool {
        true
    }
}

fn with_keys(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let keys = basic(ctx.account.get("publishableKey")?, ctx.account.get("secretKey")?);
    let request = request.query("site_uuid", ctx.account.get("siteUuid")?);
    Ok(request.header("User-Agent", AGENT).header("Authorization", keys))
}
