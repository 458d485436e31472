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
# Begins the title of a page whose form has a mistake.
common-error = Fehler:
common-check-inbox = Schau in dein Postfach

## Lists: "a, b or c". $list holds all but the last, separated by commas.

common-list-or = { $list } oder { $last }
common-list-and = { $list } und { $last }

## What a program pays: "25% of every payment in a customer's first 12 months, up to $100 per sale".
## The first messages begin such a sentence. The others continue it: $offer is the sentence so far. No full stop.

common-offer-share =
    { $sales ->
        [first] { $rate } der ersten Zahlung eines Kunden
        [first-renewal] { $rate } der ersten Zahlung eines Kunden, wenn es eine Verlängerung ist
        [new] { $rate } von jedem neuen Verkauf
        [renewal] { $rate } jeder Verlängerung
       *[any] { $rate } jeder Zahlung
    }
common-offer-amount =
    { $sales ->
        [first] { $amount } für den ersten Kauf eines Kunden
        [first-renewal] { $amount } für den ersten Kauf eines Kunden, wenn es eine Verlängerung ist
        [new] { $amount } für jeden neuen Verkauf
        [renewal] { $amount } für jede Verlängerung
       *[any] { $amount } für jeden Verkauf
    }
common-offer-lead = { $amount } für jeden neuen Lead
common-offer-click = { $amount } für jeden Besucher pro Tag
common-offer-months =
    { $months ->
        [one] { $offer } im ersten Monat eines Kunden
       *[other] { $offer } in den ersten { $months } Monaten eines Kunden
    }
common-offer-years = { $offer } in den ersten { $years } Jahren eines Kunden
# $pays is a percentage or an amount.
common-offer-from-sale =
    { $offer }, { $pays } ab dem { $number }. Verkauf { $period ->
        [month] in einem Monat
        [quarter] in einem Quartal
        [year] in einem Jahr
       *[ever] insgesamt
    }
common-offer-all-from-sales =
    { $offer }, { $pays } auf alle Verkäufe ab { $number } Verkäufen { $period ->
        [month] in einem Monat
        [quarter] in einem Quartal
        [year] in einem Jahr
       *[ever] insgesamt
    }
common-offer-from-revenue =
    { $offer }, { $pays } vom Umsatz über { $revenue } { $period ->
        [month] in einem Monat
        [quarter] in einem Quartal
        [year] in einem Jahr
       *[ever] insgesamt
    }
common-offer-all-from-revenue =
    { $offer }, { $pays } auf alle Verkäufe ab { $revenue } Umsatz { $period ->
        [month] in einem Monat
        [quarter] in einem Quartal
        [year] in einem Jahr
       *[ever] insgesamt
    }
common-offer-products = { $offer }, für { $list }
common-offer-countries = { $offer }, für Kunden in { $list }
common-offer-currencies = { $offer }, bei Zahlung in { $list }
common-offer-metadata = { $offer }, wenn { $name } { $list } ist
common-offer-segments = { $offer }, für Partner in { $list }
common-offer-affiliates =
    { $count ->
        [one] { $offer }, für einen ausgewählten Partner
       *[other] { $offer }, für { $count } ausgewählte Partner
    }
# $limits is a list of the next three.
common-offer-limits = { $offer }, höchstens { $limits }
common-offer-per-sale = { $amount } pro Verkauf
common-offer-per-customer = { $amount } pro Kunde
common-offer-per-period =
    { $period ->
        [month] { $amount } pro Monat
        [quarter] { $amount } pro Quartal
        [year] { $amount } pro Jahr
       *[ever] { $amount } insgesamt
    }
# The limits hold for payments in this currency only.
common-offer-on-currency = { $offer } bei Zahlungen in { $currency }
# $other is a second offer; $count are counted only.
common-offer-plus = { $offer }, dazu { $other }
common-offer-more = { $offer }, und { $count } weitere

## What Stripe needs before it pays an affiliate. $what is one of the things below, of a company or a person: "company’s
## tax number". $detail is Stripe’s own name of a document, in English.

common-stripe-needs = Stripe benötigt noch: { $what }.
common-stripe-needs-by = Stripe benötigt bis { $day }: { $what }.
common-stripe-needs-overdue = Stripe benötigt noch: { $what }. Die Frist dafür ist abgelaufen.
common-stripe-needs-later = Stripe benötigt später: { $what }.
common-stripe-checks = Stripe prüft: { $what }.
common-stripe-of-company = { $what } (Unternehmen)
common-stripe-of-representative = { $what } (Vertretung)
common-stripe-of-owner = { $what } (Inhaber)
common-stripe-of-director = { $what } (Geschäftsführung)
common-stripe-item-name = Name
common-stripe-item-date-of-birth = Geburtsdatum
common-stripe-item-email-address = E-Mail-Adresse
common-stripe-item-phone-number = Telefonnummer
common-stripe-item-id-number = Ausweis- oder Steuernummer
common-stripe-item-ssn = SSN (letzte vier Ziffern)
common-stripe-item-nationality = Staatsangehörigkeit
common-stripe-item-public-office = Antwort zu öffentlichen Ämtern
common-stripe-item-other-names = weitere Namen, falls vorhanden
common-stripe-item-gender = Geschlecht
common-stripe-item-name-in-kana = Name in Kana
common-stripe-item-name-in-kanji = Name in Kanji
common-stripe-item-tax-number = Steuernummer
common-stripe-item-vat-number = Umsatzsteuer-ID
common-stripe-item-registration-number = Registernummer
common-stripe-item-legal-structure = Rechtsform
common-stripe-item-owners = Liste der Inhaber
common-stripe-item-directors = Liste der Geschäftsführung
common-stripe-item-executives = Liste der leitenden Personen
common-stripe-item-ownership = Erklärung zu den Eigentumsverhältnissen
common-stripe-item-identity-document = Ausweisdokument
common-stripe-item-registration-document = Registerauszug
common-stripe-item-proof-of-address = Adressnachweis
common-stripe-item-selfie = Selfie
common-stripe-item-job-title = Berufsbezeichnung
common-stripe-item-ownership-percentage = Anteil am Unternehmen
common-stripe-item-role = Rolle im Unternehmen
common-stripe-item-address-in-japanese = Adresse auf Japanisch
common-stripe-item-address = Adresse
common-stripe-item-bank-account = Bankkonto
common-stripe-item-account-type = Kontotyp (Einzelperson oder Unternehmen)
common-stripe-item-line-of-business = Branche
common-stripe-item-website = Website oder Profilseite
common-stripe-item-business-description = Beschreibung der Tätigkeit
common-stripe-item-support-phone = Telefonnummer für Rückfragen
common-stripe-item-business-name = Firmenname
common-stripe-item-annual-revenue = Jahresumsatz
common-stripe-item-support-contact = Kontakt für Rückfragen
common-stripe-item-terms = Zustimmung zu den Bedingungen von Stripe
common-stripe-item-statement-name = Name auf Kontoauszügen
common-stripe-item-document = Dokument: { $detail }

## What earned a commission.

common-earned-by-sale = Verkauf
common-earned-by-renewal = Verlängerung
common-earned-by-lead = Lead
common-earned-by-clicks = Klicks des Tages
common-earned-by-bonus = Bonus
common-earned-by-adjustment = Korrektur
common-earned-by-override = Empfehlungsanteil

## The status of a payout, and what it means for the affiliate. "It" is the payout.

common-payout-scheduled = Geplant
common-payout-scheduled-next = Sie ist in den nächsten Auszahlungen von { $brand } enthalten.
common-payout-on-its-way = Unterwegs
common-payout-reserved-next = Der Betrag ist reserviert. { $brand } zahlt ihn aus und markiert ihn dann als gesendet.
common-payout-reserved-by-next = Der Betrag ist reserviert. { $brand } zahlt ihn per { $rail } aus und markiert ihn dann als gesendet.
common-payout-sending-next = Sie wird gerade gesendet. Du musst nichts tun.
common-payout-delayed = Verzögert
common-payout-delayed-next = Der Betrag ist für dich reserviert und wird gesendet, sobald es das Konto von { $brand } zulässt.
common-payout-checked = Wird geprüft
common-payout-checked-next = Der Zahlungsdienst hat sie noch nicht bestätigt. Wir prüfen das, damit du genau einmal bezahlt wirst.
common-payout-partly-returned = Teilweise zurückgekommen
common-payout-partly-returned-next = Ein Teil kam zurück und steht dir wieder zu. { $brand } kümmert sich darum.
common-payout-failed = Fehlgeschlagen
# $then is one of the next seven sentences.
common-payout-failed-next = Es wurde nichts gesendet, und der Betrag steht dir wieder zu. { $then }
common-payout-after = Er ist Teil der nächsten Auszahlung.
common-payout-after-account = Vervollständige oder erneuere dein Auszahlungskonto im Portal, um die nächste Auszahlung zu bekommen.
common-payout-after-no-method = Füge im Portal eine Auszahlungsmethode hinzu, um die nächste Auszahlung zu bekommen.
common-payout-after-no-tax-form = Reiche im Portal ein Steuerformular ein. Danach wirst du bezahlt.
common-payout-after-on-hold = Du wirst bezahlt, sobald deine Auszahlungen nicht mehr angehalten sind.
common-payout-after-not-approved = Er wird nicht ausgezahlt, solange du kein zugelassener Partner bist.
common-payout-after-payment-failed = Die Marke kümmert sich darum, bevor sie dich bezahlt.
common-payout-returned = Zurückgekommen
common-payout-returned-next = Sie wurde gesendet, kam aber zurück, und der Betrag steht dir wieder zu. { $brand } kümmert sich darum.
common-payout-rejected = Von deiner Bank abgelehnt
common-payout-rejected-next = Das Geld ist auf deinem Stripe-Konto. Prüfe dort deine Bankdaten, dann zahlt Stripe es noch einmal aus.
common-payout-in-bank = Auf deinem Bankkonto
common-payout-in-bank-next = Deine Bank hat sie erhalten.
common-payout-sent = Gesendet
common-payout-sent-by-stripe = Sie ist auf deinem Stripe-Konto. Stripe zahlt sie innerhalb weniger Tage an deine Bank aus.
common-payout-sent-by-brand = { $brand } hat sie auf dem vereinbarten Weg gesendet.
common-payout-sent-by-rail = Sie wurde dir per { $rail } gesendet.

## Why a payout failed or came back.

common-payout-why-account = Dein Auszahlungskonto kann kein Geld mehr empfangen.
common-payout-why-not-ready = Dein Auszahlungskonto kann noch kein Geld empfangen.
common-payout-why-no-method = Deine Auszahlungsmethode ist nicht mehr eingerichtet.
common-payout-why-nothing-payable = Die Provisionen wurden erstattet, abgelehnt oder anders ausgezahlt, bevor sie gesendet werden konnte.
common-payout-why-below-minimum = Der Restbetrag lag unter dem Mindestbetrag für Auszahlungen.
common-payout-why-no-tax-form = Von dir lag kein gültiges Steuerformular vor.
common-payout-why-on-hold = Deine Auszahlungen sind angehalten. Frag die Marke nach dem Grund.
common-payout-why-not-approved = Du bist kein zugelassener Partner mehr. Frag die Marke nach deinem Guthaben.
common-payout-why-canceled = Die Marke hat sie abgebrochen.
common-payout-why-payment-failed = Der Zahlungsdienst konnte sie nicht zustellen.
common-payout-why-marked-failed = Die Marke hat gemeldet, dass sie nicht angekommen ist.
common-payout-why-transfer-reversed = Die Überweisung wurde rückgängig gemacht.

## How a payout is paid where no service does it, and why tax was withheld from it.

common-payout-rail-manual = Direkt von der Marke
common-payout-withheld = 24{ "\u00A0" }% US-Quellensteuer (Backup Withholding): { $because }.
common-payout-withheld-missing = kein Steuerformular vorhanden
common-payout-withheld-expired = das Steuerformular war abgelaufen
common-payout-withheld-rejected = das Steuerformular wurde abgelehnt
common-payout-withheld-applies = laut Steuerformular vorgeschrieben
common-payout-withheld-invalid = kein gültiges Steuerformular vorhanden

## Under a list: its other pages, and its file.

common-pager-pages = Seiten
common-pager-first = Erste Seite
common-pager-previous = Zurück
common-pager-next = Weiter
common-export-csv = CSV exportieren

## The period that a page shows.

common-span = Zeitraum
common-span-7d = 7 Tage
common-span-30d = 30 Tage
common-span-90d = 90 Tage
common-span-12m = 12 Monate
# Two dates.
common-span-title = { $first } – { $last }
common-from-to = { $first } bis { $last }
common-span-from = Von
common-span-to = Bis (einschließlich)
# $zone is a time zone, such as Europe/Berlin.
common-span-zone = Datumsangaben in { $zone }
common-span-apply = Anwenden

## Charts.

common-chart-label = { $title }, { $period }: insgesamt { $total }, Höchstwert { $highest } ({ $when })
common-chart-label-plain = { $title }, { $period }: { $total }
common-chart-this = Dieser Zeitraum
common-chart-previous = Vorheriger Zeitraum
common-chart-date = Datum
common-chart-so-far = bisher
common-chart-table = Als Tabelle anzeigen
common-chart-png = Als PNG speichern
common-chart-keys = Mit den Pfeiltasten gehst du von Punkt zu Punkt.
common-weekday = { $weekday }, { $day }
common-weekday-monday = Mo
common-weekday-tuesday = Di
common-weekday-wednesday = Mi
common-weekday-thursday = Do
common-weekday-friday = Fr
common-weekday-saturday = Sa
common-weekday-sunday = So

## Forms.

common-optional = optional
# Above a form with several mistakes; a list of them follows.
common-problems =
    { $count ->
        [one] Es gibt 1 Problem
       *[other] Es gibt { $count } Probleme
    }

## What scripts show: a button that copies a link, and one that closes a dialog.

common-script-copy = Kopieren
common-script-copied = Kopiert
common-script-select = Auswählen und kopieren
common-script-cancel = Abbrechen
common-script-close = Schließen
common-script-calendar = Kalender öffnen
common-script-date = Gib ein Datum ein, zum Beispiel

## What customers save with a coupon: "20% off the first payment". $off is a percentage or an amount. No full stop.

common-discount-once = { $off } Rabatt auf die erste Zahlung
common-discount-months =
    { $months ->
        [one] { $off } Rabatt im ersten Monat
       *[other] { $off } Rabatt in den ersten { $months } Monaten
    }
common-discount-forever = { $off } Rabatt auf jede Zahlung
# $day is the last day.
common-discount-until = { $discount }, bis { $day }
common-discount-uses =
    { $uses ->
        [one] { $discount }, höchstens einmal je Code
       *[other] { $discount }, höchstens { $shown }-mal je Code
    }

## What a reward gives, and what it counts. No full stops.

common-reward-segment = das Segment { $segment }
common-reward-rate =
    { $months ->
        [one] { $rate } Provision für einen Monat
       *[other] { $rate } Provision für { $months } Monate
    }
common-reward-sales =
    { $count ->
        [one] 1 Verkauf
       *[other] { $count } Verkäufe
    }
common-reward-leads =
    { $count ->
        [one] 1 Lead
       *[other] { $count } Leads
    }
common-reward-revenue = { $amount } Umsatz
common-reward-commission = { $amount } Provision
