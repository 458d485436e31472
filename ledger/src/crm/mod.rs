//! Connections to CRMs: a brand's account there, what is asked of it now (a test call, a picker), and what it is to be told.
//!
//! What a vendor is asked and what its answers mean is the crate [`connector`]'s; [`wire`] sends, [`mask`] keeps secrets out
//! of everything that is shown, [`walk`] goes through a task while somebody waits. What happens in the background, affiliate
//! by affiliate, is [`crate::sync`]'s.

pub mod mask;
pub mod pause;
pub mod sealing;
pub mod tags;
pub mod walk;
pub mod wire;
