# Texts of the public program pages, where people read what a program offers and apply.
# $brand and $program are names. What the brand wrote itself isn't translated: its headline, introduction, questions and terms.

# The locale for link previews (`og:locale`): a language and a country, such as de_DE.
program-locale = de_DE
# Names the list of languages for screen readers.
program-languages = Sprache

## The offer.

# The headline of a page whose brand hasn't written one.
program-headline = Empfiehl { $brand }
# For search engines and link previews; $offer is what the program pays, in whole phrases.
program-description = Mach mit bei { $program }, dem Partnerprogramm von { $brand }. { $offer }
program-preview = Das ist eine Vorschau. Nur dein Team kann sie sehen.
program-preview-back = Zurück zum Editor
program-by = { $program } von { $brand }
program-apply-now = Jetzt bewerben
# Names a section for screen readers.
program-introduction = Einleitung
program-earn-title = Das verdienst du
program-earn-later = { $brand } nennt dir die Einzelheiten in der Antwort auf deine Bewerbung.
program-discount = Mit deinem Gutscheincode erhalten Kunden { $discount }.

program-steps-title = So funktioniert es
# Each step is a bold sentence, followed by a second one.
program-step-share = Teile deinen Link.
program-step-share-more = Du bekommst deinen eigenen Link, sobald du angenommen bist.
program-step-buy = Leute klicken darauf und kaufen.
program-step-buy-more =
    { $days ->
        [one] Käufe innerhalb eines Tages nach dem Klick zählen.
       *[other] Käufe innerhalb von { $days } Tagen nach dem Klick zählen.
    }
program-step-earn = Du verdienst eine Provision.
program-step-earn-more = In deinem Portal siehst du jeden Klick und jeden Verkauf.

# The calculator: a slider for the number of new customers, and what they earn.
program-calculator-title = Das könntest du verdienen
program-calculator-customers = Neue Kunden in einem Monat
program-calculator-first = Mit ihren ersten Zahlungen
program-calculator-year = In 12 Monaten, wenn alle bleiben
# $price is an amount; the figures are an example.
program-calculator-basis = Ein Beispiel mit Kunden, die { $price } im Monat zahlen. Erstattungen sind nicht berücksichtigt.

# A table: what on the left, how it is in this program on the right.
program-rewards-title = Vergütung auf einen Blick
program-rewards-earn = Du verdienst
program-rewards-window = Käufe zählen
program-rewards-window-is =
    { $days ->
        [one] 1 Tag lang nach einem Klick auf deinen Link
       *[other] { $days } Tage lang nach einem Klick auf deinen Link
    }
program-rewards-model = Wenn mehrere Partner dieselbe Person vermitteln
program-rewards-model-is =
    { $model ->
        [first] verdient der erste
       *[last] verdient der letzte
    }
program-rewards-later = Spätere Käufe deiner Kunden
program-rewards-later-is =
    { $binding ->
        [none] zählen nur nach einem weiteren Klick
       *[customer] bleiben deine
    }
program-rewards-payable = Provisionen werden auszahlbar
program-rewards-payable-is =
    { $days ->
        [0] sofort
        [one] 1 Tag nach dem Verkauf
       *[other] { $days } Tage nach dem Verkauf
    }

program-faq-title = Fragen und Antworten
program-faq-credit = Wann zählt ein Verkauf für mich?
program-faq-later = Verdiene ich auch an späteren Käufen?
program-faq-payable = Wann werden Provisionen auszahlbar?
program-faq-cost = Kostet die Teilnahme etwas?
program-faq-cost-answer = Nein, die Teilnahme ist kostenlos.
# $host is a site, such as youtube.com.
program-video-host = Öffnet { $host }
program-quotes-title = Das sagen andere

program-credit-window =
    { $days ->
        [one] Ein Verkauf zählt für dich, wenn jemand deinem Link folgt und innerhalb eines Tages kauft.
       *[other] Ein Verkauf zählt für dich, wenn jemand deinem Link folgt und innerhalb von { $days } Tagen kauft.
    }
program-credit-several =
    { $model ->
        [first] Haben mehrere Partner dieselbe Person vermittelt, zählt der Verkauf für den ersten.
       *[last] Haben mehrere Partner dieselbe Person vermittelt, zählt der Verkauf für den letzten.
    }
program-credit-later =
    { $binding ->
        [none] Jeder Kauf wird einzeln zugeordnet.
       *[customer] Deine Kunden bleiben deine: Du verdienst auch an ihren späteren Käufen.
    }
program-credit-payable =
    { $days ->
        [0] Provisionen werden sofort auszahlbar.
        [one] Provisionen werden 1 Tag nach dem Verkauf auszahlbar, wenn die Rückgabefrist vorbei ist.
       *[other] Provisionen werden { $days } Tage nach dem Verkauf auszahlbar, wenn die Rückgabefrist vorbei ist.
    }

program-terms-title = Teilnahmebedingungen
program-terms-version = Version { $version }, gültig seit { $date }

program-sign-in = Bist du schon Partner von { $brand }?
program-sign-in-link = Anmelden

## The application form.

program-apply-title = Bewerben
program-apply-approved = Du wirst angenommen, sobald du deine E-Mail-Adresse bestätigst.
program-apply-reviewed = { $brand } prüft jede Bewerbung und antwortet per E-Mail.
program-apply-within =
    { $days ->
        [one] { $brand } prüft jede Bewerbung und antwortet innerhalb eines Tages per E-Mail.
       *[other] { $brand } prüft jede Bewerbung und antwortet innerhalb von { $days } Tagen per E-Mail.
    }
program-apply-known = Du bist als { $email } angemeldet. Wir haben deinen Namen und deine E-Mail-Adresse eingetragen.
program-form-problems =
    { $count ->
        [one] Bitte korrigiere 1 Feld. Deine Antworten sind noch da.
       *[other] Bitte korrigiere { $count } Felder. Deine Antworten sind noch da.
    }
# A field that people don't see; it catches programs that fill in every field.
program-form-honeypot = Lass dieses Feld leer
program-form-terms = Ich akzeptiere die Teilnahmebedingungen von { $brand }.
program-form-terms-link = Teilnahmebedingungen lesen
program-form-send = Bewerbung absenden
program-form-storage = { $brand } erhält und speichert deine Antworten, um dir zu antworten und dich zu bezahlen.

# The questions of a new form, as long as the brand hasn't changed them. Promote us: recommend the brand.
program-form-label =
    { $question ->
        [email] E-Mail-Adresse
        [name] Vor- und Nachname
        [website] Website oder Kanal
        [promotion] Wie wirst du uns empfehlen?
       *[alias] Linkname
    }
program-form-hint =
    { $question ->
        [website] Deine Website, dein Blog, Kanal oder Newsletter.
       *[alias] Der letzte Teil deines Links: 3 bis 64 Buchstaben, Ziffern oder Bindestriche.
    }
# Stands behind the label of a question that may be left out.
program-form-optional = optional
program-form-choose = Auswählen …
program-form-country = Land
# $question is the label of a question for a phone number.
program-form-phone-code = { $question }: Ländervorwahl
program-form-address =
    { $part ->
        [street] Straße und Hausnummer
        [extra] Wohnung, Stockwerk
        [city] Ort
        [region] Bundesland oder Region
       *[postcode] Postleitzahl
    }

## Why a form was refused.

program-form-needs-answer = Dieses Feld ist erforderlich.
program-form-needs-consent = Setze hier ein Häkchen, um fortzufahren.
program-form-needs-option = Wähle eine Option aus.
program-form-needs-options = Wähle mindestens eine Option aus.
program-form-needs-country = Wähle ein Land aus.
program-form-needs-code = Wähle die Ländervorwahl aus.
program-form-unknown-option = Wähle eine dieser Optionen aus.
program-form-too-long = Verwende höchstens { $most } Zeichen.
program-form-answers-too-long = Deine Antworten sind zusammen zu lang. Kürze diese hier.
program-form-one-line = Schreib das in eine einzige Zeile.
program-form-control-characters = Entferne unsichtbare Steuerzeichen.
program-form-name-with-address = Gib deinen Namen ohne Webadresse ein und setze nach jedem Punkt ein Leerzeichen.
program-form-not-email = Gib eine gültige E-Mail-Adresse ein, zum Beispiel name@example.com.
program-form-disposable-email = Gib eine dauerhafte E-Mail-Adresse ein. Wegwerfadressen werden nicht angenommen.
program-form-not-url = Gib eine gültige Webadresse ein, zum Beispiel https://example.com.
program-form-not-number = Gib eine Zahl ein.
# The date is sent in this form whatever the language.
program-form-not-date = Gib ein Datum in der Form JJJJ-MM-TT ein.
program-form-not-phone = Gib eine Telefonnummer ein, zum Beispiel 030 123456.
program-form-not-alias = Verwende 3 bis 64 Buchstaben, Ziffern oder Bindestriche.
program-form-alias-reserved = „{ $alias }“ ist reserviert. Wähle einen anderen Linknamen.
program-form-alias-taken = Dieser Linkname ist schon vergeben. Wähle einen anderen oder lass das Feld leer.
program-form-terms-missing = Setze das Häkchen, um die Teilnahmebedingungen zu akzeptieren.
program-form-terms-changed = Die Teilnahmebedingungen haben sich geändert, während du das Formular ausgefüllt hast. Lies sie noch einmal und setze dann das Häkchen.
program-form-too-fast = Das ging sehr schnell. Prüfe deine Antworten und sende das Formular noch einmal ab.
program-form-expired = Dieses Formular ist abgelaufen. Sende es noch einmal ab, um dich zu bewerben.
program-form-sent-before = Dieses Formular wurde schon abgesendet. Um dich noch einmal zu bewerben, prüfe deine Antworten und sende es erneut ab.
program-form-busy = Bei uns gehen gerade sehr viele Bewerbungen ein. Versuche es in ein paar Minuten noch einmal.

## The page after an application.

# In the browser's tab.
program-thanks-tab = Danke
program-thanks-title = Danke für deine Bewerbung
program-thanks-inbox = Sieh in dein Postfach: Wir haben dir eine E-Mail geschickt. Wenn sie nicht in ein paar Minuten ankommt, sieh im Spam-Ordner nach.
program-thanks-next = So geht es weiter
# For who is approved by confirming their address.
program-thanks-open = Öffne die E-Mail und bestätige deine Adresse. Damit bist du angenommen und kommst ins Portal, wo du deinen Link findest.
program-thanks-share = Teile deinen Link.
program-thanks-paid = Wähle im Portal aus, wie du bezahlt werden möchtest, und verfolge deine Einnahmen.
# For who waits for a decision.
program-thanks-review = { $brand } prüft deine Bewerbung.
program-thanks-review-within =
    { $days ->
        [one] { $brand } prüft deine Bewerbung innerhalb eines Tages.
       *[other] { $brand } prüft deine Bewerbung innerhalb von { $days } Tagen.
    }
program-thanks-email = Du bekommst in jedem Fall eine E-Mail. Wirst du angenommen, enthält sie deinen Link und den Zugang zum Portal.
program-thanks-track = Teile deinen Link und verfolge deine Einnahmen im Portal.
# Links that share the program page; $program and $brand are names.
program-share-title = Kennst du jemanden, der mitmachen möchte?
program-share-link = die Adresse der Seite
program-share-text = { $program } von { $brand }: weiterempfehlen und Provisionen verdienen.
program-share-email = E-Mail
program-thanks-back = Zurück zu { $program }

## Pages that stop emails, behind a link in each of them.

program-unsubscribe-title = Diese E-Mails abbestellen?
# $emails says which ones, such as the next message.
program-unsubscribe-message = Du bekommst dann von { $brand } diese E-Mails nicht mehr: { $emails }.
program-unsubscribe-commissions = Klicks und Provisionen
program-unsubscribe-button = Abbestellen
program-unsubscribed-title = Abbestellt
program-unsubscribed-message = Wir schicken dir keine E-Mails über Klicks und Provisionen mehr, aber weiterhin über deine Auszahlungen und dein Konto.
program-invitations-title = Keine Einladungen mehr?
program-invitations-message = Marken auf Rekomi können dir dann keine Einladungen mehr schicken, und auch keine anderen E-Mails, bevor du dich angemeldet hast. E-Mails zu Programmen, bei denen du mitmachst, und zu deinen Bewerbungen bekommst du weiterhin.
program-invitations-button = Einladungen abbestellen
program-invitations-stopped-title = Du bekommst keine Einladungen mehr
program-invitations-stopped-message = Marken auf Rekomi können dich nicht mehr per E-Mail einladen, und dir auch keine anderen E-Mails schicken, bevor du dich angemeldet hast. E-Mails zu Programmen, bei denen du mitmachst, zum Beispiel zu deinen Einnahmen, und zu deinen Bewerbungen bekommst du weiterhin.
program-invitations-stopped-link = Zu Rekomi

## Pages that say what went wrong.

program-error-title =
    { $problem ->
        [missing] Seite nicht gefunden
        [denied] Kein Zugriff
        [busy] Vorübergehend nicht verfügbar
        [too-many] Das hat nicht geklappt
        [refused] Das hat nicht geklappt
       *[broken] Etwas ist schiefgelaufen
    }
program-error-message =
    { $problem ->
        [missing] Unter dieser Adresse gibt es nichts. Prüfe die Adresse.
        [denied] Du hast keinen Zugriff auf diese Seite.
        [busy] Der Dienst ist ausgelastet oder startet gerade neu. Es wurde nichts geändert. Versuche es gleich noch einmal.
        [too-many] Zu viele Anfragen. Warte eine Minute und versuche es dann noch einmal.
        [refused] Prüfe deine Angaben und versuche es noch einmal.
       *[broken] Bei uns ist etwas schiefgelaufen. Versuche es später noch einmal.
    }
program-error-back = Zurück
program-error-search = Suche
program-error-dashboard = Zum Dashboard
program-error-portal = Zum Partnerportal

## The question about the recruiter.

program-form-recruiter = Wer hat dir von uns erzählt?
program-form-recruiter-hint = Der Name oder Linkname eines unserer Affiliates. Diese Person kann einen Anteil zusätzlich erhalten; du verdienst genauso viel.
program-form-recruiter-name = Diese Person darf meinen Namen sehen
