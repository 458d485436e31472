//! An error's causes, for the log: some errors, such as those of the HTTP client, don't name them.

use std::{error::Error, iter};

/// The error and its causes, from the outermost to the first.
pub fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| error.source())
}

/// Why there is no answer to a request, with all causes. It leaves out the URL, which may contain an account or a host that
/// shouldn't be logged.
pub fn request_failure(error: reqwest::Error) -> String {
    let error = error.without_url();
    causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_request_is_reported_with_its_cause_and_without_its_url() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let error = client.get("http://127.0.0.1:1/secret").send().await.unwrap_err();
        let depth = causes(&error).count();
        let text = request_failure(error);
        assert!(depth > 1 && text.starts_with("error sending request: "), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
