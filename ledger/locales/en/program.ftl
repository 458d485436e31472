# Texts of the public program pages, where people read what a program offers and apply.
# $brand and $program are names. What the brand wrote itself isn't translated: its headline, introduction, questions and terms.

# The locale for link previews (`og:locale`): a language and a country, such as de_DE.
program-locale = en_US
# Names the list of languages for screen readers.
program-languages = Language

## The offer.

# The headline of a page whose brand hasn't written one.
program-headline = Promote { $brand }
# For search engines and link previews; $offer is what the program pays, in whole phrases.
program-description = Join { $program }, the affiliate program of { $brand }. { $offer }
program-preview = This is a preview. Only your team can see it.
program-preview-back = Back to the editor
program-by = { $program } by { $brand }
program-apply-now = Apply now
# Names a section for screen readers.
program-introduction = Introduction
program-earn-title = What you earn
program-earn-later = { $brand } will share the details when they reply to your application.
program-discount = With your coupon code, customers get { $discount }.

program-steps-title = How it works
# Each step is a bold sentence, followed by a second one.
program-step-share = Share your link.
program-step-share-more = You’ll get your own link once you’re approved.
program-step-buy = People click it and buy.
program-step-buy-more =
    { $days ->
        [one] Purchases within 1 day of the click count.
       *[other] Purchases within { $days } days of the click count.
    }
program-step-earn = You earn a commission.
program-step-earn-more = See every click and sale in your portal.

# The calculator: a slider for the number of new customers, and what they earn.
program-calculator-title = What you could earn
program-calculator-customers = New customers in a month
program-calculator-first = From their first payments
program-calculator-year = In 12 months, if they all stay
# $price is an amount; the figures are an example.
program-calculator-basis = An example with customers who pay { $price } a month. Refunds aren’t included.

# A table: what on the left, how it is in this program on the right.
program-rewards-title = The program at a glance
program-rewards-earn = You earn
program-rewards-window = Purchases count
program-rewards-window-is =
    { $days ->
        [one] for 1 day after a click on your link
       *[other] for { $days } days after a click on your link
    }
program-rewards-model = If several affiliates refer the same person
program-rewards-model-is =
    { $model ->
        [first] the first affiliate earns
       *[last] the last affiliate earns
    }
program-rewards-later = Later purchases of your customers
program-rewards-later-is =
    { $binding ->
        [none] count only after another click
       *[customer] stay yours
    }
program-rewards-payable = Commissions become payable
program-rewards-payable-is =
    { $days ->
        [0] right away
        [one] 1 day after the sale
       *[other] { $days } days after the sale
    }

program-faq-title = Questions and answers
program-faq-credit = When does a sale count for me?
program-faq-later = Do I earn on later purchases?
program-faq-payable = When are commissions payable?
program-faq-cost = Does it cost anything to join?
program-faq-cost-answer = No, joining is free.
# $host is a site, such as youtube.com.
program-video-host = Opens { $host }
program-quotes-title = What people say

program-credit-window =
    { $days ->
        [one] You get credit when someone follows your link and buys within 1 day.
       *[other] You get credit when someone follows your link and buys within { $days } days.
    }
program-credit-several =
    { $model ->
        [first] If several affiliates referred the same buyer, the first one gets credit.
       *[last] If several affiliates referred the same buyer, the last one gets credit.
    }
program-credit-later =
    { $binding ->
        [none] Each purchase is credited separately.
       *[customer] Your customers stay yours: you earn on their later purchases too.
    }
program-credit-payable =
    { $days ->
        [0] Commissions become payable right away.
        [one] Commissions become payable 1 day after the sale, once the refund period has ended.
       *[other] Commissions become payable { $days } days after the sale, once the refund period has ended.
    }

program-terms-title = Terms
program-terms-version = Version { $version }, since { $date }

program-sign-in = Already an affiliate of { $brand }?
program-sign-in-link = Sign in

## The application form.

program-apply-title = Apply
program-apply-approved = You’ll be approved as soon as you confirm your email address.
program-apply-reviewed = { $brand } reviews every application and replies by email.
program-apply-within =
    { $days ->
        [one] { $brand } reviews every application and replies by email within 1 day.
       *[other] { $brand } reviews every application and replies by email within { $days } days.
    }
program-apply-known = You’re signed in as { $email }. We’ve filled in your name and email.
program-form-problems =
    { $count ->
        [one] Please fix 1 field. Your answers are saved.
       *[other] Please fix { $count } fields. Your answers are saved.
    }
# A field that people don't see; it catches programs that fill in every field.
program-form-honeypot = Leave this empty
program-form-terms = I accept the terms of { $brand }.
program-form-terms-link = Read the terms
program-form-send = Send application
program-form-storage = { $brand } receives and stores your answers to reply to you and to pay you.

# The questions of a new form, as long as the brand hasn't changed them. Promote us: recommend the brand.
program-form-label =
    { $question ->
        [email] Email
        [name] Full name
        [website] Website or channel
        [promotion] How will you promote us?
       *[alias] Link name
    }
program-form-hint =
    { $question ->
        [website] Your site, blog, channel or newsletter.
       *[alias] The last part of your link: 3 to 64 letters, digits or hyphens.
    }
# Stands behind the label of a question that may be left out.
program-form-optional = optional
program-form-choose = Choose…
program-form-country = Country
# $question is the label of a question for a phone number.
program-form-phone-code = { $question }: country code
program-form-address =
    { $part ->
        [street] Street and number
        [extra] Apartment, floor
        [city] City
        [region] State or region
       *[postcode] Postal code
    }

## Why a form was refused.

program-form-needs-answer = This field is required.
program-form-needs-consent = Check this box to continue.
program-form-needs-option = Choose an option.
program-form-needs-options = Choose at least one option.
program-form-needs-country = Choose a country.
program-form-needs-code = Choose the country code.
program-form-unknown-option = Choose one of these options.
program-form-too-long = Use at most { $most } characters.
program-form-answers-too-long = Your answers are too long in total. Shorten this one.
program-form-one-line = Enter this on one line.
program-form-control-characters = Remove any special control characters.
program-form-name-with-address = Enter your name without a web address, and add a space after each period.
program-form-not-email = Enter a valid email address, such as name@example.com.
program-form-disposable-email = Use a permanent email address. Disposable addresses aren’t accepted.
program-form-not-url = Enter a valid URL, such as https://example.com.
program-form-not-number = Enter a number.
# The date is sent in this form whatever the language.
program-form-not-date = Enter a date as YYYY-MM-DD.
program-form-not-phone = Enter a phone number, such as 555 0100.
program-form-not-alias = Use 3 to 64 letters, digits or hyphens.
program-form-alias-reserved = “{ $alias }” is reserved. Choose another link name.
program-form-alias-taken = This link name is taken. Choose another, or leave it empty.
program-form-terms-missing = Check the box to accept the terms.
program-form-terms-changed = The terms changed while you filled in the form. Read them again, then check the box.
program-form-too-fast = That was very fast. Check your answers and send the form again.
program-form-expired = This form expired. Send it again to submit your application.
program-form-sent-before = This form was already sent. To apply again, check your answers and send it once more.
program-form-busy = We’re getting a lot of applications right now. Try again in a few minutes.

## The page after an application.

# In the browser's tab.
program-thanks-tab = Thank you
program-thanks-title = Thank you for applying
program-thanks-inbox = Check your inbox: we’ve emailed you. If the email doesn’t arrive in a few minutes, check your spam folder.
program-thanks-next = What happens next
# For who is approved by confirming their address.
program-thanks-open = Open the email and confirm your address. That approves you and opens the portal, where you’ll find your link.
program-thanks-share = Share your link.
program-thanks-paid = In the portal, choose how you want to be paid and track your earnings.
# For who waits for a decision.
program-thanks-review = { $brand } reviews your application.
program-thanks-review-within =
    { $days ->
        [one] { $brand } reviews your application within 1 day.
       *[other] { $brand } reviews your application within { $days } days.
    }
program-thanks-email = You’ll get an email either way. If approved, it includes your link and portal access.
program-thanks-track = Share your link, and track your earnings in the portal.
# Links that share the program page; $program and $brand are names.
program-share-title = Know someone who’d like to join?
program-share-link = the page’s address
program-share-text = { $program } by { $brand }: recommend them and earn commissions.
program-share-email = Email
program-thanks-back = Back to { $program }

## Pages that stop emails, behind a link in each of them.

program-unsubscribe-title = Unsubscribe from these emails?
# $emails says which ones, such as the next message.
program-unsubscribe-message = You’ll stop getting these emails from { $brand }: { $emails }.
program-unsubscribe-commissions = Clicks and commissions
program-unsubscribe-button = Unsubscribe
program-unsubscribed-title = Unsubscribed
program-unsubscribed-message = We’ll stop emailing you about clicks and commissions, but not about your payouts and account.
program-invitations-title = Stop invitations?
program-invitations-message = Brands on Rekomi won’t be able to send you invitations anymore, or other emails before you’ve signed in. You’ll still get emails about programs you’re in and applications you send.
program-invitations-button = Stop invitations
program-invitations-stopped-title = You won’t get any more invitations
program-invitations-stopped-message = Brands on Rekomi can no longer invite you by email, or send you other emails before you’ve signed in. You’ll still get emails about programs you’re in, such as your earnings, and about applications you send.
program-invitations-stopped-link = Go to Rekomi

## Pages that say what went wrong.

program-error-title =
    { $problem ->
        [missing] Page not found
        [denied] Access denied
        [busy] Temporarily unavailable
        [too-many] That didn’t work
        [refused] That didn’t work
       *[broken] Something went wrong
    }
program-error-message =
    { $problem ->
        [missing] There’s nothing at this address. Check the URL.
        [denied] You don’t have access to this page.
        [busy] The service is busy or restarting. Nothing was changed. Try again shortly.
        [too-many] Too many requests. Wait a minute, then try again.
        [refused] Check your entries, then try again.
       *[broken] Something went wrong on our side. Try again later.
    }
program-error-back = Go back
program-error-search = Search
program-error-dashboard = Go to the dashboard
program-error-portal = Go to the affiliate portal

## The question about the recruiter.

program-form-recruiter = Who referred you to us?
program-form-recruiter-hint = The name or link name of one of our affiliates. They may earn a share of what you earn, and you still earn the full amount.
program-form-recruiter-name = They may see my name
