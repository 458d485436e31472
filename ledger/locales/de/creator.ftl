# Texte des Creator-Netzwerks, wie Creator sie sehen.

## Der Rahmen um jede Seite.

creator-network = Creator-Netzwerk
creator-menu-programs = Programme
creator-menu-applications = Bewerbungen
creator-menu-invitations = Einladungen
creator-menu-profile = Profil
creator-menu-visibility = Wer mich sieht
creator-menu-brands = Meine Programme

## Registrieren und Anmelden.

creator-join-title = Dem Creator-Netzwerk beitreten
creator-join-hint = Gib deine E-Mail-Adresse ein. Wir schicken dir einen Link, der dich anmeldet und dein Profil anlegt, falls du noch keines hast.
creator-join-email = E-Mail
creator-join-email-wrong = Gib eine gültige E-Mail-Adresse ein, zum Beispiel name@example.com.
creator-join-send = Anmeldelink senden
creator-join-privacy = Marken sehen nichts von dir, bis du dein Profil sichtbar machst, und deine Adresse erst, wenn du dich bewirbst oder eine Einladung annimmst.
creator-join-continue = Als { $email } fortfahren
creator-join-continue-hint = Mit dieser Adresse bist du im Portal einer Marke angemeldet. Oder verwende eine andere:
creator-join-back = Zurück
creator-join-sent = Wir haben dir einen Anmeldelink geschickt. Er funktioniert einmal, einen Tag lang. Wenn nach ein paar Minuten nichts ankommt, sieh im Spam-Ordner nach und prüfe die Schreibweise der Adresse.
creator-join-spent = Dieser Link funktioniert nicht mehr
creator-join-spent-hint = Ein Link funktioniert einmal, einen Tag lang. Wir können einen neuen an dieselbe Adresse schicken.
creator-join-send-new = Neuen Link senden
creator-join-other = Andere Adresse verwenden
creator-enter-title = Zum Creator-Netzwerk
creator-enter-hint = Du meldest dich als { $email } an.
creator-enter-go = Anmelden

## Das Profil.

creator-profile-title = Dein Profil
creator-profile-welcome = Schreib dein Profil einmal und bewirb dich damit bei jedem Programm. Marken sehen nichts davon, bis du es sichtbar machst.
creator-profile-complete = Dein Profil ist zu { $percent } % vollständig
creator-profile-missing =
    { $part ->
        [topics] Wähle mindestens ein Thema.
        [channel] Füge einen Kanal hinzu.
        [headline] Schreib eine Überschrift.
        [bio] Sag, was du machst.
        [languages] Wähle die Sprachen deiner Inhalte.
        [country] Wähle dein Land.
        [formats] Wähle, wie du Produkte vorstellst.
        [earnings] Wähle, wie du verdienen möchtest.
        [verified] Bestätige einen Kanal.
       *[results] Beschreib aktuelle Ergebnisse.
    }
creator-profile-about = Über dich
creator-profile-name = Name
creator-profile-name-hint = Dein Name oder der deines Kanals. Marken sehen ihn, oder auf Wunsch deine Initialen.
creator-profile-name-wrong = Gib einen Namen ein (1 bis { $count } Zeichen).
creator-profile-name-address = Ein Name darf keine E-Mail- oder Webadresse enthalten.
creator-profile-handle = Kürzel
creator-profile-handle-hint = 3 bis 40 Kleinbuchstaben, Ziffern und Bindestriche.
creator-profile-handle-wrong = Verwende 3 bis 40 Kleinbuchstaben, Ziffern und Bindestriche, am Anfang einen Buchstaben oder eine Ziffer.
creator-profile-handle-taken = Dieses Kürzel ist vergeben. Wähle ein anderes.
creator-profile-headline = Überschrift
creator-profile-headline-hint = Was du machst, in einer Zeile.
creator-profile-bio = Beschreibung
creator-profile-bio-hint = Was du machst und für wen.
creator-profile-country = Land
creator-profile-topics = Themen, bis zu 5
creator-profile-languages = Sprachen deiner Inhalte
creator-profile-formats = Wie du Produkte vorstellst
creator-profile-earnings = Wie du verdienen möchtest
creator-profile-portfolio = Portfolio
creator-profile-portfolio-hint = Marken sehen diese Adresse, sobald du dich bewirbst oder eine Einladung annimmst.
creator-profile-results = Aktuelle Ergebnisse
creator-profile-results-hint = In deinen Worten: was du empfohlen hast und was dabei herauskam.
creator-profile-wont = Was du nicht bewirbst
creator-profile-wont-hint = Erspart dir und Marken unpassende Angebote.
creator-profile-save = Profil speichern
creator-profile-saved = Profil gespeichert
creator-profile-too-long = Verwende höchstens { $count } Zeichen.
creator-profile-odd-characters = Entferne Zeilenumbrüche oder unsichtbare Zeichen.
creator-profile-choose = Wähle eine der Möglichkeiten.
creator-profile-too-many = Wähle höchstens { $count }.
creator-profile-url-wrong = Gib eine Webadresse ein, zum Beispiel https://example.com/work.

## Kanäle.

creator-channels-title = Kanäle
creator-channels-none = Noch keine Kanäle
creator-channels-none-hint = Füge hinzu, wo du Menschen erreichst. Marken sehen Art und Größe des Publikums, und die Adresse erst nach einem Kontakt.
creator-channels-verified = Bestätigt
creator-channels-unverified = Nicht bestätigt
creator-channels-how = So bestätigst du ihn
creator-channels-how-dns = Setze diesen DNS-Eintrag:
creator-channels-how-tag = Oder füge dieses Tag in den Kopf der Seite ein:
creator-channels-how-bio = Füge diesen Code in die Beschreibung des Kanals ein. Sobald der Kanal bestätigt ist, kannst du ihn entfernen.
creator-channels-check = Jetzt prüfen
creator-channels-remove = Entfernen
creator-channels-new = Kanal hinzufügen
creator-channels-kind = Art
creator-channels-url = Adresse
creator-channels-url-hint = Deine eigene Seite dort, zum Beispiel youtube.com/@name.
creator-channels-audience = Publikum
creator-channels-audience-hint = Abonnenten, Follower oder Leser im Monat.
creator-channels-add = Kanal hinzufügen
creator-channels-added = Kanal hinzugefügt
creator-channels-removed =
    { $change ->
        [unlisted] Kanal entfernt. Dein Profil ist nicht mehr sichtbar, weil es keinen Kanal hat.
       *[removed] Kanal entfernt
    }
creator-channels-refused = Du hast diesen Kanal schon, oder { $count } Kanäle, mehr sind nicht möglich.
creator-channels-mistake =
    { $mistake ->
        [platform] Diese Adresse gehört nicht zur gewählten Plattform.
        [profile] Gib die Adresse deiner eigenen Seite dort ein, nicht die eines einzelnen Beitrags.
       *[address] Gib eine öffentliche Adresse ein, die mit https:// beginnt.
    }
creator-channels-found =
    { $found ->
        [verified] Kanal bestätigt
        [nothing] Wir haben die Seite gelesen, aber deinen Code nicht gefunden. Änderungen können ein paar Minuten brauchen.
        [closed] Diese Plattform zeigt Profile nur Angemeldeten, darum können wir sie nicht prüfen. Marken sehen den Kanal als nicht bestätigt.
       *[unreachable] Wir konnten die Seite nicht lesen. Prüfe, ob sie öffentlich ist und nicht auf eine andere Website weiterleitet.
    }

## Wer einen Creator sieht.

creator-visibility-none = Du hast noch kein Profil
creator-visibility-write = Profil bearbeiten
creator-visibility-state =
    { $state ->
        [listed] Marken können dich finden
        [paused] Dein Profil pausiert
       *[unlisted] Keine Marke sieht dich
    }
creator-visibility-who = Wenn dein Profil sichtbar ist, kann jede Marke dieser Installation, die nach Creators suchen darf, die Karte unten finden, außer denen, vor denen du es verbirgst. Deine Adresse und die Adressen deiner Kanäle sieht nur eine Marke, bei der du dich bewirbst oder deren Einladung du annimmst.
creator-visibility-disposable = Deine E-Mail-Adresse gehört zu einem Dienst für Wegwerfadressen, darum kann dein Profil nicht sichtbar werden. Tritt mit einer dauerhaften Adresse bei.
creator-visibility-needs = Bevor dein Profil sichtbar werden kann:
creator-visibility-list = Profil sichtbar machen
creator-visibility-unlist = Nicht mehr zeigen
creator-visibility-pause = Pausieren
creator-visibility-resume = Wieder zeigen
creator-visibility-preview = Was Marken sehen
creator-visibility-preview-hint = Genau das und sonst nichts, solange es keinen Kontakt gibt.
creator-visibility-choices = Einstellungen
creator-visibility-initials = Meine Initialen statt meines Namens zeigen
creator-visibility-initials-hint = Eine Marke sieht deinen Namen, sobald du dich bewirbst oder eine Einladung annimmst.
creator-visibility-reputation = Zeigen, wie meine Verkäufe laufen, in Stufen
creator-visibility-reputation-hint = Aus mindestens drei Marken zusammen, nie genaue Zahlen und nie, welche Marken.
creator-visibility-weekly = Einladungen pro Woche, höchstens
creator-visibility-save = Speichern
creator-visibility-blocks = Vor Marken verbergen
creator-visibility-blocks-hint = Diese Marken können dich weder finden noch einladen.
creator-visibility-brand = Marke
creator-visibility-hide = Vor dieser Marke verbergen
creator-visibility-unhide = Wieder zeigen
creator-visibility-unhide-brand = { $brand } wieder zeigen
creator-visibility-unknown = Eine Marke, die nicht mehr gelistet ist
creator-visibility-no-brands = Hier sind keine weiteren Marken gelistet.
creator-visibility-done =
    { $change ->
        [listed] Marken können dich jetzt finden
        [unlisted] Keine Marke sieht dich jetzt
        [refused] Dein Profil kann noch nicht sichtbar werden. Unten steht, was fehlt.
        [paused] Pausiert. Keine Marke sieht dich, bis du dich wieder zeigst.
        [resumed] Marken können dich wieder finden
        [hidden] Diese Marke sieht dich nicht mehr
        [unhidden] Diese Marke sieht dich wieder
        [full] Du hast dein Profil vor so vielen Marken wie möglich verborgen. Zeig es stattdessen nicht mehr.
        [number] Gib eine Zahl von Einladungen zwischen 0 und 50 ein.
       *[saved] Gespeichert
    }

# Was Marken sehen: die Art eines Kanals, zum Beispiel Website, mit der Größe seines Publikums.
creator-card-channel =
    { $mark ->
        [verified] { $kind } ({ $audience }, bestätigt)
       *[unverified] { $kind } ({ $audience })
    }
creator-card-part =
    { $part ->
        [topics] Themen
        [channels] Kanäle
        [country] Land
        [languages] Sprachen
        [formats] Formate
        [earnings] Verdient gern
        [results] Aktuelle Ergebnisse
       *[wont] Bewirbt nicht
    }

## Was jemand bei allen Marken hat.

creator-brands-none = Noch keine Programme
creator-brands-none-hint = Programme, die { $email } kennen, erscheinen hier.
creator-brands-find = Programme finden
creator-brands-brand = Marke
creator-brands-since = Seit
creator-brands-pending = Offen
creator-brands-payable = Auszahlbar
creator-brands-paid = Ausgezahlt
creator-brands-open = Portal öffnen
creator-brands-open-brand = Portal von { $brand } öffnen

## Export und Löschung.

creator-data-title = Deine Daten
creator-data-export = Alles herunterladen
creator-data-export-hint = Dein Profil, deine Kanäle, Sitzungen und Programme als JSON-Datei.
creator-data-download = Herunterladen
creator-data-erase = Mein Profil löschen
creator-data-erase-hint = Löscht dein Profil, deine Kanäle, Anmeldelinks und Sitzungen endgültig. Niemand kann das rückgängig machen.
creator-data-erase-brands =
    { $count ->
        [one] Eine Marke kennt dich als Affiliate. Ihre Daten, Links und Zahlungen bleiben. Wende dich an die Marke, wenn sie gelöscht werden sollen.
       *[other] { $count } Marken kennen dich als Affiliate. Ihre Daten, Links und Zahlungen bleiben. Wende dich an die Marken, wenn sie gelöscht werden sollen.
    }
creator-data-erase-sure = Ja, mein Profil löschen
creator-data-erase-go = Profil löschen
creator-data-sure = Bestätige mit dem Häkchen.

## Das Vokabular.

## Programs for a creator, and what happened with each.

match-title = Programme für dich
match-hint = Die Punkte sagen, wie gut ein Programm zu deinem Profil passt. Niemand kann für einen Platz bezahlen.
match-search = Suche
match-topic = Thema
match-topic-all = Alle Themen
match-find = Programme finden
match-none = Kein Programm passt.
match-none-hint = Versuche andere Wörter oder alle Themen.
match-no-profile = Schreibe dein Profil, um zu sehen, wie gut jedes Programm passt.
match-no-profile-link = Profil schreiben
match-score = { $score } von 100
match-new = Neu hier
match-why = Warum diese Punktzahl
match-points = { $points } von { $most }
match-apply = Bewerben
match-see = Programm ansehen
match-more = Weitere Programme
match-reason =
    { $part ->
        [topic] Gemeinsame Themen
        [text] Gemeinsame Wörter
        [audience] Größe des Publikums und Art des Kanals
        [place] Land und Sprache
        [format] Formate und wofür das Programm zahlt
        [proof] Bestätigte Kanäle, vollständiges Profil, kürzlich aktiv
       *[other] Bisherige Ergebnisse
    }
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
contact-report-reason = Was ist passiert?
contact-report-send = Meldung senden
contact-apply-title = Bei { $program } bewerben
contact-apply-hint = { $brand } sieht deine Antworten und deine E-Mail-Adresse { $email }.
contact-apply-terms = Bedingungen lesen
contact-apply-accept = Ich akzeptiere die Bedingungen von { $brand }
contact-apply-submit = Bewerbung senden
contact-apply-refused = Diese Marke hat schon über dich entschieden. Du kannst dich nicht noch einmal bewerben.
contact-invitation-from = { $brand } hat dich eingeladen
contact-done-applied = Bewerbung gesendet.
contact-done-ended = Erledigt. Die Marke erfährt nur den Status.
contact-done-muted = Stummgeschaltet. Diese Marke sieht dein Profil nicht mehr.
contact-done-stopped = Beendet. Keine Marke sieht jetzt dein Profil.
contact-done-sent = Nachricht gesendet.
contact-done-reported = Meldung an die Betreiber gesendet.

## Applications to programs of other installations; $host is such as partners.example.com.

creator-send-title = Bei { $program } bewerben
creator-send-hint = Dieses Programm von { $brand } ist auf { $host }. Dein Profil geht dorthin, und { $host } schickt dir einen Link: Öffne ihn, beantworte dort die Fragen der Marke und sende deine Bewerbung ab.
creator-send-what = Was { $host } bekommt
creator-send-part =
    { $part ->
        [email] E-Mail
        [name] Name
        [country] Land
        [topics] Themen
       *[about] Über dich
    }
creator-send-submit = Mein Profil an { $host } senden
creator-send-edit = Profil ändern
creator-send-problem = Fehler:
creator-send-failed = { $host } hat dein Profil nicht angenommen: Es ist nicht erreichbar oder nimmt von hier keine an. Versuch es später noch einmal, oder bewirb dich auf der Seite des Programms.
creator-elsewhere = Bewerbungen auf anderen Installationen
creator-elsewhere-hint = Was du an Programme anderer Installationen gesendet hast. Wenn du dein Profil zurücknimmst, löscht die Installation es. Eine Bewerbung, die du von dort gesendet hast, gehört dir dort und bleibt.
creator-elsewhere-none = Du hast dein Profil noch nirgendwohin gesendet.
creator-elsewhere-sent = Profil gesendet. Du bekommst eine E-Mail mit einem Link und schließt deine Bewerbung dort ab.
creator-elsewhere-withdrawn = Zurückgenommen. Die andere Installation löscht dein Profil.
creator-elsewhere-withdraw = Von { $host } zurücknehmen
creator-elsewhere-status =
    { $status ->
        [Sending] Noch nicht gesendet
        [Applied] Beworben
        [Joined] Angenommen
        [Rejected] Abgelehnt
        [Withdrawn] Zurückgezogen
       *[Sent] Öffne den Link in deiner E-Mail
    }
contact-apply-from = { $host } hat dein Profil gesendet und erfährt, was aus dieser Bewerbung wird.
