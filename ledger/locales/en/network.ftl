# The network's public pages, where creators look for programs. Texts of brands stay as they are.

network-title = Affiliate programs for creators
network-lead = Find programs that fit what you write, film or send. What each one pays is taken directly from its plan.
network-nav = Network
network-nav-programs = Programs
network-nav-sign-in = Sign in
network-search-label = Search programs
network-search-button = Search
network-filters = Filters
network-clear = Clear all
network-facet =
    { $facet ->
        [topic] Topic
        [country] Country of your audience
        [language] Language of your content
        *[earning] How you earn
    }
network-facet-all =
    { $facet ->
        [topic] All topics
        [country] All countries
        [language] All languages
        *[earning] All kinds
    }
network-sort = Sort by
network-sort-fit = Best match
network-sort-newest = Newest
# $shown is the number as it is written, $count the number itself.
network-results =
    { $count ->
        [one] 1 program
        *[other] { $shown } programs
    }
network-alike = No program contains “{ $text }”. These have similar names.
network-none = No programs match.
network-none-next = Try fewer filters or another word.
network-empty = No programs are listed yet.
network-empty-next = Come back soon, or ask the brands you like to list theirs.
network-by = by { $brand }
network-next = Next page
network-window =
    { $days ->
        [one] 1 day after a click
        *[other] { $days } days after a click
    }
network-hold =
    { $days ->
        [0] None: commissions are payable immediately
        [one] 1 day, so that refunds can come in first
        *[other] { $days } days, so that refunds can come in first
    }
network-rhythm =
    { $rhythm ->
        [Weekly] Weekly
        [Monthly] Monthly
        *[Manual] When the brand decides, without a schedule
    }
network-fact =
    { $fact ->
        [window] A sale counts for
        [hold] Hold period
        [payouts] Payouts
        [currency] Currency
        [countries] Countries of your audience
        [languages] Languages of your content
        [channels] Channels
        [formats] Formats
        *[audience] Smallest audience
    }
network-any =
    { $what ->
        [countries] All countries
        [languages] All languages
        [channels] Any channel
        [formats] Any format
        *[audience] Any size
    }
network-pays = What you earn
network-pays-from = Taken directly from the program’s plan. { $brand } can’t edit it.
network-about = About the program
network-who-for = Who it’s for
network-forbidden = What isn’t allowed
network-rules = Rules
network-figures = How it pays in practice
network-figures-how = Calculated by this platform from real sales by at least five affiliates, and shown as ranges. { $brand } agreed to show them and can’t change them.
network-figure =
    { $figure ->
        [earned] Earnings per 100 clicks
        [approval] Time to approval
        *[payout] Paid on time
    }
network-figure-meaning =
    { $figure ->
        [earned] Commissions on sales and leads in the last 90 days, divided by clicks.
        [approval] Half of the commissions were payable sooner than this after the sale.
        *[payout] The share of approved commissions that was paid within 45 days.
    }
network-earned-under = Less than { $to }
network-earned-between = { $from } to { $to }
network-earned-over = { $from } or more
network-approval =
    { $band ->
        [Within7Days] Within a week
        [Within14Days] Within two weeks
        [Within31Days] Within a month
        [Within62Days] Within two months
        *[Longer] More than two months
    }
network-punctuality =
    { $band ->
        [AlmostAll] Almost always: 95% or more
        [Most] Mostly: 75% to 95%
        *[Some] Less than 75%
    }
network-apply = Apply
network-how = How to apply
network-how-text = Apply with your creator profile. { $brand } sees what you chose to share, and decides. It’s free.
network-site = Visit the website
network-updated = Last changed: { $date }
network-topic =
    { $topic ->
        [Ai] AI
        [Beauty] Beauty
        [Books] Books
        [Business] Business
        [Careers] Careers
        [Cooking] Cooking
        [Crypto] Crypto
        [Design] Design
        [Developers] Software development
        [Ecommerce] E-commerce
        [Education] Education
        [Family] Family
        [Fashion] Fashion
        [Finance] Personal finance
        [Fitness] Fitness
        [Gaming] Gaming
        [Health] Health
        [Home] Home and garden
        [Marketing] Marketing
        [Music] Music
        [Pets] Pets
        [Productivity] Productivity
        [Sustainability] Sustainability
       *[Travel] Travel
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
       *[Other] Other
    }
network-format =
    { $format ->
        [Review] Reviews
        [Tutorial] Tutorials
        [Comparison] Comparisons
        [Newsletter] Newsletter issues
        [Podcast] Podcast episodes
        [Video] Videos
        [SocialPost] Social posts
        [Coupon] Coupons
        [Community] Communities
       *[Course] Courses
    }
network-earning =
    { $earning ->
        [Share] A share of each sale
        [Flat] A fixed amount per sale
        [Lead] An amount per lead
       *[Click] An amount per click
    }
network-audience =
    { $band ->
        [Under1k] Under 1,000
        [From1k] 1,000–10,000
        [From10k] 10,000–50,000
        [From50k] 50,000–100,000
       *[From100k] Over 100,000
    }

# Programs of other installations; $host is such as partners.example.com.
network-on-host = on { $host }
network-apply-at = Apply on { $host }
network-foreign = This program is on { $host }, which describes it in its own words. You apply there, and your sales and payouts stay there.
network-pays-from-host = As { $host } describes it.
network-how-there = Open the program on { $host } and apply there. { $brand } reviews your application and gets in touch by email.
network-apply-with-profile = Apply with your profile
