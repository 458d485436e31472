//! Programs of other installations, and ours in their networks.
