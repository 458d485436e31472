//! What happens between a brand and a creator: bookmarks, invitations, applications, messages, reports.
