//! A sample of each email whose words a brand can change.

use identity::{
    account::email::affiliate_link,
    notification::success_email::{self, Earned},
};
use kit::mail::{Branding, EmailContent, EmailKind, Sample};
use payouts::{payout_account, receipt};
use programs::affiliate;
use recruiting::{import, program_page};

const NAME: &str = "Nina Berg";

/// All of them, in this look and its language.
fn editable(look: &Branding) -> Vec<Sample> {
    let portal = || "https://rekomi.test/a".to_owned();
    let earned = [Earned { currency: "USD".to_owned(), minor: 4_000, count: 1 }];
    let received = program_page::email::of_received(look.clone(), NAME, "Partner program");
    let mut all = vec![
        (EmailKind::ApplicationReceived, received),
        (EmailKind::AffiliateLink, affiliate_link(look.clone(), NAME, portal())),
        (EmailKind::FirstClick, success_email::first_click(look.clone(), NAME, portal())),
        (EmailKind::CommissionEarned, success_email::earned(look.clone(), NAME, &earned, portal())),
        import::email::sample(look.clone()),
    ];
    all.extend(affiliate::email::samples(look));
    all.extend(payout_account::email::samples(look));
    all.extend(receipt::email::samples(look));
    all.retain(|(kind, _)| kind.is_editable());
    all
}

/// A sample of this kind, if its words can be changed.
pub(super) fn sample(look: &Branding, kind: EmailKind) -> Option<EmailContent> {
    editable(look).into_iter().find_map(|(one, content)| (one == kind).then_some(content))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::dashboard::emails::about;

    #[test]
    fn each_editable_email_has_a_sample_a_title_and_words() {
        let samples = editable(&Branding::new("Acme", None));
        let kinds: BTreeSet<EmailKind> = samples.iter().map(|(kind, _)| *kind).collect();
        let expected = EmailKind::ALL.iter().copied().filter(|kind| kind.is_editable());
        assert_eq!(kinds, expected.collect());
        assert_eq!(kinds.len(), samples.len(), "one of each");
        for (kind, content) in samples {
            assert!(!about(kind).0.is_empty() && !about(kind).1.is_empty(), "{kind:?}");
            assert!(kind.is_to_affiliates() && content.opening_and_button().0.is_some(), "{kind:?}");
            assert!(content.variables().starts_with(&["name", "brand"]), "{kind:?}");
        }
        let invitation = sample(&Branding::new("Acme", None), EmailKind::AffiliateInvited).unwrap();
        assert_eq!(invitation.variables(), ["name", "brand", "link", "offer"]);
        assert!(sample(&Branding::new("Acme", None), EmailKind::TaxFormNeeded).is_none());
    }
}
