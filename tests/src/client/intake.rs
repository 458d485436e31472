//! The edge's queue consumer: signed batches, posted straight to the ledger.

use std::io;

use shared::{
    batch::{BATCH_PATH, Batch, Verdict, Verdicts},
    event::Event,
    id::BatchId,
    keys::{KeyRing, Purpose},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
    timestamp::Timestamp,
};

use crate::{
    brand::fresh,
    http::{Request, Response},
    settings,
    wait::{now, patient},
};

#[derive(Debug, Clone)]
pub struct Intake {
    base: String,
}

impl Intake {
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into() }
    }

    /// A batch's body.
    pub fn body(id: BatchId, items: &[String]) -> String {
        format!(r#"{{"id":"{id}","events":[{}]}}"#, items.join(","))
    }

    /// A request as the consumer would sign it at a time.
    pub fn signed(id: &str, at: Timestamp, body: &str) -> Request {
        let ring = KeyRing::parse(settings::EDGE_KEYS, Purpose::Internal).unwrap();
        Request::post(BATCH_PATH, body)
            .header(SIGNED_ID_HEADER, id)
            .header(SIGNATURE_HEADER, &sign_with_id(ring.current().bytes(), Some(id), at, body.as_bytes()))
    }

    /// # Errors
    /// Where the ledger can't be reached or goes away before it answers.
    pub async fn send(&self, request: &Request) -> io::Result<Response> {
        request.send(&self.base).await
    }

    /// # Errors
    /// As [`Intake::send`].
    pub async fn try_post(&self, events: &[Event]) -> io::Result<Response> {
        let batch = Batch { id: fresh(), events: events.to_vec() };
        let body = serde_json::to_string(&batch).unwrap();
        self.send(&Self::signed(&batch.id.to_string(), now(), &body)).await
    }

    /// Items as they are, poison included. One verdict each. Where the ledger is too busy, the batch is sent again, as the
    /// queue does.
    pub async fn post_raw(&self, items: &[String]) -> Verdicts {
        let id: BatchId = fresh();
        let body = Self::body(id, items);
        let response = patient(|| async {
            self.send(&Self::signed(&id.to_string(), now(), &body)).await.expect("the ledger answers")
        })
        .await;
        read(response, id, items.len())
    }

    /// One verdict each.
    ///
    /// # Panics
    /// Where the answer is anything but the verdicts of this batch.
    pub async fn post(&self, events: &[Event]) -> Vec<Verdict> {
        let items: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        self.post_raw(&items).await.verdicts.into_iter().map(|item| item.verdict).collect()
    }

    /// As [`Intake::post`], and every event must be new.
    ///
    /// # Panics
    /// Where one isn't accepted.
    pub async fn accept(&self, events: &[Event]) {
        let verdicts = self.post(events).await;
        for (event, verdict) in events.iter().zip(verdicts) {
            assert_eq!(verdict, Verdict::Accepted, "{event:?}");
        }
    }
}

fn read(response: Response, id: BatchId, count: usize) -> Verdicts {
    let verdicts: Verdicts = serde_json::from_value(response.expect_status(200).json()).unwrap();
    assert_eq!((verdicts.id, verdicts.verdicts.len()), (id, count));
    verdicts
}
