//! What can go wrong about a call to Stripe, and how it can be at Stripe: what the rehearsal of payouts goes through.

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    /// No connection: it surely wasn't sent.
    NotSent,
    RequestLost,
    AnswerLost,
    /// It arrives after so many later calls; nobody waits for the answer.
    Late(usize),
    /// Something in between answers 502, before or after Stripe did its part.
    Gateway,
    GatewayAfter,
    /// Stripe answers 500 and keeps that under the key.
    Kept500,
    Kept500After,
    Garbage,
    Busy,
    KeyInUse,
    /// We die before, or after, the call.
    DieBefore,
    DieAfter,
    /// Two workers make it.
    Twice,
}

use self::Fault::{
    AnswerLost, Busy, DieAfter, DieBefore, Garbage, Gateway, GatewayAfter, Kept500, Kept500After, KeyInUse, Late,
    NotSent, Nothing, RequestLost, Twice,
};

pub(crate) const FAULTS: [Fault; 17] = [
    Nothing,
    NotSent,
    RequestLost,
    AnswerLost,
    Late(1),
    Late(2),
    Late(3),
    Gateway,
    GatewayAfter,
    Kept500,
    Kept500After,
    Garbage,
    Busy,
    KeyInUse,
    DieBefore,
    DieAfter,
    Twice,
];

/// How it is at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    Good,
    /// There is money once somebody was told that there is none.
    NoMoney,
    AccountClosed,
    /// It closes after the first call.
    AccountCloses,
    CannotReceive,
    NoSuchAccount,
    WrongAgreement,
    TooSmall,
    /// Until there is a new key.
    KeyGone,
    MayNotSend,
    /// Somebody else spends it after the first call; later there is more.
    MoneyGoes,
}

pub(crate) const SCENES: [Scene; 11] = [
    Scene::Good,
    Scene::NoMoney,
    Scene::AccountClosed,
    Scene::AccountCloses,
    Scene::CannotReceive,
    Scene::NoSuchAccount,
    Scene::WrongAgreement,
    Scene::TooSmall,
    Scene::KeyGone,
    Scene::MayNotSend,
    Scene::MoneyGoes,
];
