//! The runtime's queue: sends a message, and lets a consumer read, acknowledge or retry one.

use worker::{
    Env, js_sys,
    js_sys::futures::JsFuture,
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
};

use super::{Fault, binding, options};
use crate::worker_state::report;

const PRODUCER: &str = "EVENTS";

#[wasm_bindgen]
extern "C" {
    /// A message of a consumer's batch.
    #[derive(Debug, Clone)]
    pub type Message;

    #[wasm_bindgen(method, getter)]
    pub fn id(this: &Message) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Message) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn attempts(this: &Message) -> Option<f64>;
    #[wasm_bindgen(method, catch)]
    fn ack(this: &Message) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn retry(this: &Message, options: &JsValue) -> Result<(), JsValue>;

    #[derive(Debug, Clone)]
    type Batch;
    #[wasm_bindgen(method, getter)]
    fn queue(this: &Batch) -> String;
    #[wasm_bindgen(method, getter)]
    fn messages(this: &Batch) -> js_sys::Array;

    type Queue;
    #[wasm_bindgen(method, catch)]
    fn send(this: &Queue, body: &JsValue, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

impl Message {
    /// The body as text: our own messages are text; a message sent as a value is converted to JSON.
    pub fn text(&self) -> Option<String> {
        let body = self.body();
        body.as_string().or_else(|| js_sys::JSON::stringify(&body).ok().and_then(|text| text.as_string()))
    }

    /// The attempt's number, 1 for the first delivery.
    pub fn attempt(&self) -> u32 {
        self.attempts().map_or(1, |attempts| attempts as u32).max(1)
    }

    pub fn acknowledge(&self) {
        if self.ack().is_err() {
            report(&format!("queue: {} could not be acknowledged", self.id()));
        }
    }

    pub fn again_in(&self, seconds: u32) {
        if self.retry(&options([("delaySeconds", seconds.into())])).is_err() {
            report(&format!("queue: {} could not be returned", self.id()));
        }
    }
}

/// Splits a delivered batch into the queue's name and its messages.
pub fn open(batch: JsValue) -> (String, Vec<Message>) {
    let batch: Batch = batch.unchecked_into();
    (batch.queue(), batch.messages().iter().map(JsCast::unchecked_into).collect())
}

/// Sends one message as text. Once this returns, the queue keeps it.
///
/// # Errors
/// [`Fault`] if the queue is not bound, refuses the message, or can't be reached.
pub async fn send(env: &Env, body: &str) -> Result<(), Fault> {
    let queue: Queue = binding(env, PRODUCER)?.unchecked_into();
    let sent = queue.send(&body.into(), &options([("contentType", "text".into())]))?;
    JsFuture::from(sent).await?;
    Ok(())
}
