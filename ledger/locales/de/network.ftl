# Die öffentlichen Seiten des Netzwerks, auf denen Creator Programme suchen.

network-title = Partnerprogramme für Creator
network-lead = Finde Programme, die zu dem passen, was du schreibst, filmst oder verschickst. Was ein Programm zahlt, kommt aus seinem eigenen Plan.
network-nav = Netzwerk
network-nav-programs = Programme
network-nav-sign-in = Anmelden
network-search-label = Programme suchen
network-search-button = Suchen
network-filters = Filter
network-clear = Alles zurücksetzen
network-facet =
    { $facet ->
        [topic] Thema
        [country] Land deines Publikums
        [language] Sprache deiner Inhalte
        *[earning] Wie du verdienst
    }
network-facet-all =
    { $facet ->
        [topic] Alle Themen
        [country] Alle Länder
        [language] Alle Sprachen
        *[earning] Alle Arten
    }
network-sort = Sortieren nach
network-sort-fit = Beste Treffer
network-sort-newest = Neueste
# $shown is the number as it is written, $count the number itself.
network-results =
    { $count ->
        [one] 1 Programm
        *[other] { $shown } Programme
    }
network-alike = Kein Programm enthält „{ $text }“. Diese heißen ähnlich.
network-none = Kein Programm passt.
network-none-next = Versuche es mit weniger Filtern oder einem anderen Wort.
network-empty = Noch ist kein Programm gelistet.
network-empty-next = Schau bald wieder vorbei, oder bitte Marken, die du magst, ihr Programm zu listen.
network-by = von { $brand }
network-next = Nächste Seite
network-window =
    { $days ->
        [one] 1 Tag nach einem Klick
        *[other] { $days } Tage nach einem Klick
    }
network-hold =
    { $days ->
        [0] Keine: Provisionen sind sofort auszahlbar
        [one] 1 Tag, damit Erstattungen vorher eingehen
        *[other] { $days } Tage, damit Erstattungen vorher eingehen
    }
network-rhythm =
    { $rhythm ->
        [Weekly] Wöchentlich
        [Monthly] Monatlich
        *[Manual] Wenn die Marke es entscheidet, ohne festen Termin
    }
network-fact =
    { $fact ->
        [window] Ein Verkauf zählt bis
        [hold] Wartezeit
        [payouts] Auszahlungen
        [currency] Währung
        [countries] Länder deines Publikums
        [languages] Sprachen deiner Inhalte
        [channels] Kanäle
        [formats] Formate
        *[audience] Kleinstes Publikum
    }
network-any =
    { $what ->
        [countries] Alle Länder
        [languages] Alle Sprachen
        [channels] Jeder Kanal
        [formats] Jedes Format
        *[audience] Jede Größe
    }
network-pays = Was du verdienst
network-pays-from = Das kommt aus dem Plan des Programms. { $brand } kann es nicht eintippen.
network-about = Über das Programm
network-who-for = Für wen es ist
network-forbidden = Was nicht erlaubt ist
network-rules = Regeln
network-figures = Wie es in der Praxis zahlt
network-figures-how = Von dieser Plattform aus echten Verkäufen von mindestens fünf Partnern gezählt und in Stufen gerundet. { $brand } hat zugestimmt, sie zu zeigen, und kann sie nicht ändern.
network-figure =
    { $figure ->
        [earned] Verdienst pro 100 Klicks
        [approval] Zeit bis zur Freigabe
        *[payout] Pünktlich bezahlt
    }
network-figure-meaning =
    { $figure ->
        [earned] Provisionen für Verkäufe und Leads der letzten 90 Tage, geteilt durch Klicks.
        [approval] Die Hälfte der Provisionen war nach dem Verkauf früher auszahlbar.
        *[payout] Der Anteil der freigegebenen Provisionen, der innerhalb von 45 Tagen bezahlt wurde.
    }
network-earned-under = Unter { $to }
network-earned-between = { $from } bis { $to }
network-earned-over = { $from } oder mehr
network-approval =
    { $band ->
        [Within7Days] Innerhalb einer Woche
        [Within14Days] Innerhalb von zwei Wochen
        [Within31Days] Innerhalb eines Monats
        [Within62Days] Innerhalb von zwei Monaten
        *[Longer] Mehr als zwei Monate
    }
network-punctuality =
    { $band ->
        [AlmostAll] Fast immer: 95 % oder mehr
        [Most] Meistens: 75 % bis 95 %
        *[Some] Weniger als 75 %
    }
network-apply = Bewerben
network-how = So bewirbst du dich
network-how-text = Bewirb dich mit deinem Creator-Profil. { $brand } sieht, was du teilen möchtest, und entscheidet. Es kostet nichts.
network-site = Website besuchen
network-updated = Zuletzt geändert: { $date }
network-topic =
    { $topic ->
        [Ai] KI
        [Beauty] Beauty
        [Books] Bücher
        [Business] Wirtschaft
        [Careers] Karriere
        [Cooking] Kochen
        [Crypto] Krypto
        [Design] Design
        [Developers] Softwareentwicklung
        [Ecommerce] E-Commerce
        [Education] Bildung
        [Family] Familie
        [Fashion] Mode
        [Finance] Finanzen
        [Fitness] Fitness
        [Gaming] Gaming
        [Health] Gesundheit
        [Home] Haus und Garten
        [Marketing] Marketing
        [Music] Musik
        [Pets] Haustiere
        [Productivity] Produktivität
        [Sustainability] Nachhaltigkeit
       *[Travel] Reisen
    }
network-channel =
    { $kind ->
        [Website] Website
        [Newsletter] Newsletter
        [Podcast] Podcast
        [YouTube] YouTube
        [Instagram] Instagram
        [TikTok] TikTok
        [X] X
        [LinkedIn] LinkedIn
        [Twitch] Twitch
       *[Other] Anderes
    }
network-format =
    { $format ->
        [Review] Tests
        [Tutorial] Anleitungen
        [Comparison] Vergleiche
        [Newsletter] Newsletter-Ausgaben
        [Podcast] Podcast-Folgen
        [Video] Videos
        [SocialPost] Social-Media-Beiträge
        [Coupon] Gutscheine
        [Community] Communitys
       *[Course] Kurse
    }
network-earning =
    { $earning ->
        [Share] Anteil an jedem Verkauf
        [Flat] Fester Betrag pro Verkauf
        [Lead] Betrag pro Lead
       *[Click] Betrag pro Klick
    }
network-audience =
    { $band ->
        [Under1k] Unter 1.000
        [From1k] 1.000–10.000
        [From10k] 10.000–50.000
        [From50k] 50.000–100.000
       *[From100k] Über 100.000
    }

# Programs of other installations; $host is such as partners.example.com.
network-on-host = auf { $host }
network-apply-at = Auf { $host } bewerben
network-foreign = Dieses Programm ist auf { $host } und dort mit eigenen Worten beschrieben. Du bewirbst dich dort, und deine Verkäufe und Auszahlungen bleiben dort.
network-pays-from-host = Wie { $host } es beschreibt.
network-how-there = Öffne das Programm auf { $host } und bewirb dich dort. { $brand } prüft deine Bewerbung und meldet sich per E-Mail.
network-apply-with-profile = Mit deinem Profil bewerben
