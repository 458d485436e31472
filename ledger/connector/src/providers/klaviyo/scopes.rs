//! The key's scopes. Klaviyo has no call that lists a key's scopes, and a scope can't be added later. So the test tries
//! one call per scope and names everything that is missing. A 403 is `permission_denied` and lists the scopes.

use serde_json::json;

use super::{HOST, body, wire::resource};
use crate::{Action, Answer, Fault, Known, Parsed, Request, Step, StepContext, read};

/// The test calls, named by the scopes that each needs.
pub(super) const TESTED: [&str; 4] = [ACCOUNT, LISTS, PROFILES, SUBSCRIBES];
const ACCOUNT: &str = "accounts:read";
const LISTS: &str = "lists:read";
const PROFILES: &str = "profiles:read";
const SUBSCRIBES: &str = "lists:write, profiles:write, subscriptions:write";
/// Not tested because not everyone sends events: the first event reports it if it is missing.
const EVENTS: &str = "events:write";
/// Not tested because no harmless call exists.
const ERASES: &str = "data-privacy:write";

/// Known: scopes that the test calls found missing.
const MISSING: &str = "missing";

pub(super) fn test_call(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let nobody = json!({"data": []});
    Ok(match ctx.step.about.as_str() {
        ACCOUNT => Request::get(&HOST, "/api/accounts")
            .query("fields[account]", "contact_information.organization_name")
            .pace("account"),
        LISTS => Request::get(&HOST, "/api/lists").query("fields[list]", "name").query("page[size]", "1"),
        PROFILES => Request::get(&HOST, "/api/profiles").query("fields[profile]", "id").query("page[size]", "1"),
        SUBSCRIBES => Request::post(&HOST, "/api/profile-subscription-bulk-create-jobs")
            .json(resource("profile-subscription-bulk-create-job", json!({"profiles": nobody})))
            .pace("subscribe"),
        _ => return Err(Fault::unplanned(ctx.step)),
    })
}

/// Continues past a missing scope, so that all of them are named together: a key's scopes can't be changed later.
pub(super) fn tested(ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let mut known = Known::new();
    let mut missing = ctx.known.maybe(MISSING).unwrap_or_default();
    match answer.status {
        403 if is_reported(answer) => {
            let lacking = named(ctx.step, &answer.message());
            for scope in lacking.split(", ").filter(|scope| !missing.contains(scope)).collect::<Vec<_>>() {
                missing.push_str(if missing.is_empty() { "" } else { ", " });
                missing.push_str(scope);
            }
            known = known.with(MISSING, missing.as_str());
        }
        // The call was permitted. It names no profiles, so it has no effect whatever the response.
        status if ctx.step.about == SUBSCRIBES && !matches!(status, 401 | 403 | 429) => {}
        _ => {
            let body = body(ctx, answer)?;
            if ctx.step.about == ACCOUNT {
                let name = "/data/0/attributes/contact_information/organization_name";
                known = known.with("account", read::need(&body, name).or_else(|_| read::need(&body, "/data/0/id"))?);
            }
        }
    }
    if ctx.step.about == SUBSCRIBES && !missing.is_empty() {
        return Err(lacks(&missing));
    }
    Ok(Parsed::learned(known))
}

/// Whether the response is from Klaviyo itself, not from the firewall in front of it.
pub(super) fn is_reported(answer: &Answer) -> bool {
    answer.any_json().pointer("/errors/0").is_some()
}

/// Reads the scopes from `Your API key is missing required scopes: profiles:write`. For any other message, returns the
/// scopes that the call is documented to need.
pub(super) fn named(step: &Step, message: &str) -> String {
    let list = message.split_once("scopes:").map(|(_, list)| list).unwrap_or_default();
    let named: Vec<&str> = list.split([',', ' ']).filter(|scope| scope.contains(':')).collect();
    if !named.is_empty() {
        return named.join(", ");
    }
    match step.action {
        Action::Check => step.about.clone(),
        Action::Lists => LISTS.to_owned(),
        Action::Find | Action::Consent => PROFILES.to_owned(),
        Action::Confirm => format!("{LISTS}, {PROFILES}"),
        Action::Event => EVENTS.to_owned(),
        Action::Forget => ERASES.to_owned(),
        _ => SUBSCRIBES.to_owned(),
    }
}

pub(super) fn lacks(scopes: &str) -> Fault {
    Fault::rights(format!(
        "The key is missing {scopes}. Klaviyo can\u{2019}t add scopes to an existing key: create a new private key \
         that also has these, and reconnect."
    ))
}
