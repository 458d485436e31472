//! Builds the forms of the gateways page, one per gateway: the fields come from [`super::catalogue`], and each error is
//! shown next to its field.
//!
//! A secret is never sent back to the page, even after an error: people paste it again.

use shared::{event::Gateway, id::GatewayConnectionId};

use super::catalogue;
use kit::{
    error::Error,
    form::{Fields, Problems},
    state::AppState,
};

/// A gateway's form on the page.
#[derive(Debug)]
pub struct GatewayForm {
    pub gateway: &'static str,
    pub name: &'static str,
    /// The id that the connection will get, so that the webhook's URL is known before its secret.
    pub id: GatewayConnectionId,
    pub webhook_url: String,
    pub screen: &'static str,
    pub events: &'static [&'static str],
    /// Whether we can create the webhook automatically.
    pub makes_webhook: bool,
    /// What one needs to connect it.
    pub takes: &'static str,
    /// The gateway's page on which people create the key.
    pub key_page: Option<&'static str>,
    pub fields: Vec<FieldView>,
    /// The previously chosen program.
    pub program: String,
    pub program_problem: Option<String>,
    /// What belongs to no field.
    pub problem: Option<String>,
    /// All of them, by the fields' ids.
    pub problems: Problems,
    pub open: bool,
}

#[derive(Debug)]
pub struct FieldView {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub example: &'static str,
    pub secret: bool,
    pub required: bool,
    pub choices: &'static [&'static str],
    pub value: String,
    pub problem: Option<String>,
}

/// The values that were sent, and the error.
#[derive(Debug)]
pub struct Attempt<'a> {
    pub gateway: Gateway,
    pub fields: &'a Fields,
    pub error: &'a Error,
}

impl GatewayForm {
    pub fn all(state: &AppState, is_test: bool, attempt: Option<&Attempt<'_>>) -> Vec<Self> {
        let one = |gateway| Self::new(state, gateway, is_test, attempt.filter(|attempt| attempt.gateway == gateway));
        Gateway::ALL.into_iter().map(one).collect()
    }

    /// Whether a field is only for those who create the webhook themselves, where we could do it.
    pub fn is_of_webhook(&self, field: &FieldView) -> bool {
        self.makes_webhook && field.name == "webhookSecret"
    }

    /// Whether the part about the webhook is where something is wrong.
    pub fn opens_webhook(&self) -> bool {
        self.fields.iter().any(|field| self.is_of_webhook(field) && field.problem.is_some())
    }

    fn new(state: &AppState, gateway: Gateway, is_test: bool, attempt: Option<&Attempt<'_>>) -> Self {
        let sent = |name: &str| attempt.map_or("", |attempt| attempt.fields.raw(name)).to_owned();
        let id = sent("id").parse().unwrap_or_else(|_| state.new_id());
        let problems = attempt.map(|attempt| Problems::of_error(attempt.error)).unwrap_or_default();
        // Each gateway's form has fields of these names.
        let place = |field: &str| match field {
            "" => String::new(),
            field => format!("{}-{}", gateway.as_str(), field.strip_prefix("credentials.").unwrap_or(field)),
        };
        let fields: Vec<FieldView> = catalogue::fields(gateway)
            .iter()
            .map(|field| FieldView {
                name: field.name,
                label: field.label,
                hint: field.hint,
                example: field.example,
                secret: field.secret,
                required: field.required,
                choices: field.choices,
                value: if field.secret { String::new() } else { sent(field.name) },
                problem: problems.of(&format!("credentials.{}", field.name)).map(str::to_owned),
            })
            .collect();
        let program_problem = problems.of("programId").map(str::to_owned);
        let shown: Vec<String> = fields.iter().map(|field| format!("credentials.{}", field.name)).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).chain(["programId"]).collect();
        Self {
            gateway: gateway.as_str(),
            name: catalogue::name(gateway),
            id,
            webhook_url: catalogue::webhook_url(&state.config.edge_url, gateway, id),
            screen: catalogue::webhook_screen(gateway),
            events: catalogue::events(gateway),
            makes_webhook: catalogue::makes_webhook(gateway),
            takes: catalogue::takes(gateway),
            key_page: catalogue::key_page(gateway, is_test),
            fields,
            program: sent("programId"),
            problem: problems.elsewhere(&shown).map(str::to_owned),
            program_problem,
            problems: problems.at_fields(place),
            open: attempt.is_some(),
        }
    }
}
