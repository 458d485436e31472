//! Gives a contact another address: the field `Email` of an update (developer.salesforce.com, REST API Developer Guide,
//! "Update a Record"). The opt-out is a field of the contact, and stays.

use serde_json::json;

use crate::{Answer, Fault, FaultKind, Host, Request, StepContext, moving::Mover, read::text};

use super::{DOMAIN, Salesforce, contacts_of, explained, login, record, records};

impl Mover for Salesforce {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_login(ctx, contacts_of(&host(ctx)?, email))
    }

    /// The query compares whole addresses in any case. Of several contacts, the oldest is the one that syncs use.
    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, _: &str) -> Result<Option<String>, Fault> {
        let body = answer.json().map_err(|fault| explained(ctx, answer, &code(answer), fault))?;
        Ok(records(&body)?.first().and_then(|row| text(row, "/Id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::patch(&host(ctx)?, record(id)).header("Sforce-Duplicate-Rule-Header", "allowSave=true");
        with_login(ctx, request.json(json!({"Email": email})))
    }

    /// Some failures that pass have status 400 as well.
    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        let Err(fault) = answer.json_or_nothing() else { return Ok(true) };
        let fault = explained(ctx, answer, &code(answer), fault);
        let is_refused = fault.kind == FaultKind::Refused && matches!(answer.status, 400 | 404);
        if is_refused { Ok(false) } else { Err(fault) }
    }
}

fn host(ctx: &StepContext<'_>) -> Result<Host, Fault> {
    Ok(Host::given("SALESFORCE", ctx.account.get(DOMAIN)?))
}

fn code(answer: &Answer) -> String {
    text(&answer.any_json(), "/0/errorCode").unwrap_or_default()
}

fn with_login(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.login(login(&host(ctx)?, ctx.account)?))
}
