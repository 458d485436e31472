//! Milestone emails to affiliates: the first click and commissions earned.

use kit::mail::{Branding, EmailContent};
use rules::format::money;

/// Commissions in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    pub currency: String,
    pub minor: i64,
    pub count: i64,
}

/// `first_click`.
pub fn first_click(look: Branding, name: &str, portal: String) -> EmailContent {
    let brand = look.brand.clone();
    EmailContent {
        subject: "Your link got its first click!".to_owned(),
        name: name.to_owned(),
        paragraphs: vec![
            format!("Someone just clicked your link to {brand} for the first time. You’ll earn on anything they buy."),
            "The portal shows every click and every sale.".to_owned(),
        ],
        rows: Vec::new(),
        button: Some(("View clicks", portal)),
        why: why(&brand),
        choice: None,
        look,
    }
}

/// `commission_earned`: all commissions of one day in one email.
pub fn earned(look: Branding, name: &str, earned: &[Earned], portal: String) -> EmailContent {
    let brand = look.brand.clone();
    let amounts: Vec<String> = earned.iter().map(|one| money(one.minor, &one.currency)).collect();
    let amounts = amounts.join(" and ");
    let rows = earned.iter().map(|one| {
        let commissions = if one.count == 1 { "1 commission".to_owned() } else { format!("{} commissions", one.count) };
        (commissions, money(one.minor, &one.currency))
    });
    EmailContent {
        subject: format!("You earned {amounts} with {brand}"),
        name: name.to_owned(),
        paragraphs: vec![
            format!("Nice work! You earned {amounts}."),
            "Each commission becomes payable once its hold period ends. The portal shows when, and how you earned it."
                .to_owned(),
        ],
        rows: rows.collect(),
        button: Some(("View earnings", portal)),
        why: why(&brand),
        choice: None,
        look,
    }
}

fn why(brand: &str) -> String {
    format!("You’re receiving this because you’re an affiliate of {brand}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_a_figure_of_its_own() {
        let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
        let notified =
            earned(Branding::new("Acme", None), "Nina", &[of("EUR", 1_250, 1), of("USD", 4_000, 2)], String::new());
        assert_eq!(notified.subject, "You earned €12.50 and $40.00 with Acme");
        assert_eq!(notified.rows[0], ("1 commission".to_owned(), "€12.50".to_owned()));
        assert_eq!(notified.rows[1], ("2 commissions".to_owned(), "$40.00".to_owned()));
    }
}
