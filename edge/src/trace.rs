//! Traces: some conversions and webhooks carry the position of their trace to the ledger, which records what happens to
//! them and when. Off unless `REKOMI_TRACE_ONE_IN` is set, and never for clicks.

use shared::traceparent::{TRACEPARENT_HEADER, Traceparent};

use crate::{
    http_adapter::Inbound,
    worker_state::{self, Settings},
};

/// A draw, a trace's id and a span's.
const RANDOM_LEN: usize = 4 + 16 + 8;

/// A new trace for one of so many events.
pub fn begin(settings: &Settings) -> Option<String> {
    if settings.trace_one_in == 0 { None } else { drawn(settings.trace_one_in, &worker_state::random()) }
}

/// The trace of a caller who has proved who they are, as they decided; without one, a new one for one of so many.
pub fn continued(settings: &Settings, inbound: &Inbound) -> Option<String> {
    if settings.trace_one_in == 0 {
        return None;
    }
    let sent = inbound.header(TRACEPARENT_HEADER);
    match sent.as_deref().and_then(Traceparent::parse) {
        Some(parent) => parent.sampled.then(|| parent.to_string()),
        None => begin(settings),
    }
}

fn drawn(one_in: u32, random: &[u8; RANDOM_LEN]) -> Option<String> {
    let (draw, ids) = random.split_first_chunk::<4>()?;
    let (trace_id, span_id) = ids.split_first_chunk::<16>()?;
    let is_drawn = u32::from_be_bytes(*draw).is_multiple_of(one_in);
    let span_id = *span_id.first_chunk::<8>()?;
    is_drawn.then(|| Traceparent { trace_id: *trace_id, span_id, sampled: true }.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_so_many_is_drawn() {
        let mut random = [7; RANDOM_LEN];
        random[..4].copy_from_slice(&100_u32.to_be_bytes());
        let traceparent = drawn(100, &random).unwrap();
        assert_eq!(traceparent, format!("00-{}-{}-01", "07".repeat(16), "07".repeat(8)));
        assert!(Traceparent::parse(&traceparent).is_some());
        assert_eq!(drawn(1, &random).as_deref(), Some(traceparent.as_str()));
        random[..4].copy_from_slice(&101_u32.to_be_bytes());
        assert_eq!(drawn(100, &random), None);
    }

    #[test]
    fn it_is_off_by_default() {
        let settings = Settings::new(&format!("1:{}", "ab".repeat(32)), "https://l", "production").unwrap();
        assert_eq!((settings.trace_one_in, begin(&settings)), (0, None));
    }
}
