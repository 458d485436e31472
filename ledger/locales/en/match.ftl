# Programs that suit a creator.

match-title = Programs for you
match-hint = The score says how well a program fits your profile. No one can pay for a place.
match-search = Search
match-topic = Topic
match-topic-all = All topics
match-find = Find programs
match-none = No programs match.
match-none-hint = Try other words, or all topics.
match-no-profile = Write your profile to see how well each program fits.
match-no-profile-link = Write profile
match-score = { $score } of 100
match-new = New here
match-why = Why this score
match-points = { $points } of { $most }
match-apply = Apply
match-see = See program
match-more = More programs
match-reason =
    { $part ->
        [topic] Topics in common
        [text] Words in common
        [audience] Size of the audience and kind of channel
        [place] Country and language
        [format] Formats, and what the program pays for
        [proof] Verified channels, a complete profile, recent activity
        [track-new] No track record yet
        [track-mixed] Track record: many sales in programs like yours were refunded or denied
        [track-steady] Track record: steady sales in programs like yours
        [track-good] Track record: few refunds in programs like yours
        [track-strong] Track record: many sales and few refunds in programs like yours
       *[other] Track record
    }
