# Words, amounts and dates that all pages and emails share.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.

## How numbers are written.

common-number-group = .
# Four digits stand together: 1234, 12.345.
common-number-grouped-from = 5
common-number-decimal = ,
common-percent = { $number }{ "\u00A0" }%
common-money = { $amount }{ "\u00A0" }{ $symbol }
common-money-code = { $amount }{ "\u00A0" }{ $code }

## How dates are written. Months are abbreviated.

common-day = { $day } { $month }
common-date = { $day } { $month } { $year }
common-moment = { $day }, { $time }
common-month-january = ene
common-month-february = feb
common-month-march = mar
common-month-april = abr
common-month-may = may
common-month-june = jun
common-month-july = jul
common-month-august = ago
common-month-september = sept
common-month-october = oct
common-month-november = nov
common-month-december = dic

## Parts of every page.

common-skip = Saltar al contenido
