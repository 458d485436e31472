//! Conversions and clicks that are told to us: by a brand's backend, by a page, by the script.

pub mod origin;
pub mod pixel;
pub mod s2s;
pub mod track;
