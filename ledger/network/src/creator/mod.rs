//! Creators as people: sign-in, profile, channels, visibility.
