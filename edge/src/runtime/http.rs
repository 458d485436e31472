//! Sends our own requests, and reads the bodies of incoming ones.

use worker::{
    js_sys::{self, Reflect, Uint8Array, futures::JsFuture},
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{self, ReadableStream, ReadableStreamDefaultReader},
};

use super::{Fault, options};

/// Sends a request and reads the response's status and text, all within the timeout. Redirects are not followed: what
/// is signed for one address is not meant for another.
///
/// # Errors
/// [`Fault`] if no response comes in time.
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

/// The number of the network that a request came from; empty if the runtime doesn't say.
pub fn asn(request: &web_sys::Request) -> String {
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
    let asn = of(request, "cf").and_then(|cf| of(&cf, "asn")).and_then(|asn| js_sys::JSON::stringify(&asn));
    asn.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A body, read chunk by chunk, so that an endless one can be abandoned.
#[derive(Debug)]
pub struct Chunks(ReadableStreamDefaultReader);

impl Chunks {
    /// # Errors
    /// [`Fault`] if another reader already has the stream.
    pub fn of(stream: &ReadableStream) -> Result<Self, Fault> {
        Ok(Self(ReadableStreamDefaultReader::new(stream)?))
    }

    /// # Errors
    /// [`Fault`] if the sender broke off.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let read = JsFuture::from(self.0.read()).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            return Ok(None);
        }
        Ok(Some(Uint8Array::new(&Reflect::get(&read, &"value".into())?).to_vec()))
    }
}
