//! Intake: the edge's batches come in here, and every event leaves with a verdict.

pub mod handler;
