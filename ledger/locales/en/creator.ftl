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
creator-join-privacy = Brands can’t see you until you list your profile, and never see your email address before you apply or accept an invitation.
creator-join-continue = Continue as { $email }
creator-join-continue-hint = You’re signed in to a brand’s portal with this address. Or use another one:
creator-join-back = Back
creator-join-sent = We’ve sent you a sign-in link. It works once, within 24 hours. If nothing arrives within a few minutes, check your spam folder and the spelling of the address.
creator-join-spent = This link no longer works
creator-join-spent-hint = A link works once, within 24 hours. We can send a new one to the same address.
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
creator-profile-handle-hint = 3 to 40 lowercase letters, digits or hyphens.
creator-profile-handle-wrong = Use 3 to 40 lowercase letters, digits or hyphens, and don’t start with a hyphen.
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
creator-channels-refused = You’ve already added this channel, or you’ve reached the limit of { $count } channels.
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
creator-visibility-disposable = Your email address belongs to a service for disposable addresses, so your profile can’t be listed. Join with a permanent address.
creator-visibility-needs = Before you can list your profile:
creator-visibility-list = List my profile
creator-visibility-unlist = Remove from the list
creator-visibility-pause = Pause
creator-visibility-resume = Show again
creator-visibility-preview = What brands see
creator-visibility-preview-hint = Until you apply or accept an invitation, brands see exactly this and nothing else.
creator-visibility-choices = Choices
creator-visibility-initials = Show my initials instead of my name
creator-visibility-initials-hint = A brand sees your name once you apply or accept an invitation.
creator-visibility-reputation = Show how my sales do, in bands
creator-visibility-reputation-hint = From at least three brands together, never exact figures and never which brands.
creator-visibility-weekly = Maximum invitations per week
creator-visibility-save = Save
creator-emails = Emails
creator-emails-messages = Email me when a brand writes to me
creator-emails-messages-hint = At most once an hour for each brand, and not again until you’ve read its messages.
creator-messages-end-title = Stop emails about messages?
creator-messages-end-hint = Brands can still write to you; you’ll see their messages in the creator network.
creator-messages-end = Stop these emails
creator-messages-ended-title = You won’t get any more emails about messages
creator-messages-ended = Brands can still write to you. You can turn the emails on again under “Who can see me”.
creator-messages-ended-link = Who can see me
creator-visibility-blocks = Hide from brands
creator-visibility-blocks-hint = These brands can’t find you and can’t invite you.
creator-visibility-brand = Brand
creator-visibility-hide = Hide from this brand
creator-visibility-unhide = Show again
creator-visibility-unhide-brand = Show again to { $brand }
creator-visibility-unknown = A brand that isn’t listed anymore
creator-visibility-no-brands = No further brands are listed here.
creator-visibility-waits = Your profile is waiting for review by the network’s operator. You’ll see here when it’s listed.
# $reason is the operator's own sentence.
creator-visibility-suspended = The operator of the network hid your profile from all brands: { $reason } You can still download and delete your data.
creator-visibility-done =
    { $change ->
        [listed] Brands can find you now
        [unlisted] No brand can see you now
        [refused] Your profile can’t be listed yet. See below what’s missing.
        [paused] Paused. No brand can see you until you resume.
        [resumed] Brands can find you again
        [hidden] This brand can’t see you anymore
        [unhidden] This brand can see you again
        [full] You’ve hidden your profile from as many brands as possible. Remove it from the list instead.
        [number] Enter a number of invitations from 0 to 50.
        [waits] The operator of the network looks at your profile first
        [suspended] The operator of the network suspended your profile
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
creator-brands-none-hint = Programs that have you as an affiliate under { $email } appear here.
creator-brands-find = Find programs
creator-brands-brand = Brand
creator-brands-since = Since
creator-brands-pending = On hold
creator-brands-payable = Payable
creator-brands-paid = Paid
creator-brands-open = Open portal
creator-brands-open-brand = Open portal: { $brand }

## Export and erasure.

creator-data-title = Your data
creator-data-export = Download everything
creator-data-export-hint = Your profile, channels, sessions and programs as a JSON file.
creator-data-download = Download
creator-data-erase = Delete my profile
creator-data-erase-hint = Deletes your profile, channels, sign-in links and sessions for good. This can’t be undone.
creator-data-erase-brands =
    { $count ->
        [one] One brand knows you as an affiliate. Its records, links and payments stay. To have them erased, ask the brand.
       *[other] { $count } brands know you as an affiliate. Their records, links and payments stay. To have them erased, ask the brands.
    }
creator-data-erase-sure = Yes, delete my profile
creator-data-erase-go = Delete profile
creator-data-sure = Select the box to confirm.

## Applying.

creator-apply-suspended = The operator of the network suspended your profile, so you can’t apply or write to brands.
creator-apply-many = You’ve applied to many programs today. Try again tomorrow.

## Applications to programs of other installations; $host is such as partners.example.com.

creator-send-title = Apply to { $program }
creator-send-hint = This program of { $brand } is on { $host }. Your profile goes there, and { $host } emails you a link: open it, answer the brand’s questions, and send your application.
creator-send-what = What { $host } gets
creator-send-part =
    { $part ->
        [email] Email
        [name] Name
        [country] Country
        [languages] Languages
        [topics] Topics
        [portfolio] Portfolio
       *[about] About you
    }
creator-send-submit = Send my profile to { $host }
creator-send-edit = Change your profile
creator-send-problem = Error:
creator-elsewhere = Applications on other installations
creator-elsewhere-hint = Programs of other installations that you sent your profile to. If you withdraw, the other installation deletes your profile, and your application if the brand hasn’t decided yet.
creator-elsewhere-none = You haven’t sent your profile to another installation.
creator-elsewhere-sent = Your profile is on its way. You’ll get an email with a link to finish your application.
creator-elsewhere-known = You already sent your profile to this program.
creator-elsewhere-withdrawn = Withdrawn. The other installation is asked to delete your profile.
creator-elsewhere-withdraw = Withdraw from { $program }
creator-elsewhere-status =
    { $status ->
        [Sending] On its way
        [Applied] Applied
        [Joined] Accepted
        [Rejected] Declined
        [Withdrawn] Withdrawn
        [Revoking] Withdrawing
        [Refused] Not sent
        [Expired] Expired
       *[Sent] Sent
    }
creator-elsewhere-state =
    { $state ->
        [Sending] Your profile will be sent to { $host } within a minute.
        [Failing] { $host } can’t be reached at the moment. We’ll keep trying for a few days.
        [Applied] The brand is looking at your application.
        [Joined] You’re in. Everything else is on { $host }.
        [Rejected] The brand declined your application.
        [Withdrawn] { $host } no longer has your profile.
        [Revoking] We’ll ask { $host } to delete your profile until it says that it has.
        [NotTaken] { $host } doesn’t take applications from here. You can apply on the program’s own page.
        [Unreachable] { $host } couldn’t be reached for several days. You can apply on the program’s own page.
        [Refused] { $host } didn’t take your profile. You can apply on the program’s own page.
        [Expired] { $host } deleted your profile, because you didn’t open the link in time or left there.
       *[Sent] { $host } sent you an email. Open its link to finish your application.
    }
