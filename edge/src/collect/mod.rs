//! Conversions and clicks reported by a brand's backend, by a page or by the script.

pub mod origin;
pub mod pixel;
pub mod s2s;
pub mod track;
