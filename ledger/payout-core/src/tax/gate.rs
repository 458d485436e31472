//! Decides whether an affiliate without a valid tax form is paid, and whether tax is withheld.
//!
//! A payer requests the form before the first payment (Form W-9 and Form W-8BEN, instructions for the requester).
//! Without a taxpayer number, or if the payee says that they are subject to it, 24% is backup withholding (IRC 3406).

/// A brand's policy for affiliates without a valid form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gate {
    /// They are paid, and the brand is warned.
    #[default]
    Warn,
    /// Their payment is held.
    Hold,
    /// They are paid minus the tax.
    Withhold,
}

impl Gate {
    pub const ALL: [Self; 3] = [Self::Warn, Self::Hold, Self::Withhold];

    /// The name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "Warn",
            Self::Hold => "Hold",
            Self::Withhold => "Withhold",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == text)
    }
}

/// Status of an affiliate's tax forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxFormStatus {
    /// A form is in force.
    Valid,
    /// No form was submitted, or it hasn't been reviewed yet.
    Missing,
    /// The brand rejected the last one.
    Rejected,
    /// A W-8 that has expired.
    Expired,
    /// A W-9 is in force, but its signer crossed out item 2 of its certification: the IRS notified them that they are
    /// subject to backup withholding.
    SubjectToWithholding,
}

impl TaxFormStatus {
    pub const ALL: [Self; 5] = [Self::Valid, Self::Missing, Self::Rejected, Self::Expired, Self::SubjectToWithholding];

    /// The name in the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Missing => "Missing",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
            Self::SubjectToWithholding => "SubjectToWithholding",
        }
    }

    const fn reason(self) -> Option<Reason> {
        Some(match self {
            Self::Valid => return None,
            Self::Missing => Reason {
                code: "tax_form_missing",
                message: "No accepted tax form on file. The affiliate can submit one in their portal.",
            },
            Self::Rejected => Reason {
                code: "tax_form_rejected",
                message: "The last tax form was rejected. The affiliate can submit a new one in their portal.",
            },
            Self::Expired => Reason {
                code: "tax_form_expired",
                message: "The W-8 on file has expired. The affiliate can sign a new one in their portal.",
            },
            Self::SubjectToWithholding => Reason {
                code: "subject_to_withholding",
                message: "Their W-9 says they're subject to backup withholding.",
            },
        })
    }
}

/// A stable code, and a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    pub code: &'static str,
    pub message: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Pay in full.
    Pay,
    /// Pay in full, and show the brand why that might be wrong.
    PayAndWarn(Reason),
    /// Don't pay now.
    Hold(Reason),
    /// Pay minus 24%.
    Withhold(Reason),
}

/// Decides about a payment. If the payee declares that they are subject to backup withholding, tax is withheld unless
/// the brand chose only to be warned: a form is on file, so holding the payment for one would change nothing.
pub const fn decide(gate: Gate, status: TaxFormStatus) -> Verdict {
    let Some(reason) = status.reason() else { return Verdict::Pay };
    match (gate, status) {
        (Gate::Warn, _) => Verdict::PayAndWarn(reason),
        (Gate::Withhold, _) | (Gate::Hold, TaxFormStatus::SubjectToWithholding) => Verdict::Withhold(reason),
        (Gate::Hold, _) => Verdict::Hold(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_form_is_always_paid_and_nothing_else_unseen() {
        for gate in Gate::ALL {
            for status in TaxFormStatus::ALL {
                let verdict = decide(gate, status);
                assert_eq!(verdict == Verdict::Pay, status == TaxFormStatus::Valid, "{gate:?} {status:?}");
                if status == TaxFormStatus::SubjectToWithholding && gate != Gate::Warn {
                    assert!(matches!(verdict, Verdict::Withhold(why) if why.code == "subject_to_withholding"));
                }
            }
            assert_eq!(Gate::parse(gate.as_str()), Some(gate));
        }
        for status in [TaxFormStatus::Missing, TaxFormStatus::Rejected, TaxFormStatus::Expired] {
            assert!(matches!(decide(Gate::Warn, status), Verdict::PayAndWarn(_)));
            assert!(matches!(decide(Gate::Hold, status), Verdict::Hold(_)));
            assert!(matches!(decide(Gate::Withhold, status), Verdict::Withhold(_)));
        }
    }
}
