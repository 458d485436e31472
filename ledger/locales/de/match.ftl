# Programme, die zu einem Creator passen.

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
        [track-new] Noch keine bisherigen Ergebnisse
        [track-mixed] Bisherige Ergebnisse: viele Verkäufe in ähnlichen Programmen wurden erstattet oder abgelehnt
        [track-steady] Bisherige Ergebnisse: beständige Verkäufe in ähnlichen Programmen
        [track-good] Bisherige Ergebnisse: wenige Erstattungen in ähnlichen Programmen
        [track-strong] Bisherige Ergebnisse: viele Verkäufe und wenige Erstattungen in ähnlichen Programmen
       *[other] Bisherige Ergebnisse
    }
