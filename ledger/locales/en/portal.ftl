# Texts of the affiliate portal.

## The frame around every page.

portal-menu = Menu
portal-menu-label = Portal
portal-menu-shortcuts = Shortcuts
portal-menu-home = Home
portal-menu-links = Links
portal-menu-sales = Sales
portal-menu-payouts = Payouts
portal-menu-tax = Tax form
portal-menu-assets = Assets
portal-menu-recruits = Recruit
portal-menu-claims = Missing sales
portal-menu-rewards = Rewards
portal-menu-profile = Profile
portal-menu-contact = Contact { $brand }
portal-brand = Brand
portal-switch = Switch
# The email address follows.
portal-account = Account:
portal-sign-out = Sign out

## The app without a connection.

portal-offline-title = You’re offline
portal-offline-hint = The portal shows your current figures, so it needs a connection.
portal-offline-again = Try again

## Home.

portal-home-title = Home
portal-home-hi = Hi { $name }
portal-home-next-steps = Next steps
portal-home-add-method = Add a payout method so { $brand } can pay you. It takes a few minutes.
portal-home-set-up-payouts = Set up payouts
# $notice says what happens without a form: portal-tax-without-….
portal-home-tax-form = Tax form: { $notice }
portal-home-your-link = Your link
portal-home-all-links = All links
portal-home-figures = Key figures
portal-home-earned = Total earned
portal-home-earned-note = on hold, payable and paid
portal-home-sales = Sales and leads
portal-home-sales-note = you referred
portal-home-clicks = Clicks
portal-home-clicks-note = on your links
portal-home-earnings = Recent earnings
portal-home-recent = Recent activity
portal-home-chart-clicks = Clicks
portal-home-chart-earned = Earned, { $currency }
portal-home-chart-nothing = Earned
portal-home-no-earnings = No earnings in this period.
# $link is the next message, as a link.
portal-home-no-earnings-hint = Share { $link } to earn a commission on every sale you refer.
portal-home-no-earnings-link = your link

## The program's terms.

portal-terms-title = Program terms
portal-terms = Terms
portal-terms-read = Please read and accept the terms of { $brand }’s affiliate program.
# $version is a version's name, such as "partners v2".
portal-terms-version = { $version }, since { $day }
portal-terms-accept = I accept the terms of { $brand }’s affiliate program
portal-terms-submit = Accept terms
portal-terms-accepted = You accepted the terms of { $brand }’s affiliate program on { $day }.
portal-terms-accepted-version = You accepted the terms of { $brand }’s affiliate program ({ $version }) on { $day }.
portal-terms-current = Current terms
portal-terms-withdrawn = You withdrew your acceptance of { $brand }’s affiliate program terms. To accept them again, contact { $brand }.
portal-terms-unchecked = Check the box to accept the terms.
portal-terms-changed = The terms have changed. Please read and accept the new version.

## The balance.

portal-balance-title = Your balance
portal-balance-nothing = Nothing earned yet.
portal-balance-nothing-hint = Your earnings will appear here after your first sale.
portal-balance-on-hold = On hold
portal-balance-on-hold-note = earned, waiting for the hold period to end
portal-balance-on-hold-next = next payable { $day }
portal-balance-payable = Payable
portal-balance-in-payout = In payout
portal-balance-in-payout-note = on its way to you
portal-balance-paid = Paid
portal-balance-paid-note = so far
portal-balance-left = Settled elsewhere
portal-balance-left-note = by the platform that the brand moved from
portal-balance-withheld = Withheld
portal-balance-withheld-note = for tax
# A date follows, in bold.
portal-balance-next = Next payout:
portal-balance-no-next = { $brand } hasn’t scheduled the next payout.
# When the payable amount is paid. These follow the amount, so they aren't whole sentences.
portal-balance-when-next = in the next payout
portal-balance-when-withheld = in the next payout, minus 24% backup withholding
portal-balance-when-withheld-form = in the next payout, minus 24% backup withholding until you submit a tax form
portal-balance-when-not-approved = not paid while you aren’t an approved affiliate
portal-balance-when-after-payout = after the payout that’s on its way
portal-balance-when-upcoming = in an upcoming payout
portal-balance-when-overpaid = overpaid: deducted from your next earnings
portal-balance-when-held = payouts on hold: ask the brand why
portal-balance-when-minimum = carried over until it reaches { $minimum }
portal-balance-when-no-method = ready: add a payout method to receive it
portal-balance-when-account = waiting until your Stripe account can receive it
portal-balance-when-no-form = waiting for a valid tax form from you
portal-balance-add-method = Add payout method
portal-balance-see-missing = See what’s missing
portal-balance-submit-form = Submit tax form

## Links and coupons.

portal-links-title = Links
portal-links-created = Link created. It works within seconds.
portal-links-yours =
    { $count ->
        [one] Your link
       *[other] Your links
    }
portal-links-none = No links yet.
portal-links-none-hint = { $brand } will create one for you.
# $page is an address without https://.
portal-links-goes-to = { $program }, goes to { $page }
# The number stands before it, in bold.
portal-links-clicks =
    { $count ->
        [one] click
       *[other] clicks
    }
portal-links-conversions =
    { $count ->
        [one] conversion
       *[other] conversions
    }
portal-links-rate = { $rate } conversion rate
portal-links-rate-about = Conversion rate: customers’ first sales divided by clicks.
portal-links-qr = QR code (SVG)
portal-links-qr-of = QR code (SVG) of { $link }
portal-links-qr-png = QR code (PNG)
portal-links-qr-png-of = QR code (PNG) of { $link }
portal-links-open = Open link
portal-links-open-of = Open link { $link } in a new tab
portal-links-earn = What you earn
portal-links-payable-now = Payable immediately.
portal-links-payable =
    { $days ->
        [one] Payable 1 day after each sale, once the refund period ends.
       *[other] Payable { $days } days after each sale, once the refund period ends.
    }
portal-links-build = Link to any page
portal-links-build-hint = Paste the URL of any page on { $brand }’s site to get your own link to it.
portal-links-page = Page URL
portal-links-page-hint = For example, the pricing page or a product.
portal-links-get = Get link
# Shown while a page is typed. $hosts is a list of sites.
portal-links-preview-new = This page gets its own link.
portal-links-preview-elsewhere = That page isn’t on { $hosts }.
portal-links-ready = Your link to that page
portal-links-qr-picture = QR code of { $link }
portal-links-track = Track it separately
portal-links-create-title = Create a link to that page
portal-links-label = Link label
portal-links-label-hint = For example, newsletter or video-12. Becomes part of the link, with its own clicks and sales.
portal-links-create = Create link
portal-links-coupons = Coupons
portal-links-no-coupons = No coupons yet.
portal-links-no-coupons-hint = Ask { $brand } for a coupon code to share with your audience.
portal-links-coupons-hint = You earn on every order that uses one of your codes, even without a click on your link.
portal-coupons-discount = Customers get { $discount }.
portal-coupons-waiting = It’s being created. You can share it in a few minutes.
portal-coupons-refused = This code isn’t available. Choose another one.
# $program is the program's name.
portal-coupons-choose = Choose your code for { $program }
portal-coupons-code = Your code
portal-coupons-code-hint = Letters and digits. You can choose one code, and it can’t be changed later.
portal-coupons-request = Create code
portal-coupons-requested = Your code is being created.
# What is wrong with a code.
portal-coupons-misspelled = Use { $least } to { $most } letters (A to Z) and digits, without spaces.
portal-coupons-reserved = This code is reserved. Choose another one, such as your name with a number.
portal-coupons-taken = This code is already taken. Choose another one.
portal-coupons-has-one = You already have a code in this program.
portal-coupons-too-many = You’ve tried too many codes today. Try again tomorrow.
portal-coupons-not-offered = You can’t choose a code in this program at the moment.
# What is wrong with a page or a label.
portal-links-not-url = Enter the page’s full URL, such as https://brand.com/pricing.
# $hosts is a list of sites: "acme.com or acme.shop".
portal-links-other-site = Enter a page on { $hosts }. Only purchases there earn commission.
portal-links-any-site = the brand’s site
portal-links-limit = You’ve reached the limit of { $count } links.
portal-links-label-wrong = Use letters, digits and hyphens, such as newsletter.
portal-links-label-taken = You already have a link with this label. Choose another.

## Sharing a link.

portal-share = Share
portal-share-of = Share { $link }
portal-share-email = Email
# Posted beside the link. Advertising has to be marked as such.
portal-share-text = Take a look at { $brand }. #ad
portal-share-email-subject = Take a look at { $brand }
portal-share-email-body =
    I think you’ll like { $brand }: { $link }

    If you buy something through this link, I earn a commission.

## The affiliate's public page of links.

portal-page-title = Link page
portal-page-about = One public page with your links and codes, for profiles with room for a single link.
portal-page-hint = Your page’s address. It works while the page is on.
portal-page-set-up = Set up link page
portal-page-open = Open page
portal-page-on = Show my page
portal-page-on-hint = While it’s on, the site of { $brand } may also name you to people who follow your links.
portal-page-introduction = Introduction
portal-page-introduction-hint = A line under your name, without links.
portal-page-introduction-wrong = Use at most { $count } characters on one line, without links or email addresses.
portal-page-items = Links and codes, up to 10
portal-page-items-wrong = Choose at most { $count }.
portal-page-none = No link page yet.
portal-page-none-hint = It needs a public program page of { $brand }.
portal-page-code = Code for { $program }
# On the public page: advertising has to be marked as such.
portal-page-ad = Advertising: { $name } earns a commission from { $brand } on what you buy through these links and codes.

## Sales.

portal-sales-title = Sales
portal-sales-view = View
portal-sales-earnings = Earnings
portal-sales-clicks = Clicks
portal-sales-yours = Your earnings
portal-sales-kind-all = All
portal-sales-kind-sales = Sales
portal-sales-kind-renewals = Renewals
portal-sales-kind-leads = Leads
portal-sales-kind-clicks = Clicks
portal-sales-kind-other = Bonuses
portal-sales-status-all = All statuses
portal-sales-status-on-hold = On hold
portal-sales-status-payable = Payable
portal-sales-status-paid = Paid
portal-sales-status-refunded = Refunded
portal-sales-imported = { $kind }, imported
portal-sales-none-matching = No matching earnings in this period.
portal-sales-none = No earnings in this period.
portal-sales-view-all = View all recent earnings
# $link is the next message, as a link.
portal-sales-share = Share { $link }.
portal-sales-share-link = your link
# $link is the next message, as a link.
portal-sales-missing = Missing a sale? { $link }.
portal-sales-missing-link = Ask { $brand } about it
portal-sales-date = Date
portal-sales-type = Type
portal-sales-amount = Sale amount
portal-sales-earn = You earn
portal-sales-status = Status
portal-sales-receipt = Receipt
portal-sales-receipt-of = Receipt for { $amount }, { $when }
# $zone is a time zone, such as Europe/Berlin.
portal-sales-note = Times are in { $zone }. Customer details are private.
portal-sales-buyer = Customer
# $code is four digits that tell customers apart: "7F3A".
portal-sales-customer = Customer { $code }
# Beside a status, with a date.
portal-sales-payable-on = payable { $day }
portal-sales-since = since { $day }
portal-sales-paid-on = on { $day }
portal-sales-statement = Monthly statement
portal-sales-statement-month = Month
# A month’s name and its year.
portal-sales-month = { $month } { $year }
# What a commission's status means.
portal-sales-on-hold = On hold
portal-sales-deducted = Deducted
portal-sales-deducted-next = Deducted from your next payout.
portal-sales-deducted-paid = Deducted from a payout.
portal-sales-on-its-way = In payout
portal-sales-on-its-way-why = Included in a payout that’s on its way.
portal-sales-payable = Payable
portal-sales-payable-why = Included in your next payout.
portal-sales-paid = Paid
portal-sales-paid-why = Paid out to you.
portal-sales-left = Settled elsewhere
portal-sales-left-why = The brand left it to the platform that it moved from. It isn’t paid here.
portal-sales-refunded = Refunded
portal-sales-refunded-sale = The customer got a refund, so there’s no commission.
portal-sales-reversed = It was reversed.
portal-sales-not-credited = Not credited
portal-sales-denied = The brand denied it.
portal-sales-denied-sale = The brand denied it or credited someone else.
# $why is another of these sentences.
portal-sales-overpaid = { $why } The overpaid amount will be deducted from your next payout.
portal-sales-review-sale = The brand is reviewing this sale.
portal-sales-review = The brand is reviewing it.
portal-sales-review-first = The brand is reviewing the customer’s first sale.
portal-sales-disputed = The customer disputed the payment. On hold until that’s decided.
portal-sales-hold-over = The hold is over. It will be payable within a minute.
portal-sales-held-until = On hold until { $until }.
portal-sales-held-days =
    { $days ->
        [one] On hold until { $until }, 1 day after the sale, in case of a refund.
       *[other] On hold until { $until }, { $days } days after the sale, in case of a refund.
    }

## One sale.

# What earned the commission, and when.
portal-sale-title = { $kind }, { $when }
portal-sale-all = All earnings
portal-sale-originally = Originally { $amount }.
portal-sale-given-back = Refunded to the customer: { $amount }.
portal-sale-how = How you earned it
portal-sale-program = Program
portal-sale-excluding-tax = excluding tax
portal-sale-attribution = Attribution
portal-sale-rate = Your rate
portal-sale-reason = Reason
portal-sale-hold-ends = Hold ends
portal-sale-calculation = Calculation
portal-sale-activity = Your activity
portal-sale-timeline = Timeline
# $link is the next message, as a link.
portal-sale-wrong = Customer details are private. Something look wrong? { $link }.
portal-sale-ask = Ask { $brand }
# Why it's credited to the affiliate.
portal-sale-no-longer = The sale is no longer credited to you.
portal-sale-by-brand = The brand credited it to you manually.
portal-sale-by-customer = You referred this customer, so you also earn on their later purchases.
portal-sale-by-coupon = The customer used your coupon.
portal-sale-by-click = The customer clicked your link.
portal-sale-by-slug = The sale was reported with your link name.
portal-sale-by-lead = You referred this customer earlier as a lead.
portal-sale-by-other = It’s credited to you.
portal-sale-by-recruit = Someone you recruited earned a commission of { $amount }, and you earn { $percent } of it.
portal-sale-click-on = Click on { $link }
portal-sale-click = Click on your link
portal-sale-coupon = Your coupon
portal-sale-coupon-code = Your coupon { $code }
portal-sale-slug = Your link name on the sale
# The timeline: what happened with which amount, and what comes next.
portal-sale-step = { $what }: { $amount }
portal-sale-step-earned = Earned
portal-sale-step-reversed = Reversed
portal-sale-step-payable = Became payable
portal-sale-step-held = Put back on hold
portal-sale-step-reserved = Added to a payout
portal-sale-step-voided = Payout canceled
portal-sale-step-returned = Payment returned
portal-sale-step-offset = Offset by a payout
portal-sale-step-paid = Paid out
portal-sale-step-left = Left to another platform
portal-sale-step-moved = Moved
portal-sale-becomes-payable-decided = Becomes payable once that’s decided
portal-sale-becomes-payable = Becomes payable
portal-sale-in-next-payout = Included in your next payout

## Clicks.

portal-clicks-title = Clicks
portal-clicks-on-links = Clicks on your links
portal-clicks-none = No clicks in this period.
# $link is the next message, as a link.
portal-clicks-none-hint = Share { $link } to get your first clicks. Bots and link previews aren’t counted.
portal-clicks-none-link = your link
portal-clicks-date = Date
portal-clicks-link = Link
portal-clicks-source = Source
portal-clicks-country = Country
portal-clicks-device = Device
portal-clicks-direct = Direct
# $zone is a time zone, such as Europe/Berlin.
portal-clicks-note = Times are in { $zone }. Bots and link previews aren’t counted, and visitors stay anonymous.

## Profile.

portal-profile-title = Profile
portal-profile-saved = Changes saved.
portal-profile-name-saved = Name updated.
portal-profile-slug-saved = Link name updated. Your old links stop working within seconds.
portal-profile-language-saved = Language changed.
portal-profile-save = Save changes
portal-profile-you = You
portal-profile-name = Name
portal-profile-name-hint = Shown to the brand.
portal-profile-name-wrong = Enter your name: 1 to { $max } characters.
portal-profile-email = Email
portal-profile-email-hint = We send your sign-in links here. To change it, contact { $brand }.
portal-profile-terms = Terms
portal-profile-terms-accepted = Accepted on { $day }
portal-profile-terms-withdrawn = Withdrawn
# A link follows.
portal-profile-terms-open = Not accepted yet.
portal-profile-terms-review = Review terms
portal-profile-language = Language
portal-profile-language-hint = For the portal and our emails to you.
portal-profile-language-wrong = Choose one of the languages.
portal-profile-slug = Link name
# $slug is shown in bold.
portal-profile-slug-now = Your links include { $slug }.
portal-profile-slug-changed = You changed it on { $day }. You can only do this once; to change it again, contact { $brand }.
portal-profile-slug-change = Change (one time only)
portal-profile-slug-ask = Change your link name?
portal-profile-slug-warning = Links you’ve already shared will stop working. Your coupons won’t change.
portal-profile-slug-new = New link name
portal-profile-slug-hint = 3 to 64 letters, digits or hyphens. You can’t change it again.
portal-profile-slug-submit = Change link name
portal-profile-slug-once = You’ve already changed it once. Ask the brand to change it again.
portal-profile-slug-same = Your links already use this name. Enter a different one.
portal-profile-slug-too-long = This name is too long for one of your links. Enter a shorter one.
portal-profile-slug-taken = Another link or affiliate has this name.
portal-profile-slug-wrong = Must be 3 to 64 letters, digits, hyphens or underscores.
portal-profile-slug-reserved = Must not be { $slug }, because link hosts use that path themselves.
portal-profile-emails = Email notifications
# The next three continue it.
portal-profile-emails-when = Email me when
portal-profile-emails-first-click = Someone clicks your link for the first time
portal-profile-emails-commission = You earn a commission
portal-profile-emails-payout = A payout is sent to you
portal-profile-emails-always = You’ll always get essential emails: sign-in links, answers to your claims, and what we need for your payouts.
portal-profile-sessions = Sessions
portal-profile-sessions-hint = Lost a device, or used a shared one? Sign out everywhere, including here, and request a new sign-in link.
portal-profile-sign-out = Sign out everywhere
portal-too-often = Too many requests. Wait a minute, then try again.

## Assets.

portal-assets-title = Assets
portal-assets-hint = Images, text and links from { $brand } to help you promote
portal-assets-none = No assets yet.
# $link is the next message, as a link.
portal-assets-none-hint = Images, text and links from { $brand } will appear here. Meanwhile, share { $link }.
portal-assets-none-link = your link
portal-assets-download = Download
portal-assets-download-of = Download { $title }
portal-assets-program = For { $program }
portal-assets-kit = Download all (ZIP)
portal-assets-texts = Ready-to-use text
portal-assets-post = Post

## Claims about missing sales.

portal-claims-title = Missing sales
portal-claims-report = Report a missing sale
portal-claims-sent = Claim sent. { $brand } will reply by email.
portal-claims-yours = Your claims
portal-claims-none = No claims yet.
# $link is portal-sales-title, as a link.
portal-claims-none-hint = If someone bought through you and the sale isn’t under { $link }, report it to { $brand }.
portal-claims-open = Open
portal-claims-credited = Credited
portal-claims-rejected = Not credited
portal-claims-ordered = Ordered on { $day }. Sent on { $sent }.
portal-claims-ordered-number = Ordered on { $day }, order number { $number }. Sent on { $sent }.
portal-claims-answered = { $brand }, { $day }
portal-claims-reviewing = { $brand } is reviewing it.
portal-claims-all = All claims
portal-claims-order = Order details
portal-claims-order-hint = Sales usually appear within minutes after the payment goes through. { $brand } will review your claim and reply by email.
portal-claims-date = Order date
portal-claims-bought = What was bought
portal-claims-number = Order number
portal-claims-number-hint = As shown on the customer’s receipt.
portal-claims-email = Customer’s email
portal-claims-email-hint = Only if they agreed to share it. We use it to find the sale, then delete it.
portal-claims-note = Anything else
portal-claims-note-hint = For example, where you shared the link.
portal-claims-send = Send claim
# What is wrong with a field.
portal-claims-date-wrong = Enter the order date, such as 2026-11-20.
portal-claims-date-future = Enter a date that isn’t in the future.
portal-claims-date-old = That’s more than a year ago. Contact the brand about it.
portal-claims-bought-wrong = Enter what was bought (1 to { $max } characters).
portal-claims-number-wrong = Enter the order number (1 to { $max } characters).
portal-claims-email-wrong = Enter a valid email address, such as name@brand.com.
portal-claims-needs-one = Enter the order number or the customer’s email so the sale can be found.
portal-claims-note-wrong = Write at most { $max } characters of plain text.
portal-claims-too-many = You’ve sent { $count } claims today. Send the next one tomorrow.

## Signing in.

portal-enter-title = Welcome
portal-enter-hint = Continue to { $brand }’s affiliate portal. This link works once.
portal-enter-go = Go to the portal
# An email of another brand led here.
portal-open-title = Switch brands?
portal-open-hint = The page you opened is in { $brand }’s portal. You’re in { $here }’s now.
portal-open-go = Switch to { $brand }
portal-link-title = Affiliate portal
portal-link-hint = Enter your email and we’ll send you a sign-in link.
portal-link-email = Email
portal-link-send = Send sign-in link
# A sign-in link that was cut off.
portal-link-incomplete = This link is incomplete
portal-link-incomplete-hint = Part of the link is missing. Open it from the email again, or enter your email and we’ll send you a new one.
portal-link-spent = This link no longer works
portal-link-spent-hint = Sign-in links work once and expire after a while. We can send a new one to the same email.
portal-link-send-new = Send new link
portal-link-other = Use another email
portal-link-sent-hint = If you’re an affiliate, we’ve emailed you a sign-in link. It works once, within 24 hours.
portal-link-back = Back

## Payouts.

portal-payouts-title = Payouts
portal-payouts-history = Payout history
portal-payouts-none = No payouts yet.
portal-payouts-none-hint = Each payout from { $brand } will appear here with its receipt.
portal-payouts-date = Date
portal-payouts-amount = Amount
portal-payouts-status = Status
portal-payouts-what-next = What happens next
portal-payouts-next = Next
portal-payouts-receipt = Receipt
portal-payouts-receipt-of = Receipt for { $day }, { $amount }
portal-payouts-pdf-of = Receipt for { $day }, { $amount }, PDF
portal-payouts-older = Older payouts
portal-payouts-by-year = By year
portal-payouts-statement = Statement for { $year }
portal-payouts-all = All payouts

## One payout's receipt.

portal-receipt-title = Payout { $id }
portal-receipt-from = { $amount } from { $brand }
portal-receipt-test-mode = Test mode: nothing on this page is real, and no money moved.
# The notice where a payout isn't simply paid. $why is empty, or a sentence with a space before it.
portal-receipt-not-paid = Not paid yet. { $amount } is in a payout run. This is a preview of the receipt.
portal-receipt-not-confirmed = Not confirmed yet. The payment service hasn’t confirmed { $amount }. We’re checking before anything is sent again.
portal-receipt-failed = Failed. Nothing was sent, and the full amount is payable again.{ $why }
portal-receipt-reversed = Reversed. { $amount } was sent and returned in full. The full amount is payable again.{ $why }
portal-receipt-partly-reversed = Partly reversed. { $returned } of { $amount } was returned and is payable again.{ $why }
# $reason is what the bank says.
portal-receipt-rejected = Paid, but rejected by the recipient’s bank: { $reason } The money is in the payment account.
portal-receipt-details = Details
portal-receipt-brand = From
portal-receipt-to = To
portal-receipt-payout = Payout
portal-receipt-affiliate = Affiliate
portal-receipt-earned = Earned
portal-receipt-method = Payout method
portal-receipt-paid-to = Paid to
portal-receipt-created = Created on
portal-receipt-paid = Paid on
portal-receipt-transfer = Transfer
portal-receipt-reference = Reference
portal-receipt-commissions = Commissions
portal-receipt-no-commissions = No commissions yet.
portal-receipt-no-commissions-hint = They will appear here once the payout is prepared.
portal-receipt-program = Program
portal-receipt-source = Source
portal-receipt-amount-in = Amount, { $currency }
portal-receipt-reversal = Reversal: { $what }
portal-receipt-net = Net amount
portal-receipt-gross = Commissions, net of reversals
portal-receipt-withheld = Tax withheld
portal-receipt-returned = Returned
portal-receipt-will-receive = You will receive
portal-receipt-received = You received
portal-receipt-note = { $brand } pays its affiliates from its own account. Dates are in { $zone }. This is a receipt, not a tax document or an invoice.
portal-receipt-pdf = Download receipt (PDF)

## The payouts of a year.

portal-year-title = Payouts from { $brand } in { $year }
portal-year-unfinished = { $year } isn’t over yet.
portal-year-unfinished-day = { $year } isn’t over yet. Last updated { $day }.
portal-year-none = No payouts in { $year }.
# $link is the next message, as a link.
portal-year-none-hint = See { $link } for what’s on the way.
portal-year-none-link = your payouts
portal-year-in-currency = { $amount } in { $currency }
portal-year-month = Month
portal-year-payouts = Payouts
portal-year-commissions = Commissions
portal-year-withheld = Tax withheld
portal-year-returned = Returned
portal-year-received = Received
portal-year-total = Year
portal-year-january = January
portal-year-february = February
portal-year-march = March
portal-year-april = April
portal-year-may = May
portal-year-june = June
portal-year-july = July
portal-year-august = August
portal-year-september = September
portal-year-october = October
portal-year-november = November
portal-year-december = December
portal-year-note = This statement isn’t a tax document. It lists payments and returns by date in the brand’s time zone. Your bank’s dates, exchange rates and fees may differ. If the law requires a tax form such as Form 1099-NEC, the brand sends it separately.
portal-year-pdf = Download PDF

## How an affiliate is paid.

portal-setup-title = Payout method
portal-setup-ready = Set up
portal-setup-not-ready = Not set up
portal-setup-saved = Payout method saved. It applies from your next payout.
portal-setup-saved-stripe = Payout method saved. You’ll be paid through Stripe from your next payout.
portal-setup-back = Welcome back. Here’s your current status on Stripe:
portal-setup-checked = Status updated. Here’s your current status on Stripe:
portal-setup-over = Choose your country again.
portal-setup-current = Current method: { $method }
# $hint is a masked address or account, in bold.
portal-setup-pays = { $brand } pays you by { $method } to { $hint }.
portal-setup-bank-transfer = Bank transfer
portal-setup-company = { $country }, company
portal-setup-individual = { $country }, individual
portal-setup-to-do = To do
portal-setup-later = Needed later
portal-setup-extra-day = In your country, Stripe payments take one extra day to arrive.
portal-setup-continue = Continue on Stripe
portal-setup-dashboard = Open Stripe dashboard
portal-setup-check = Check status
portal-setup-switch-back = Switch back to Stripe
portal-setup-wrong-country = Wrong country?
portal-setup-wrong-country-hint = You can’t change the country of a Stripe account. Nothing has been paid to this one yet, so you can start over with a new account.
portal-setup-over-ask = Start over with a new Stripe account?
portal-setup-start-over = Start over
# A time follows, as <time>.
portal-setup-checked-at = Checked { $when }.
portal-setup-stripe-hint = The fastest option: Stripe pays straight to your bank account. Setup takes a few minutes. Have your bank details and an ID ready. { $brand } never sees them.
portal-setup-country = Country of your bank account
portal-setup-country-hint = You can’t change this later.
portal-setup-country-wrong = Choose the country of your bank account.
portal-setup-choose = Choose…
portal-setup-entity = Account type
portal-setup-entity-individual = Individual or sole proprietor
portal-setup-entity-company = Company
portal-setup-entity-wrong = Choose individual or company.
portal-setup-to-stripe = Continue to Stripe
portal-setup-to-stripe-hint = You’ll continue on Stripe’s website. It brings you back here when you’re done.
portal-setup-no-country = Don’t see your country? Choose another method below.
portal-setup-other = Other methods
portal-setup-choose-method = Choose a method
portal-setup-other-hint = { $brand } sends these payments manually or in batches. Your details are stored encrypted, and we email you whenever they change.
portal-setup-account-email = Email address of your { $method } account
portal-setup-use = Use { $method }
portal-setup-use-bank-transfer = Use bank transfer
portal-setup-holder = Account holder
portal-setup-account = Bank account
portal-setup-account-hint = IBAN and BIC, or account number, bank code and bank name. One per line.
portal-setup-rail-wrong = Choose one of the payout methods on this page.
# The status of an account at Stripe, in a word or two and in a sentence.
portal-account-creating = being created
portal-account-onboarding = not finished
portal-account-checking = in review
portal-account-ready = ready
portal-account-restricted = action needed
portal-account-closed = closed
portal-account-creating-hint = Stripe is creating the account. This takes about a minute.
portal-account-onboarding-hint = Stripe needs some details from you before you can be paid.
portal-account-checking-hint = Stripe is checking your details. There’s nothing you need to do right now.
portal-account-ready-hint = You’re ready to be paid.
portal-account-restricted-hint = Stripe can’t pay you until you complete the steps below.
portal-account-closed-hint = Stripe closed this account. Set up a new one, or choose another payout method.
portal-account-left = This account was replaced by another one.
portal-account-switched = The brand switched to another Stripe account. Set up a new one.
portal-account-disconnected = The account is no longer connected to the brand. Set up a new one.
# $reason is what Stripe says, in English.
portal-account-refused = Stripe didn’t create the account: { $reason }
# Why Stripe disabled an account.
portal-account-disabled-details = Stripe needs more details before it can pay.
portal-account-disabled-checking = Stripe is checking the details.
portal-account-disabled-review = Stripe is reviewing the account.
portal-account-disabled-listed = Stripe is checking the account against restricted-party lists.
portal-account-disabled-paused = The brand paused this Stripe account.
portal-account-disabled-fraud = Stripe closed the account: suspected fraud.
portal-account-disabled-terms = Stripe closed the account: terms violation.
portal-account-disabled-person = Stripe closed the account: it can’t pay this person.
portal-account-disabled-verification = Stripe closed the account: verification failed.
portal-account-disabled-closed = Stripe closed the account.
portal-account-disabled-other = Stripe disabled the account. Contact Stripe support for the reason.

## The tax form. The forms themselves are in English, as those of the IRS are.

portal-tax-title = Tax form
portal-tax-yours = Your tax form
portal-tax-status = Status
portal-tax-number = number ends in { $hint }
portal-tax-changed = Has your name, address or country changed? Submit a new form below within 30 days. It replaces this one.
portal-tax-none = No tax form yet.
# $notice is one of the next three.
portal-tax-none-hint = { $notice } It takes about five minutes.
portal-tax-without-warn = { $brand } asks everyone it pays for a tax form. You can still be paid in the meantime.
portal-tax-without-hold = { $brand } needs one before it can pay you.
portal-tax-without-withhold = Without one, { $brand } has to withhold 24% of your payouts.
portal-tax-find = Find your form
# $form is a form's name, such as W-9, in bold, and $whose one of the next three.
portal-tax-need = You need form { $form }, for { $whose }.
portal-tax-whose-us = U.S. people and companies
portal-tax-whose-person = people outside the United States
portal-tax-whose-entity = companies and other entities outside the United States
portal-tax-fill-in = Fill in { $form }
# $link is the next message, as a link.
portal-tax-upload = Your form is valid as soon as you sign it. Or { $link }, which { $brand } has to review first.
portal-tax-upload-link = upload a signed PDF
portal-tax-other-person = Because you work in the United States but aren’t a U.S. person, you need Form 8233, W-4 or W-8ECI, which can’t be submitted here. Contact the brand before you continue.
portal-tax-other-entity = Because your company works in the United States, it usually needs Form W-8ECI, which can’t be submitted here. Contact the brand before you continue.
portal-tax-answers = Change your answers
portal-tax-unfinished = Answer all three questions.
portal-tax-us-person = Are you a citizen or resident of the United States, or a company organized there?
portal-tax-yes = Yes
portal-tax-no = No
portal-tax-entity = Who gets paid?
portal-tax-entity-person = An individual, under their own name
portal-tax-entity-company = A company or other entity
portal-tax-works = Is any of the work done in the United States?
portal-tax-show = Show my form
# Links to the three forms follow.
portal-tax-known = Already know your form?
portal-tax-no-advice = This isn’t tax advice. The questions follow the IRS instructions.
portal-tax-submitted = Submitted forms
portal-tax-open = Open PDF
portal-tax-signed = signed { $signed }, submitted { $submitted }
portal-tax-too-many = You’ve submitted too many forms today. Try again tomorrow, or ask the brand whether your last one is OK.
# A form's status, in a word or two and in a sentence.
portal-tax-waiting = Waiting for review
portal-tax-waiting-hint = The brand is reviewing it. You’ll get an email if anything is missing.
portal-tax-valid = On file
portal-tax-valid-hint = Valid until something on it changes.
portal-tax-valid-until = Valid until { $day }, or until something on it changes.
portal-tax-expired = Expired
portal-tax-expired-hint = This form has expired. Please sign a new one.
portal-tax-rejected = Rejected
# $reason is the brand's, or the next message.
portal-tax-rejected-hint = { $reason } Please submit a new form.
portal-tax-rejected-reason = The brand couldn’t accept this form.
portal-tax-replaced = Replaced
portal-tax-replaced-hint = Replaced by a newer form.

## Rewards: milestones, contests and bounties. $gift is what is given: "$50.00", "the segment gold".

portal-rewards-title = Rewards
portal-rewards-hint = What { $brand } gives you on top of your commissions.
portal-rewards-open = What you can earn
portal-rewards-none = No rewards right now.
portal-rewards-none-hint = When { $brand } offers a reward, you’ll find it here.
portal-rewards-gift = You get: { $gift }
portal-rewards-until = Until { $day }
# $rest is what is missing: "3 sales".
portal-rewards-to-go = { $rest } to go
portal-rewards-to-go-until = { $rest } to go by { $day }
portal-rewards-reached = You’ve reached it.
# The place in a contest; $value is "12 sales".
portal-rewards-place = You’re number { $place }, with { $value }.
portal-rewards-place-until = You’re number { $place }, with { $value }. It ends on { $day }.
portal-rewards-uncounted = There are too many sales to find the places right now. What you earn isn’t affected.
portal-rewards-progress = Progress
portal-rewards-takes-back = If refunds undo it, the amount is deducted.
portal-rewards-submit = Submit proof
portal-rewards-submit-of = Submit proof for { $title }
portal-rewards-yours = Your rewards
portal-rewards-yours-none = Nothing yet. Rewards you earn or submit proof for appear here.
portal-rewards-waiting = Under review
portal-rewards-approved = Approved
portal-rewards-rejected = Not approved
portal-rewards-given = Earned
portal-rewards-taken-back = Taken back
portal-rewards-sent = Sent. You’ll get an email once it’s reviewed.
portal-rewards-board = Leaderboard: { $program }
portal-rewards-board-until = Until { $day }
portal-rewards-board-none = No results yet.
portal-rewards-board-place = Place
portal-rewards-board-name = Name
portal-rewards-board-value = Result
portal-rewards-you = You
portal-rewards-nameless = Affiliate { $number }
portal-rewards-name-title = Your name on leaderboards
portal-rewards-name-hint = Other affiliates only see a number, unless you agree. You can choose any name, and change your mind at any time.
portal-rewards-name = Name
portal-rewards-name-shown = Show this name to other affiliates
portal-rewards-name-save = Save
portal-rewards-name-saved = Saved.
portal-rewards-name-wrong = Enter a name of up to { $max } characters.
portal-rewards-all = All rewards
portal-rewards-links = Links
portal-rewards-links-hint = One per line, up to { $max }.
portal-rewards-links-hosts = One per line, up to { $max }, on { $hosts }.
portal-rewards-note = Description
portal-rewards-note-hint = Describe your work, and add anything that helps the review.
portal-rewards-file = Picture or PDF
portal-rewards-file-hint = PNG, JPEG, GIF, WebP or PDF, up to 5 MB.
portal-rewards-send = Submit
portal-rewards-links-wrong = Enter 1 to { $max } links, one per line.
portal-rewards-link-wrong = This link isn’t accepted here: { $link }
portal-rewards-note-wrong = Enter a description of up to { $max } characters.
portal-rewards-file-wrong = Choose a picture or a PDF of up to 5 MB.
portal-rewards-too-many = You’ve submitted proof { $count } times today. Try again tomorrow.
portal-rewards-closed = This reward is closed, or you already claimed it.

## Recruits.

portal-recruits-title = Recruit others
portal-recruits-hint = Invite other people to { $brand }. When someone you recruited earns a commission, you earn a share of it on top.
portal-recruits-offer = You earn { $percent } of each commission that someone you recruited earns in { $program }.
portal-recruits-link = Your recruit link for { $program }
portal-recruits-off = No program pays for recruiting at the moment
portal-recruits-off-hint = Ask { $brand } whether they plan to.
portal-recruits-count = { $count ->
    [one] 1 person recruited
   *[other] { $count } people recruited
}
portal-recruits-none = No one has applied with your link yet. Share it with people who might promote the brand, too.
portal-recruits-earned = Earned by them: { $amount }
portal-recruits-row = { $name }, since { $date }
portal-recruits-someone = Someone you recruited

# Questions to the brand’s AI model
portal-ask-title = Ask about your earnings
portal-ask-hint = An AI model answers from your own links, earnings and payouts at { $brand }. It changes nothing, and it can be wrong.
portal-ask-question = Your question
portal-ask-kept = Your question goes to the AI provider of { $brand }. We don’t keep it, and each question is answered on its own.
portal-ask-send = Ask
portal-ask-cut = The answer isn’t complete.
portal-ask-length = Write 1 to { $count } characters.
portal-ask-often = You’re sending questions too fast. Wait a minute, then try again.
portal-ask-own-limit = You’ve used your answers for today. Try again tomorrow.
portal-ask-brand-limit = Today’s answers are used up. Try again tomorrow.
portal-ask-failed = There’s no answer at the moment. Try again later.
