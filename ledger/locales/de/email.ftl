# Texts of emails. Those to affiliates are in their language; the program sends the others in English only.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.
# $brand is the name of the company whose affiliate program it is.

## Parts of every email.

email-greeting = Hallo { $name },
email-greeting-nameless = Hallo,
# The address of a link follows on the next line.
email-button-fallback = Falls der Button nicht funktioniert, öffne diesen Link:
email-unsubscribe = Abbestellen
email-sign-in = Anmelden
email-link-works-once = Der Link funktioniert einmal, innerhalb von 24 Stunden.
email-link-works-two-weeks = Der Link funktioniert einmal, innerhalb von 14 Tagen.
email-ignore = Du hast das nicht angefordert? Dann kannst du diese E-Mail ignorieren.
# $text is what a person wrote.
email-they-wrote = Die Nachricht dazu: { $text }
email-reason = Grund: { $reason }
email-commissions =
    { $count ->
        [one] 1 Provision
       *[other] { $count } Provisionen
    }
email-period = { $first } bis { $last }
email-utc = { $moment } UTC
email-test-mode = Testmodus: Nichts in dieser E-Mail ist echt, und es wurde kein Geld bewegt.

## Why the recipient gets an email: its last line.

email-why-account = Du bekommst diese E-Mail, weil deine Adresse bei Rekomi verwendet wurde.
email-why-affiliate = Du bekommst diese E-Mail, weil du Partner von { $brand } bist.
email-why-admin = Du bekommst diese E-Mail, weil du Inhaber oder Admin von { $brand } bist.
email-why-owner = Du bekommst diese E-Mail, weil du Inhaber von { $brand } bist.
email-why-team = Du bekommst diese E-Mail, weil du zum Team von { $brand } gehörst.

## To people with an account.

email-verify-subject = Bestätige deine E-Mail-Adresse
email-verify-welcome = Willkommen bei Rekomi! Bitte bestätige deine E-Mail-Adresse. Der Link funktioniert 24 Stunden lang.
email-verify-ignore = Du hast dich nicht registriert? Dann kannst du diese E-Mail ignorieren.
email-confirm-button = E-Mail-Adresse bestätigen
email-account-exists-subject = Du hast schon ein Konto
email-account-exists-message = Jemand, wahrscheinlich du, wollte sich mit dieser E-Mail-Adresse bei Rekomi registrieren. Du hast schon ein Konto und kannst dich einfach anmelden.
email-account-exists-forgot = Passwort vergessen? Lege ein neues fest
email-account-exists-ignore = Das warst nicht du? Dann kannst du diese E-Mail ignorieren. Es hat sich nichts geändert.
email-password-reset-subject = Setze dein Passwort zurück
email-password-reset-message = Jemand wollte dein Passwort zurücksetzen. Wähle unten ein neues. Der Link funktioniert eine Stunde lang, und ein neues Passwort meldet dich überall ab.
email-password-reset-button = Neues Passwort festlegen
email-password-reset-ignore = Du hast das nicht angefordert? Dann kannst du diese E-Mail ignorieren. Dein Passwort bleibt, wie es ist.
email-password-changed-subject = Dein Passwort wurde geändert
email-password-changed-message = Dein Passwort wurde mit { $browser } geändert. Alle anderen Sitzungen wurden abgemeldet.
# A link.
email-set-password = Das warst nicht du? Lege sofort ein neues Passwort fest
email-address-change-subject = Bestätige deine neue E-Mail-Adresse
email-address-change-message = Bitte bestätige deine neue E-Mail-Adresse. Der Link funktioniert 24 Stunden lang.
email-address-changed-subject = Deine E-Mail-Adresse wurde geändert
email-address-changed-message = Die E-Mail-Adresse deines Kontos wurde mit { $browser } in { $email } geändert.
email-address-changed-warning = Das warst nicht du? Wende dich sofort an die Person, die euer Rekomi verwaltet. Vielleicht hat jemand anderes Zugriff auf dein Konto.
email-second-factor-subject = Die Anmeldung in zwei Schritten wurde geändert
email-second-factor-on = Die Anmeldung in zwei Schritten wurde für dein Konto mit { $browser } eingeschaltet.
email-second-factor-off = Die Anmeldung in zwei Schritten wurde für dein Konto mit { $browser } ausgeschaltet.

## To the people of a brand: their team.

email-team-invitation-subject = Komm zu { $organization } bei Rekomi
email-team-invitation-message = Du wurdest zu { $organization } bei Rekomi eingeladen. Deine Rolle: { $role }.
email-team-invitation-button = Einladung ansehen
email-team-invitation-expiry =
    { $days ->
        [one] Die Einladung gilt nur für diese E-Mail-Adresse und läuft in 1 Tag ab.
       *[other] Die Einladung gilt nur für diese E-Mail-Adresse und läuft in { $days } Tagen ab.
    }
email-team-invitation-why = Du bekommst diese E-Mail, weil ein Inhaber von { $organization } dich eingeladen hat. Du kennst das Unternehmen nicht? Dann kannst du sie ignorieren.
email-team-joined-subject = { $email } gehört jetzt zu { $organization }
email-team-joined-message = { $email } hat die Einladung deines Teams angenommen und gehört jetzt zu { $organization }. Rolle: { $role }.
email-team-joined-button = Team ansehen
email-api-key-subject = Neuer API-Schlüssel für { $organization }: { $name }
email-api-key-message = { $person } hat einen API-Schlüssel für { $organization } erstellt.
email-api-key-name-label = Name
email-api-key-hint-label = Beginnt mit
email-api-key-access-label = Zugriff
email-api-key-created-label = Erstellt
# $does is one of the next five messages.
email-api-key-access = { $does }, als { $role }
email-api-key-sends-conversions = sendet Conversions
email-api-key-reads = liest
email-api-key-runs-automations = führt CRM-Automationen aus
email-api-key-writes = liest und schreibt
email-api-key-configures = liest, schreibt und ändert Einstellungen
email-api-key-warning = Wenn du diesen Schlüssel nicht kennst, widerrufe ihn sofort.
email-api-key-button = API-Schlüssel ansehen
email-ai-assistant-subject = KI-Assistent mit { $organization } verbunden: { $name }
email-ai-assistant-message = { $person } hat einen KI-Assistenten mit { $organization } verbunden.
email-ai-assistant-warning = Wenn du diesen Assistenten nicht kennst, trenne ihn sofort.
email-ai-assistant-button = KI-Assistenten ansehen
email-app-connected-subject = { $app } wurde mit { $organization } verbunden
email-app-connected-message = Du hast die App { $app } mit { $organization } verbunden. Sie kann dort für dich handeln.
email-app-connected-host-label = Führt zurück zu
email-app-connected-access-label = Berechtigungen
email-app-connected-reads = liest
email-app-connected-writes = liest und ändert
email-app-connected-warning = Wenn du das nicht warst, trenne sie sofort und ändere dein Passwort.
email-app-connected-button = Verbundene Apps ansehen

## To the people of a brand: applications and sales.

email-new-subject = Neue Bewerbung von { $name }
email-new-message = { $name } hat sich bei { $program } beworben und wartet auf deine Prüfung.
# $count is the number of other applications.
email-new-others =
    { $count ->
        [0] Es ist die einzige offene Bewerbung.
        [one] 1 weitere Bewerbung ist offen.
       *[other] { $count } weitere Bewerbungen sind offen.
    }
email-new-email-label = E-Mail
email-new-button = Bewerbung prüfen
email-joined-subject = { $name } ist jetzt in deinem Programm
email-joined-message = { $name } hat sich bei { $program } beworben und wurde automatisch zugelassen.
email-joined-another = { $name } ist schon in deinem Partnerprogramm, hat sich jetzt auch bei { $program } beworben und wurde zugelassen.
email-answer-yes = Ja
email-answer-no = Nein
email-unverified-subject =
    { $count ->
        [one] { $brand }: 1 unbestätigter Verkauf zu prüfen
       *[other] { $brand }: { $count } unbestätigte Verkäufe zu prüfen
    }
email-unverified-message =
    { $count ->
        [one] 1 Verkauf von { $brand } wurde nur von einem Browser gemeldet. Meldungen von Browsern lassen sich fälschen. Seine Provision wird deshalb erst auszahlbar, wenn du ihn bestätigst oder dein Server oder Zahlungsanbieter dieselbe Bestellung meldet.
       *[other] { $count } Verkäufe von { $brand } wurden nur von einem Browser gemeldet. Meldungen von Browsern lassen sich fälschen. Ihre Provisionen werden deshalb erst auszahlbar, wenn du sie bestätigst oder dein Server oder Zahlungsanbieter dieselben Bestellungen meldet.
    }
email-unverified-action = Provisionen, die du schon gezahlt hast, ändern sich nicht. Bestätige die Verkäufe, die du kennst, und lehne die anderen ab.
email-unverified-button = Verkäufe prüfen

## To the people of a brand: an import and connections.

# $skipped is the number of rows, $rows the number as it is written.
email-import-finished-subject =
    { $skipped ->
        [0] { $brand }: Ein Import ist abgeschlossen
        [one] { $brand }: Ein Import hat 1 Zeile übersprungen
       *[other] { $brand }: Ein Import hat { $rows } Zeilen übersprungen
    }
# $title is such as “Affiliates from Rewardful”.
email-import-finished-message = Der Import „{ $title }“ in { $program } ist abgeschlossen.
email-import-finished-new = Neu
email-import-finished-updated = Aktualisiert
email-import-finished-unchanged = Unverändert
email-import-finished-skipped = Übersprungen
email-import-finished-next = Die Ergebnisse sagen, warum Zeilen übersprungen wurden. Korrigiere diese Zeilen in deiner Datei und importiere die Datei noch einmal: Bereits importierte Zeilen ändern nichts.
email-import-finished-button = Ergebnisse ansehen
email-crm-paused-subject = { $brand }: { $crm } neu verbinden
email-crm-paused-message = { $crm } akzeptiert die Zugangsdaten von { $brand } nicht mehr. Deshalb haben wir die Verbindung pausiert.
email-crm-paused-kept = Nichts geht verloren: Wartende Partner werden synchronisiert, sobald du die Verbindung erneuerst.
email-crm-paused-button = Neu verbinden
email-gateway-broken-subject = { $brand }: Verbindung zu { $gateway } reparieren
email-gateway-broken-message = Die tägliche Prüfung der Verbindung von { $brand } zu { $gateway } ist fehlgeschlagen. Bis das behoben ist, kommen Verkäufe, Verlängerungen und Erstattungen vielleicht nicht an.
email-gateway-broken-button = Gateways ansehen
email-webhook-disabled-subject = { $brand }: Ein Webhook wurde deaktiviert
email-webhook-disabled-message = Wir haben den Webhook { $name } von { $brand } deaktiviert.
# $reason is a sentence, $error isn’t.
email-webhook-disabled-reason = { $reason } Letzte Antwort: { $error }.
email-webhook-disabled-kept = Nichts geht verloren: Ereignisse werden 30 Tage aufbewahrt. Wenn der Webhook wieder funktioniert, aktiviere ihn und sende erneut, was ihm fehlt.
email-webhook-disabled-button = Webhook ansehen

## To the people of a brand: payouts.

email-due-subject = { $brand }: Provisionen können ausgezahlt werden
email-due-message = Diese Provisionen sind seit mindestens einer Woche auszahlbar und noch nicht ausgezahlt.
email-due-affiliates =
    { $count ->
        [one] 1 Partner
       *[other] { $count } Partner
    }
email-due-button = Auszahlungen prüfen
email-weekly-subject = { $brand }: das hat sich letzte Woche verändert
email-weekly-message = Das hat sich bei { $brand } vom { $first } bis { $last } am meisten verändert, verglichen mit der Woche davor:
email-weekly-revenue = Umsatz
email-weekly-sales = Verkäufe
email-weekly-clicks = Klicks
email-weekly-rate = Conversion-Rate
# $now and $before are formatted figures of two weeks.
email-weekly-change = { $now }, davor { $before }
email-weekly-applications = Bewerbungen
email-weekly-waiting =
    { $count ->
        [one] { $count } wartet auf dich
       *[other] { $count } warten auf dich
    }
email-weekly-button = Übersicht ansehen
email-run-waiting-subject = { $brand }: { $amount } warten auf deine Freigabe
email-run-waiting-message =
    { $count ->
        [one] Ein Auszahlungslauf von { $brand } braucht eine Freigabe: { $amount } an 1 Partner.
       *[other] Ein Auszahlungslauf von { $brand } braucht eine Freigabe: { $amount } an { $count } Partner.
    }
email-run-waiting-excluded =
    { $count ->
        [one] 1 weiterer ist ausgenommen; der Lauf zeigt, warum.
       *[other] { $count } weitere sind ausgenommen; der Lauf zeigt, warum.
    }
email-run-waiting-approval = Es wird kein Geld bewegt, bis jemand ihn freigibt.
email-run-waiting-in-the-way = Auch der geplante Lauf in dieser Währung wartet: Er beginnt, sobald dieser freigegeben oder abgebrochen ist.
email-run-waiting-button = Auszahlungslauf prüfen
email-run-waiting-why = Du bekommst diese E-Mail, weil du Auszahlungen von { $brand } freigeben kannst.
email-second-approver-subject = { $brand }: Auszahlungen ohne zweite Freigabe
email-second-approver-message = { $person } hat die zweite Freigabe für Auszahlungsläufe von { $brand } ausgeschaltet. Neue Läufe brauchen nur noch die Freigabe einer Person. Bereits erstellte Läufe brauchen weiterhin zwei.
email-second-approver-warning = Wenn das nicht mit dir abgesprochen war, schalte sie wieder ein und sprich mit { $person }.
email-second-approver-button = Auszahlungseinstellungen öffnen
email-payout-failed-subject = { $brand }: Eine Auszahlung ist fehlgeschlagen
# $reason is a sentence.
email-payout-failed-message = Die Auszahlung von { $amount } an { $name } ist fehlgeschlagen. { $reason }
email-payout-failed-more = Es wurde nichts gezahlt, und der Betrag ist wieder auszahlbar. Wenn innerhalb der nächsten Stunde weitere Auszahlungen fehlschlagen, findest du sie in der Liste; wir schreiben dir nicht zu jeder.
email-payout-failed-button = Fehlgeschlagene Auszahlungen ansehen
email-payout-returned-subject = { $brand }: Eine Auszahlung ist zurückgekommen
# $reason is a sentence.
email-payout-returned-message = Eine Auszahlung an { $name } ist zurückgekommen. { $reason }
email-payout-returned-hold = Wir haben die Auszahlungen an diese Person angehalten, damit sie nicht noch einmal bezahlt wird, bevor du es dir angesehen hast.
email-payouts-short-subject = { $brand }: Auszahlungen warten auf Guthaben
email-payouts-short-message = Dein Guthaben in { $currency } bei Stripe reicht nicht für die fälligen Auszahlungen. Sie warten; nichts geht verloren.
email-payouts-short-action = Lade das Guthaben bei Stripe auf (Balances, Add to balance). Die Auszahlungen gehen automatisch weiter, innerhalb einer Stunde, nachdem das Geld da ist.
email-payouts-short-button = Auszahlungen ansehen
email-payout-stuck-subject = { $brand }: Eine Auszahlung braucht deine Aufmerksamkeit
# $reason is a sentence.
email-payout-stuck-message = Eine Auszahlung von { $amount } an { $name } braucht deine Aufmerksamkeit. { $reason }
email-payout-button = Auszahlung ansehen
email-differences-subject =
    { $count ->
        [one] { $brand }: Eine Auszahlung weicht von Stripe ab
       *[other] { $brand }: Einige Auszahlungen weichen von Stripe ab
    }
email-differences-message =
    { $count ->
        [one] Wir haben die Auszahlungen von { $brand } mit deinen Überweisungen bei Stripe verglichen und eine Abweichung gefunden:
       *[other] Wir haben die Auszahlungen von { $brand } mit deinen Überweisungen bei Stripe verglichen und { $count } Abweichungen gefunden:
    }
email-differences-one = { $title }: { $detail }
email-differences-action = Was zu tun ist: { $action }
email-differences-more = Und { $count } weitere.
email-differences-button = Abweichungen prüfen
email-payouts-paused-subject = { $brand }: Verbinde Stripe neu für Auszahlungen
email-payouts-paused-message = Stripe akzeptiert den Schlüssel von { $brand } nicht mehr. Deshalb haben wir die Auszahlungen pausiert.
email-payouts-paused-account = Stripe akzeptiert den Schlüssel von { $brand } für das Konto { $account } nicht mehr. Deshalb haben wir die Auszahlungen pausiert.
email-payouts-paused-reason = Grund laut Stripe: { $reason }
email-payouts-paused-kept = Nichts geht verloren, und niemand wird doppelt bezahlt.
email-payouts-paused-waiting =
    { $count ->
        [one] Nichts geht verloren, und niemand wird doppelt bezahlt. 1 Auszahlung wartet und wird gesendet, sobald du einen gültigen Schlüssel hinterlegst.
       *[other] Nichts geht verloren, und niemand wird doppelt bezahlt. { $count } Auszahlungen warten und werden gesendet, sobald du einen gültigen Schlüssel hinterlegst.
    }
email-payouts-paused-button = Stripe neu verbinden
email-tax-waiting-subject = { $brand }: Steuerformular von { $name } prüfen
email-tax-waiting-message = { $name } hat bei { $brand } ein Steuerformular { $form } hochgeladen. Es zählt erst, wenn es jemand prüft und annimmt.
email-tax-waiting-until = Bis dahin werden die Auszahlungen behandelt, als läge kein Formular vor.
email-tax-waiting-button = Steuerformulare prüfen

## To affiliates: their application, invitation and sign-in.

email-received-subject = Deine Bewerbung bei { $brand } ist da
email-received-message = Danke für deine Bewerbung bei { $program }! { $brand } prüft jede Bewerbung.
email-received-next = Du bekommst auf jeden Fall eine E-Mail. Wenn es klappt, findest du darin deinen Link und den Zugang zum Portal. Mehr musst du nicht tun.
email-received-why = Du bekommst diese E-Mail, weil sich jemand mit dieser Adresse als Partner von { $brand } beworben hat. Wenn du das nicht warst, sag { $brand } Bescheid.
email-confirm-subject = Bestätige deine E-Mail-Adresse für { $brand }
email-confirm-message = Danke für deine Bewerbung bei { $program }! Bestätige deine E-Mail-Adresse, und du bist bei { $brand } dabei. Deinen Link findest du im Portal.
email-application-confirm-button = Bestätigen und Portal öffnen
email-confirm-why = Du bekommst diese E-Mail, weil sich jemand mit dieser Adresse als Partner von { $brand } beworben hat. Wenn du das nicht warst, kannst du sie ignorieren: Ohne deine Bestätigung passiert nichts.
email-application-subject = Deine Bewerbung bei { $brand }
email-known-approved = Jemand hat sich mit deiner Adresse bei { $brand } beworben. Du bist schon Partner von { $brand }: Melde dich an, um deine Links und Einnahmen zu sehen.
email-known-pending = Jemand hat sich mit deiner Adresse noch einmal bei { $brand } beworben. Deine erste Bewerbung wird noch geprüft, du musst also nichts weiter tun.
email-known-decided = Jemand hat sich mit deiner Adresse bei { $brand } beworben. { $brand } hat über diese Adresse schon entschieden. Wenn sich etwas geändert hat, wende dich an { $brand }.
email-known-why = Du bekommst diese E-Mail, weil { $brand } diese Adresse gespeichert hat.
email-approved-subject = Du bist dabei! { $brand } hat deine Bewerbung angenommen
email-approved-message = Ab jetzt verdienst du an jedem Verkauf, den du vermittelst.
# A colon and the links follow.
email-approved-links =
    { $count ->
        [one] Teile deinen Link
       *[other] Teile deine Links
    }
email-approved-why = Du bekommst diese E-Mail, weil du dich als Partner von { $brand } beworben hast oder eingeladen wurdest.
email-rejected-message = Danke für deine Bewerbung als Partner von { $brand }. { $brand } hat sich leider dagegen entschieden.
email-rejected-why = Du bekommst diese E-Mail, weil du dich als Partner von { $brand } beworben hast.
email-invited-subject = { $brand } lädt dich ins Partnerprogramm ein
email-invited-message = { $brand } lädt dich zu { $program } ein, dem eigenen Partnerprogramm.
# A list of what the program pays follows.
email-invited-offer = Das verdienst du über deinen Link:
# A colon and the links follow.
email-invited-links =
    { $count ->
        [one] Dein Link
       *[other] Deine Links
    }
email-invited-accept = Nimm die Einladung an, um deine Links und deine Einnahmen zu sehen.
email-invited-button = Einladung annehmen
email-invited-why = Du bekommst diese E-Mail, weil { $brand } deine Adresse eingetragen hat.
email-invited-stop = Keine Einladungen mehr
email-imported-subject = { $brand } nutzt jetzt Rekomi für sein Partnerprogramm
email-imported-message = { $brand } ist mit dem Partnerprogramm zu Rekomi umgezogen. Du bist schon dabei: Deine alten Links funktionieren weiter, und die Kunden, die du vermittelt hast, bleiben deine.
# A colon and the links follow.
email-imported-links =
    { $count ->
        [one] Dein neuer Link
       *[other] Deine neuen Links
    }
email-imported-next = Melde dich an, um zu sehen, wie es läuft, und wähle, wie du bezahlt wirst.
email-imported-why = Du bekommst diese E-Mail, weil du Partner von { $brand } bist und das Partnerprogramm zu Rekomi umgezogen ist.
email-sign-in-subject = Dein Anmeldelink
email-sign-in-message = Hier ist dein Link zum Partnerportal von { $brand }. Er funktioniert einmal, innerhalb von 24 Stunden.
email-sign-in-why = Du bekommst diese E-Mail, weil sich jemand als Partner von { $brand } anmelden wollte.
email-affiliate-address-subject = Deine E-Mail-Adresse bei { $brand } wurde geändert
email-affiliate-address-message = { $brand } hat deine E-Mail-Adresse geändert. E-Mails und Anmeldelinks gehen jetzt an die neue, und du wurdest abgemeldet.
email-affiliate-address-warning = Du wolltest das nicht? Wende dich sofort an { $brand }.
email-affiliate-address-why = Du bekommst diese E-Mail, weil { $brand } bisher diese Adresse von dir hatte.

## To affiliates: clicks, commissions and claims.

email-first-click-subject = Dein Link hat den ersten Klick!
email-first-click-message = Gerade hat jemand zum ersten Mal auf deinen Link zu { $brand } geklickt. Du verdienst an allem, was diese Person kauft.
email-first-click-portal = Im Portal siehst du jeden Klick und jeden Verkauf.
email-first-click-button = Klicks ansehen
# $amounts is an amount, or several: "€12.50 and $40.00".
email-earned-subject = Du hast { $amounts } mit { $brand } verdient
email-earned-message = Gute Arbeit! Du hast { $amounts } verdient.
email-earned-hold = Jede Provision wird auszahlbar, sobald ihre Wartefrist endet. Im Portal siehst du, wann das ist und womit du sie verdient hast.
email-earned-button = Einnahmen ansehen
# A claim is a sale that the affiliate says is missing; $bought is what they say was bought.
email-claim-credited-subject = Verkauf gutgeschrieben: { $bought }
email-claim-rejected-subject = Zu deinem fehlenden Verkauf: { $bought }
email-claim-question = Du hast { $brand } nach einem Verkauf vom { $day } gefragt: { $bought }.
email-claim-credited = Gute Nachricht: Er ist dir jetzt gutgeschrieben. Du findest ihn unter Verkäufe, mit deiner Provision.
email-claim-rejected = Er wurde geprüft und dir nicht gutgeschrieben.
email-claim-button = Deine Meldungen ansehen
email-claim-why = Du bekommst diese E-Mail, weil du { $brand } nach einem fehlenden Verkauf gefragt hast.
# A reward: $title is its name, $gift what is given, such as "$50.00" or "the segment gold".
email-reward-approved-subject = Du hast eine Prämie verdient: { $title }
email-reward-approved = Gut gemacht! { $brand } hat dir die Prämie „{ $title }“ gegeben.
email-reward-gift = Du bekommst: { $gift }
email-reward-rejected-subject = Zu deiner Einreichung für { $title }
email-reward-rejected = { $brand } hat sich deine Einreichung für „{ $title }“ angesehen und sie nicht angenommen.
email-reward-button = Prämien ansehen
email-reward-why = Du bekommst diese E-Mail, weil du an Prämien von { $brand } teilnimmst.

## To affiliates: how they are paid.

email-payout-account-why = Du bekommst diese E-Mail, weil du Partner von { $brand } bist. Ihr Link funktioniert einmal, innerhalb von 24 Stunden; danach kannst du einen neuen anfordern.
email-payout-setup-subject = { $brand }: Lege fest, wie du bezahlt wirst
email-payout-setup-payable = Bei { $brand } liegen { $amounts } für dich zur Auszahlung bereit.
email-payout-setup-request = { $brand } möchte dich bezahlen, weiß aber nicht, wohin das Geld soll.
email-payout-setup-how = Füge eine Auszahlungsmethode hinzu: Stripe, PayPal, Wise oder Banküberweisung. Das dauert ein paar Minuten. Bis dahin ist dein Geld sicher.
email-payout-setup-button = Auszahlungsmethode hinzufügen
email-payout-action-subject = { $brand }: Stripe braucht noch Angaben von dir
email-payout-action-message = Bevor { $brand } dich wieder bezahlen kann, braucht Stripe Folgendes:
email-payout-action-button = Weiter zu Stripe
email-payout-method-subject = { $brand }: Deine Auszahlungsmethode wurde geändert
# $destination is one of the messages below, or "Stripe".
email-payout-method-message = { $brand } bezahlt dich jetzt per { $destination }.
email-payout-method-warning = Das warst nicht du? Melde dich an, mach es rückgängig und wende dich sofort an { $brand }.
email-payout-method-button = Auszahlungsmethode ansehen
# $hint is a part of an address or account: "l…@example.com", "…3000".
email-destination-method = { $method } an { $hint }
email-destination-bank-transfer = Banküberweisung an { $hint }
email-destination-other-bank = Stripe auf ein anderes Bankkonto ({ $hint })
email-destination-other-account = Stripe auf ein anderes Stripe-Konto
# To the address that was paid until now.
email-payout-moved-subject = { $brand }: Keine Auszahlungen mehr an diese Adresse
email-payout-moved-message = { $brand } hat deine Provisionen bisher an diese Adresse gezahlt. Jetzt geschieht das per { $destination }.
email-payout-moved-hold = Die Auszahlungen sind für drei Tage angehalten. Wenn du das nicht geändert hast, wende dich vorher an { $brand }.
email-payout-moved-why = Du bekommst diese E-Mail, weil { $brand } die Provisionen eines Partners an diese Adresse gezahlt hat.
email-payout-login-subject = { $brand }: Neuer Link zu deinem Stripe-Konto
email-payout-login-message = Das System von { $brand } hat einen Link zum Anmelden in deinem Stripe-Express-Dashboard erstellt. Dort lässt sich dein Bankkonto ändern. Er funktioniert einmal, ein paar Minuten lang.
email-payout-login-warning = Wenn du { $brand } nicht darum gebeten hast, prüfe dort dein Bankkonto und wende dich sofort an { $brand }.

## To affiliates: a payout, and its receipt.
## A sentence about what happens next (common-payout-…-next) follows the first message, where "it" is the payout.

email-payout-sent-subject = { $brand } hat dir { $amount } gesendet
email-payout-sent-message = { $brand } hat dir eine Auszahlung über { $amount } gesendet.
email-payout-sent-button = Beleg ansehen
email-not-sent-subject = { $brand } konnte dir { $amount } nicht senden
email-not-sent-message = { $brand } konnte dir eine Auszahlung über { $amount } nicht senden.
email-not-sent-button = Portal öffnen
email-came-back-subject = Eine Auszahlung von { $brand } ist zurückgekommen
email-came-back-message = Von einer Auszahlung, die { $brand } dir gesendet hat, ist ein Betrag zurückgekommen: { $amount }.
# $reason is a sentence.
email-tax-withheld = Es wurde Steuer einbehalten: { $reason }
# Labels of the receipt: what it was paid for, and when that was earned.
email-row-for = Für
email-row-earned = Verdient
email-row-commissions = Provisionen
email-row-withheld = Einbehaltene Steuer
email-row-sent = Gesendeter Betrag
email-row-returned = Zurückgekommen
email-row-rail = Bezahlt über
email-row-destination = Bezahlt an
# The payout’s number.
email-row-payout = Auszahlung

## To affiliates: their bank refused a payment from their Stripe account.

email-bank-failed-subject = Deine Bank hat eine Zahlung abgelehnt
email-bank-failed-message = Stripe konnte das Geld von { $brand } nicht an deine Bank auszahlen.
email-bank-failed-next = Das Geld ist sicher auf deinem Stripe-Konto. Prüfe dort deine Bankdaten, dann überweist Stripe es mit der nächsten Zahlung.
email-bank-failed-button = Bankdaten prüfen
email-bank-account-closed = Das Bankkonto ist geschlossen. Füge bei Stripe ein anderes hinzu.
email-bank-account-frozen = Das Bankkonto ist gesperrt. Wende dich an die Bank oder füge bei Stripe ein anderes Konto hinzu.
email-bank-account-restricted = Das Bankkonto kann diese Art von Zahlung nicht empfangen. Füge bei Stripe ein anderes hinzu.
email-bank-taken-over = Die Bank wurde von einer anderen Bank übernommen. Gib bei Stripe die neuen Kontodaten ein.
email-bank-not-processed = Die Bank konnte die Zahlung nicht verarbeiten. Stripe versucht es erneut, sobald das Konto bestätigt ist.
email-bank-declined = Die Bank hat die Zahlung abgelehnt. Wende dich an die Bank oder füge bei Stripe ein anderes Konto hinzu.
email-bank-holder-name = Der Name des Kontoinhabers stimmt nicht. Korrigiere ihn bei Stripe.
email-bank-holder-address = Die Adresse des Kontoinhabers stimmt nicht. Korrigiere sie bei Stripe.
email-bank-holder-tax-number = Die Steuernummer des Kontoinhabers stimmt nicht. Korrigiere sie bei Stripe.
email-bank-account-type = Die Kontoart (zum Beispiel Giro- oder Sparkonto) ist falsch. Korrigiere sie bei Stripe.
email-bank-no-account = Die Bank konnte das Konto nicht finden. Korrigiere die Kontonummer bei Stripe.
email-bank-account-number-length = Die Kontonummer hat zu wenige oder zu viele Ziffern. Korrigiere sie bei Stripe.
email-bank-currency = Das Bankkonto nimmt diese Währung nicht an. Füge bei Stripe ein anderes hinzu.
email-bank-stripe-balance = Das Guthaben bei Stripe war zu niedrig. Stripe versucht es erneut.
email-bank-card = Die Debitkarte kann keine Zahlungen empfangen. Füge bei Stripe ein Bankkonto hinzu.
# $reason is what Stripe says, in English.
email-bank-other = Stripe meldet: { $reason }

## To affiliates: their tax forms. $form is a form’s name, such as W-8BEN.

email-tax-why = Du bekommst diese E-Mail, weil { $brand } dich als Partner bezahlt. Wir fragen nie per E-Mail nach Steuernummern.
email-tax-consequence = Ohne gültiges Formular können sich deine Auszahlungen verzögern oder es kann Steuer einbehalten werden.
email-tax-sign-button = Neues Formular unterschreiben
email-tax-rejected-subject = { $brand }: Wir konnten dein { $form } nicht annehmen
email-tax-rejected-message = Wir konnten dein Steuerformular { $form } nicht annehmen.
email-tax-rejected-next = Bitte reiche ein neues ein. Bis dahin können sich deine Auszahlungen verzögern oder es kann Steuer einbehalten werden.
email-tax-rejected-button = Neues Formular einreichen
email-tax-expires-subject =
    { $days ->
        [one] { $brand }: Dein { $form } läuft in 1 Tag ab
       *[other] { $brand }: Dein { $form } läuft in { $days } Tagen ab
    }
email-tax-expires-message = Dein Steuerformular { $form } ist bis { $day } gültig. Ein neues ist in ein paar Minuten unterschrieben.
email-tax-expired-subject = { $brand }: Dein Steuerformular { $form } ist abgelaufen
email-tax-expired-message = Dein Steuerformular { $form } war bis { $day } gültig.
email-tax-expired-next = Bitte unterschreibe ein neues. Bis dahin können sich deine Auszahlungen verzögern oder es kann Steuer einbehalten werden.
email-tax-needed-subject = { $brand }: Bitte reiche dein Steuerformular ein
email-tax-needed-message = Wir haben dir { $year } bisher { $amount } gezahlt, und von dir liegt noch kein Steuerformular vor.
email-tax-needed-forms = Wir brauchen eines, um dich weiter zu bezahlen: ein { $us }, wenn du eine US-Person oder US-Firma bist, sonst ein { $person } oder { $company }. Das Portal findet mit ein paar Fragen das richtige.
email-tax-needed-button = Steuerformular einreichen

## Abrechnung der Tarife, an Inhaber oder die Rechnungsadresse. $tier ist ein Tarif, etwa Growth. $organization ist der Name einer Organisation.

email-billing-why = Du bekommst diese E-Mail, weil du die Abrechnung von { $brand } verwaltest.
email-billing-manage-button = Abrechnung verwalten
email-billing-choose-button = Tarif wählen
email-billing-trial-card = Deine Karte wird am Ende der Testphase belastet. Bis dahin kannst du jederzeit kündigen.
email-billing-kept = Nichts geht verloren: Deine Daten bleiben, Links funktionieren weiter, und Partner bekommen weiterhin Provisionen und Auszahlungen.
email-billing-trial-started-subject = Deine Testphase von { $tier } hat begonnen
email-billing-trial-started-message = { $organization } kann { $tier } bis { $day } kostenlos testen.
email-billing-trial-ending-subject = Deine Testphase endet am { $day }
email-billing-trial-ending-message = Die Testphase von { $tier } für { $organization } endet am { $day }. Der Tarif läuft automatisch weiter.
email-billing-cardless-started-subject = Deine kostenlose Testphase hat begonnen
email-billing-cardless-started-message = { $organization } kann bis { $day } alle Funktionen außer Sammeleinladungen kostenlos nutzen.
email-billing-cardless-card = Bis dahin brauchst du keine Karte. Wähle einen Tarif, um alle Funktionen zu behalten.
email-billing-cardless-ending-message = Die kostenlose Testphase von { $organization } endet am { $day }. Wähle einen Tarif, um alle Funktionen zu behalten.
email-billing-trial-expired-subject = Deine Testphase ist zu Ende
email-billing-trial-expired-message = Die Testphase von { $organization } ist zu Ende. Wähle einen Tarif, um wieder alle Funktionen zu nutzen.
email-billing-payment-failed-subject = Deine Zahlung ist fehlgeschlagen
email-billing-payment-failed-message = Wir konnten { $amount } für { $organization } nicht abbuchen. Bitte aktualisiere deine Zahlungsmethode.
email-billing-payment-failed-next = Am { $day } versuchen wir es erneut. Bis dahin funktioniert alles weiter.
email-billing-payment-failed-last = Wir versuchen es nicht noch einmal automatisch.
email-billing-payment-failed-button = Zahlungsmethode ändern
email-billing-receipt-subject = Dein Beleg: { $amount }
email-billing-receipt-message = Danke. Wir haben { $amount } für { $organization } erhalten.
email-billing-receipt-number-label = Rechnung
email-billing-receipt-button = Rechnung ansehen
email-billing-plan-changed-subject = Du nutzt jetzt { $tier }
email-billing-plan-changed-message = Der Tarif von { $organization } wurde von { $before } zu { $tier } geändert.
email-billing-plan-chosen-message = { $organization } nutzt jetzt den Tarif { $tier }.
email-billing-cancelled-subject = Dein Abo wurde gekündigt
email-billing-cancelled-message = Du hast das Abo von { $organization } gekündigt. Bis { $day } funktioniert alles weiter.
email-billing-ended-message = Das Abo von { $organization } ist beendet.

## An jemanden, der sich beim Creator-Netzwerk anmelden möchte.

email-creator-subject = Dein Anmeldelink für das Creator-Netzwerk
email-creator-why = Du bekommst diese E-Mail, weil jemand deine Adresse eingegeben hat, um sich beim Creator-Netzwerk anzumelden.
email-creator-message = Mit diesem Link meldest du dich beim Creator-Netzwerk an. Er funktioniert einmal, einen Tag lang.
email-creator-arrival-why = Du bekommst diese E-Mail, weil du dich laut { $host } hier bei einem Programm bewerben möchtest. Wenn du das nicht warst, ignoriere sie.
email-creator-arrival = Mit diesem Link bewirbst du dich bei { $program } mit deinem Profil von { $host }. Er funktioniert einmal, einen Tag lang, und meldet dich beim Creator-Netzwerk an. Solange du ihn nicht öffnest, passiert nichts.

## To a creator: a brand invited them to its program.

email-network-invitation-subject = { $brand } lädt dich in sein Partnerprogramm ein
email-network-invitation-why = Du bekommst diese E-Mail, weil dein Profil im Creator-Netzwerk gelistet ist.
email-network-invitation-message = { $brand } lädt dich zu { $program } ein und schreibt:
email-network-invitation-button = Einladung ansehen
email-network-invitation-stop = Die Marke kennt deine Adresse nicht. Auf derselben Seite kannst du sie stummschalten oder alle Einladungen beenden.
email-network-message-subject = Neue Nachricht von { $name }
email-network-message-why = Du bekommst diese E-Mail, weil du im Creator-Netzwerk mit { $brand } in Kontakt bist.
# $count is the number of messages that the recipient hasn't read; the last of them follows.
email-network-message =
    { $count ->
        [one] { $name } hat dir geschrieben:
       *[other] { $name } hat dir { $count } Nachrichten geschrieben. Die letzte:
    }
email-network-message-button = Lesen und antworten
# Instead of a name, for creators whose profile the brand doesn't see.
email-network-message-creator = Ein Creator
email-network-listed-subject = { $program } ist jetzt gelistet
email-network-listed-message = Creator finden { $program } jetzt im Netzwerk. Wenn du die Texte änderst, prüfen wir sie noch einmal.
email-network-listed-button = Eintrag ansehen
email-network-declined-subject = { $program } wurde nicht gelistet
email-network-declined-message = Wir haben { $program } aus diesem Grund nicht im Netzwerk gelistet:
email-network-paused-subject = { $program } ist nicht mehr gelistet
email-network-paused-message = { $program } ist im Netzwerk aus diesem Grund pausiert:
email-network-again = Reiche den Eintrag noch einmal ein, sobald du das geändert hast.
email-network-edit-button = Eintrag bearbeiten
