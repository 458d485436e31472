//! What an app asks for at `/oauth/authorize`.

use std::collections::BTreeMap;

use url::form_urlencoded;

use super::{pkce, redirect, scope::Access};

/// The parameters that mean something here. The form on the page sends them once more.
const NAMES: [&str; 9] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
];

/// The parameters, each at most once.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Returns `None` if one is there twice, because it isn't clear then what the app asks for.
    pub fn of_query(query: &str) -> Option<Self> {
        Self::of(form_urlencoded::parse(query.as_bytes()))
    }

    pub fn of<N: AsRef<str>, V: Into<String>>(pairs: impl Iterator<Item = (N, V)>) -> Option<Self> {
        let mut found = BTreeMap::new();
        for (name, value) in pairs {
            let name = name.as_ref();
            if NAMES.contains(&name) && found.insert(name.to_owned(), value.into()).is_some() {
                return None;
            }
        }
        Some(Self(found))
    }

    /// A parameter, unless it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A request that can be granted, from an app that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub challenge: String,
    pub access: Access,
    pub resource: Option<String>,
}

/// Why it can't, as the app is informed: a code of RFC 6749 §4.1.2.1 and a sentence.
pub type Refusal = (&'static str, &'static str);

impl AuthorizationRequest {
    pub fn read(given: &Parameters, public_url: &str) -> Result<Self, Refusal> {
        if given.get("response_type") != Some("code") {
            return Err(("unsupported_response_type", "response_type must be code."));
        }
        if given.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(("invalid_request", "response_mode must be query."));
        }
        if given.get("code_challenge_method") != Some(pkce::METHOD) {
            return Err(("invalid_request", "Send code_challenge, and S256 as code_challenge_method."));
        }
        let challenge = given.get("code_challenge").filter(|challenge| pkce::is_challenge(challenge));
        let challenge =
            challenge.ok_or(("invalid_request", "code_challenge must be the SHA-256 hash of the verifier."))?;
        let access = Access::parse(given.get("scope"));
        let access = access.ok_or(("invalid_scope", "scope must have rekomi:read or rekomi:write."))?;
        let resource = given.get("resource").map(str::to_owned);
        if resource.as_deref().is_some_and(|resource| !is_ours(resource, public_url)) {
            return Err(("invalid_target", "resource isn\u{2019}t an address of this server."));
        }
        Ok(Self { challenge: challenge.to_owned(), access, resource })
    }
}

/// The address of the server for AI assistants, which tokens are for.
pub fn mcp(public_url: &str) -> String {
    format!("{public_url}/mcp")
}

/// Whether a token may be for this address: the server for AI assistants, or the whole installation.
fn is_ours(resource: &str, public_url: &str) -> bool {
    resource == mcp(public_url) || resource.strip_suffix('/').unwrap_or(resource) == public_url
}

/// Where the app gets its answer, which names who answers (RFC 9207).
pub fn answer(redirect_uri: &str, public_url: &str, state: Option<&str>, answer: &[(&str, &str)]) -> String {
    let mut parameters = answer.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", public_url));
    redirect::with(redirect_uri, &parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://rekomi.test";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(change: &[(&str, &str)]) -> Result<AuthorizationRequest, &'static str> {
        let mut given = BTreeMap::from([
            ("response_type", "code"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", "https://rekomi.test/mcp"),
            ("scope", "rekomi:read rekomi:write"),
        ]);
        given.extend(change.iter().copied());
        let given = Parameters::of(given.into_iter()).unwrap();
        AuthorizationRequest::read(&given, HOME).map_err(|(code, _)| code)
    }

    #[test]
    fn a_complete_request_is_read() {
        let resource = Some("https://rekomi.test/mcp".to_owned());
        let whole = AuthorizationRequest { challenge: CHALLENGE.to_owned(), access: Access::Write, resource };
        assert_eq!(read(&[]), Ok(whole.clone()));
        let without = AuthorizationRequest { access: Access::Read, resource: None, ..whole };
        assert_eq!(read(&[("resource", ""), ("scope", "")]), Ok(without));
        assert!(read(&[("resource", HOME)]).is_ok() && read(&[("resource", "https://rekomi.test/")]).is_ok());
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for (name, value, code) in [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "unsupported_response_type"),
            ("response_mode", "fragment", "invalid_request"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("scope", "openid", "invalid_scope"),
            ("resource", "https://evil.test/mcp", "invalid_target"),
            ("resource", "https://rekomi.test/mcp/", "invalid_target"),
            ("resource", "https://rekomi.test/mcp#x", "invalid_target"),
            ("resource", "https://rekomi.test.evil.test/mcp", "invalid_target"),
            ("resource", "http://rekomi.test/mcp", "invalid_target"),
        ] {
            assert_eq!(read(&[(name, value)]), Err(code), "{name}={value}");
        }
    }

    #[test]
    fn a_parameter_is_there_once() {
        let query = "client_id=a&state=%20b&other=1&other=2";
        let given = Parameters::of_query(query).unwrap();
        assert_eq!((given.get("client_id"), given.get("state"), given.get("other")), (Some("a"), Some(" b"), None));
        assert_eq!(given.pairs().len(), 2);
        assert!(Parameters::of_query("state=a&state=a").is_none());
    }

    #[test]
    fn an_answer_says_who_gave_it() {
        let error = [("error", "access_denied")];
        assert_eq!(
            answer("https://a.test/cb", HOME, Some("s&t"), &error),
            "https://a.test/cb?error=access_denied&state=s%26t&iss=https%3A%2F%2Frekomi.test"
        );
        assert!(!answer("https://a.test/cb", HOME, None, &error).contains("state"));
    }
}
