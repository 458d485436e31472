//! Gives a person another address: one of the keys of a profile, which is named by its `sid`
//! (getstarted.sailthru.com/developers/api/user). Nothing says what becomes of an opt-out, so the call repeats it.

use serde_json::{Value, json};

use crate::{
    Answer, Fault, FaultKind, Known, Method, Request, StepContext,
    moving::Mover,
    read::{need, text},
};

use super::{OTHER, Sailthru, explained, is_unknown, signed};

/// Known: how far the person opted out.
const OPT_OUT: &str = "move_opt_out";

impl Mover for Sailthru {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let body = json!({"id": email, "key": "email", "fields": {"keys": 1, "optout_email": 1}});
        signed(ctx.account, Method::Get, "/user", &body)
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let error = error(answer);
        if error == Some(OTHER) && is_unknown(answer) {
            return Ok(None);
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, error, fault))?;
        if error.is_some() {
            return Err(explained(ctx, answer, error, refused()));
        }
        let is = need(&body, "/keys/email")?.to_lowercase() == email;
        Ok(Some(need(&body, "/keys/sid")?).filter(|_| is))
    }

    fn noted(&self, answer: &Answer) -> Known {
        let body = answer.any_json();
        let level = text(&body, "/optout_email").or_else(|| text(&body, "/optout")).filter(|level| level != "none");
        level.map_or_else(Known::new, |level| Known::new().with(OPT_OUT, level))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let mut body = json!({"id": id, "key": "sid", "keys": {"email": email}, "keysconflict": "error"});
        if let Some(level) = ctx.known.maybe(OPT_OUT) {
            body["optout_email"] = json!(level);
        }
        signed(ctx.account, Method::Post, "/user", &body)
    }

    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        let fault = match (error(answer), answer.json()) {
            (None, Ok(body)) => return Ok(body.get("ok") == Some(&json!(true))),
            (error, Ok(_)) => explained(ctx, answer, error, refused()),
            (error, Err(fault)) => explained(ctx, answer, error, fault),
        };
        if fault.kind == FaultKind::Refused { Ok(false) } else { Err(fault) }
    }
}

fn error(answer: &Answer) -> Option<u64> {
    answer.any_json().get("error").and_then(Value::as_u64)
}

fn refused() -> Fault {
    Fault::refused("refused", "Sailthru rejected the request")
}
