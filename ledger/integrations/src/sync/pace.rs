//! The order in which a turn's syncs send: for each pace one of them asks whether it may, and the others wait behind
//! it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// The queues of a turn, by pace.
#[derive(Debug, Default)]
pub struct PaceQueues {
    queues: Mutex<HashMap<&'static str, Arc<tokio::sync::Mutex<()>>>>,
    /// Notified after a call is answered, which can shorten the wait for the next one.
    pub answered: Notify,
}

impl PaceQueues {
    /// The queue of that pace. The sync that holds the lock is at its head.
    pub fn of(&self, pace: &'static str) -> Arc<tokio::sync::Mutex<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(pace).or_default())
    }
}
