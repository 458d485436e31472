# Texts of emails. Those to affiliates are in their language; the program sends the others in English only.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.
# $brand is the name of the company whose affiliate program it is.

## Parts of every email.

email-greeting = Hi { $name },
email-greeting-nameless = Hi,
# The address of a link follows on the next line.
email-button-fallback = If the button doesn’t work, open this link:
email-unsubscribe = Unsubscribe
email-sign-in = Sign in
email-link-works-once = The link works once, within 24 hours.
email-link-works-two-weeks = The link works once, within 14 days.
email-ignore = Didn’t ask for this? You can ignore this email.
# $text is what a person wrote.
email-they-wrote = They wrote: { $text }
email-reason = Reason: { $reason }
email-commissions =
    { $count ->
        [one] 1 commission
       *[other] { $count } commissions
    }
email-period = { $first } to { $last }
email-utc = { $moment } UTC
email-test-mode = Test mode: nothing in this email is real, and no money moved.

## Why the recipient gets an email: its last line.

email-why-account = You’re receiving this because your address was used on Rekomi.
email-why-affiliate = You’re receiving this because you’re an affiliate of { $brand }.
email-why-admin = You’re receiving this because you’re an owner or admin of { $brand }.
email-why-owner = You’re receiving this because you’re an owner of { $brand }.
email-why-team = You’re receiving this because you’re on the { $brand } team.

## To people with an account.

email-verify-subject = Confirm your email address
email-verify-welcome = Welcome to Rekomi! Please confirm your email address. The link works for 24 hours.
email-verify-ignore = Didn’t sign up? You can ignore this email.
email-confirm-button = Confirm email address
email-account-exists-subject = You already have an account
email-account-exists-message = Someone, probably you, tried to sign up for Rekomi with this email address. You already have an account, so you can just sign in.
email-account-exists-forgot = Forgot your password? Set a new one
email-account-exists-ignore = Wasn’t you? You can ignore this email. Nothing has changed.
email-password-reset-subject = Reset your password
email-password-reset-message = Someone asked to reset your password. Choose a new one below. The link works for one hour, and a new password signs you out everywhere.
email-password-reset-button = Set new password
email-password-reset-ignore = Didn’t ask for this? You can ignore this email. Your password won’t change.
email-password-changed-subject = Your password was changed
email-password-changed-message = Your password was changed from { $browser }. All other sessions were signed out.
# A link.
email-set-password = Wasn’t you? Set a new password right away
email-address-change-subject = Confirm your new email address
email-address-change-message = Please confirm your new email address. The link works for 24 hours.
email-address-changed-subject = Your email address was changed
email-address-changed-message = Your account’s email address was changed to { $email } from { $browser }.
email-address-changed-warning = Wasn’t you? Contact your Rekomi administrator right away. Someone else may have access to your account.
email-second-factor-subject = Two-step sign-in was changed
email-second-factor-on = Two-step sign-in was turned on for your account from { $browser }.
email-second-factor-off = Two-step sign-in was turned off for your account from { $browser }.

## To the people of a brand: their team.

email-team-invitation-subject = Join { $organization } on Rekomi
email-team-invitation-message = You’ve been invited to join { $organization } on Rekomi. Your role: { $role }.
email-team-invitation-button = View invitation
email-team-invitation-expiry =
    { $days ->
        [one] The invitation is only for this email address and expires in 1 day.
       *[other] The invitation is only for this email address and expires in { $days } days.
    }
email-team-invitation-why = You’re receiving this because an owner of { $organization } invited you. Don’t know them? You can ignore this email.
email-team-joined-subject = { $email } joined { $organization }
email-team-joined-message = { $email } accepted your team’s invitation and joined { $organization }. Their role: { $role }.
email-team-joined-button = View team
email-api-key-subject = New API key for { $organization }: { $name }
email-api-key-message = { $person } created an API key for { $organization }.
email-api-key-name-label = Name
email-api-key-hint-label = Starts with
email-api-key-access-label = Access
email-api-key-created-label = Created
# $does is one of the next five messages.
email-api-key-access = { $does }, as { $role }
email-api-key-sends-conversions = sends conversions
email-api-key-reads = reads
email-api-key-runs-automations = runs CRM automations
email-api-key-writes = reads and writes
email-api-key-configures = reads, writes and configures
email-api-key-warning = If you don’t recognize this key, revoke it right away.
email-api-key-button = View API keys
email-ai-assistant-subject = AI assistant connected to { $organization }: { $name }
email-ai-assistant-message = { $person } connected an AI assistant to { $organization }.
email-ai-assistant-warning = If you don’t recognize this assistant, disconnect it right away.
email-ai-assistant-button = View AI assistants
email-app-connected-subject = { $app } was connected to { $organization }
email-app-connected-message = You connected the app { $app } to { $organization }. It can act on your behalf there.
email-app-connected-host-label = Redirects to
email-app-connected-access-label = Permissions
email-app-connected-reads = reads
email-app-connected-writes = reads and changes
email-app-connected-warning = If this wasn’t you, disconnect it right away and change your password.
email-app-connected-button = View connected apps

## To the people of a brand: applications and sales.

email-new-subject = New application from { $name }
email-new-message = { $name } applied to { $program } and is waiting for your review.
# $count is the number of other applications.
email-new-others =
    { $count ->
        [0] It’s the only application waiting.
        [one] 1 more application is waiting.
       *[other] { $count } more applications are waiting.
    }
email-new-email-label = Email
email-new-button = Review application
email-joined-subject = { $name } joined your program
email-joined-message = { $name } applied to { $program } and was approved automatically.
email-joined-another = { $name }, who is already your affiliate, also applied to { $program } and was approved.
email-answer-yes = Yes
email-answer-no = No
email-unverified-subject =
    { $count ->
        [one] { $brand }: 1 unverified sale needs your review
       *[other] { $brand }: { $count } unverified sales need your review
    }
email-unverified-message =
    { $count ->
        [one] 1 sale of { $brand } came only from a browser. Browser events can be faked, so its commission isn’t payable until you approve it, or until your server or gateway reports the same order.
       *[other] { $count } sales of { $brand } came only from a browser. Browser events can be faked, so their commissions aren’t payable until you approve them, or until your server or gateway reports the same orders.
    }
email-unverified-action = Commissions you’ve already paid don’t change. Approve the sales you recognize and deny the rest.
email-unverified-button = Review sales

## To the people of a brand: an import and connections.

# $skipped is the number of rows, $rows the number as it is written.
email-import-finished-subject =
    { $skipped ->
        [0] { $brand }: an import has finished
        [one] { $brand }: an import skipped 1 row
       *[other] { $brand }: an import skipped { $rows } rows
    }
# $title is such as “Affiliates from Rewardful”.
email-import-finished-message = The import “{ $title }” into { $program } has finished.
email-import-finished-new = New
email-import-finished-updated = Updated
email-import-finished-unchanged = Unchanged
email-import-finished-skipped = Skipped
email-import-finished-next = The results say why rows were skipped. Correct these rows in your file and import it again: rows that were already imported change nothing.
email-import-finished-button = View results
email-crm-paused-subject = { $brand }: reconnect { $crm }
email-crm-paused-message = { $crm } no longer accepts { $brand }’s credentials, so we paused the connection.
email-crm-paused-kept = Nothing is lost: waiting affiliates sync as soon as you reconnect.
email-crm-paused-button = Reconnect
email-gateway-broken-subject = { $brand }: fix the { $gateway } connection
email-gateway-broken-message = The daily check of { $brand }’s { $gateway } connection failed. Sales, renewals and refunds may not arrive until you fix it.
email-gateway-broken-button = View gateways
email-webhook-disabled-subject = { $brand }: a webhook was paused
email-webhook-disabled-message = We paused the webhook { $name } of { $brand }.
# $reason is a sentence, $error isn’t.
email-webhook-disabled-reason = { $reason } Last response: { $error }.
email-webhook-disabled-kept = Nothing is lost: events are kept for 30 days. Once it works again, resume it and resend missed events.
email-webhook-disabled-button = View webhook

## To the people of a brand: payouts.

email-due-subject = { $brand }: commissions are ready to be paid
email-due-message = These commissions have been payable for at least a week and aren’t paid yet.
email-due-affiliates =
    { $count ->
        [one] 1 affiliate
       *[other] { $count } affiliates
    }
email-due-button = Review payouts
email-weekly-subject = { $brand }: what changed last week
email-weekly-message = What changed most at { $brand } from { $first } to { $last }, compared with the week before:
email-weekly-revenue = Revenue
email-weekly-sales = Sales
email-weekly-clicks = Clicks
email-weekly-rate = Conversion rate
# $now and $before are formatted figures of two weeks.
email-weekly-change = { $now } (was { $before })
email-weekly-applications = Applications
email-weekly-waiting = { $count } waiting for you
email-weekly-button = View overview
email-run-waiting-subject = { $brand }: payouts of { $amount } need your approval
email-run-waiting-message =
    { $count ->
        [one] A payout run of { $brand } needs approval: { $amount } to 1 affiliate.
       *[other] A payout run of { $brand } needs approval: { $amount } to { $count } affiliates.
    }
email-run-waiting-excluded =
    { $count ->
        [one] 1 more is excluded; the run shows why.
       *[other] { $count } more are excluded; the run shows why.
    }
email-run-waiting-approval = No money moves until someone approves it.
email-run-waiting-in-the-way = The scheduled run in this currency is waiting too: it starts once this one is approved or canceled.
email-run-waiting-button = Review payout run
email-run-waiting-why = You’re receiving this because you can approve payouts of { $brand }.
email-second-approver-subject = { $brand }: payout runs no longer need a second approver
email-second-approver-message = { $person } turned off second approval for payout runs of { $brand }. New runs need only one person’s approval. Runs that were already created still need two.
email-second-approver-warning = If you didn’t agree to this, turn it back on and talk to { $person }.
email-second-approver-button = Open payout settings
email-payout-failed-subject = { $brand }: a payout failed
# $reason is a sentence.
email-payout-failed-message = The payout of { $amount } to { $name } failed. { $reason }
email-payout-failed-more = Nothing was paid, and the amount is payable again. If more payouts fail within the hour, you’ll find them in the list; we won’t email you about each one.
email-payout-failed-button = View failed payouts
email-payout-returned-subject = { $brand }: a payout was returned
# $reason is a sentence.
email-payout-returned-message = A payout to { $name } was returned. { $reason }
email-payout-returned-hold = We put their payouts on hold so they aren’t paid again before you’ve looked into it.
email-payouts-short-subject = { $brand }: payouts are waiting for funds
email-payouts-short-message = Your { $currency } balance in Stripe is too low for the payouts that are due. They’re waiting; nothing is lost.
email-payouts-short-action = Top up the balance in Stripe (Balances, Add to balance). Payouts resume automatically within an hour after the money arrives.
email-payouts-short-button = View payouts
email-payout-stuck-subject = { $brand }: a payout needs your attention
# $reason is a sentence.
email-payout-stuck-message = A payout of { $amount } to { $name } needs your attention. { $reason }
email-payout-button = View payout
email-differences-subject =
    { $count ->
        [one] { $brand }: a payout doesn’t match Stripe
       *[other] { $brand }: some payouts don’t match Stripe
    }
email-differences-message =
    { $count ->
        [one] We compared the payouts of { $brand } with your transfers in Stripe and found a difference:
       *[other] We compared the payouts of { $brand } with your transfers in Stripe and found { $count } differences:
    }
email-differences-one = { $title }: { $detail }
email-differences-action = What to do: { $action }
email-differences-more = And { $count } more.
email-differences-button = Review differences
email-payouts-paused-subject = { $brand }: reconnect Stripe to resume payouts
email-payouts-paused-message = Stripe no longer accepts { $brand }’s key, so we paused payouts.
email-payouts-paused-account = Stripe no longer accepts { $brand }’s key for the account { $account }, so we paused payouts.
email-payouts-paused-reason = Reason from Stripe: { $reason }
email-payouts-paused-kept = Nothing is lost and no one is paid twice.
email-payouts-paused-waiting =
    { $count ->
        [one] Nothing is lost and no one is paid twice. 1 payout is waiting and will be sent as soon as you add a working key.
       *[other] Nothing is lost and no one is paid twice. { $count } payouts are waiting and will be sent as soon as you add a working key.
    }
email-payouts-paused-button = Reconnect Stripe
email-tax-waiting-subject = { $brand }: a tax form from { $name } needs review
email-tax-waiting-message = { $name } uploaded a { $form } tax form to { $brand }. It doesn’t count until someone reviews and accepts it.
email-tax-waiting-until = Until then, their payouts are treated as if they had no form.
email-tax-waiting-button = Review tax forms

## To affiliates: their application, invitation and sign-in.

email-received-subject = We received your application to { $brand }
email-received-message = Thanks for applying to { $program }! { $brand } reviews every application.
email-received-next = You’ll get an email either way. If approved, it includes your link and portal access. There’s nothing else you need to do.
email-received-why = You’re receiving this because someone applied to promote { $brand } with this email. If it wasn’t you, let { $brand } know.
email-confirm-subject = Confirm your email to join { $brand }
email-confirm-message = Thanks for applying to { $program }! Confirm your email address, and { $brand } approves you right away. Your link is in the portal.
email-application-confirm-button = Confirm and open the portal
email-confirm-why = You’re receiving this because someone applied to promote { $brand } with this email. If it wasn’t you, ignore it: nothing happens unless you confirm.
email-application-subject = Your application to { $brand }
email-known-approved = Someone applied to { $brand } with your email. You’re already an affiliate of { $brand }: sign in to see your links and earnings.
email-known-pending = Someone applied to { $brand } with your email again. Your first application is still under review, so there’s nothing else you need to do.
email-known-decided = Someone applied to { $brand } with your email. { $brand } has already made a decision about this email. If something has changed, contact { $brand }.
email-known-why = You’re receiving this because { $brand } has this email on file.
email-approved-subject = You’re in! { $brand } approved your application
email-approved-message = You now earn on every sale you refer.
# A colon and the links follow.
email-approved-links =
    { $count ->
        [one] Share your link
       *[other] Share your links
    }
email-approved-why = You’re receiving this because you applied to promote { $brand }, or were invited to.
email-rejected-message = Thanks for applying to promote { $brand }. They decided not to move forward.
email-rejected-why = You’re receiving this because you applied to promote { $brand }.
email-invited-subject = { $brand } invited you to its affiliate program
email-invited-message = { $brand } invited you to join { $program }, its affiliate program.
# A list of what the program pays follows.
email-invited-offer = What you earn through your link:
# A colon and the links follow.
email-invited-links =
    { $count ->
        [one] Your link
       *[other] Your links
    }
email-invited-accept = Accept the invitation to see your links and what you earn.
email-invited-button = Accept invitation
email-invited-why = You’re receiving this because { $brand } entered your address.
email-invited-stop = Stop invitations
email-imported-subject = { $brand } moved its affiliate program to Rekomi
email-imported-message = { $brand } moved its affiliate program to Rekomi. You’re already in: your old links keep working, and the customers you referred are still yours.
# A colon and the links follow.
email-imported-links =
    { $count ->
        [one] Your new link
       *[other] Your new links
    }
email-imported-next = Sign in to see how you’re doing and choose how you get paid.
email-imported-why = You’re receiving this because you promote { $brand }, which moved its affiliate program to Rekomi.
email-sign-in-subject = Your sign-in link
email-sign-in-message = Here’s your link to the { $brand } affiliate portal. It works once, within 24 hours.
email-sign-in-why = You’re receiving this because someone asked to sign in as an affiliate of { $brand }.
email-affiliate-address-subject = Your email address at { $brand } was changed
email-affiliate-address-message = { $brand } changed your email address. Emails and sign-in links now go to the new one, and you were signed out.
email-affiliate-address-warning = Didn’t ask for this? Contact { $brand } right away.
email-affiliate-address-why = You’re receiving this because { $brand } had this address for you until now.

## To affiliates: clicks, commissions and claims.

email-first-click-subject = Your link got its first click!
email-first-click-message = Someone just clicked your link to { $brand } for the first time. You’ll earn on anything they buy.
email-first-click-portal = The portal shows every click and every sale.
email-first-click-button = View clicks
# $amounts is an amount, or several: "€12.50 and $40.00".
email-earned-subject = You earned { $amounts } from { $brand }
email-earned-message = Nice work! You earned { $amounts }.
email-earned-hold = Each commission becomes payable once its hold period ends. The portal shows when, and how you earned it.
email-earned-button = View earnings
# A claim is a sale that the affiliate says is missing; $bought is what they say was bought.
email-claim-credited-subject = You got credit for your sale: { $bought }
email-claim-rejected-subject = About your missing sale: { $bought }
email-claim-question = You asked { $brand } about a sale from { $day }: { $bought }.
email-claim-credited = Good news: it’s now credited to you. You’ll find it under Sales, with your commission.
email-claim-rejected = They reviewed it and didn’t credit it to you.
email-claim-button = View your claims
email-claim-why = You’re receiving this because you asked { $brand } about a missing sale.
# A reward: $title is its name, $gift what is given, such as "$50.00" or "the segment gold".
email-reward-approved-subject = You earned a reward: { $title }
email-reward-approved = Well done! { $brand } gave you the reward “{ $title }”.
email-reward-gift = You get: { $gift }
email-reward-rejected-subject = About your claim for { $title }
email-reward-rejected = { $brand } reviewed your claim for “{ $title }” and didn’t approve it.
email-reward-button = View your rewards
email-reward-why = You’re receiving this because you take part in { $brand }’s rewards.

## To affiliates: how they are paid.

email-payout-account-why = You’re receiving this because you’re an affiliate of { $brand }. Its link works once, within 24 hours; after that, you can request a new one.
email-payout-setup-subject = { $brand }: add a payout method to get paid
email-payout-setup-payable = You have { $amounts } ready to be paid at { $brand }.
email-payout-setup-request = { $brand } wants to pay you but doesn’t know where to send the money.
email-payout-setup-how = Add a payout method: Stripe, PayPal, Wise or bank transfer. It takes a few minutes. Your money is safe until you do.
email-payout-setup-button = Add payout method
email-payout-action-subject = { $brand }: Stripe needs more information to pay you
email-payout-action-message = Before { $brand } can pay you again, Stripe needs the following:
email-payout-action-button = Continue to Stripe
email-payout-method-subject = { $brand }: your payout method was changed
# $destination is one of the messages below, or "Stripe".
email-payout-method-message = { $brand } now pays you by { $destination }.
email-payout-method-warning = Wasn’t you? Sign in, change it back and contact { $brand } right away.
email-payout-method-button = View payout method
# $hint is a part of an address or account: "l…@example.com", "…3000".
email-destination-method = { $method } to { $hint }
email-destination-bank-transfer = bank transfer to { $hint }
email-destination-other-bank = Stripe to a different bank account ({ $hint })
email-destination-other-account = Stripe to a different Stripe account
# To the address that was paid until now.
email-payout-moved-subject = { $brand }: payouts no longer go to this address
email-payout-moved-message = { $brand } used to pay your commissions to this address. It now pays by { $destination }.
email-payout-moved-hold = Payouts are on hold for three days. If you didn’t make this change, contact { $brand } before then.
email-payout-moved-why = You’re receiving this because { $brand } paid an affiliate’s commissions to this address.
email-payout-login-subject = { $brand }: new sign-in link to your Stripe account
email-payout-login-message = { $brand }’s system created a sign-in link to your Stripe Express dashboard, where your bank account can be changed. It works once, for a few minutes.
email-payout-login-warning = If you didn’t ask { $brand } for it, check your bank account there and contact { $brand } right away.

## To affiliates: a payout, and its receipt.
## A sentence about what happens next (common-payout-…-next) follows the first message, where "it" is the payout.

email-payout-sent-subject = { $brand } sent you { $amount }
email-payout-sent-message = { $brand } sent you { $amount }.
email-payout-sent-button = View receipt
email-not-sent-subject = { $brand } couldn’t send you { $amount }
email-not-sent-message = { $brand } couldn’t send you { $amount }.
email-not-sent-button = Open the portal
email-came-back-subject = A payout from { $brand } was returned
email-came-back-message = { $amount } that { $brand } sent you was returned.
# $reason is a sentence.
email-tax-withheld = Tax was withheld: { $reason }
# Labels of the receipt: what it was paid for, and when that was earned.
email-row-for = For
email-row-earned = Earned
email-row-commissions = Commissions
email-row-withheld = Tax withheld
email-row-sent = Amount sent
email-row-returned = Returned
email-row-rail = Paid via
email-row-destination = Paid to
# The payout’s number.
email-row-payout = Payout

## To affiliates: their bank refused a payment from their Stripe account.

email-bank-failed-subject = Your bank rejected a payment
email-bank-failed-message = Stripe couldn’t pay out the money from { $brand } to your bank.
email-bank-failed-next = The money is safe in your Stripe account. Check your bank details there, and Stripe will include it in its next payment.
email-bank-failed-button = Check bank details
email-bank-account-closed = The bank account is closed. Add a different one in Stripe.
email-bank-account-frozen = The bank account is frozen. Contact the bank, or add a different account in Stripe.
email-bank-account-restricted = The bank account can’t receive this kind of payment. Add a different one in Stripe.
email-bank-taken-over = The bank was taken over by another bank. Enter the new account details in Stripe.
email-bank-not-processed = The bank couldn’t process the payment. Stripe will try again once the account is confirmed.
email-bank-declined = The bank declined the payment. Contact the bank, or add a different account in Stripe.
email-bank-holder-name = The account holder’s name doesn’t match. Correct it in Stripe.
email-bank-holder-address = The account holder’s address doesn’t match. Correct it in Stripe.
email-bank-holder-tax-number = The account holder’s tax number doesn’t match. Correct it in Stripe.
email-bank-account-type = The account type (such as checking or savings) is wrong. Correct it in Stripe.
email-bank-no-account = The bank couldn’t find the account. Correct the account number in Stripe.
email-bank-account-number-length = The account number has too few or too many digits. Correct it in Stripe.
email-bank-currency = The bank account doesn’t accept this currency. Add a different one in Stripe.
email-bank-stripe-balance = The Stripe balance was too low. Stripe will try again.
email-bank-card = The debit card can’t receive payments. Add a bank account in Stripe.
# $reason is what Stripe says, in English.
email-bank-other = { $reason }

## To affiliates: their tax forms. $form is a form’s name, such as W-8BEN.

email-tax-why = You’re receiving this because { $brand } pays you as an affiliate. We never ask for tax IDs by email.
email-tax-consequence = Without one, your payouts may be delayed or tax may be withheld.
email-tax-sign-button = Sign new form
email-tax-rejected-subject = { $brand }: we couldn’t accept your { $form }
email-tax-rejected-message = We couldn’t accept your { $form } tax form.
email-tax-rejected-next = Please submit a new one. Until then, your payouts may be delayed or tax may be withheld.
email-tax-rejected-button = Submit new form
email-tax-expires-subject =
    { $days ->
        [one] { $brand }: your { $form } tax form expires in 1 day
       *[other] { $brand }: your { $form } tax form expires in { $days } days
    }
email-tax-expires-message = Your { $form } tax form is valid until { $day }. Signing a new one takes a few minutes.
email-tax-expired-subject = { $brand }: your { $form } tax form has expired
email-tax-expired-message = Your { $form } tax form was valid until { $day }.
email-tax-expired-next = Please sign a new one. Until then, your payouts may be delayed or tax may be withheld.
email-tax-needed-subject = { $brand }: please submit your tax form
email-tax-needed-message = We’ve paid you { $amount } in { $year } so far, and we don’t have a tax form from you yet.
email-tax-needed-forms = We need one to keep paying you: a { $us } if you’re a US person or company, otherwise a { $person } or { $company }. The portal asks a few questions to find the right one.
email-tax-needed-button = Submit tax form

## Billing of plans, to owners or the billing email. $tier is a plan, such as Growth. $organization is an organization’s name.

email-billing-why = You’re receiving this because you manage billing for { $brand }.
email-billing-manage-button = Manage billing
email-billing-choose-button = Choose a plan
email-billing-trial-card = Your card is charged when the trial ends. You can cancel anytime before.
email-billing-kept = Nothing is lost: your data stays, links keep working, and affiliates are still credited and paid.
email-billing-trial-started-subject = Your { $tier } trial has started
email-billing-trial-started-message = { $organization } can try { $tier } for free until { $day }.
email-billing-trial-ending-subject = Your trial ends on { $day }
email-billing-trial-ending-message = The trial of { $tier } for { $organization } ends on { $day }. The plan continues automatically.
email-billing-cardless-started-subject = Your free trial has started
email-billing-cardless-started-message = { $organization } can use all features except bulk invitations for free until { $day }.
email-billing-cardless-card = You need no card until then. Choose a plan to keep all features.
email-billing-cardless-ending-message = The free trial of { $organization } ends on { $day }. Choose a plan to keep all features.
email-billing-trial-expired-subject = Your trial has ended
email-billing-trial-expired-message = The trial for { $organization } has ended. Choose a plan to use all features again.
email-billing-payment-failed-subject = Your payment failed
email-billing-payment-failed-message = We couldn’t charge { $amount } for { $organization }. Please update your payment method.
email-billing-payment-failed-next = We’ll try again on { $day }. Until then, everything keeps working.
email-billing-payment-failed-last = We won’t try again automatically.
email-billing-payment-failed-button = Update payment method
email-billing-receipt-subject = Your receipt: { $amount }
email-billing-receipt-message = Thank you. We received { $amount } for { $organization }.
email-billing-receipt-number-label = Invoice
email-billing-receipt-button = View invoice
email-billing-plan-changed-subject = You’re now on { $tier }
email-billing-plan-changed-message = The plan of { $organization } changed from { $before } to { $tier }.
email-billing-plan-chosen-message = { $organization } is now on the { $tier } plan.
email-billing-cancelled-subject = Your subscription was canceled
email-billing-cancelled-message = You canceled the subscription of { $organization }. All features keep working until { $day }.
email-billing-ended-message = The subscription of { $organization } has ended.

## To a person who wants to enter the creator network.

email-creator-subject = Your sign-in link for the creator network
email-creator-why = You’re receiving this because someone entered your address to sign in to the creator network.
email-creator-message = Use this link to sign in to the creator network. It works once, within 24 hours.
email-creator-arrival-why = You’re receiving this because { $host } says that you want to apply to a program here. If that wasn’t you, ignore it.
email-creator-arrival = Use this link to apply to { $program } with your profile from { $host }. It works once, within 24 hours, and signs you in to the creator network. Nothing happens unless you open it.

## To a creator: a brand invited them to its program.

email-network-invitation-subject = { $brand } invites you to its affiliate program
email-network-invitation-why = You’re receiving this because your profile is listed in the creator network.
email-network-invitation-message = { $brand } invites you to { $program }, and writes:
email-network-invitation-button = See invitation
email-network-invitation-stop = The brand doesn’t know your address. On the same page you can mute it, or stop all invitations.
email-network-message-subject = New message from { $name }
email-network-message-why = You’re receiving this because you’re in contact with { $brand } in the creator network.
# $count is the number of messages that the recipient hasn't read; the last of them follows.
email-network-message =
    { $count ->
        [one] { $name } wrote to you:
       *[other] { $name } sent you { $count } messages. Here’s the latest:
    }
email-network-message-button = Read and answer
# Instead of a name, for creators whose profile the brand doesn't see.
email-network-message-creator = A creator
email-network-listed-subject = { $program } is now listed
email-network-listed-message = Creators can now find { $program } in the network. If you change its text, we’ll review it again.
email-network-listed-button = View listing
email-network-declined-subject = { $program } wasn’t listed
email-network-declined-message = We didn’t list { $program } in the network, for this reason:
email-network-paused-subject = { $program } is no longer listed
email-network-paused-message = { $program } is paused in the network, for this reason:
email-network-again = Once you’ve changed this, submit the listing again.
email-network-edit-button = Edit listing
