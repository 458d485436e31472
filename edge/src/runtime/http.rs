//! Requests of our own.

use worker::{
    js_sys::{self, futures::JsFuture},
    wasm_bindgen::{JsCast, JsValue},
    web_sys,
};

use super::{Fault, options};

/// Sends a request and reads the answer's status and text, all within a time. Redirects are not followed: what is
/// signed for one address is not for another.
///
/// # Errors
/// [`Fault`] where there is no answer in time.
pub async fn send<const N: usize>(
    method: &str,
    url: &str,
    headers: [(&str, &str); N],
    body: Option<&str>,
    timeout_millis: u32,
) -> Result<(u16, String), Fault> {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_headers(&options(headers.map(|(name, value)| (name, value.into()))));
    init.set_body(&body.map_or(JsValue::NULL, JsValue::from));
    init.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(timeout_millis)));
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str_and_init(url, &init)).await?;
    let response: web_sys::Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.status(), text))
}
