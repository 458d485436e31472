# Applications, invitations and messages between creators and brands.

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
contact-unavailable = You can’t accept right now, because this program is hidden. Come back later.
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
contact-report-title = Report { $brand }?
contact-report-reason = What happened?
contact-report-send = Send report
contact-apply-title = Apply to { $program }
contact-apply-hint = { $brand } will see your answers and your email address, { $email }.
contact-apply-terms = Read the terms
contact-apply-accept = I accept the terms of { $brand }
contact-apply-submit = Send application
contact-apply-refused = This brand has already made a decision about you, so you can’t apply again.
contact-apply-from = { $host } sent your profile and filled in this form. It’s notified of the outcome of this application, and can withdraw it if you ask it to.
contact-apply-alone = Apply without it
contact-invitation-from = { $brand } invited you
contact-done-applied = Application sent.
contact-done-ended = Done. The brand only sees the new status.
contact-done-muted = Muted. This brand no longer sees your profile.
contact-done-stopped = Stopped. No brand sees your profile now.
# $most is a number.
contact-message-many = You can send { $most } messages a day, to all brands together. Try again tomorrow.
contact-done-sent = Message sent.
contact-done-reported = Report sent to the operators.
contact-ended = This contact has ended.
contact-decided = This was already decided.
# $most is a number.
contact-length = Enter 1 to { $most } characters.
