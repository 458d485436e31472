//! Every kind of email. Only these can be sent, and each has a sample in development.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $name:literal),* $(,)?) => {
        /// The purpose of an email.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EmailKind {
            $($(#[$doc])* $variant),*
        }

        impl EmailKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in the database and in metrics.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }
        }
    };
}

impl EmailKind {
    /// Whether it goes to an affiliate of an organization: such an email names its affiliate, so that it is deleted
    /// with them.
    pub const fn is_to_affiliates(self) -> bool {
        matches!(
            self,
            Self::AffiliateLink
                | Self::ApplicationReceived
                | Self::ApplicationConfirm
                | Self::ApplicationKnown
                | Self::ApplicationApproved
                | Self::ApplicationRejected
                | Self::AffiliateInvited
                | Self::AffiliateEmailChanged
                | Self::Imported
                | Self::FirstClick
                | Self::CommissionEarned
                | Self::ClaimAnswered
                | Self::RewardApproved
                | Self::RewardRejected
                | Self::PayoutSetup
                | Self::PayoutAction
                | Self::PayoutMethodChanged
                | Self::PayoutLoginLink
                | Self::PayoutSent
                | Self::PayoutFailedAffiliate
                | Self::PayoutReturnedAffiliate
                | Self::PayoutBankFailed
                | Self::TaxFormNeeded
                | Self::TaxFormRejected
                | Self::TaxFormExpires
                | Self::TaxFormExpired
        )
    }
}

impl EmailKind {
    /// As [`Self::as_str`] spells it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// Whether a brand may write its own words. It may not where an email says what happened to an account, a payment, a
    /// tax form or a claim, or where its words depend on that.
    pub const fn is_editable(self) -> bool {
        matches!(
            self,
            Self::AffiliateInvited
                | Self::ApplicationReceived
                | Self::ApplicationApproved
                | Self::ApplicationRejected
                | Self::Imported
                | Self::AffiliateLink
                | Self::FirstClick
                | Self::CommissionEarned
                | Self::PayoutSetup
                | Self::PayoutSent
        )
    }
}

kinds! {
    // Accounts.
    VerifyEmail "verify_email",
    AccountExists "account_exists",
    PasswordReset "password_reset",
    PasswordChanged "password_changed",
    EmailChange "email_change",
    EmailChanged "email_changed",
    SecondFactor "second_factor",
    AffiliateLink "affiliate_link",
    /// To a person who wants to enter the creator network.
    CreatorLink "creator_link",
    // Teams.
    TeamInvitation "team_invitation",
    TeamJoined "team_joined",
    /// To a member: what affiliates get, for a look at it.
    EmailPreview "email_preview",
    ApiKeyCreated "api_key_created",
    /// To the person who connected an app.
    AppConnected "app_connected",
    // Affiliates, starting with their application.
    ApplicationReceived "application_received",
    /// To the applicant: confirming their address approves them.
    ApplicationConfirm "application_confirm",
    ApplicationKnown "application_known",
    /// To the brand: someone applied.
    ApplicationNew "application_new",
    ApplicationApproved "application_approved",
    ApplicationRejected "application_rejected",
    AffiliateInvited "affiliate_invited",
    AffiliateEmailChanged "affiliate_email_changed",
    Imported "imported",
    FirstClick "first_click",
    CommissionEarned "commission_earned",
    ClaimAnswered "inquiry_answered",
    RewardApproved "reward_approved",
    RewardRejected "reward_rejected",
    // Payouts: to affiliates.
    PayoutSetup "payout_setup",
    PayoutAction "payout_action",
    PayoutMethodChanged "payout_method_changed",
    PayoutLoginLink "payout_login_link",
    PayoutSent "payout_sent",
    PayoutFailedAffiliate "payout_failed_affiliate",
    PayoutReturnedAffiliate "payout_returned_affiliate",
    PayoutBankFailed "payout_bank_failed",
    // Payouts: to brands.
    CommissionsDue "commissions_due",
    WeeklySummary "weekly_summary",
    ClaimsReturned "claims_returned",
    PayoutRunWaiting "payout_run_waiting",
    SecondApproverOff "second_approver_off",
    PayoutFailed "payout_failed",
    PayoutReturned "payout_returned",
    PayoutWaits "payout_waits",
    PayoutStuck "payout_stuck",
    PayoutDifferences "payout_differences",
    PayoutsPaused "payouts_paused",
    // Tax forms.
    TaxFormNeeded "tax_form_needed",
    TaxFormRejected "tax_form_rejected",
    TaxFormExpires "tax_form_expires",
    TaxFormExpired "tax_form_expired",
    /// To the brand: a form is waiting for review.
    TaxFormWaiting "tax_form_waiting",
    // A brand's import and connections.
    ImportFinished "import_finished",
    CrmPaused "crm_paused",
    GatewayBroken "gateway_broken",
    WebhookDisabled "webhook_disabled",
    // The creator network: to a creator whom a brand invited.
    NetworkInvitation "network_invitation",
    /// To a creator: a brand wrote in their thread.
    NetworkMessage "network_message",
    /// To the brand: a creator wrote in their thread.
    NetworkMessageNew "network_message_new",
    /// To the brand: what became of its listing in the network.
    NetworkListing "network_listing",
    // The plan, where plans are sold.
    BillingTrialStarted "billing_trial_started",
    BillingTrialEnding "billing_trial_ending",
    /// A trial without a card, which begins with the organization.
    BillingCardlessTrialStarted "billing_cardless_trial_started",
    BillingCardlessTrialEnding "billing_cardless_trial_ending",
    BillingTrialExpired "billing_trial_expired",
    BillingPaymentFailed "billing_payment_failed",
    BillingReceipt "billing_receipt",
    BillingPlanChanged "billing_plan_changed",
    BillingCancelled "billing_cancelled",
}
