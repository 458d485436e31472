# Bewerbungen, Einladungen und Nachrichten zwischen Creatorn und Marken.

contact-applications = Bewerbungen
contact-invitations = Einladungen
contact-none = Hier ist noch nichts.
contact-none-find = Programme finden
contact-status =
    { $status ->
        [Invited] Eingeladen
        [Applied] Wartet auf die Marke
        [Joined] Angenommen
        [Declined] Von dir abgelehnt
        [Rejected] Von der Marke abgelehnt
        [Withdrawn] Zurückgezogen
       *[other] Abgelaufen
    }
contact-until = Du kannst bis { $day } annehmen.
contact-see-program = Programm ansehen
contact-accept = Annehmen
contact-unavailable = Du kannst gerade nicht annehmen, weil dieses Programm ausgeblendet ist. Schau später wieder vorbei.
contact-decline = Ablehnen
contact-withdraw = Bewerbung zurückziehen
contact-mute = { $brand } stummschalten
contact-stop-hint = Keine Einladungen mehr? Dann sieht keine Marke dein Profil, und offene Einladungen werden abgelehnt.
contact-stop = Alle Einladungen beenden
contact-messages = Nachrichten
contact-thread-with = Nachrichten mit { $brand }
contact-thread-none = Noch keine Nachrichten.
contact-you = Du
contact-message = Nachricht
contact-send = Nachricht senden
contact-report = Diese Marke melden
contact-report-title = { $brand } melden?
contact-report-reason = Was ist passiert?
contact-report-send = Meldung senden
contact-apply-title = Bei { $program } bewerben
contact-apply-hint = { $brand } sieht deine Antworten und deine E-Mail-Adresse { $email }.
contact-apply-terms = Bedingungen lesen
contact-apply-accept = Ich akzeptiere die Bedingungen von { $brand }
contact-apply-submit = Bewerbung senden
contact-apply-refused = Diese Marke hat schon über dich entschieden. Du kannst dich nicht noch einmal bewerben.
contact-apply-from = { $host } hat dein Profil gesendet und dieses Formular ausgefüllt. Es erfährt, was aus dieser Bewerbung wird, und zieht sie zurück, wenn du es dort sagst.
contact-apply-alone = Ohne das bewerben
contact-invitation-from = { $brand } hat dich eingeladen
contact-done-applied = Bewerbung gesendet.
contact-done-ended = Erledigt. Die Marke erfährt nur den Status.
contact-done-muted = Stummgeschaltet. Diese Marke sieht dein Profil nicht mehr.
contact-done-stopped = Beendet. Keine Marke sieht jetzt dein Profil.
# $most is a number.
contact-message-many = Du kannst { $most } Nachrichten am Tag senden, an alle Marken zusammen. Mach morgen weiter.
contact-done-sent = Nachricht gesendet.
contact-done-reported = Meldung an die Betreiber gesendet.
contact-ended = Dieser Kontakt ist beendet.
contact-decided = Darüber wurde schon entschieden.
# $most is a number.
contact-length = Schreib 1 bis { $most } Zeichen.
