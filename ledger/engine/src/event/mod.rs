//! An event on its own: the facts that it reports ([`reading`]), and by what it is recognized ([`digest`]). No side
//! effects.

pub mod digest;
pub mod reading;
