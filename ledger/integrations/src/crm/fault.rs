//! Turns a vendor's fault into the API error for the caller.

use axum::http::StatusCode;
use connector::{Descriptor, Fault, FaultKind};

use kit::error::{Code, Error};

const RETRY_AFTER_SECONDS: u32 = 30;

/// The message for people: it names the vendor, unless the connector's message already does.
pub(super) fn description(descriptor: &Descriptor, fault: &Fault) -> String {
    let message = fault.message.trim_end_matches('.');
    let named = message.contains(descriptor.name) || message.starts_with(char::is_uppercase);
    if named { format!("{message}.") } else { format!("{}: {message}.", descriptor.name) }
}

/// Returns 422 `vendor_refused` where only the brand can fix the problem, else 503 `vendor_unavailable`. In both cases
/// nothing was changed.
pub(super) fn error(descriptor: &Descriptor, fault: &Fault) -> Error {
    let text = description(descriptor, fault);
    match fault.kind {
        FaultKind::Busy | FaultKind::Passing => {
            let after = fault.after.and_then(|after| u32::try_from(after.as_secs()).ok());
            let message = format!("{text} Nothing was changed. Try again in a few minutes.");
            Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::VendorUnavailable, message)
                .retry_after(after.unwrap_or(RETRY_AFTER_SECONDS).max(1))
        }
        FaultKind::Credentials | FaultKind::Rights | FaultKind::Settings | FaultKind::Refused => {
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::VendorRefused, text)
        }
    }
}

/// The same for credentials that were just tried: a refused key is named as the field at fault if the vendor has only
/// one secret.
pub(super) fn of_credentials(descriptor: &Descriptor, fault: &Fault) -> Error {
    let error = error(descriptor, fault);
    let mut secrets = descriptor.fields.iter().filter(|field| field.secret);
    match (fault.kind, secrets.next(), secrets.next()) {
        (FaultKind::Credentials | FaultKind::Rights, Some(key), None) => {
            error.with_field(&format!("credentials.{}", key.name))
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_decides() {
        let descriptor = connector::providers::named("activecampaign").unwrap().descriptor();
        let refused = error(descriptor, &Fault::credentials("the credentials were refused"));
        assert_eq!(refused.status(), 422);
        assert_eq!(refused.body().message, "ActiveCampaign: the credentials were refused.");
        let away = error(descriptor, &Fault::passing("timeout", "no whole answer"));
        assert_eq!((away.status().as_u16(), away.body().code.as_str()), (503, "vendor_unavailable"));
        assert_eq!(
            error(descriptor, &Fault::rights("Missing scope: lists:read.")).body().message,
            "Missing scope: lists:read."
        );
    }

    #[test]
    fn what_is_wrong_with_the_key_names_it() {
        let descriptor = |slug| connector::providers::named(slug).unwrap().descriptor();
        let about = |slug, fault: &Fault| of_credentials(descriptor(slug), fault).body().field.clone();
        let lacking = Fault::rights("The key lacks lists:read.");
        assert_eq!(about("klaviyo", &lacking).as_deref(), Some("credentials.apiKey"));
        assert_eq!(about("klaviyo", &Fault::passing("timeout", "no whole answer")), None);
        // With two secrets, the error can't say which one was refused.
        let all = connector::providers::ALL.iter().map(|one| one.descriptor());
        for one in all.filter(|one| one.fields.iter().filter(|field| field.secret).count() != 1) {
            assert_eq!(about(one.slug, &lacking), None, "{}", one.slug);
        }
    }
}
