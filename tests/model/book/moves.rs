//! What may go on of what began: a refund that is carried out or fails, a dispute that ends.

use proptest::prelude::*;

use super::{
    facts::{DisputeState, RefundState},
    machine::State,
    step::{What, pick},
};

/// What goes on of what began.
pub(super) fn moves(state: &State) -> Vec<(u32, BoxedStrategy<What>)> {
    let mut moves = Vec::new();
    let paid = state.ideal.paid_sales();
    // What was paid meanwhile is worth more attention.
    let weight = |all: &[(u8, u8)]| if all.iter().any(|(_, sale)| paid.contains(sale)) { 9 } else { 1 };
    let going_on = state.refunds.iter().filter(|(.., state)| *state != RefundState::Failed);
    let going_on: Vec<(u8, u8)> = going_on.map(|(refund, of, _)| (*refund, of.sale)).collect();
    if !going_on.is_empty() {
        let weight = weight(&going_on);
        let to = prop_oneof![1 => Just(RefundState::Succeeded), 3 => Just(RefundState::Failed)];
        let moved = (pick(state, going_on, 9), to).prop_map(|(refund, state)| What::RefundMoves { refund, state });
        moves.push((weight, moved.boxed()));
    }
    let disputes: Vec<(u8, u8)> = state.disputes.iter().map(|(dispute, of)| (*dispute, of.sale)).collect();
    if !disputes.is_empty() {
        let weight = weight(&disputes);
        let to = prop_oneof![
            2 => Just(DisputeState::Won), 2 => Just(DisputeState::Lost), 1 => Just(DisputeState::Open)
        ];
        let moved = (pick(state, disputes, 9), to);
        let moved = moved.prop_map(|(dispute, state)| What::DisputeMoves { dispute, state });
        moves.push((weight + 1, moved.boxed()));
    }
    moves
}
