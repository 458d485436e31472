//! The runtime's queue, key-value store, limiters and fetch, bound directly.
//!
//! The `worker` crate has queue, store and fetch too, but its queue messages lack their attempts and panic on a
//! refusal, and its store and fetch bring serializers for options that we never set: a tenth of the Worker's size.

pub mod http;
pub mod limiter;
pub mod queue;
pub mod store;

use worker::{
    js_sys::{Object, Reflect},
    wasm_bindgen::JsValue,
};

/// An error on the runtime's side; its text is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl From<JsValue> for Fault {
    fn from(value: JsValue) -> Self {
        let message = value.as_string().or_else(|| Reflect::get(&value, &"message".into()).ok()?.as_string());
        Self(message.unwrap_or_else(|| "no reason given".to_owned()))
    }
}

/// Builds an options object.
fn options<const N: usize>(pairs: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        // Setting a property of a fresh plain object can't be refused.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object
}

/// Returns a binding of the Worker's environment.
fn binding(env: &JsValue, name: &str) -> Result<JsValue, Fault> {
    let bound = Reflect::get(env, &name.into())?;
    if bound.is_undefined() { Err(Fault(format!("{name} is not bound"))) } else { Ok(bound) }
}
