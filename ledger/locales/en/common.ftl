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
