# Words, amounts and dates that all pages and emails share.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.

## How numbers are written.

common-number-group = .
common-number-grouped-from = 4
common-number-decimal = ,
common-percent = { $number }{ "\u00A0" }%
common-money = { $amount }{ "\u00A0" }{ $symbol }
common-money-code = { $amount }{ "\u00A0" }{ $code }

## How dates are written. Months are abbreviated.

common-day = { $day }. { $month }
common-date = { $day }. { $month } { $year }
common-moment = { $day }, { $time }
common-month-january = Jan.
common-month-february = Feb.
common-month-march = März
common-month-april = Apr.
common-month-may = Mai
common-month-june = Juni
common-month-july = Juli
common-month-august = Aug.
common-month-september = Sept.
common-month-october = Okt.
common-month-november = Nov.
common-month-december = Dez.

## Parts of every page.

common-skip = Zum Inhalt springen
