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
portal-menu-claims = Missing sales
portal-menu-profile = Profile
portal-brand = Brand
portal-switch = Switch
portal-sign-out = Sign out

## Home.

portal-home-title = Home
portal-home-hi = Hi { $name }
portal-home-next-steps = Next steps
portal-home-add-method = Add a payout method so { $brand } can pay you. It takes a few minutes.
portal-home-set-up-payouts = Set up payouts
# $notice says what happens without a form: portal-tax-without-….
portal-home-tax-form = Tax form: { $notice }
portal-home-your-link = Your link
portal-home-all-links = All links and link builder
portal-home-figures = Key figures
portal-home-earned = Total earned
portal-home-earned-note = on hold, payable and paid
portal-home-on-hold = On hold
portal-home-on-hold-note = until the hold period ends
portal-home-sales = Sales and leads
portal-home-sales-note = you referred
portal-home-clicks = Clicks
portal-home-clicks-note = on your links
portal-home-recent = Recent activity
portal-home-chart-clicks = Clicks
portal-home-chart-earned = Earned, { $currency }
# A day or a few days, and the figure there: "20 Nov: $12.00".
portal-home-chart-point = { $when }: { $figure }
portal-home-chart-nothing = Earned
portal-home-no-earnings = No earnings in this period.
# $link is the next message, as a link.
portal-home-no-earnings-hint = Share { $link } to earn a commission on every sale you refer.
portal-home-no-earnings-link = your link

## The program's terms.

portal-terms-title = Program terms
portal-terms = Terms
portal-terms-read = Please read and accept the terms of { $brand }’s affiliate program.
portal-terms-ask = Please accept the terms of { $brand }’s affiliate program. Ask { $brand } if you need a copy.
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
portal-balance-payable = Payable
portal-balance-in-payout = In a payout
portal-balance-in-payout-note = on its way to you
portal-balance-paid = Paid
portal-balance-paid-note = so far
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
portal-links-qr = QR code (SVG)
portal-links-qr-of = QR code (SVG) of { $link }
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
portal-links-ready = Your link to that page
portal-links-qr-picture = QR code of { $link }
portal-links-qr-download = Download QR code (SVG)
portal-links-track = Track it separately
portal-links-create-title = Create a link to that page
portal-links-label = Link label
portal-links-label-hint = For example, newsletter or video-12. Becomes part of the link, with its own clicks and sales.
portal-links-create = Create link
portal-links-coupons = Coupons
portal-links-no-coupons = No coupons yet.
portal-links-no-coupons-hint = Ask { $brand } for a coupon code to share with your audience.
portal-links-coupons-hint = You earn on every order that uses one of your codes, even without a click on your link.
# What is wrong with a page or a label.
portal-links-not-url = Enter the page’s full URL, such as https://brand.com/pricing.
# $hosts is a list of sites: "acme.com or acme.shop".
portal-links-other-site = Enter a page on { $hosts }. Only purchases there earn commission.
portal-links-any-site = the brand’s site
portal-links-limit = You’ve reached the limit of { $count } links.
portal-links-label-wrong = Use letters, digits and hyphens, such as newsletter.
portal-links-label-taken = You already have a link with this label. Choose another.

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
portal-sales-details = Details
portal-sales-receipt = Receipt
portal-sales-receipt-of = Receipt for { $amount }, { $when }
# $zone is a time zone, such as Europe/Berlin.
portal-sales-note = Times are in { $zone }. Customer details are private.
# What a commission's status means.
portal-sales-on-hold = On hold
portal-sales-deducted = Deducted
portal-sales-deducted-next = Deducted from your next payout.
portal-sales-deducted-paid = Deducted from a payout.
portal-sales-on-its-way = On its way
portal-sales-on-its-way-why = Included in a payout that’s on its way.
portal-sales-payable = Payable
portal-sales-payable-why = Included in your next payout.
portal-sales-paid = Paid
portal-sales-paid-why = Paid out to you.
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
portal-sale-click-on = Click on { $link }
portal-sale-click = Click on your link
portal-sale-coupon = Your coupon
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
portal-profile-language-hint = Of the portal, and of emails to you.
portal-profile-language-wrong = Choose one of the languages.
portal-profile-slug = Link name
# $slug is shown in bold.
portal-profile-slug-now = Your links include { $slug }.
portal-profile-slug-changed = You changed it on { $day }. You can only do this once; to change it again, contact { $brand }.
portal-profile-slug-change = Change (one time only)
portal-profile-slug-warning = Links you’ve already shared will stop working. Your coupons won’t change.
portal-profile-slug-new = New link name
portal-profile-slug-hint = 3 to 64 letters, digits or hyphens. You can’t change it again.
portal-profile-slug-submit = Change link name
portal-profile-slug-once = You’ve already changed it once. Ask the brand to change it again.
portal-profile-slug-same = Your links already use this name. Enter a different one.
portal-profile-slug-too-long = This name is too long for one of your links. Enter a shorter one.
portal-profile-slug-taken = Another link or affiliate has this slug.
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
portal-link-title = Affiliate portal
portal-link-hint = Enter your email and we’ll send you a sign-in link.
portal-link-email = Email
portal-link-send = Send sign-in link
portal-link-spent = This link no longer works
portal-link-spent-hint = Sign-in links work once and expire after 24 hours. We can send a new one to the same email.
portal-link-send-new = Send new link
portal-link-other = Use another email
portal-link-sent-hint = If you’re an affiliate, we’ve emailed you a sign-in link. It works once, within 24 hours.
portal-link-back = Back
