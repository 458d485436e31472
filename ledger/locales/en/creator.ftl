# Texts of the creator network, as creators see it.

## The frame around every page.

creator-network = Creator network
creator-menu-programs = Programs
creator-menu-applications = Applications
creator-menu-invitations = Invitations
creator-menu-profile = Profile
creator-menu-visibility = Who can see me
creator-menu-brands = My programs

## Signing up and signing in.

creator-join-title = Join the creator network
creator-join-hint = Enter your email address. We’ll send you a link that signs you in, and creates your profile if you don’t have one yet.
creator-join-email = Email
creator-join-email-wrong = Enter a valid email address, such as name@example.com.
creator-join-send = Send sign-in link
creator-join-privacy = Brands see nothing of you until you list your profile, and never your address before you apply or accept an invitation.
creator-join-continue = Continue as { $email }
creator-join-continue-hint = You’re signed in to a brand’s portal with this address. Or use another one:
creator-join-back = Back
creator-join-sent = We’ve sent you a sign-in link. It works once, for one day. If nothing arrives within a few minutes, check your spam folder and the spelling of the address.
creator-join-spent = This link no longer works
creator-join-spent-hint = A link works once, for one day. We can send a new one to the same address.
creator-join-send-new = Send new link
creator-join-other = Use another address
creator-enter-title = Enter the creator network
creator-enter-hint = You’ll sign in as { $email }.
creator-enter-go = Sign in

## The profile.

creator-profile-title = Your profile
creator-profile-welcome = Write your profile once, and apply to any program with it. Brands see nothing of it until you list it.
creator-profile-complete = Your profile is { $percent }% complete
creator-profile-missing =
    { $part ->
        [topics] Choose at least one topic.
        [channel] Add a channel.
        [headline] Write a headline.
        [bio] Say what you do.
        [languages] Choose the languages of your content.
        [country] Choose your country.
        [formats] Choose how you present products.
        [earnings] Choose how you like to earn.
        [verified] Verify a channel.
       *[results] Describe recent results.
    }
creator-profile-about = About you
creator-profile-name = Name
creator-profile-name-hint = Your name, or that of your channel. Brands see it, or your initials if you prefer.
creator-profile-name-wrong = Enter a name (1 to { $count } characters).
creator-profile-name-address = A name can’t contain an email or web address.
creator-profile-handle = Handle
creator-profile-handle-hint = 3 to 40 of a–z, 0–9 and hyphens.
creator-profile-handle-wrong = Use 3 to 40 of a–z, 0–9 and hyphens, and don’t start with a hyphen.
creator-profile-handle-taken = Someone else has this handle. Choose another one.
creator-profile-headline = Headline
creator-profile-headline-hint = What you do, in one line.
creator-profile-bio = Bio
creator-profile-bio-hint = What you make, and for whom.
creator-profile-country = Country
creator-profile-topics = Topics, up to 5
creator-profile-languages = Languages of your content
creator-profile-formats = How you present products
creator-profile-earnings = How you like to earn
creator-profile-portfolio = Portfolio
creator-profile-portfolio-hint = Brands see this address once you apply or accept an invitation.
creator-profile-results = Recent results
creator-profile-results-hint = In your own words: what you promoted, and what came of it.
creator-profile-wont = What you won’t promote
creator-profile-wont-hint = Saves you and brands unsuitable offers.
creator-profile-save = Save profile
creator-profile-saved = Profile saved
creator-profile-too-long = Use at most { $count } characters.
creator-profile-odd-characters = Remove line breaks or invisible characters.
creator-profile-choose = Choose one of the options.
creator-profile-too-many = Choose at most { $count }.
creator-profile-url-wrong = Enter a web address, such as https://example.com/work.

## Channels.

creator-channels-title = Channels
creator-channels-none = No channels yet
creator-channels-none-hint = Add where you reach people. Brands see the kind and the size of the audience, and the address only after contact.
creator-channels-verified = Verified
creator-channels-unverified = Not verified
creator-channels-how = How to verify
creator-channels-how-dns = Set this DNS record:
creator-channels-how-tag = Or add this tag to the head of the page:
creator-channels-how-bio = Add this code to the description of the channel. You can remove it once the channel is verified.
creator-channels-check = Check now
creator-channels-remove = Remove
creator-channels-new = Add a channel
creator-channels-kind = Kind
creator-channels-url = Address
creator-channels-url-hint = Your own page there, such as youtube.com/@name.
creator-channels-audience = Audience
creator-channels-audience-hint = Subscribers, followers, or readers a month.
creator-channels-add = Add channel
creator-channels-added = Channel added
creator-channels-removed =
    { $change ->
        [unlisted] Channel removed. Your profile is no longer listed, because it has no channel.
       *[removed] Channel removed
    }
creator-channels-refused = You have this channel already, or { $count } channels, which is the most.
creator-channels-mistake =
    { $mistake ->
        [platform] This address isn’t on the platform you chose.
        [profile] Enter the address of your own page there, not of a single post.
       *[address] Enter a public address that starts with https://.
    }
creator-channels-found =
    { $found ->
        [verified] Channel verified
        [nothing] We read the page, but didn’t find your code. Changes can take a few minutes to appear.
        [closed] This platform shows profiles only to people who are signed in there, so we can’t check it. Brands see the channel as not verified.
       *[unreachable] We couldn’t read the page. Check that it’s public and doesn’t redirect to another site.
    }

## Who can see a creator.

creator-visibility-none = You have no profile yet
creator-visibility-write = Edit profile
creator-visibility-state =
    { $state ->
        [listed] Brands can find you
        [paused] Your profile is paused
       *[unlisted] No brand can see you
    }
creator-visibility-who = If your profile is listed, every brand on this installation that may search for creators can find the card below, except those you hide it from. Your address and the addresses of your channels are shown only to a brand you apply to or whose invitation you accept.
creator-visibility-disposable = Your email address belongs to a service for disposable addresses, so your profile can’t be listed. Join with a lasting address.
creator-visibility-needs = Before you can list your profile:
creator-visibility-list = List my profile
creator-visibility-unlist = Remove from the list
creator-visibility-pause = Pause
creator-visibility-resume = Show again
creator-visibility-preview = What brands see
creator-visibility-preview-hint = Exactly this, and nothing else, before there’s a contact.
creator-visibility-choices = Choices
creator-visibility-initials = Show my initials instead of my name
creator-visibility-initials-hint = A brand sees your name once you apply or accept an invitation.
creator-visibility-reputation = Show how my sales do, in bands
creator-visibility-reputation-hint = From at least three brands together, never exact figures and never which brands.
creator-visibility-weekly = Invitations a week, at most
creator-visibility-save = Save
creator-visibility-blocks = Hide from brands
creator-visibility-blocks-hint = These brands can’t find you and can’t invite you.
creator-visibility-brand = Brand
creator-visibility-hide = Hide from this brand
creator-visibility-unhide = Show again
creator-visibility-unhide-brand = Show again to { $brand }
creator-visibility-unknown = A brand that isn’t listed any more
creator-visibility-no-brands = No further brands are listed here.
creator-visibility-done =
    { $change ->
        [listed] Brands can find you now
        [unlisted] No brand can see you now
        [refused] Your profile can’t be listed yet. See below what’s missing.
        [paused] Paused. No brand can see you until you resume.
        [resumed] Brands can find you again
        [hidden] This brand can’t see you any more
        [unhidden] This brand can see you again
        [full] You’ve hidden your profile from as many brands as possible. Remove it from the list instead.
        [number] Enter a number of invitations from 0 to 50.
       *[saved] Saved
    }

# What brands see: a channel's kind, such as Website, with the size of its audience.
creator-card-channel =
    { $mark ->
        [verified] { $kind } ({ $audience }, verified)
       *[unverified] { $kind } ({ $audience })
    }
creator-card-part =
    { $part ->
        [topics] Topics
        [channels] Channels
        [country] Country
        [languages] Languages
        [formats] Formats
        [earnings] Likes to earn
        [results] Recent results
       *[wont] Won’t promote
    }

## What a person has in every brand.

creator-brands-none = No programs yet
creator-brands-none-hint = Programs that know { $email } appear here.
creator-brands-find = Find programs
creator-brands-brand = Brand
creator-brands-since = Since
creator-brands-pending = Pending
creator-brands-payable = Payable
creator-brands-paid = Paid
creator-brands-open = Open portal
creator-brands-open-brand = Open the portal of { $brand }

## Export and erasure.

creator-data-title = Your data
creator-data-export = Download everything
creator-data-export-hint = Your profile, channels, sessions and programs as a JSON file.
creator-data-download = Download
creator-data-erase = Delete my profile
creator-data-erase-hint = Deletes your profile, channels, sign-in links and sessions for good. No one can undo it.
creator-data-erase-brands =
    { $count ->
        [one] One brand knows you as an affiliate. Its records, links and payments stay. To have them erased, ask the brand.
       *[other] { $count } brands know you as an affiliate. Their records, links and payments stay. To have them erased, ask the brands.
    }
creator-data-erase-sure = Yes, delete my profile
creator-data-erase-go = Delete profile
creator-data-sure = Select the box to confirm.

## The vocabulary.

## Programs for a creator, and what happened with each.

match-title = Programs for you
match-hint = The score says how well a program fits your profile. Nobody can pay for a place.
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
       *[other] Track record
    }
contact-applications = Applications
contact-invitations = Invitations
contact-none = Nothing here yet.
contact-none-find = Find programs
contact-status =
    { $status ->
        [Invited] Invited
        [Applied] Waiting for the brand
        [Joined] Approved
        [Declined] Declined by you
        [Rejected] Declined by the brand
        [Withdrawn] Withdrawn
       *[other] Expired
    }
contact-until = You can accept until { $day }.
contact-see-program = See program
contact-accept = Accept
contact-decline = Decline
contact-withdraw = Withdraw application
contact-mute = Mute { $brand }
contact-stop-hint = Don’t want invitations? No brand will see your profile, and open invitations will be declined.
contact-stop = Stop all invitations
contact-messages = Messages
contact-thread-with = Messages with { $brand }
contact-thread-none = No messages yet.
contact-you = You
contact-message = Message
contact-send = Send message
contact-report = Report this brand
contact-report-reason = What happened?
contact-report-send = Send report
contact-apply-title = Apply to { $program }
contact-apply-hint = { $brand } will see your answers and your email address, { $email }.
contact-apply-terms = Read the terms
contact-apply-accept = I accept the terms of { $brand }
contact-apply-submit = Send application
contact-apply-refused = This brand already decided about you, so you can’t apply again.
contact-invitation-from = { $brand } invited you
contact-done-applied = Application sent.
contact-done-ended = Done. The brand was told nothing but the status.
contact-done-muted = Muted. This brand no longer sees your profile.
contact-done-stopped = Stopped. No brand sees your profile now.
contact-done-sent = Message sent.
contact-done-reported = Report sent to the operators.

## Applications to programs of other installations; $host is such as partners.example.com.

creator-send-title = Apply to { $program }
creator-send-hint = This program of { $brand } is on { $host }. Your profile goes there, and { $host } emails you a link: open it, answer the brand’s questions there, and send your application.
creator-send-what = What { $host } gets
creator-send-part =
    { $part ->
        [email] Email
        [name] Name
        [country] Country
        [topics] Topics
       *[about] About you
    }
creator-send-submit = Send my profile to { $host }
creator-send-edit = Change your profile
creator-send-problem = Error:
creator-send-failed = { $host } didn’t take your profile: it can’t be reached, or takes none from here. Try again later, or apply on the program’s own page.
creator-elsewhere = Applications on other installations
creator-elsewhere-hint = What you sent to programs of other installations. If you take your profile back, its installation deletes it. An application that you sent from there is yours there, and stays.
creator-elsewhere-none = You haven’t sent your profile anywhere.
creator-elsewhere-sent = Profile sent. Look for an email with a link, and finish your application there.
creator-elsewhere-withdrawn = Taken back. The other installation deletes your profile.
creator-elsewhere-withdraw = Take back from { $host }
creator-elsewhere-status =
    { $status ->
        [Sending] Not sent yet
        [Applied] Applied
        [Joined] Accepted
        [Rejected] Declined
        [Withdrawn] Withdrawn
       *[Sent] Open the link in your email
    }
contact-apply-from = { $host } sent your profile, and learns what becomes of this application.
