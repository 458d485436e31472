//! Probes of the edge's queue, which `rekomi doctor` asks for: they show that events would arrive, and are none. Nothing of them
//! is stored or counted.

use shared::{
    batch::{ItemVerdict, Probe, Verdict},
    id::BatchId,
};

use super::item::{Item, verdict};
use kit::{
    db::{Holder, probe_store},
    error::Result,
    state::AppState,
};

/// The probe's ID, if the item is one.
pub(super) fn id(item: &Item<'_>) -> Option<BatchId> {
    if item.content.is_ok() {
        return None;
    }
    serde_json::from_str::<Probe>(item.raw).ok().map(|found| found.probe)
}

/// The verdict on a probe: the queue may forget it.
pub(super) fn answer(item: &Item<'_>) -> Option<ItemVerdict> {
    id(item).map(|_| verdict(None, Verdict::Accepted, None, true))
}

/// Reports the probes of a batch to the commands that wait for them.
///
/// # Errors
/// 503 if the database is unavailable.
pub(super) async fn report(state: &AppState, items: &[Item<'_>]) -> Result<()> {
    let probes: Vec<BatchId> = items.iter().filter_map(id).collect();
    if probes.is_empty() {
        return Ok(());
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    for probe in probes {
        probe_store::report(&mut tx, probe).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn read(json: &str) -> (Option<BatchId>, Option<ItemVerdict>) {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let item = Item::read(raw);
        (id(&item), answer(&item))
    }

    #[test]
    fn a_probe_is_nothing_but_its_id() {
        let probe = BatchId::from_bytes([1; 16]);
        let (found, answer) = read(&format!(r#"{{"probe":"{probe}"}}"#));
        assert_eq!(found, Some(probe));
        assert!(answer.is_some_and(|answer| answer.acknowledges() && answer.verdict == Verdict::Accepted));
        for json in [
            r#"{"probe":"evt_01h455vb4pex5vsknk084sn02q"}"#.to_owned(),
            format!(r#"{{"probe":"{probe}","v":1}}"#),
            format!(r#"{{"v":1,"id":"{probe}"}}"#),
            "[]".to_owned(),
        ] {
            assert_eq!(read(&json), (None, None), "{json}");
        }
    }
}
