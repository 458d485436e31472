# Words, amounts and dates that all pages and emails share.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.

## How numbers are written.

# The sign between groups of three digits, and the number of digits from which they are grouped.
common-number-group = ,
common-number-grouped-from = 4
common-number-decimal = .
common-percent = { $number }%
# An amount in a currency that has a symbol ($, €), and one in a currency that has none (CHF).
common-money = { $symbol }{ $amount }
common-money-code = { $code }{ "\u00A0" }{ $amount }

## How dates are written. Months are abbreviated.

common-day = { $day } { $month }
common-date = { $day } { $month } { $year }
# $day is a day with or without its year.
common-moment = { $day }, { $time }
common-month-january = Jan
common-month-february = Feb
common-month-march = Mar
common-month-april = Apr
common-month-may = May
common-month-june = Jun
common-month-july = Jul
common-month-august = Aug
common-month-september = Sep
common-month-october = Oct
common-month-november = Nov
common-month-december = Dec

## Parts of every page.

common-skip = Skip to content
# Begins the title of a page whose form has a mistake.
common-error = Error:
common-check-inbox = Check your inbox

## Lists: "a, b or c". $list holds all but the last, separated by commas.

common-list-or = { $list } or { $last }
common-list-and = { $list } and { $last }

## What a program pays: "25% of every payment in a customer's first 12 months, up to $100 per sale".
## The first messages begin such a sentence. The others continue it: $offer is the sentence so far. No full stop.

common-offer-share =
    { $sales ->
        [first] { $rate } of a customer’s first payment
        [first-renewal] { $rate } of a customer’s first payment, if it’s a renewal
        [new] { $rate } of every new sale
        [renewal] { $rate } of every renewal
       *[any] { $rate } of every payment
    }
common-offer-amount =
    { $sales ->
        [first] { $amount } for a customer’s first sale
        [first-renewal] { $amount } for a customer’s first sale, if it’s a renewal
        [new] { $amount } for every new sale
        [renewal] { $amount } for every renewal
       *[any] { $amount } for every sale
    }
common-offer-lead = { $amount } for every new lead
common-offer-click = { $amount } for every unique visitor per day
common-offer-months =
    { $months ->
        [one] { $offer } in a customer’s first month
       *[other] { $offer } in a customer’s first { $months } months
    }
common-offer-years = { $offer } in a customer’s first { $years } years
# $pays is a percentage or an amount.
common-offer-from-sale =
    { $offer }, { $pays } from the { NUMBER($number, type: "ordinal") ->
        [one] { $number }st
        [two] { $number }nd
        [few] { $number }rd
       *[other] { $number }th
    } sale { $period ->
        [month] in a month
        [quarter] in a quarter
        [year] in a year
       *[ever] in total
    }
common-offer-all-from-sales =
    { $offer }, { $pays } on all sales once there are { $number } { $period ->
        [month] in a month
        [quarter] in a quarter
        [year] in a year
       *[ever] in total
    }
common-offer-from-revenue =
    { $offer }, { $pays } of revenue above { $revenue } { $period ->
        [month] in a month
        [quarter] in a quarter
        [year] in a year
       *[ever] in total
    }
common-offer-all-from-revenue =
    { $offer }, { $pays } on all sales once revenue reaches { $revenue } { $period ->
        [month] in a month
        [quarter] in a quarter
        [year] in a year
       *[ever] in total
    }
common-offer-products = { $offer }, for { $list }
common-offer-countries = { $offer }, for customers in { $list }
common-offer-currencies = { $offer }, if paid in { $list }
common-offer-metadata = { $offer }, if { $name } is { $list }
common-offer-segments = { $offer }, for affiliates in { $list }
common-offer-affiliates =
    { $count ->
        [one] { $offer }, for one selected affiliate
       *[other] { $offer }, for { $count } selected affiliates
    }
# $limits is a list of the next three.
common-offer-limits = { $offer }, up to { $limits }
common-offer-per-sale = { $amount } per sale
common-offer-per-customer = { $amount } per customer
common-offer-per-period =
    { $period ->
        [month] { $amount } per month
        [quarter] { $amount } per quarter
        [year] { $amount } per year
       *[ever] { $amount } in total
    }
# The limits hold for payments in this currency only.
common-offer-on-currency = { $offer } on { $currency } payments
# $other is a second offer; $count are counted only.
common-offer-plus = { $offer }, plus { $other }
common-offer-more = { $offer }, and { $count } more

## What Stripe needs before it pays an affiliate. $what is one of the things below, of a company or a person: "company’s
## tax number". $detail is Stripe’s own name of a document, in English.

common-stripe-needs = Stripe needs your { $what }.
common-stripe-needs-by = Stripe needs your { $what } by { $day }.
common-stripe-needs-overdue = Stripe needs your { $what }. This is overdue.
common-stripe-needs-later = Stripe will need your { $what } later.
common-stripe-checks = Stripe is checking your { $what }.
common-stripe-of-company = company’s { $what }
common-stripe-of-representative = representative’s { $what }
common-stripe-of-owner = owner’s { $what }
common-stripe-of-director = director’s { $what }
common-stripe-item-name = name
common-stripe-item-date-of-birth = date of birth
common-stripe-item-email-address = email address
common-stripe-item-phone-number = phone number
common-stripe-item-id-number = national ID or tax number
common-stripe-item-ssn = SSN (last four digits)
common-stripe-item-nationality = nationality
common-stripe-item-public-office = answer about holding public office
common-stripe-item-other-names = other names, if any
common-stripe-item-gender = gender
common-stripe-item-name-in-kana = name in kana
common-stripe-item-name-in-kanji = name in kanji
common-stripe-item-tax-number = tax number
common-stripe-item-vat-number = VAT number
common-stripe-item-registration-number = registration number
common-stripe-item-legal-structure = legal structure
common-stripe-item-owners = list of owners
common-stripe-item-directors = list of directors
common-stripe-item-executives = list of executives
common-stripe-item-ownership = ownership declaration
common-stripe-item-identity-document = identity document
common-stripe-item-registration-document = registration document
common-stripe-item-proof-of-address = proof of address
common-stripe-item-selfie = selfie
common-stripe-item-job-title = job title
common-stripe-item-ownership-percentage = ownership percentage
common-stripe-item-role = role in the company
common-stripe-item-address-in-japanese = address in Japanese
common-stripe-item-address = address
common-stripe-item-bank-account = bank account
common-stripe-item-account-type = account type (individual or company)
common-stripe-item-line-of-business = line of business
common-stripe-item-website = website or profile page
common-stripe-item-business-description = description of the business
common-stripe-item-support-phone = support phone number
common-stripe-item-business-name = business name
common-stripe-item-annual-revenue = annual revenue
common-stripe-item-support-contact = support contact
common-stripe-item-terms = acceptance of Stripe’s terms
common-stripe-item-statement-name = name on bank statements
common-stripe-item-document = document: { $detail }

## What earned a commission.

common-earned-by-sale = Sale
common-earned-by-renewal = Renewal
common-earned-by-lead = Lead
common-earned-by-clicks = Daily clicks
common-earned-by-bonus = Bonus
common-earned-by-adjustment = Adjustment
common-earned-by-override = Override

## The status of a payout, and what it means for the affiliate. "It" is the payout.

common-payout-scheduled = Scheduled
common-payout-scheduled-next = It’s included in { $brand }’s next payouts.
common-payout-on-its-way = On its way
common-payout-reserved-next = The amount is reserved. { $brand } will pay it and mark it sent.
common-payout-reserved-by-next = The amount is reserved. { $brand } will pay it by { $rail } and mark it sent.
common-payout-sending-next = It’s being sent. There’s nothing you need to do.
common-payout-delayed = Delayed
common-payout-delayed-next = The amount is reserved for you and will be sent as soon as { $brand }’s account allows.
common-payout-checked = Being checked
common-payout-checked-next = The payment service hasn’t confirmed it yet. We’re checking, so you’re paid exactly once.
common-payout-partly-returned = Partly returned
common-payout-partly-returned-next = Part of it was returned and is owed to you again. { $brand } will look into it.
common-payout-failed = Failed
# $then is one of the next seven sentences.
common-payout-failed-next = Nothing was sent, and the amount is owed to you again. { $then }
common-payout-after = It will be part of the next payout.
common-payout-after-account = Complete or renew your payout account in the portal to get the next payout.
common-payout-after-no-method = Add a payout method in the portal to get the next payout.
common-payout-after-no-tax-form = Submit a tax form in the portal. You’ll be paid after that.
common-payout-after-on-hold = You’ll be paid once your payouts are no longer on hold.
common-payout-after-not-approved = It won’t be paid while you aren’t an approved affiliate.
common-payout-after-payment-failed = The brand will look into it before paying you.
common-payout-returned = Returned
common-payout-returned-next = It was sent but returned, and the amount is owed to you again. { $brand } will look into it.
common-payout-rejected = Rejected by your bank
common-payout-rejected-next = The money is in your Stripe account. Check your bank details there, and Stripe will pay it out again.
common-payout-in-bank = In your bank
common-payout-in-bank-next = Your bank received it.
common-payout-sent = Sent
common-payout-sent-by-stripe = It’s in your Stripe account. Stripe will pay it out to your bank within days.
common-payout-sent-by-brand = { $brand } sent it the way you agreed on.
common-payout-sent-by-rail = It was sent to you by { $rail }.

## Why a payout failed or came back.

common-payout-why-account = Your payout account can no longer receive money.
common-payout-why-not-ready = Your payout account isn’t ready to receive money.
common-payout-why-no-method = Your payout method is no longer set up.
common-payout-why-nothing-payable = Its commissions were refunded, denied or paid another way before it could be sent.
common-payout-why-below-minimum = The remaining amount was below the minimum payout.
common-payout-why-no-tax-form = You had no valid tax form on file.
common-payout-why-on-hold = Your payouts are on hold. Ask the brand why.
common-payout-why-not-approved = You’re no longer an approved affiliate. Ask the brand about your balance.
common-payout-why-canceled = The brand canceled it.
common-payout-why-payment-failed = The payment service couldn’t deliver it.
common-payout-why-marked-failed = The brand reported that it didn’t arrive.
common-payout-why-transfer-reversed = The transfer was reversed.

## How a payout is paid where no service does it, and why tax was withheld from it.

common-payout-rail-manual = Directly by the brand
common-payout-withheld = 24% backup withholding: { $because }.
common-payout-withheld-missing = no tax form on file
common-payout-withheld-expired = the tax form had expired
common-payout-withheld-rejected = the tax form was rejected
common-payout-withheld-applies = the tax form says it applies
common-payout-withheld-invalid = no valid tax form on file

## Under a list: its other pages, and its file.

common-pager-pages = Pages
common-pager-first = First page
common-pager-previous = Previous
common-pager-next = Next
common-export-csv = Export CSV

## The period that a page shows.

common-span = Date range
common-span-7d = 7 days
common-span-30d = 30 days
common-span-90d = 90 days
common-span-12m = 12 months
# Two dates.
common-span-title = { $first } – { $last }
common-from-to = { $first } to { $last }
common-span-from = From
common-span-to = To (inclusive)
# $zone is a time zone, such as Europe/Berlin.
common-span-zone = Dates are in { $zone }
common-span-apply = Apply

## Charts.

# A chart in a sentence. $period is two dates, $total and $highest are amounts or counts, and $when is a day or a week.
common-chart-label = { $title }, { $period }: { $total } in total, highest { $highest } ({ $when })
common-chart-label-plain = { $title }, { $period }: { $total }
common-chart-this = This period
common-chart-previous = Previous period
common-chart-date = Date
common-chart-so-far = so far
common-chart-table = View as table
common-chart-png = Save as PNG
common-chart-keys = Use the arrow keys to move from point to point.
# $day is a day with or without its year.
common-weekday = { $weekday } { $day }
common-weekday-monday = Mon
common-weekday-tuesday = Tue
common-weekday-wednesday = Wed
common-weekday-thursday = Thu
common-weekday-friday = Fri
common-weekday-saturday = Sat
common-weekday-sunday = Sun

## Forms.

common-optional = optional
# Above a form with several mistakes; a list of them follows.
common-problems =
    { $count ->
        [one] There is 1 problem
       *[other] There are { $count } problems
    }

## What scripts show: a button that copies a link, and one that closes a dialog.

common-script-copy = Copy
common-script-copied = Copied
common-script-select = Select and copy
common-script-cancel = Cancel
common-script-close = Close
common-script-calendar = Open calendar
# An example follows: "22 Nov 2026".
common-script-date = Enter a date such as

## What customers save with a coupon: "20% off the first payment". $off is a percentage or an amount. No full stop.

common-discount-once = { $off } off the first payment
common-discount-months =
    { $months ->
        [one] { $off } off in the first month
       *[other] { $off } off for the first { $months } months
    }
common-discount-forever = { $off } off every payment
# $day is the last day.
common-discount-until = { $discount }, until { $day }
common-discount-uses =
    { $uses ->
        [one] { $discount }, at most once per code
       *[other] { $discount }, at most { $shown } times per code
    }

## What a reward gives, and what it counts. No full stops.

common-reward-segment = the segment { $segment }
common-reward-rate =
    { $months ->
        [one] { $rate } commission for a month
       *[other] { $rate } commission for { $months } months
    }
common-reward-sales =
    { $count ->
        [one] 1 sale
       *[other] { $count } sales
    }
common-reward-leads =
    { $count ->
        [one] 1 lead
       *[other] { $count } leads
    }
common-reward-revenue = { $amount } in revenue
common-reward-commission = { $amount } in commission
