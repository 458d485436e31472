//! The queue's consumer: posts what was delivered to the ledger and settles each message by its own verdicts.

use futures_util::{StreamExt, stream};
use serde_json::value::RawValue;
use worker::Env;

use super::{
    ledger, plan,
    plan::{Delivery, Fate, Fault},
};
use crate::{
    bury,
    isolate::{self, Settings, report},
    runtime::queue::{self, Message},
};

/// A Worker may have six connections open at once.
const POSTS_AT_ONCE: usize = 6;

/// Settles every message of a batch: acknowledged, or put back, one by one.
pub async fn events(env: &Env, settings: &Settings, messages: Vec<Message>) {
    let mut readable = Vec::new();
    let mut deliveries = Vec::new();
    for message in messages {
        match message.text().ok_or("unreadable_message").and_then(|text| plan::read(&text)) {
            Ok(events) => {
                deliveries.push(Delivery { attempts: message.attempt(), events });
                readable.push(message);
            }
            Err(reason) => bury::message(env, &message, reason).await,
        }
    }
    let posts = plan::posts(&deliveries);
    let (readable, deliveries) = (&readable, &deliveries);
    stream::iter(posts)
        .for_each_concurrent(POSTS_AT_ONCE, |post| async move {
            settle(env, settings, readable, deliveries, post).await;
        })
        .await;
}

/// Posts the deliveries of one post, in halves where it fails as a whole, and settles their messages.
async fn settle(env: &Env, settings: &Settings, messages: &[Message], deliveries: &[Delivery], post: Vec<usize>) {
    let mut posts = vec![post];
    while let Some(mut post) = posts.pop() {
        let events: Vec<&RawValue> =
            post.iter().flat_map(|index| &deliveries[*index].events).map(AsRef::as_ref).collect();
        match ledger::post_raw(settings, &events).await {
            Ok(verdicts) => {
                let mut rest = verdicts.as_slice();
                for index in post {
                    let (own, others) = rest.split_at(deliveries[index].events.len().min(rest.len()));
                    rest = others;
                    let fate = plan::judge(deliveries[index].attempts, own);
                    apply(env, &messages[index], &deliveries[index], fate).await;
                }
            }
            Err(fault) if plan::halves(fault, post.len()) => {
                let second = post.split_off(post.len() / 2);
                posts.extend([second, post]);
            }
            Err(fault) => {
                report(&format!("ledger: {} messages stay in the queue: {fault:?}", post.len()));
                for index in post {
                    let (message, delivery) = (&messages[index], &deliveries[index]);
                    match fault {
                        Fault::Status(413) if delivery.events.len() > 1 => {
                            let all = (0..delivery.events.len()).collect();
                            apply(env, message, delivery, Fate::Split(all)).await;
                        }
                        Fault::Status(413) => bury::message(env, message, "too_large").await,
                        _ => again(message, delivery),
                    }
                }
            }
        }
    }
}

async fn apply(env: &Env, message: &Message, delivery: &Delivery, fate: Fate) {
    match fate {
        Fate::Ack => message.acknowledge(),
        Fate::Retry => again(message, delivery),
        Fate::Bury(reason) => bury::message(env, message, &reason).await,
        Fate::Split(indexes) => {
            report(&format!("queue: {} events of {} go on alone", indexes.len(), message.id()));
            for index in indexes {
                let text = delivery.events[index].get().to_owned();
                // Should one not get through, the whole message comes again; those that did are duplicates then.
                if queue::send(env, &super::buffer::message(&[text])).await.is_err() {
                    return again(message, delivery);
                }
            }
            message.acknowledge();
        }
    }
}

fn again(message: &Message, delivery: &Delivery) {
    let [random] = isolate::random();
    message.again_in(plan::delay(delivery.attempts, random));
}
