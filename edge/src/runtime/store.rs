//! The runtime's key-value store.

use serde::Deserialize;
use worker::{
    Env,
    js_sys::{self, JSON, futures::JsFuture},
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
};

use super::{Fault, binding, options};

#[wasm_bindgen]
extern "C" {
    #[derive(Debug, Clone)]
    pub type Store;

    #[wasm_bindgen(method, catch, js_name = get)]
    fn js_get(this: &Store, key: &str, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = put)]
    fn js_put(this: &Store, key: &str, value: &str, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = delete)]
    fn js_delete(this: &Store, key: &str) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = list)]
    fn js_list(this: &Store, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

/// One page of a store's keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page<M> {
    pub keys: Vec<Key<M>>,
    pub list_complete: bool,
    pub cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key<M> {
    pub name: String,
    pub metadata: Option<M>,
}

impl Store {
    /// # Errors
    /// [`Fault`] if no store is bound by this name.
    pub fn of(env: &Env, name: &str) -> Result<Self, Fault> {
        Ok(binding(env, name)?.unchecked_into())
    }

    /// Returns a value, which the network may have cached for up to `cache_seconds` (at least 30).
    ///
    /// # Errors
    /// [`Fault`] if the store doesn't respond.
    pub async fn get(&self, key: &str, cache_seconds: u32) -> Result<Option<String>, Fault> {
        let options = options([("type", "text".into()), ("cacheTtl", cache_seconds.into())]);
        Ok(JsFuture::from(self.js_get(key, &options)?).await?.as_string())
    }

    /// # Errors
    /// [`Fault`] if the store doesn't take it.
    pub async fn put(&self, key: &str, value: &str, seconds: Option<u32>, metadata: Option<&str>) -> Result<(), Fault> {
        let metadata = metadata.map(JSON::parse).transpose()?.unwrap_or(JsValue::UNDEFINED);
        let seconds = seconds.map_or(JsValue::UNDEFINED, JsValue::from);
        let options = options([("expirationTtl", seconds), ("metadata", metadata)]);
        JsFuture::from(self.js_put(key, value, &options)?).await?;
        Ok(())
    }

    /// # Errors
    /// [`Fault`] if the store doesn't respond.
    pub async fn delete(&self, key: &str) -> Result<(), Fault> {
        JsFuture::from(self.js_delete(key)?).await?;
        Ok(())
    }

    /// Lists keys in their order.
    ///
    /// # Errors
    /// [`Fault`] if the store doesn't respond, or refuses the cursor.
    pub async fn list<M: for<'de> Deserialize<'de>>(
        &self,
        prefix: &str,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<M>, Fault> {
        let cursor = cursor.map_or(JsValue::UNDEFINED, JsValue::from);
        let options = options([("prefix", prefix.into()), ("limit", limit.into()), ("cursor", cursor)]);
        let page = JsFuture::from(self.js_list(&options)?).await?;
        let text = JSON::stringify(&page)?.as_string().unwrap_or_default();
        serde_json::from_str(&text).map_err(|error| Fault(error.to_string()))
    }
}
