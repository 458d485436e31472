//! `/dashboard/settings/emails`: from whom affiliates get emails, and in which words. [`list`] has the sender and all emails
//! that can be changed, [`edit`] one of them, [`api`] the same for programs. [`words`] reads and saves the words,
//! [`samples`] has what each email looks like.

pub mod api;
pub mod edit;
pub mod list;
mod samples;
mod words;

use kit::mail::EmailKind;

pub const PLACE: &str = "/dashboard/settings/emails";

/// An email's title, and when it is sent.
const fn about(kind: EmailKind) -> (&'static str, &'static str) {
    match kind {
        EmailKind::AffiliateInvited => ("Invitation", "When you invite someone under Recruit"),
        EmailKind::ApplicationReceived => ("Application received", "When someone applies on your program page"),
        EmailKind::ApplicationApproved => ("Application approved", "When you approve or add someone"),
        EmailKind::ApplicationRejected => ("Application rejected", "When you reject someone"),
        EmailKind::Imported => ("Moved to Rekomi", "When you import someone and choose to notify them"),
        EmailKind::AffiliateLink => ("Sign-in link", "When an affiliate asks to sign in"),
        EmailKind::FirstClick => ("First click", "When an affiliate’s link gets its first click"),
        EmailKind::CommissionEarned => ("Commission earned", "At most once a day, after a commission"),
        EmailKind::PayoutSetup => ("Payout method missing", "When money is payable, but there’s nowhere to send it"),
        EmailKind::PayoutSent => ("Payout sent", "When a payout is on its way"),
        _ => ("", ""),
    }
}
