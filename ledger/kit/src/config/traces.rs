//! Where spans are sent, in the variables of the OpenTelemetry specification.

use std::collections::HashMap;

use anyhow::{Context, bail};
use opentelemetry_sdk::trace::Sampler;
use url::Url;

use crate::outbound::{Reach, target};

const PATH: &str = "v1/traces";
const SERVICE: &str = "rekomi";

/// `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and what goes with it.
#[derive(Clone)]
pub struct TraceSettings {
    /// The whole URL that spans are posted to.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: sent with them, such as a collector's key.
    pub headers: HashMap<String, String>,
    /// `OTEL_SERVICE_NAME`.
    pub service: String,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampler: Sampler,
}

/// Headers are secrets.
impl std::fmt::Debug for TraceSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let headers = self.headers.len();
        f.debug_struct("TraceSettings")
            .field("headers", &headers)
            .field("sampler", &self.sampler)
            .finish_non_exhaustive()
    }
}

impl TraceSettings {
    /// `None` if nothing is traced.
    ///
    /// # Errors
    /// Names the variable that is malformed.
    pub(super) fn from_env() -> anyhow::Result<Option<Self>> {
        Self::read(super::optional)
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Self>> {
        let is_disabled = variable("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let own =
            variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").map(|text| url("TRACES_ENDPOINT", &text)).transpose()?;
        let shared = variable("OTEL_EXPORTER_OTLP_ENDPOINT").map(|text| url("ENDPOINT", &text)).transpose()?;
        // Only the common endpoint is a base: the other one is used as it is.
        let shared = shared.map(|base| format!("{}/{PATH}", base.trim_end_matches('/')));
        let Some(endpoint) = own.or(shared).filter(|_| !is_disabled) else { return Ok(None) };
        match variable("OTEL_EXPORTER_OTLP_PROTOCOL").as_deref() {
            None | Some("http/protobuf") => {}
            Some(other) => bail!("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, not {other:?}"),
        }
        let sampler = sampler(
            variable("OTEL_TRACES_SAMPLER").as_deref().unwrap_or("parentbased_always_on"),
            variable("OTEL_TRACES_SAMPLER_ARG").as_deref(),
        )?;
        Ok(Some(Self {
            endpoint,
            headers: headers(&variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default())?,
            service: variable("OTEL_SERVICE_NAME").unwrap_or_else(|| SERVICE.to_owned()),
            sampler,
        }))
    }
}

fn url(name: &str, text: &str) -> anyhow::Result<String> {
    // No message repeats the text: someone may have written a key into it.
    let is_url = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    anyhow::ensure!(is_url, "OTEL_EXPORTER_OTLP_{name} must be a URL such as http://127.0.0.1:4318");
    // What no call may have would fail at each export.
    match target::check(text, Reach::Anywhere) {
        Ok(_) => Ok(text.to_owned()),
        Err(refusal) => bail!("OTEL_EXPORTER_OTLP_{name} {refusal}"),
    }
}

fn sampler(name: &str, argument: Option<&str>) -> anyhow::Result<Sampler> {
    let ratio = || -> anyhow::Result<Sampler> {
        let ratio = argument.map_or(Some(1.0), |text| text.parse().ok()).filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.map(Sampler::TraceIdRatioBased).context("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1")
    };
    let parent_based = |root: Sampler| Sampler::ParentBased(Box::new(root));
    match name {
        "always_on" => Ok(Sampler::AlwaysOn),
        "always_off" => Ok(Sampler::AlwaysOff),
        "traceidratio" => ratio(),
        "parentbased_always_on" => Ok(parent_based(Sampler::AlwaysOn)),
        "parentbased_always_off" => Ok(parent_based(Sampler::AlwaysOff)),
        "parentbased_traceidratio" => ratio().map(parent_based),
        other => bail!(
            "OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, each also with parentbased_ in front, \
             not {other:?}"
        ),
    }
}

/// Reads `name=value,name=value`. Values are percent-encoded, and decoded where they are sent. No message repeats one.
fn headers(text: &str) -> anyhow::Result<HashMap<String, String>> {
    let malformed = || "OTEL_EXPORTER_OTLP_HEADERS must be name=value, with commas between several".to_owned();
    let mut headers = HashMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').with_context(malformed)?;
        let (name, value) = (name.trim(), value.trim());
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let is_value = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        anyhow::ensure!(is_name && is_value, malformed());
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> anyhow::Result<Option<TraceSettings>> {
        TraceSettings::read(|name| {
            let suffix = name.strip_prefix("OTEL_").unwrap_or_default();
            set.iter().find(|(known, _)| *known == suffix).map(|(_, value)| (*value).to_owned())
        })
    }

    const BASE: (&str, &str) = ("EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");

    #[test]
    fn nothing_is_traced_without_an_endpoint() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("SERVICE_NAME", "rekomi"), ("TRACES_SAMPLER", "always_on")]).unwrap().is_none());
        assert!(read(&[BASE, ("SDK_DISABLED", "true")]).unwrap().is_none());
    }

    #[test]
    fn the_path_belongs_to_the_common_endpoint_alone() {
        let settings = read(&[BASE]).unwrap().unwrap();
        assert_eq!(
            (settings.endpoint.as_str(), settings.service.as_str()),
            ("http://collector:4318/v1/traces", "rekomi")
        );
        assert!(format!("{:?}", settings.sampler).starts_with("ParentBased(AlwaysOn"));
        let own = ("EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/in");
        assert_eq!(read(&[BASE, own]).unwrap().unwrap().endpoint, "https://traces.example/in");
    }

    #[test]
    fn samplers_have_the_names_of_the_specification() {
        let named = |name: &str, argument: &str| {
            let set = [BASE, ("TRACES_SAMPLER", name), ("TRACES_SAMPLER_ARG", argument)];
            read(&set).map(|settings| format!("{:?}", settings.unwrap().sampler))
        };
        assert_eq!(named("traceidratio", "0.25").unwrap(), "TraceIdRatioBased(0.25)");
        assert!(named("parentbased_traceidratio", "0.01").unwrap().contains("TraceIdRatioBased(0.01)"));
        assert_eq!(named("always_off", "nonsense").unwrap(), "AlwaysOff");
        for (name, argument, variable) in [
            ("sometimes", "", "OTEL_TRACES_SAMPLER must"),
            ("traceidratio", "2", "OTEL_TRACES_SAMPLER_ARG"),
            ("parentbased_traceidratio", "NaN", "OTEL_TRACES_SAMPLER_ARG"),
        ] {
            assert!(named(name, argument).unwrap_err().to_string().starts_with(variable), "{name}");
        }
    }

    #[test]
    fn headers_are_pairs_and_never_repeated() {
        let of = |text: &str| read(&[BASE, ("EXPORTER_OTLP_HEADERS", text)]).map(|settings| settings.unwrap());
        let settings = of("Authorization=Bearer%20canary, x-team=a=b").unwrap();
        assert_eq!(settings.headers["authorization"], "Bearer%20canary");
        assert_eq!(settings.headers["x-team"], "a=b");
        assert!(!format!("{settings:?}").contains("canary"));
        for bad in ["canary", "=canary", "a b=canary", "a=can\u{e4}ry"] {
            let error = of(bad).unwrap_err().to_string();
            assert!(error.starts_with("OTEL_EXPORTER_OTLP_HEADERS must be") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value) in [
            ("EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://collector"),
            ("EXPORTER_OTLP_PROTOCOL", "grpc"),
        ] {
            let error = read(&[(name, value), ("EXPORTER_OTLP_ENDPOINT", "http://c:4318")]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("OTEL_{name} must be")), "{error}");
        }
        for (value, message) in [
            ("https://user:canary@collector.example", "must not contain a user name or password"),
            ("http://collector:80", ""),
            ("http://collector:81", "must use port 443, or a port from 1024"),
            ("https://collector:444", "must use port 443, or a port from 1024"),
            ("http://10.0.0.7:4318", ""),
        ] {
            let outcome = read(&[("EXPORTER_OTLP_ENDPOINT", value)]).map(|_| ()).map_err(|error| error.to_string());
            let expected = match message {
                "" => Ok(()),
                message => Err(format!("OTEL_EXPORTER_OTLP_ENDPOINT {message}")),
            };
            assert_eq!(outcome, expected, "{value}");
        }
    }
}
