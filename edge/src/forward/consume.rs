//! The queue's consumer: posts delivered messages to the ledger and settles each message by the verdicts on its events.

use std::cell::Cell;

use futures_util::{StreamExt, stream};
use serde_json::value::RawValue;
use shared::batch::ItemVerdict;
use worker::Env;

use super::{
    held, ledger, plan,
    plan::{Delivery, Fate, Fault},
};
use crate::{
    dead_letters,
    runtime::queue::Message,
    worker_state::{self, Settings, report},
};

/// A Worker may have six connections open at once.
const POSTS_AT_ONCE: usize = 6;
/// After this many posts in a row without any answer, the rest of the batch waits for its next delivery: each post
/// would wait for its timeout.
const SILENCES_MAX: u32 = 3;

/// Settles every message of a batch: each is acknowledged or put back individually.
pub async fn events(env: &Env, settings: &Settings, messages: Vec<Message>) {
    let mut work = Work { env, settings, messages: Vec::new(), deliveries: Vec::new(), silences: Cell::new(0) };
    for message in messages {
        let text = message.text();
        match text.as_deref().ok_or("unreadable_message").and_then(plan::read) {
            Ok(events) => {
                let held = text.as_deref().and_then(held::take_key).map(|(key, _)| key.to_owned());
                work.deliveries.push(Delivery { held, attempts: message.attempt(), events });
                work.messages.push(message);
            }
            Err(reason) => dead_letters::message(env, &message, reason).await,
        }
    }
    let work = &work;
    stream::iter(plan::posts(&work.deliveries)).for_each_concurrent(POSTS_AT_ONCE, |post| work.settle(post)).await;
}

struct Work<'a> {
    env: &'a Env,
    settings: &'a Settings,
    messages: Vec<Message>,
    /// The events of each message.
    deliveries: Vec<Delivery>,
    silences: Cell<u32>,
}

impl Work<'_> {
    /// Posts one group of deliveries, halving it if it fails as a whole, and settles their messages.
    async fn settle(&self, post: Vec<usize>) {
        let mut posts = vec![post];
        while let Some(mut post) = posts.pop() {
            match self.post(&post).await {
                Ok(verdicts) => {
                    let mut rest = verdicts.as_slice();
                    for index in post {
                        let delivery = &self.deliveries[index];
                        let (own, others) = rest.split_at(delivery.events.len().min(rest.len()));
                        rest = others;
                        self.apply(index, plan::judge(delivery.attempts, own)).await;
                    }
                }
                Err(fault) if plan::halves(fault, post.len()) => {
                    let second = post.split_off(post.len() / 2);
                    posts.extend([second, post]);
                }
                Err(fault) => {
                    report(&format!("ledger: {} messages stay in the queue: {fault:?}", post.len()));
                    for index in post {
                        self.apply(index, plan::failed(fault, self.deliveries[index].events.len())).await;
                    }
                }
            }
        }
    }

    async fn post(&self, post: &[usize]) -> Result<Vec<ItemVerdict>, Fault> {
        if self.silences.get() >= SILENCES_MAX {
            return Err(Fault::Unreachable);
        }
        let events: Vec<&RawValue> =
            post.iter().flat_map(|index| &self.deliveries[*index].events).map(AsRef::as_ref).collect();
        let answer = ledger::post_raw(self.settings, &events).await;
        let silent = matches!(answer, Err(Fault::Unreachable));
        self.silences.set(if silent { self.silences.get() + 1 } else { 0 });
        answer
    }

    async fn apply(&self, index: usize, fate: Fate) {
        let (message, delivery) = (&self.messages[index], &self.deliveries[index]);
        match fate {
            Fate::Ack => self.done(message, delivery).await,
            Fate::Retry => again(message, delivery),
            Fate::Bury(reason) => dead_letters::message(self.env, message, &reason).await,
            Fate::Split(indexes) => {
                report(&format!("queue: {} events of {} are sent one by one", indexes.len(), message.id()));
                for index in indexes {
                    let text = delivery.events[index].get().to_owned();
                    // If one can't be sent, the whole message is delivered again; those that were sent are duplicates
                    // then.
                    if held::send(self.env, self.settings, &super::buffer::message(&[text])).await.is_err() {
                        return again(message, delivery);
                    }
                }
                self.done(message, delivery).await;
            }
        }
    }

    async fn done(&self, message: &Message, delivery: &Delivery) {
        message.acknowledge();
        if let Some(key) = &delivery.held {
            held::release(self.env, key).await;
        }
    }
}

fn again(message: &Message, delivery: &Delivery) {
    let [random] = worker_state::random();
    message.again_in(plan::delay(delivery.attempts, random));
}
