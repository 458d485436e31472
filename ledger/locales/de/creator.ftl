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
creator-emails = E-Mails
creator-emails-messages = Schickt mir eine E-Mail, wenn mir eine Marke schreibt
creator-emails-messages-hint = Höchstens einmal in der Stunde je Marke, und erst wieder, wenn du ihre Nachrichten gelesen hast.
creator-messages-end-title = Keine E-Mails mehr über Nachrichten?
creator-messages-end-hint = Marken können dir weiterhin schreiben; du siehst ihre Nachrichten im Creator-Netzwerk.
creator-messages-end = Diese E-Mails beenden
creator-messages-ended-title = Du bekommst keine E-Mails mehr über Nachrichten
creator-messages-ended = Marken können dir weiterhin schreiben. Unter „Wer mich sieht“ schaltest du die E-Mails wieder ein.
creator-messages-ended-link = Wer mich sieht
creator-visibility-blocks = Vor Marken verbergen
creator-visibility-blocks-hint = Diese Marken können dich weder finden noch einladen.
creator-visibility-brand = Marke
creator-visibility-hide = Vor dieser Marke verbergen
creator-visibility-unhide = Wieder zeigen
creator-visibility-unhide-brand = { $brand } wieder zeigen
creator-visibility-unknown = Eine Marke, die nicht mehr gelistet ist
creator-visibility-no-brands = Hier sind keine weiteren Marken gelistet.
creator-visibility-waits = Dein Profil wartet auf den Betreiber des Netzwerks, der es sich zuerst ansieht. Hier siehst du, wann es sichtbar ist.
# $reason is the operator's own sentence.
creator-visibility-suspended = Der Betreiber des Netzwerks hat dein Profil vor allen Marken verborgen: { $reason } Du kannst deine Daten weiterhin herunterladen und löschen.
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
        [waits] Der Betreiber des Netzwerks sieht sich dein Profil zuerst an
        [suspended] Der Betreiber des Netzwerks hat dein Profil gesperrt
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
creator-brands-open-brand = Portal öffnen: { $brand }

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

## Bewerben.

creator-apply-suspended = Der Betreiber des Netzwerks hat dein Profil gesperrt, deshalb kannst du dich nicht bewerben und Marken nicht schreiben.
creator-apply-many = Du hast dich heute bei vielen Programmen beworben. Mach morgen weiter.

## Applications to programs of other installations; $host is such as partners.example.com.

creator-send-title = Bei { $program } bewerben
creator-send-hint = Dieses Programm von { $brand } ist auf { $host }. Dein Profil geht dorthin, und { $host } schickt dir einen Link: Öffne ihn, beantworte die Fragen der Marke und sende deine Bewerbung ab.
creator-send-what = Was { $host } bekommt
creator-send-part =
    { $part ->
        [email] E-Mail
        [name] Name
        [country] Land
        [languages] Sprachen
        [topics] Themen
        [portfolio] Portfolio
       *[about] Über dich
    }
creator-send-submit = Mein Profil an { $host } senden
creator-send-edit = Profil ändern
creator-send-problem = Fehler:
creator-elsewhere = Bewerbungen auf anderen Installationen
creator-elsewhere-hint = Programme anderer Installationen, denen du dein Profil gesendet hast. Wenn du zurückziehst, löscht die andere Installation dein Profil, und deine Bewerbung, falls die Marke noch nicht entschieden hat.
creator-elsewhere-none = Du hast dein Profil noch keiner anderen Installation gesendet.
creator-elsewhere-sent = Dein Profil ist unterwegs. Du bekommst eine E-Mail mit einem Link, um deine Bewerbung abzuschließen.
creator-elsewhere-known = Du hast dein Profil schon an dieses Programm gesendet.
creator-elsewhere-withdrawn = Zurückgezogen. Die andere Installation erfährt, dass sie dein Profil löschen soll.
creator-elsewhere-withdraw = Bei { $program } zurückziehen
creator-elsewhere-status =
    { $status ->
        [Sending] Unterwegs
        [Applied] Beworben
        [Joined] Angenommen
        [Rejected] Abgelehnt
        [Withdrawn] Zurückgezogen
        [Revoking] Wird zurückgezogen
        [Refused] Nicht gesendet
        [Expired] Abgelaufen
       *[Sent] Gesendet
    }
creator-elsewhere-state =
    { $state ->
        [Sending] Dein Profil wird innerhalb einer Minute an { $host } gesendet.
        [Failing] { $host } ist gerade nicht erreichbar. Wir versuchen es noch ein paar Tage lang.
        [Applied] Die Marke prüft deine Bewerbung.
        [Joined] Du bist dabei. Alles Weitere findest du auf { $host }.
        [Rejected] Die Marke hat deine Bewerbung abgelehnt.
        [Withdrawn] { $host } hat dein Profil nicht mehr.
        [Revoking] Wir bitten { $host }, dein Profil zu löschen, bis wir erfahren, dass das geschehen ist.
        [NotTaken] { $host } nimmt von hier keine Bewerbungen an. Du kannst dich auf der Seite des Programms bewerben.
        [Unreachable] { $host } war mehrere Tage lang nicht erreichbar. Du kannst dich auf der Seite des Programms bewerben.
        [Refused] { $host } hat dein Profil nicht angenommen. Du kannst dich auf der Seite des Programms bewerben.
        [Expired] { $host } hat dein Profil gelöscht, weil du den Link nicht rechtzeitig geöffnet oder dein Konto dort gelöscht hast.
       *[Sent] { $host } hat dir eine E-Mail geschickt. Öffne den Link darin, um deine Bewerbung abzuschließen.
    }
