//! Milestone emails to affiliates: the first click and commissions earned.

use kit::mail::{Branding, EmailContent, content};

/// Commissions in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    pub currency: String,
    pub minor: i64,
    pub count: i64,
}

/// `first_click`.
pub fn first_click(look: Branding, name: &str, portal: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    EmailContent::new(look, t.say("email-first-click-subject"), t.say("email-why-affiliate").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-first-click-message").with("brand", &brand))
        .paragraph(t.say("email-first-click-portal"))
        .button(t.say("email-first-click-button"), portal)
}

/// `commission_earned`: all commissions of one day in one email.
pub fn earned(look: Branding, name: &str, earned: &[Earned], portal: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let amounts = content::amounts(t, earned.iter().map(|one| (one.currency.as_str(), one.minor)));
    let rows = earned.iter().map(|one| {
        let commissions = t.say("email-commissions").with("count", one.count);
        (commissions.to_string(), t.money(one.minor, &one.currency))
    });
    let rows = rows.collect();
    let subject = t.say("email-earned-subject").with("amounts", &amounts).with("brand", &brand);
    EmailContent::new(look, subject, t.say("email-why-affiliate").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-earned-message").with("amounts", &amounts))
        .paragraph(t.say("email-earned-hold"))
        .rows(rows)
        .button(t.say("email-earned-button"), portal)
}

#[cfg(test)]
mod tests {
    use kit::mail::content::Part;

    use super::*;

    fn sent(language: Option<&str>) -> EmailContent {
        let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
        let look = Branding::new("Acme", None).in_language(language);
        earned(look, "Nina", &[of("EUR", 1_250, 1), of("USD", 123_450, 2)], String::new())
    }

    #[test]
    fn each_currency_has_a_figure_of_its_own() {
        let content = sent(None);
        assert_eq!(content.subject, "You earned €12.50 and $1,234.50 from Acme");
        let rows = [("1 commission", "€12.50"), ("2 commissions", "$1,234.50")];
        let rows = rows.map(|(label, value)| (label.to_owned(), value.to_owned())).to_vec();
        assert!(content.parts.contains(&Part::Rows(rows)), "{:?}", content.parts);
    }

    #[test]
    fn amounts_are_in_the_recipients_language() {
        let subject = sent(Some("de")).subject.replace('\u{a0}', " ");
        assert_eq!(subject, "Du hast 12,50 € und 1.234,50 $ mit Acme verdient");
    }
}
