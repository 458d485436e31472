//! The network's rate limiter: counts by key for all isolates of a location.

use worker::{
    Env, js_sys,
    js_sys::{Reflect, futures::JsFuture},
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
};

use super::{Fault, binding, options};

#[wasm_bindgen]
extern "C" {
    type Limiter;
    #[wasm_bindgen(method, catch)]
    fn limit(this: &Limiter, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

/// Counts one. Returns whether it is within the limit that wrangler.toml sets.
///
/// # Errors
/// [`Fault`] if no limiter is bound by this name, or it doesn't respond.
pub async fn limit(env: &Env, name: &str, key: &str) -> Result<bool, Fault> {
    let limiter: Limiter = binding(env, name)?.unchecked_into();
    let outcome = JsFuture::from(limiter.limit(&options([("key", key.into())]))?).await?;
    Ok(Reflect::get(&outcome, &"success".into())?.is_truthy())
}
