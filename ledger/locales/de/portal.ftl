# Texts of the affiliate portal.

## The frame around every page.

portal-menu = Menü
portal-menu-label = Portal
portal-menu-shortcuts = Schnellzugriff
portal-menu-home = Start
portal-menu-links = Links
portal-menu-sales = Verkäufe
portal-menu-payouts = Auszahlungen
portal-menu-tax = Steuerformular
portal-menu-assets = Werbemittel
portal-menu-recruits = Werben
portal-menu-claims = Fehlende Verkäufe
portal-menu-rewards = Prämien
portal-menu-profile = Profil
portal-menu-contact = { $brand } kontaktieren
portal-brand = Marke
portal-switch = Wechseln
# The email address follows.
portal-account = Konto:
portal-sign-out = Abmelden

## The app without a connection.

portal-offline-title = Du bist offline
portal-offline-hint = Das Portal zeigt deine aktuellen Zahlen und braucht dafür eine Verbindung.
portal-offline-again = Erneut versuchen

## Home.

portal-home-title = Start
portal-home-hi = Hallo { $name }
portal-home-next-steps = Nächste Schritte
portal-home-add-method = Füge eine Auszahlungsmethode hinzu, damit { $brand } dich bezahlen kann. Das dauert nur ein paar Minuten.
portal-home-set-up-payouts = Auszahlungen einrichten
# $notice says what happens without a form: portal-tax-without-….
portal-home-tax-form = Steuerformular: { $notice }
portal-home-your-link = Dein Link
portal-home-all-links = Alle Links
portal-home-figures = Kennzahlen
portal-home-earned = Insgesamt verdient
portal-home-earned-note = in der Wartefrist, auszahlbar und ausgezahlt
portal-home-sales = Verkäufe und Leads
portal-home-sales-note = von dir vermittelt
portal-home-clicks = Klicks
portal-home-clicks-note = auf deine Links
portal-home-earnings = Letzte Einnahmen
portal-home-recent = Letzte Aktivität
portal-home-chart-clicks = Klicks
portal-home-chart-earned = Verdient, { $currency }
portal-home-chart-nothing = Verdient
portal-home-no-earnings = Keine Einnahmen in diesem Zeitraum.
# $link is the next message, as a link.
portal-home-no-earnings-hint = Teile { $link }, um an jedem vermittelten Verkauf eine Provision zu verdienen.
portal-home-no-earnings-link = deinen Link

## The program's terms.

portal-terms-title = Teilnahmebedingungen
portal-terms = Teilnahmebedingungen
portal-terms-read = Bitte lies und akzeptiere die Teilnahmebedingungen des Partnerprogramms von { $brand }.
# $version is a version's name, such as "partners v2".
portal-terms-version = { $version }, seit { $day }
portal-terms-accept = Ich akzeptiere die Teilnahmebedingungen des Partnerprogramms von { $brand }
portal-terms-submit = Teilnahmebedingungen akzeptieren
portal-terms-accepted = Du hast die Teilnahmebedingungen des Partnerprogramms von { $brand } am { $day } akzeptiert.
portal-terms-accepted-version = Du hast die Teilnahmebedingungen des Partnerprogramms von { $brand } ({ $version }) am { $day } akzeptiert.
portal-terms-current = Aktuelle Teilnahmebedingungen
portal-terms-withdrawn = Du hast deine Zustimmung zu den Teilnahmebedingungen des Partnerprogramms von { $brand } zurückgezogen. Um ihnen wieder zuzustimmen, wende dich an { $brand }.
portal-terms-unchecked = Setze den Haken, um die Teilnahmebedingungen zu akzeptieren.
portal-terms-changed = Die Teilnahmebedingungen haben sich geändert. Bitte lies und akzeptiere die neue Fassung.

## The balance.

portal-balance-title = Dein Guthaben
portal-balance-nothing = Noch nichts verdient.
portal-balance-nothing-hint = Nach deinem ersten Verkauf stehen deine Einnahmen hier.
portal-balance-on-hold = In der Wartefrist
portal-balance-on-hold-note = verdient, bis zum Ende der Wartefrist zurückgehalten
portal-balance-on-hold-next = nächster Betrag auszahlbar am { $day }
portal-balance-payable = Auszahlbar
portal-balance-in-payout = In einer Auszahlung
portal-balance-in-payout-note = auf dem Weg zu dir
portal-balance-paid = Ausgezahlt
portal-balance-paid-note = bisher
portal-balance-left = Woanders abgerechnet
portal-balance-left-note = von der Plattform, von der die Marke umgezogen ist
portal-balance-withheld = Einbehalten
portal-balance-withheld-note = für Steuern
# A date follows, in bold.
portal-balance-next = Nächste Auszahlung:
portal-balance-no-next = { $brand } hat die nächste Auszahlung noch nicht geplant.
# When the payable amount is paid. These follow the amount, so they aren't whole sentences.
portal-balance-when-next = mit der nächsten Auszahlung
portal-balance-when-withheld = mit der nächsten Auszahlung, abzüglich 24{ "\u00A0" }% US-Quellensteuer (Backup Withholding)
portal-balance-when-withheld-form = mit der nächsten Auszahlung, abzüglich 24{ "\u00A0" }% US-Quellensteuer (Backup Withholding), bis du ein Steuerformular einreichst
portal-balance-when-not-approved = nicht ausgezahlt, solange du kein zugelassener Partner bist
portal-balance-when-after-payout = nach der Auszahlung, die unterwegs ist
portal-balance-when-upcoming = in einer der nächsten Auszahlungen
portal-balance-when-overpaid = zu viel gezahlt: wird von deinen nächsten Einnahmen abgezogen
portal-balance-when-held = Auszahlungen angehalten: frag die Marke nach dem Grund
portal-balance-when-minimum = wird übertragen, bis { $minimum } erreicht sind
portal-balance-when-no-method = bereit: füge eine Auszahlungsmethode hinzu, um es zu erhalten
portal-balance-when-account = wartet, bis dein Stripe-Konto es empfangen kann
portal-balance-when-no-form = wartet auf ein gültiges Steuerformular von dir
portal-balance-add-method = Auszahlungsmethode hinzufügen
portal-balance-see-missing = Ansehen, was fehlt
portal-balance-submit-form = Steuerformular einreichen

## Links and coupons.

portal-links-title = Links
portal-links-created = Link erstellt. Er funktioniert in wenigen Sekunden.
portal-links-yours =
    { $count ->
        [one] Dein Link
       *[other] Deine Links
    }
portal-links-none = Noch keine Links.
portal-links-none-hint = { $brand } erstellt einen für dich.
# $page is an address without https://.
portal-links-goes-to = { $program }, führt zu { $page }
# The number stands before it, in bold.
portal-links-clicks =
    { $count ->
        [one] Klick
       *[other] Klicks
    }
portal-links-conversions =
    { $count ->
        [one] Conversion
       *[other] Conversions
    }
portal-links-rate = { $rate } Conversion-Rate
portal-links-rate-about = Conversion-Rate: erste Käufe von Kunden geteilt durch Klicks.
portal-links-qr = QR-Code (SVG)
portal-links-qr-of = QR-Code (SVG) von { $link }
portal-links-qr-png = QR-Code (PNG)
portal-links-qr-png-of = QR-Code (PNG) von { $link }
portal-links-open = Link öffnen
portal-links-open-of = Link { $link } in neuem Tab öffnen
portal-links-earn = Das verdienst du
portal-links-payable-now = Sofort auszahlbar.
portal-links-payable =
    { $days ->
        [one] Auszahlbar 1 Tag nach jedem Verkauf, wenn die Rückgabefrist endet.
       *[other] Auszahlbar { $days } Tage nach jedem Verkauf, wenn die Rückgabefrist endet.
    }
portal-links-build = Link zu einer beliebigen Seite
portal-links-build-hint = Füge die URL einer Seite von { $brand } ein, um deinen eigenen Link dorthin zu bekommen.
portal-links-page = URL der Seite
portal-links-page-hint = Zum Beispiel die Preisseite oder ein Produkt.
portal-links-get = Link anzeigen
# Shown while a page is typed. $hosts is a list of sites.
portal-links-preview-new = Dorthin führt ein eigener Link.
portal-links-preview-elsewhere = Diese Seite ist nicht auf { $hosts }.
portal-links-ready = Dein Link zu dieser Seite
portal-links-qr-picture = QR-Code von { $link }
portal-links-track = Getrennt auswerten
portal-links-create-title = Einen Link zu dieser Seite erstellen
portal-links-label = Name des Links
portal-links-label-hint = Zum Beispiel newsletter oder video-12. Wird Teil des Links, mit eigenen Klicks und Verkäufen.
portal-links-create = Link erstellen
portal-links-coupons = Gutscheine
portal-links-no-coupons = Noch keine Gutscheine.
portal-links-no-coupons-hint = Frag { $brand } nach einem Gutscheincode für deine Community.
portal-links-coupons-hint = Du verdienst an jeder Bestellung mit einem deiner Codes, auch ohne Klick auf deinen Link.
portal-coupons-discount = Kunden erhalten { $discount }.
portal-coupons-waiting = Er wird gerade erstellt. In wenigen Minuten kannst du ihn teilen.
portal-coupons-refused = Dieser Code ist nicht verfügbar. Wähle einen anderen.
# $program is the program's name.
portal-coupons-choose = Wähle deinen Code für { $program }
portal-coupons-code = Dein Code
portal-coupons-code-hint = Buchstaben und Ziffern. Du kannst einen Code wählen und ihn später nicht ändern.
portal-coupons-request = Code erstellen
portal-coupons-requested = Dein Code wird gerade erstellt.
# What is wrong with a code.
portal-coupons-misspelled = Verwende { $least } bis { $most } Buchstaben (A bis Z) und Ziffern, ohne Leerzeichen.
portal-coupons-reserved = Dieser Code ist reserviert. Wähle einen anderen, zum Beispiel deinen Namen mit einer Zahl.
portal-coupons-taken = Dieser Code ist schon vergeben. Wähle einen anderen.
portal-coupons-has-one = Du hast in diesem Programm schon einen Code.
portal-coupons-too-many = Du hast heute zu viele Codes ausprobiert. Versuche es morgen noch einmal.
portal-coupons-not-offered = In diesem Programm kannst du gerade keinen Code wählen.
# What is wrong with a page or a label.
portal-links-not-url = Gib die vollständige URL der Seite ein, zum Beispiel https://brand.com/preise.
# $hosts is a list of sites: "acme.com or acme.shop".
portal-links-other-site = Gib eine Seite auf { $hosts } ein. Nur Käufe dort bringen Provision.
portal-links-any-site = der Website der Marke
portal-links-limit = Du hast das Limit von { $count } Links erreicht.
portal-links-label-wrong = Verwende Buchstaben, Ziffern und Bindestriche, zum Beispiel newsletter.
portal-links-label-taken = Du hast schon einen Link mit diesem Namen. Wähle einen anderen.

## Sharing a link.

portal-share = Teilen
portal-share-of = Teilen: { $link }
portal-share-email = E-Mail
# Posted beside the link. Advertising has to be marked as such.
portal-share-text = Schau dir { $brand } an. #Werbung
portal-share-email-subject = Schau dir { $brand } an
portal-share-email-body =
    Ich glaube, { $brand } gefällt dir: { $link }

    Wenn du über diesen Link etwas kaufst, bekomme ich eine Provision.

## The affiliate's public page of links.

portal-page-title = Link-Seite
portal-page-about = Eine öffentliche Seite mit deinen Links und Codes, für Profile mit Platz für nur einen Link.
portal-page-hint = Die Adresse deiner Seite. Sie funktioniert, solange die Seite eingeschaltet ist.
portal-page-set-up = Link-Seite einrichten
portal-page-open = Seite öffnen
portal-page-on = Meine Seite zeigen
portal-page-on-hint = Solange sie an ist, kann auch die Website von { $brand } Leuten, die deinen Links folgen, deinen Namen nennen.
portal-page-introduction = Vorstellung
portal-page-introduction-hint = Eine Zeile unter deinem Namen, ohne Links.
portal-page-introduction-wrong = Verwende höchstens { $count } Zeichen in einer Zeile, ohne Links und E-Mail-Adressen.
portal-page-items = Links und Codes, bis zu 10
portal-page-items-wrong = Wähle höchstens { $count }.
portal-page-none = Noch keine Link-Seite.
portal-page-none-hint = Dafür braucht { $brand } eine öffentliche Programmseite.
portal-page-code = Code für { $program }
# On the public page: advertising has to be marked as such.
portal-page-ad = Werbung: { $name } bekommt von { $brand } eine Provision für Käufe über diese Links und Codes.

## Sales.

portal-sales-title = Verkäufe
portal-sales-view = Ansicht
portal-sales-earnings = Einnahmen
portal-sales-clicks = Klicks
portal-sales-yours = Deine Einnahmen
portal-sales-kind-all = Alle
portal-sales-kind-sales = Verkäufe
portal-sales-kind-renewals = Verlängerungen
portal-sales-kind-leads = Leads
portal-sales-kind-clicks = Klicks
portal-sales-kind-other = Boni
portal-sales-status-all = Alle Status
portal-sales-status-on-hold = In der Wartefrist
portal-sales-status-payable = Auszahlbar
portal-sales-status-paid = Ausgezahlt
portal-sales-status-refunded = Erstattet
portal-sales-imported = { $kind }, importiert
portal-sales-none-matching = Keine passenden Einnahmen in diesem Zeitraum.
portal-sales-none = Keine Einnahmen in diesem Zeitraum.
portal-sales-view-all = Alle letzten Einnahmen ansehen
# $link is the next message, as a link.
portal-sales-share = Teile { $link }.
portal-sales-share-link = deinen Link
# $link is the next message, as a link.
portal-sales-missing = Fehlt ein Verkauf? { $link }.
portal-sales-missing-link = Frag { $brand } danach
portal-sales-date = Datum
portal-sales-type = Art
portal-sales-amount = Verkaufsbetrag
portal-sales-earn = Du verdienst
portal-sales-status = Status
portal-sales-receipt = Beleg
portal-sales-receipt-of = Beleg für { $amount }, { $when }
# $zone is a time zone, such as Europe/Berlin.
portal-sales-note = Zeiten in { $zone }. Kundendaten sind vertraulich.
portal-sales-buyer = Kunde
# $code is four digits that tell customers apart: "7F3A".
portal-sales-customer = Kunde { $code }
# Beside a status, with a date.
portal-sales-payable-on = auszahlbar am { $day }
portal-sales-since = seit { $day }
portal-sales-paid-on = am { $day }
portal-sales-statement = Monatsabrechnung
portal-sales-statement-month = Monat
# A month’s name and its year.
portal-sales-month = { $month } { $year }
# What a commission's status means.
portal-sales-on-hold = In der Wartefrist
portal-sales-deducted = Abgezogen
portal-sales-deducted-next = Wird von deiner nächsten Auszahlung abgezogen.
portal-sales-deducted-paid = Von einer Auszahlung abgezogen.
portal-sales-on-its-way = In einer Auszahlung
portal-sales-on-its-way-why = In einer Auszahlung enthalten, die unterwegs ist.
portal-sales-payable = Auszahlbar
portal-sales-payable-why = In deiner nächsten Auszahlung enthalten.
portal-sales-paid = Ausgezahlt
portal-sales-paid-why = An dich ausgezahlt.
portal-sales-left = Woanders abgerechnet
portal-sales-left-why = Die Marke hat das der Plattform überlassen, von der sie umgezogen ist. Hier wird es nicht ausgezahlt.
portal-sales-refunded = Erstattet
portal-sales-refunded-sale = Der Kunde hat sein Geld zurückbekommen, daher gibt es keine Provision.
portal-sales-reversed = Wurde rückgängig gemacht.
portal-sales-not-credited = Nicht angerechnet
portal-sales-denied = Die Marke hat das abgelehnt.
portal-sales-denied-sale = Die Marke hat das abgelehnt oder jemand anderem angerechnet.
# $why is another of these sentences.
portal-sales-overpaid = { $why } Der zu viel gezahlte Betrag wird von deiner nächsten Auszahlung abgezogen.
portal-sales-review-sale = Die Marke prüft diesen Verkauf.
portal-sales-review = Die Marke prüft das.
portal-sales-review-first = Die Marke prüft den ersten Verkauf an diesen Kunden.
portal-sales-disputed = Der Kunde hat die Zahlung angefochten. Zurückgehalten, bis darüber entschieden ist.
portal-sales-hold-over = Die Wartefrist ist vorbei. In einer Minute ist der Betrag auszahlbar.
portal-sales-held-until = Zurückgehalten bis { $until }.
portal-sales-held-days =
    { $days ->
        [one] Zurückgehalten bis { $until }, 1 Tag nach dem Verkauf, falls der Kunde sein Geld zurückverlangt.
       *[other] Zurückgehalten bis { $until }, { $days } Tage nach dem Verkauf, falls der Kunde sein Geld zurückverlangt.
    }

## One sale.

# What earned the commission, and when.
portal-sale-title = { $kind }, { $when }
portal-sale-all = Alle Einnahmen
portal-sale-originally = Ursprünglich { $amount }.
portal-sale-given-back = Dem Kunden erstattet: { $amount }.
portal-sale-how = So hast du es verdient
portal-sale-program = Programm
portal-sale-excluding-tax = ohne Steuern
portal-sale-attribution = Zuordnung
portal-sale-rate = Dein Satz
portal-sale-reason = Grund
portal-sale-hold-ends = Ende der Wartefrist
portal-sale-calculation = Berechnung
portal-sale-activity = Deine Aktivität
portal-sale-timeline = Verlauf
# $link is the next message, as a link.
portal-sale-wrong = Kundendaten sind vertraulich. Stimmt etwas nicht? { $link }.
portal-sale-ask = Frag { $brand }
# Why it's credited to the affiliate.
portal-sale-no-longer = Der Verkauf wird dir nicht mehr angerechnet.
portal-sale-by-brand = Die Marke hat ihn dir von Hand angerechnet.
portal-sale-by-customer = Du hast diesen Kunden vermittelt und verdienst daher auch an seinen späteren Käufen.
portal-sale-by-coupon = Der Kunde hat deinen Gutschein benutzt.
portal-sale-by-click = Der Kunde hat auf deinen Link geklickt.
portal-sale-by-slug = Der Verkauf wurde mit deinem Linknamen gemeldet.
portal-sale-by-lead = Du hast diesen Kunden früher als Lead vermittelt.
portal-sale-by-other = Er wird dir angerechnet.
portal-sale-by-recruit = Jemand, den du geworben hast, hat { $amount } Provision verdient, und du erhältst { $percent } davon.
portal-sale-click-on = Klick auf { $link }
portal-sale-click = Klick auf deinen Link
portal-sale-coupon = Dein Gutschein
portal-sale-coupon-code = Dein Gutschein { $code }
portal-sale-slug = Dein Linkname beim Verkauf
# The timeline: what happened with which amount, and what comes next.
portal-sale-step = { $what }: { $amount }
portal-sale-step-earned = Verdient
portal-sale-step-reversed = Rückgängig gemacht
portal-sale-step-payable = Auszahlbar geworden
portal-sale-step-held = Wieder zurückgehalten
portal-sale-step-reserved = Zu einer Auszahlung hinzugefügt
portal-sale-step-voided = Auszahlung abgebrochen
portal-sale-step-returned = Zahlung zurückgekommen
portal-sale-step-offset = Mit einer Auszahlung verrechnet
portal-sale-step-paid = Ausgezahlt
portal-sale-step-left = Einer anderen Plattform überlassen
portal-sale-step-moved = Umgebucht
portal-sale-becomes-payable-decided = Wird auszahlbar, sobald das entschieden ist
portal-sale-becomes-payable = Wird auszahlbar
portal-sale-in-next-payout = In deiner nächsten Auszahlung enthalten

## Clicks.

portal-clicks-title = Klicks
portal-clicks-on-links = Klicks auf deine Links
portal-clicks-none = Keine Klicks in diesem Zeitraum.
# $link is the next message, as a link.
portal-clicks-none-hint = Teile { $link }, um deine ersten Klicks zu bekommen. Bots und Link-Vorschauen zählen nicht.
portal-clicks-none-link = deinen Link
portal-clicks-date = Datum
portal-clicks-link = Link
portal-clicks-source = Quelle
portal-clicks-country = Land
portal-clicks-device = Gerät
portal-clicks-direct = Direkt
# $zone is a time zone, such as Europe/Berlin.
portal-clicks-note = Zeiten in { $zone }. Bots und Link-Vorschauen zählen nicht, und Besucher bleiben anonym.

## Profile.

portal-profile-title = Profil
portal-profile-saved = Änderungen gespeichert.
portal-profile-name-saved = Name geändert.
portal-profile-slug-saved = Linkname geändert. Deine alten Links funktionieren in wenigen Sekunden nicht mehr.
portal-profile-language-saved = Sprache geändert.
portal-profile-save = Änderungen speichern
portal-profile-you = Du
portal-profile-name = Name
portal-profile-name-hint = Wird der Marke angezeigt.
portal-profile-name-wrong = Gib deinen Namen ein: 1 bis { $max } Zeichen.
portal-profile-email = E-Mail
portal-profile-email-hint = Hierhin senden wir deine Anmeldelinks. Um sie zu ändern, wende dich an { $brand }.
portal-profile-terms = Teilnahmebedingungen
portal-profile-terms-accepted = Akzeptiert am { $day }
portal-profile-terms-withdrawn = Zurückgezogen
# A link follows.
portal-profile-terms-open = Noch nicht akzeptiert.
portal-profile-terms-review = Teilnahmebedingungen ansehen
portal-profile-language = Sprache
portal-profile-language-hint = Für das Portal und für E-Mails an dich.
portal-profile-language-wrong = Wähle eine der Sprachen.
portal-profile-slug = Linkname
# $slug is shown in bold.
portal-profile-slug-now = Deine Links enthalten { $slug }.
portal-profile-slug-changed = Du hast ihn am { $day } geändert. Das geht nur einmal; um ihn noch einmal zu ändern, wende dich an { $brand }.
portal-profile-slug-change = Ändern (nur einmal möglich)
portal-profile-slug-ask = Linknamen ändern?
portal-profile-slug-warning = Links, die du schon geteilt hast, funktionieren dann nicht mehr. Deine Gutscheine ändern sich nicht.
portal-profile-slug-new = Neuer Linkname
portal-profile-slug-hint = 3 bis 64 Buchstaben, Ziffern oder Bindestriche. Du kannst ihn nicht noch einmal ändern.
portal-profile-slug-submit = Linknamen ändern
portal-profile-slug-once = Du hast ihn schon einmal geändert. Bitte die Marke, ihn noch einmal zu ändern.
portal-profile-slug-same = Deine Links verwenden diesen Namen schon. Gib einen anderen ein.
portal-profile-slug-too-long = Dieser Name ist für einen deiner Links zu lang. Gib einen kürzeren ein.
portal-profile-slug-taken = Ein anderer Link oder Partner hat diesen Namen.
portal-profile-slug-wrong = Verwende 3 bis 64 Buchstaben, Ziffern, Bindestriche oder Unterstriche.
portal-profile-slug-reserved = { $slug } ist nicht möglich, weil Link-Domains diesen Pfad selbst verwenden.
portal-profile-emails = E-Mail-Benachrichtigungen
# The next three continue it.
portal-profile-emails-when = E-Mail an mich, wenn
portal-profile-emails-first-click = Jemand zum ersten Mal auf deinen Link klickt
portal-profile-emails-commission = Du eine Provision verdienst
portal-profile-emails-payout = Eine Auszahlung an dich gesendet wird
portal-profile-emails-always = Wichtige E-Mails bekommst du immer: Anmeldelinks, Antworten auf deine Meldungen und alles, was für deine Auszahlungen nötig ist.
portal-profile-sessions = Sitzungen
portal-profile-sessions-hint = Gerät verloren oder ein fremdes benutzt? Melde dich überall ab, auch hier, und fordere einen neuen Anmeldelink an.
portal-profile-sign-out = Überall abmelden
portal-too-often = Zu viele Anfragen. Warte eine Minute und versuch es dann noch einmal.

## Assets.

portal-assets-title = Werbemittel
portal-assets-hint = Bilder, Texte und Links von { $brand } für deine Werbung
portal-assets-none = Noch keine Werbemittel.
# $link is the next message, as a link.
portal-assets-none-hint = Bilder, Texte und Links von { $brand } erscheinen hier. Teile inzwischen { $link }.
portal-assets-none-link = deinen Link
portal-assets-download = Herunterladen
portal-assets-download-of = { $title } herunterladen
portal-assets-program = Für { $program }
portal-assets-kit = Alles herunterladen (ZIP)
portal-assets-texts = Fertige Texte
portal-assets-post = Beitrag

## Claims about missing sales.

portal-claims-title = Fehlende Verkäufe
portal-claims-report = Fehlenden Verkauf melden
portal-claims-sent = Meldung gesendet. { $brand } antwortet dir per E-Mail.
portal-claims-yours = Deine Meldungen
portal-claims-none = Noch keine Meldungen.
# $link is portal-sales-title, as a link.
portal-claims-none-hint = Wenn jemand über dich gekauft hat und der Verkauf nicht unter { $link } steht, melde ihn { $brand }.
portal-claims-open = Offen
portal-claims-credited = Angerechnet
portal-claims-rejected = Nicht angerechnet
portal-claims-ordered = Bestellt am { $day }. Gesendet am { $sent }.
portal-claims-ordered-number = Bestellt am { $day }, Bestellnummer { $number }. Gesendet am { $sent }.
portal-claims-answered = { $brand }, { $day }
portal-claims-reviewing = { $brand } prüft sie.
portal-claims-all = Alle Meldungen
portal-claims-order = Angaben zur Bestellung
portal-claims-order-hint = Verkäufe erscheinen meist wenige Minuten nach der Zahlung. { $brand } prüft deine Meldung und antwortet per E-Mail.
portal-claims-date = Bestelldatum
portal-claims-bought = Was gekauft wurde
portal-claims-number = Bestellnummer
portal-claims-number-hint = Wie auf dem Beleg des Kunden.
portal-claims-email = E-Mail des Kunden
portal-claims-email-hint = Nur wenn der Kunde damit einverstanden ist. Wir suchen damit den Verkauf und löschen sie dann.
portal-claims-note = Sonst noch etwas
portal-claims-note-hint = Zum Beispiel, wo du den Link geteilt hast.
portal-claims-send = Meldung senden
# What is wrong with a field.
portal-claims-date-wrong = Gib das Bestelldatum ein, zum Beispiel 2026-11-20.
portal-claims-date-future = Gib ein Datum ein, das nicht in der Zukunft liegt.
portal-claims-date-old = Das ist mehr als ein Jahr her. Wende dich damit an die Marke.
portal-claims-bought-wrong = Gib ein, was gekauft wurde (1 bis { $max } Zeichen).
portal-claims-number-wrong = Gib die Bestellnummer ein (1 bis { $max } Zeichen).
portal-claims-email-wrong = Gib eine gültige E-Mail-Adresse ein, zum Beispiel name@brand.com.
portal-claims-needs-one = Gib die Bestellnummer oder die E-Mail des Kunden ein, damit der Verkauf gefunden werden kann.
portal-claims-note-wrong = Schreib höchstens { $max } Zeichen einfachen Text.
portal-claims-too-many = Du hast heute { $count } Meldungen gesendet. Sende die nächste morgen.

## Signing in.

portal-enter-title = Willkommen
portal-enter-hint = Weiter zum Partnerportal von { $brand }. Dieser Link funktioniert einmal.
portal-enter-go = Zum Portal
# An email of another brand led here.
portal-open-title = Marke wechseln?
portal-open-hint = Die geöffnete Seite gehört zum Portal von { $brand }. Du bist gerade in dem von { $here }.
portal-open-go = Zu { $brand } wechseln
portal-link-title = Partnerportal
portal-link-hint = Gib deine E-Mail-Adresse ein, und wir senden dir einen Anmeldelink.
portal-link-email = E-Mail
portal-link-send = Anmeldelink senden
# A sign-in link that was cut off.
portal-link-incomplete = Dieser Link ist unvollständig
portal-link-incomplete-hint = Ein Teil des Links fehlt. Öffne ihn noch einmal aus der E-Mail, oder gib deine E-Mail-Adresse ein, und wir senden dir einen neuen.
portal-link-spent = Dieser Link funktioniert nicht mehr
portal-link-spent-hint = Anmeldelinks funktionieren einmal und laufen nach einiger Zeit ab. Wir können dir einen neuen an dieselbe Adresse senden.
portal-link-send-new = Neuen Link senden
portal-link-other = Andere E-Mail-Adresse verwenden
portal-link-sent-hint = Wenn du Partner bist, haben wir dir einen Anmeldelink gesendet. Er funktioniert einmal, innerhalb von 24 Stunden.
portal-link-back = Zurück

## Payouts.

portal-payouts-title = Auszahlungen
portal-payouts-history = Bisherige Auszahlungen
portal-payouts-none = Noch keine Auszahlungen.
portal-payouts-none-hint = Jede Auszahlung von { $brand } erscheint hier mit ihrem Beleg.
portal-payouts-date = Datum
portal-payouts-amount = Betrag
portal-payouts-status = Status
portal-payouts-what-next = Wie es weitergeht
portal-payouts-next = Weiter
portal-payouts-receipt = Beleg
portal-payouts-receipt-of = Beleg für { $day }, { $amount }
portal-payouts-pdf-of = Beleg für { $day }, { $amount }, PDF
portal-payouts-older = Ältere Auszahlungen
portal-payouts-by-year = Nach Jahr
portal-payouts-statement = Übersicht für { $year }
portal-payouts-all = Alle Auszahlungen

## One payout's receipt.

portal-receipt-title = Auszahlung { $id }
portal-receipt-from = { $amount } von { $brand }
portal-receipt-test-mode = Testmodus: Nichts auf dieser Seite ist echt, und es floss kein Geld.
# The notice where a payout isn't simply paid. $why is empty, or a sentence with a space before it.
portal-receipt-not-paid = Noch nicht ausgezahlt. { $amount } sind in einem Auszahlungslauf. Dies ist eine Vorschau des Belegs.
portal-receipt-not-confirmed = Noch nicht bestätigt. Der Zahlungsdienst hat { $amount } nicht bestätigt. Wir prüfen das, bevor etwas noch einmal gesendet wird.
portal-receipt-failed = Fehlgeschlagen. Es wurde nichts gesendet, und der volle Betrag ist wieder auszahlbar.{ $why }
portal-receipt-reversed = Zurückgekommen. { $amount } wurden gesendet und kamen vollständig zurück. Der volle Betrag ist wieder auszahlbar.{ $why }
portal-receipt-partly-reversed = Teilweise zurückgekommen. { $returned } von { $amount } kamen zurück und sind wieder auszahlbar.{ $why }
# $reason is what the bank says.
portal-receipt-rejected = Ausgezahlt, aber von der Bank abgelehnt: { $reason } Das Geld ist auf dem Zahlungskonto.
portal-receipt-details = Details
portal-receipt-brand = Von
portal-receipt-to = An
portal-receipt-payout = Auszahlung
portal-receipt-affiliate = Partner
portal-receipt-earned = Verdient
portal-receipt-method = Auszahlungsmethode
portal-receipt-paid-to = Ausgezahlt an
portal-receipt-created = Erstellt am
portal-receipt-paid = Ausgezahlt am
portal-receipt-transfer = Überweisung
portal-receipt-reference = Referenz
portal-receipt-commissions = Provisionen
portal-receipt-no-commissions = Noch keine Provisionen.
portal-receipt-no-commissions-hint = Sie erscheinen hier, sobald die Auszahlung vorbereitet ist.
portal-receipt-program = Programm
portal-receipt-source = Quelle
portal-receipt-amount-in = Betrag, { $currency }
portal-receipt-reversal = Storno: { $what }
portal-receipt-net = Nettobetrag
portal-receipt-gross = Provisionen abzüglich Stornos
portal-receipt-withheld = Einbehaltene Steuer
portal-receipt-returned = Zurückgekommen
portal-receipt-will-receive = Du erhältst
portal-receipt-received = Du hast erhalten
portal-receipt-note = { $brand } bezahlt seine Partner vom eigenen Konto. Datumsangaben in { $zone }. Dies ist ein Beleg, kein Steuerdokument und keine Rechnung.
portal-receipt-pdf = Beleg herunterladen (PDF)

## The payouts of a year.

portal-year-title = Auszahlungen von { $brand } { $year }
portal-year-unfinished = { $year } ist noch nicht vorbei.
portal-year-unfinished-day = { $year } ist noch nicht vorbei. Zuletzt aktualisiert am { $day }.
portal-year-none = Keine Auszahlungen { $year }.
# $link is the next message, as a link.
portal-year-none-hint = Unter { $link } siehst du, was unterwegs ist.
portal-year-none-link = deine Auszahlungen
portal-year-in-currency = { $amount } in { $currency }
portal-year-month = Monat
portal-year-payouts = Auszahlungen
portal-year-commissions = Provisionen
portal-year-withheld = Einbehaltene Steuer
portal-year-returned = Zurückgekommen
portal-year-received = Erhalten
portal-year-total = Jahr
portal-year-january = Januar
portal-year-february = Februar
portal-year-march = März
portal-year-april = April
portal-year-may = Mai
portal-year-june = Juni
portal-year-july = Juli
portal-year-august = August
portal-year-september = September
portal-year-october = Oktober
portal-year-november = November
portal-year-december = Dezember
portal-year-note = Diese Übersicht ist kein Steuerdokument. Sie listet Zahlungen und Rückläufer nach Datum in der Zeitzone der Marke auf. Daten, Wechselkurse und Gebühren deiner Bank können abweichen. Wenn das Gesetz ein Steuerformular wie Form 1099-NEC verlangt, schickt die Marke es separat.
portal-year-pdf = PDF herunterladen

## How an affiliate is paid.

portal-setup-title = Auszahlungsmethode
portal-setup-ready = Eingerichtet
portal-setup-not-ready = Nicht eingerichtet
portal-setup-saved = Auszahlungsmethode gespeichert. Sie gilt ab deiner nächsten Auszahlung.
portal-setup-saved-stripe = Auszahlungsmethode gespeichert. Ab deiner nächsten Auszahlung wirst du über Stripe bezahlt.
portal-setup-back = Willkommen zurück. Das ist dein aktueller Status bei Stripe:
portal-setup-checked = Status aktualisiert. Das ist dein aktueller Status bei Stripe:
portal-setup-over = Wähle dein Land noch einmal.
portal-setup-current = Aktuelle Methode: { $method }
# $hint is a masked address or account, in bold.
portal-setup-pays = { $brand } bezahlt dich per { $method } an { $hint }.
portal-setup-bank-transfer = Banküberweisung
portal-setup-company = { $country }, Unternehmen
portal-setup-individual = { $country }, Einzelperson
portal-setup-to-do = Zu erledigen
portal-setup-later = Später nötig
portal-setup-extra-day = In deinem Land dauern Zahlungen von Stripe einen Tag länger.
portal-setup-continue = Weiter bei Stripe
portal-setup-dashboard = Stripe-Dashboard öffnen
portal-setup-check = Status prüfen
portal-setup-switch-back = Zurück zu Stripe wechseln
portal-setup-wrong-country = Falsches Land?
portal-setup-wrong-country-hint = Das Land eines Stripe-Kontos lässt sich nicht ändern. An dieses wurde noch nichts ausgezahlt, du kannst also mit einem neuen Konto neu anfangen.
portal-setup-over-ask = Mit einem neuen Stripe-Konto neu anfangen?
portal-setup-start-over = Neu anfangen
# A time follows, as <time>.
portal-setup-checked-at = Geprüft: { $when }.
portal-setup-stripe-hint = Der schnellste Weg: Stripe zahlt direkt auf dein Bankkonto. Die Einrichtung dauert ein paar Minuten. Halte deine Bankdaten und einen Ausweis bereit. { $brand } sieht sie nie.
portal-setup-country = Land deines Bankkontos
portal-setup-country-hint = Das kannst du später nicht ändern.
portal-setup-country-wrong = Wähle das Land deines Bankkontos.
portal-setup-choose = Auswählen …
portal-setup-entity = Kontoart
portal-setup-entity-individual = Einzelperson oder Einzelunternehmen
portal-setup-entity-company = Unternehmen
portal-setup-entity-wrong = Wähle Einzelperson oder Unternehmen.
portal-setup-to-stripe = Weiter zu Stripe
portal-setup-to-stripe-hint = Es geht auf der Website von Stripe weiter. Danach bringt Stripe dich hierher zurück.
portal-setup-no-country = Dein Land fehlt? Wähle unten eine andere Methode.
portal-setup-other = Andere Methoden
portal-setup-choose-method = Methode wählen
portal-setup-other-hint = { $brand } sendet diese Zahlungen von Hand oder gesammelt. Deine Daten werden verschlüsselt gespeichert, und wir schreiben dir, wenn sie sich ändern.
portal-setup-account-email = E-Mail-Adresse deines { $method }-Kontos
portal-setup-use = { $method } verwenden
portal-setup-use-bank-transfer = Banküberweisung verwenden
portal-setup-holder = Kontoinhaber
portal-setup-account = Bankkonto
portal-setup-account-hint = IBAN und BIC, oder Kontonummer, Bankleitzahl und Name der Bank. Eine Angabe pro Zeile.
portal-setup-rail-wrong = Wähle eine der Auszahlungsmethoden auf dieser Seite.
# The status of an account at Stripe, in a word or two and in a sentence.
portal-account-creating = wird erstellt
portal-account-onboarding = nicht fertig
portal-account-checking = in Prüfung
portal-account-ready = bereit
portal-account-restricted = Angaben fehlen
portal-account-closed = geschlossen
portal-account-creating-hint = Stripe erstellt das Konto. Das dauert etwa eine Minute.
portal-account-onboarding-hint = Stripe braucht noch einige Angaben von dir, bevor du bezahlt werden kannst.
portal-account-checking-hint = Stripe prüft deine Angaben. Du musst gerade nichts tun.
portal-account-ready-hint = Du kannst bezahlt werden.
portal-account-restricted-hint = Stripe kann dich erst bezahlen, wenn du die Schritte unten erledigt hast.
portal-account-closed-hint = Stripe hat dieses Konto geschlossen. Richte ein neues ein oder wähle eine andere Auszahlungsmethode.
portal-account-left = Dieses Konto wurde durch ein anderes ersetzt.
portal-account-switched = Die Marke ist zu einem anderen Stripe-Konto gewechselt. Richte ein neues ein.
portal-account-disconnected = Das Konto ist nicht mehr mit der Marke verbunden. Richte ein neues ein.
# $reason is what Stripe says, in English.
portal-account-refused = Stripe hat das Konto nicht erstellt: { $reason }
# Why Stripe disabled an account.
portal-account-disabled-details = Stripe braucht mehr Angaben, bevor es auszahlen kann.
portal-account-disabled-checking = Stripe prüft die Angaben.
portal-account-disabled-review = Stripe prüft das Konto.
portal-account-disabled-listed = Stripe gleicht das Konto mit Sanktionslisten ab.
portal-account-disabled-paused = Die Marke hat dieses Stripe-Konto pausiert.
portal-account-disabled-fraud = Stripe hat das Konto geschlossen: Betrugsverdacht.
portal-account-disabled-terms = Stripe hat das Konto geschlossen: Verstoß gegen die Nutzungsbedingungen.
portal-account-disabled-person = Stripe hat das Konto geschlossen: Es kann diese Person nicht bezahlen.
portal-account-disabled-verification = Stripe hat das Konto geschlossen: Die Überprüfung ist fehlgeschlagen.
portal-account-disabled-closed = Stripe hat das Konto geschlossen.
portal-account-disabled-other = Stripe hat das Konto deaktiviert. Frag den Stripe-Support nach dem Grund.

## The tax form. The forms themselves are in English, as those of the IRS are.

portal-tax-title = Steuerformular
portal-tax-yours = Dein Steuerformular
portal-tax-status = Status
portal-tax-number = Nummer endet auf { $hint }
portal-tax-changed = Haben sich dein Name, deine Adresse oder dein Land geändert? Reiche innerhalb von 30 Tagen unten ein neues Formular ein. Es ersetzt dieses.
portal-tax-none = Noch kein Steuerformular.
# $notice is one of the next three.
portal-tax-none-hint = { $notice } Es dauert etwa fünf Minuten.
portal-tax-without-warn = { $brand } bittet alle, die Geld bekommen, um ein Steuerformular. Bis dahin kannst du trotzdem bezahlt werden.
portal-tax-without-hold = { $brand } braucht eines, bevor du bezahlt werden kannst.
portal-tax-without-withhold = Ohne Formular muss { $brand } 24{ "\u00A0" }% deiner Auszahlungen einbehalten.
portal-tax-find = Finde dein Formular
# $form is a form's name, such as W-9, in bold, and $whose one of the next three.
portal-tax-need = Du brauchst das Formular { $form }, für { $whose }.
portal-tax-whose-us = US-Personen und US-Unternehmen
portal-tax-whose-person = Personen außerhalb der USA
portal-tax-whose-entity = Unternehmen und andere Organisationen außerhalb der USA
portal-tax-fill-in = { $form } ausfüllen
# $link is the next message, as a link.
portal-tax-upload = Dein Formular gilt, sobald du es unterschreibst. Oder { $link }; das muss { $brand } erst prüfen.
portal-tax-upload-link = lade ein unterschriebenes PDF hoch
portal-tax-other-person = Weil du in den USA arbeitest, aber keine US-Person bist, brauchst du das Formular 8233, W-4 oder W-8ECI. Diese kannst du hier nicht einreichen. Wende dich an die Marke, bevor du weitermachst.
portal-tax-other-entity = Weil dein Unternehmen in den USA arbeitet, braucht es meist das Formular W-8ECI. Das kannst du hier nicht einreichen. Wende dich an die Marke, bevor du weitermachst.
portal-tax-answers = Antworten ändern
portal-tax-unfinished = Beantworte alle drei Fragen.
portal-tax-us-person = Bist du Staatsbürger oder Einwohner der USA oder ein dort gegründetes Unternehmen?
portal-tax-yes = Ja
portal-tax-no = Nein
portal-tax-entity = Wer wird bezahlt?
portal-tax-entity-person = Eine Einzelperson unter eigenem Namen
portal-tax-entity-company = Ein Unternehmen oder eine andere Organisation
portal-tax-works = Wird ein Teil der Arbeit in den USA geleistet?
portal-tax-show = Mein Formular anzeigen
# Links to the three forms follow.
portal-tax-known = Du kennst dein Formular schon?
portal-tax-no-advice = Das ist keine Steuerberatung. Die Fragen folgen den Anleitungen der US-Steuerbehörde (IRS).
portal-tax-submitted = Eingereichte Formulare
portal-tax-open = PDF öffnen
portal-tax-signed = unterschrieben am { $signed }, eingereicht am { $submitted }
portal-tax-too-many = Du hast heute zu viele Formulare eingereicht. Versuch es morgen noch einmal oder frag die Marke, ob dein letztes in Ordnung ist.
# A form's status, in a word or two and in a sentence.
portal-tax-waiting = Wird geprüft
portal-tax-waiting-hint = Die Marke prüft es. Du bekommst eine E-Mail, falls etwas fehlt.
portal-tax-valid = Liegt vor
portal-tax-valid-hint = Gültig, bis sich etwas daran ändert.
portal-tax-valid-until = Gültig bis { $day } oder bis sich etwas daran ändert.
portal-tax-expired = Abgelaufen
portal-tax-expired-hint = Dieses Formular ist abgelaufen. Bitte unterschreibe ein neues.
portal-tax-rejected = Abgelehnt
# $reason is the brand's, or the next message.
portal-tax-rejected-hint = { $reason } Bitte reiche ein neues Formular ein.
portal-tax-rejected-reason = Die Marke konnte dieses Formular nicht annehmen.
portal-tax-replaced = Ersetzt
portal-tax-replaced-hint = Durch ein neueres Formular ersetzt.

## Rewards: milestones, contests and bounties. $gift is what is given: "$50.00", "the segment gold".

portal-rewards-title = Prämien
portal-rewards-hint = Was { $brand } dir zusätzlich zu deinen Provisionen gibt.
portal-rewards-open = Was du verdienen kannst
portal-rewards-none = Gerade keine Prämien.
portal-rewards-none-hint = Wenn { $brand } eine Prämie anbietet, findest du sie hier.
portal-rewards-gift = Du bekommst: { $gift }
portal-rewards-until = Bis { $day }
# $rest is what is missing: "3 sales".
portal-rewards-to-go = Noch { $rest }
portal-rewards-to-go-until = Noch { $rest } bis { $day }
portal-rewards-reached = Du hast es geschafft.
# The place in a contest; $value is "12 sales".
portal-rewards-place = Du bist auf Platz { $place }, mit { $value }.
portal-rewards-place-until = Du bist auf Platz { $place }, mit { $value }. Ende am { $day }.
portal-rewards-uncounted = Gerade sind es zu viele Verkäufe, um die Plätze zu ermitteln. Was du verdienst, ändert sich dadurch nicht.
portal-rewards-progress = Fortschritt
portal-rewards-takes-back = Erstattungen können das Ziel rückgängig machen. Der Betrag wird dann abgezogen.
portal-rewards-submit = Nachweis einreichen
portal-rewards-submit-of = Nachweis für { $title } einreichen
portal-rewards-yours = Deine Prämien
portal-rewards-yours-none = Noch nichts. Hier siehst du, was du verdienst oder einreichst.
portal-rewards-waiting = In Prüfung
portal-rewards-approved = Genehmigt
portal-rewards-rejected = Nicht angenommen
portal-rewards-given = Verdient
portal-rewards-taken-back = Zurückgenommen
portal-rewards-sent = Eingereicht. Nach der Prüfung bekommst du eine E-Mail.
portal-rewards-board = Rangliste: { $program }
portal-rewards-board-until = Bis { $day }
portal-rewards-board-none = Noch niemand ist dabei.
portal-rewards-board-place = Platz
portal-rewards-board-name = Name
portal-rewards-board-value = Ergebnis
portal-rewards-you = Du
portal-rewards-nameless = Affiliate { $number }
portal-rewards-name-title = Dein Name auf Ranglisten
portal-rewards-name-hint = Andere Affiliates sehen nur eine Nummer, wenn du nicht zustimmst. Du kannst einen beliebigen Namen wählen und dich jederzeit umentscheiden.
portal-rewards-name = Name
portal-rewards-name-shown = Diesen Namen anderen Affiliates zeigen
portal-rewards-name-save = Speichern
portal-rewards-name-saved = Gespeichert.
portal-rewards-name-wrong = Gib einen Namen mit bis zu { $max } Zeichen ein.
portal-rewards-all = Alle Prämien
portal-rewards-links = Links
portal-rewards-links-hint = Einer pro Zeile, bis zu { $max }.
portal-rewards-links-hosts = Einer pro Zeile, bis zu { $max }, auf { $hosts }.
portal-rewards-note = Beschreibung
portal-rewards-note-hint = Was du gemacht hast, und alles, was bei der Prüfung hilft.
portal-rewards-file = Bild oder PDF
portal-rewards-file-hint = PNG, JPEG, GIF, WebP oder PDF, bis zu 5 MB.
portal-rewards-send = Einreichen
portal-rewards-links-wrong = Gib 1 bis { $max } Links ein, einen pro Zeile.
portal-rewards-link-wrong = Dieser Link wird hier nicht angenommen: { $link }
portal-rewards-note-wrong = Gib eine Beschreibung mit bis zu { $max } Zeichen ein.
portal-rewards-file-wrong = Wähle ein Bild oder ein PDF mit bis zu 5 MB.
portal-rewards-too-many = Du hast heute { $count } Nachweise eingereicht. Versuche es morgen wieder.
portal-rewards-closed = Diese Prämie ist geschlossen, oder du hast sie schon beansprucht.

## Recruits.

portal-recruits-title = Andere werben
portal-recruits-hint = Lade andere zu { $brand } ein. Wenn jemand, den du geworben hast, eine Provision verdient, erhältst du einen Anteil davon zusätzlich.
portal-recruits-offer = Du erhältst { $percent } jeder Provision, die jemand, den du geworben hast, in { $program } verdient.
portal-recruits-link = Dein Werbelink für { $program }
portal-recruits-off = Zurzeit zahlt kein Programm für das Werben
portal-recruits-off-hint = Frag { $brand }, ob das geplant ist.
portal-recruits-count = { $count ->
    [one] 1 Person geworben
   *[other] { $count } Personen geworben
}
portal-recruits-none = Über deinen Link hat sich noch niemand beworben. Teile ihn mit Leuten, die die Marke auch empfehlen könnten.
portal-recruits-earned = Durch sie verdient: { $amount }
portal-recruits-row = { $name }, seit { $date }
portal-recruits-someone = Jemand, den du geworben hast

# Fragen an das KI-Modell der Marke
portal-ask-title = Fragen zu deinen Einnahmen
portal-ask-hint = Ein KI-Modell antwortet anhand deiner eigenen Links, Einnahmen und Auszahlungen bei { $brand }. Es ändert nichts, und es kann sich irren.
portal-ask-question = Deine Frage
portal-ask-kept = Deine Frage geht an den KI-Anbieter von { $brand }. Sie wird hier nicht gespeichert, und jede Frage steht für sich.
portal-ask-send = Fragen
portal-ask-cut = Die Antwort ist nicht vollständig.
portal-ask-length = Schreib 1 bis { $count } Zeichen.
portal-ask-often = Du fragst zu schnell. Warte eine Minute und versuch es noch einmal.
portal-ask-own-limit = Deine Antworten für heute sind aufgebraucht. Versuch es morgen wieder.
portal-ask-brand-limit = Die Antworten für heute sind aufgebraucht. Versuch es morgen wieder.
portal-ask-failed = Im Moment gibt es keine Antwort. Versuch es später noch einmal.
